#include "controller/fleet/join_tokens.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "common/bundle/bundle.h"
#include "common/daemon/token.h"

namespace loadctl::fleet {
namespace {

constexpr std::size_t kIdDigits = 12, kHashDigits = 64;
constexpr char kInstantForm[] = "%Y-%m-%dT%H:%M:%SZ";

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<WallClock::time_point> ParseInstant(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), kInstantForm, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  // Years that the clock's nanoseconds can hold.
  if (parts.tm_year < 100 || parts.tm_year > 300) return std::nullopt;
  return WallClock::from_time_t(timegm(&parts));
}

std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string> words;
  constexpr std::string_view kSpace = " \t\r";
  while (true) {
    const auto begin = line.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(kSpace), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<JoinToken> ParseLine(const std::vector<std::string>& words) {
  if (words.size() != 4) return Fail("expected `ID NAME EXPIRES HASH`");
  if (!IsHex(words[0], kIdDigits)) return Fail("the ID is not 12 hexadecimal digits");
  if (!IsPeerName(words[1])) return Fail("the name is not 1 to 48 letters, digits and ._@-");
  const auto expires = ParseInstant(words[2]);
  if (!expires) return Fail("the expiry is no instant such as 2026-12-24T18:00:00Z");
  if (!IsHex(words[3], kHashDigits)) return Fail("the hash is not 64 hexadecimal digits");
  return JoinToken{words[0], words[1], *expires, words[3]};
}

}  // namespace

bool IsPeerName(std::string_view name) {
  return !name.empty() && name.size() <= 48 && name[0] != '.' &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") ==
             std::string_view::npos;
}

Result<NewJoinToken> MakeJoinToken(const std::string& name, std::chrono::seconds ttl,
                                   WallClock::time_point now) {
  if (!IsPeerName(name)) return Fail("the name must be 1 to 48 letters, digits and ._@-");
  if (ttl < std::chrono::seconds(1) || ttl > kLongestJoin)
    return Fail("a token is valid for 1s to 8784h");
  LOADCTL_TRY(const std::string id, daemon::NewToken());
  LOADCTL_TRY(const std::string secret, daemon::NewToken());
  NewJoinToken made;
  made.kept.id = id.substr(0, kIdDigits);
  made.kept.name = name;
  made.kept.expires = std::chrono::floor<std::chrono::seconds>(now) + ttl;
  made.text = made.kept.id + "." + secret;
  made.kept.hash = bundle::Sha256(made.text);
  return made;
}

Result<std::vector<JoinToken>> ParseJoinTokens(std::string_view text, const std::string& file) {
  std::vector<JoinToken> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = WordsOf(line.substr(0, std::min(line.find('#'), line.size())));
    if (words.empty()) continue;
    auto token = ParseLine(words);
    const std::string where = file + ":" + std::to_string(number) + ": ";
    if (!token) return Fail(where + token.error().message);
    if (tokens.size() >= kMostJoinTokens) return Fail(where + "more than 10000 tokens");
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

std::string FormatInstant(WallClock::time_point at) {
  const std::time_t seconds = WallClock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), kInstantForm, &parts);
  return text.data();
}

std::string FormatJoinTokens(std::span<const JoinToken> tokens) {
  std::string text = "# Join tokens of loadctl: ID NAME EXPIRES HASH. Made by `loadctl token`.\n";
  for (const JoinToken& token : tokens) {
    text +=
        token.id + " " + token.name + " " + FormatInstant(token.expires) + " " + token.hash + "\n";
  }
  return text;
}

std::optional<JoinToken> FindJoinToken(std::span<const JoinToken> tokens, const std::string& text) {
  const std::string id = text.substr(0, std::min(text.find('.'), text.size()));
  if (text.size() > 2 * kHashDigits) return std::nullopt;
  const std::string hash = bundle::Sha256(text);
  for (const JoinToken& token : tokens)
    if (token.id == id && daemon::IsToken(hash, token.hash)) return token;
  return std::nullopt;
}

}  // namespace loadctl::fleet
