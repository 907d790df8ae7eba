#include "agent/net/http/digest_auth.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/net/http/http_message.h"

namespace loadctl::net {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == ','; }

/// Reads `name=value, name="value"` and scheme names; one item a call.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : text_(text) {}

  struct Item {
    std::string_view name;
    std::string value;
    bool scheme = false;  ///< a word without a value: a challenge of that scheme begins
  };
  std::optional<Item> Next() {
    while (!text_.empty() && IsBlank(text_.front())) text_.remove_prefix(1);
    if (text_.empty()) return std::nullopt;
    const auto end = std::min(text_.find_first_of(" \t,="), text_.size());
    Item item;
    item.name = text_.substr(0, end);
    text_.remove_prefix(end);
    std::string_view rest = text_;
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
    if (rest.empty() || rest.front() != '=') {
      item.scheme = true;
      return item;
    }
    text_ = rest.substr(1);
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t'))
      text_.remove_prefix(1);
    if (!text_.empty() && text_.front() == '"') {
      TakeQuoted(item.value);
    } else {
      const auto stop = std::min(text_.find_first_of(" \t,"), text_.size());
      item.value = text_.substr(0, stop);
      text_.remove_prefix(stop);
    }
    return item;
  }

 private:
  std::string_view text_;

  void TakeQuoted(std::string& value) {
    text_.remove_prefix(1);
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      value += text_.front();
      text_.remove_prefix(1);
    }
    if (!text_.empty()) text_.remove_prefix(1);
  }
};

/// False: an algorithm that is not known here.
bool SetAlgorithm(std::string_view text, DigestChallenge& challenge) {
  using Algorithm = DigestChallenge::Algorithm;
  static constexpr std::pair<std::string_view, Algorithm> kNames[] = {
      {"MD5", Algorithm::kMd5},
      {"SHA-256", Algorithm::kSha256},
      {"SHA-512-256", Algorithm::kSha512_256}};
  challenge.algorithm_text = text;
  constexpr std::string_view kSession = "-sess";
  if (text.size() > kSession.size() &&
      EqualsIgnoreCase(text.substr(text.size() - kSession.size()), kSession)) {
    challenge.session = true;
    text.remove_suffix(kSession.size());
  }
  for (const auto& [name, algorithm] : kNames) {
    if (!EqualsIgnoreCase(name, text)) continue;
    challenge.algorithm = algorithm;
    return true;
  }
  return false;
}

/// False: a quality that is not known here.
bool SetQuality(std::string_view list, DigestChallenge& challenge) {
  using Quality = DigestChallenge::Quality;
  bool any = false;
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(" \t,"), list.size());
    const std::string_view one = list.substr(0, end);
    if (EqualsIgnoreCase(one, "auth")) challenge.quality = Quality::kAuth;
    if (EqualsIgnoreCase(one, "auth-int") && challenge.quality == Quality::kNone)
      challenge.quality = Quality::kAuthInt;
    any |= !one.empty();
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return !any || challenge.quality != Quality::kNone;
}

/// The digest challenges in one value of WWW-Authenticate that can be answered.
void ReadInto(std::string_view text, std::vector<DigestChallenge>& found) {
  Parameters parameters(text);
  DigestChallenge challenge;
  bool digest = false;
  bool usable = true;
  const auto finish = [&] {
    if (digest && usable && !challenge.nonce.empty()) found.push_back(challenge);
  };
  while (auto item = parameters.Next()) {
    if (item->scheme) {
      finish();
      challenge = {};
      usable = true;
      digest = EqualsIgnoreCase(item->name, "Digest");
    } else if (EqualsIgnoreCase(item->name, "realm")) {
      challenge.realm = std::move(item->value);
    } else if (EqualsIgnoreCase(item->name, "nonce")) {
      challenge.nonce = std::move(item->value);
    } else if (EqualsIgnoreCase(item->name, "opaque")) {
      challenge.opaque = std::move(item->value);
      challenge.has_opaque = true;
    } else if (EqualsIgnoreCase(item->name, "algorithm")) {
      usable &= SetAlgorithm(item->value, challenge);
    } else if (EqualsIgnoreCase(item->name, "qop")) {
      usable &= SetQuality(item->value, challenge);
    } else if (EqualsIgnoreCase(item->name, "userhash")) {
      challenge.hashed_user = EqualsIgnoreCase(item->value, "true");
    }
  }
  finish();
}

std::string Hash(DigestChallenge::Algorithm algorithm, const std::string& text) {
  const EVP_MD* kind = algorithm == DigestChallenge::Algorithm::kMd5      ? EVP_md5()
                       : algorithm == DigestChallenge::Algorithm::kSha256 ? EVP_sha256()
                                                                          : EVP_sha512_256();
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 15];
  }
  return out;
}

/// `name="value"`, with quotes and backslashes escaped.
std::string Quoted(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::optional<DigestChallenge> ReadDigestChallenge(std::span<const std::string_view> values) {
  std::vector<DigestChallenge> found;
  for (const std::string_view value : values) ReadInto(value, found);
  const auto best = std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.algorithm < b.algorithm;
  });
  if (best == found.end()) return std::nullopt;
  return *best;
}

std::string AnswerDigest(const DigestChallenge& challenge, const DigestRequest& request) {
  using Quality = DigestChallenge::Quality;
  const auto hash = [&](const std::string& text) { return Hash(challenge.algorithm, text); };
  const std::string user(request.user);
  const std::string nonce = challenge.nonce;
  const std::string client_nonce(request.client_nonce);
  const std::string count = "00000001";
  std::string secret = hash(user + ':' + challenge.realm + ':' + std::string(request.password));
  if (challenge.session) secret = hash(secret + ':' + nonce + ':' + client_nonce);
  std::string what = std::string(request.method) + ':' + std::string(request.target);
  if (challenge.quality == Quality::kAuthInt) what += ':' + hash(std::string(request.body));
  const std::string quality = challenge.quality == Quality::kAuthInt ? "auth-int" : "auth";
  const bool plain = challenge.quality == Quality::kNone;
  const std::string response =
      hash(secret + ':' + nonce + ':' +
           (plain ? "" : count + ':' + client_nonce + ':' + quality + ':') + hash(what));
  std::string out = "Digest ";
  out += Quoted("username", challenge.hashed_user ? hash(user + ':' + challenge.realm) : user);
  out += ", " + Quoted("realm", challenge.realm) + ", " + Quoted("nonce", nonce) + ", " +
         Quoted("uri", request.target) + ", " + Quoted("response", response);
  if (!challenge.algorithm_text.empty()) out += ", algorithm=" + challenge.algorithm_text;
  if (!plain) out += ", qop=" + quality + ", nc=" + count + ", " + Quoted("cnonce", client_nonce);
  if (plain && challenge.session) out += ", " + Quoted("cnonce", client_nonce);
  if (challenge.has_opaque) out += ", " + Quoted("opaque", challenge.opaque);
  if (challenge.hashed_user) out += ", userhash=true";
  return out;
}

}  // namespace loadctl::net
