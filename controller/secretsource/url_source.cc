#include "controller/secretsource/url_source.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include "common/base/duration.h"
#include "common/text/json_path.h"
#include "common/text/json_text.h"
#include "common/text/number.h"
#include "common/text/quote.h"
#include "controller/http/client.h"

namespace loadctl::secretsource {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr char kPlaceholder[] = "{key}";
constexpr char kVariables[] = "K6_SECRET_SOURCE_URL_";
constexpr std::size_t kMostConfigBytes = std::size_t{1} << 20;

Result<void> ReadInt(const std::string& text, const std::string& name, std::int64_t& to) {
  const auto number = text::ParseGoInt(text);
  if (!number) return Fail("invalid " + name + ": expected integer");
  to = *number;
  return {};
}

Result<void> ReadDuration(const std::string& text, const std::string& name,
                          std::chrono::nanoseconds& to) {
  const auto duration = ParseGoDuration(text);
  if (!duration) return tl::unexpected(duration.error().While("invalid " + name));
  to = *duration;
  return {};
}

/// One key of the configuration, as text.
Result<void> Set(const std::string& key, const std::string& value, UrlConfig& config) {
  if (key == "urlTemplate") {
    if (!value.empty()) config.url_template = value;
    return {};
  }
  if (key == "method") return config.method = value, Result<void>();
  if (key == "responsePath") return config.response_path = value, Result<void>();
  if (key == "timeout") return ReadDuration(value, key, config.timeout);
  if (key == "retryBackoff") return ReadDuration(value, key, config.retry_backoff);
  if (key == "requestsPerMinuteLimit") return ReadInt(value, key, config.requests_per_minute);
  if (key == "requestsBurst") return ReadInt(value, key, config.requests_burst);
  if (key == "maxRetries") return ReadInt(value, key, config.max_retries);
  if (!key.starts_with("headers.")) return Fail("unknown configuration key: " + text::QuoteGo(key));
  config.headers[key.substr(8)] = value;
  return {};
}

Result<void> ReadVariables(const Environment& environment, UrlConfig& config) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"URL_TEMPLATE", "urlTemplate"},
      {"METHOD", "method"},
      {"RESPONSE_PATH", "responsePath"},
      {"TIMEOUT", "timeout"},
      {"MAX_RETRIES", "maxRetries"},
      {"RETRY_BACKOFF", "retryBackoff"},
      {"REQUESTS_PER_MINUTE_LIMIT", "requestsPerMinuteLimit"},
      {"REQUESTS_BURST", "requestsBurst"}};
  for (const auto& [variable, key] : kNames) {
    const auto found = environment.find(std::string(kVariables) + variable);
    if (found == environment.end() || found->second.empty()) continue;
    LOADCTL_CHECK_OK(Set(key, found->second, config));
  }
  constexpr std::string_view kHeader = "K6_SECRET_SOURCE_URL_HEADER_";
  for (const auto& [name, value] : environment)
    if (name.starts_with(kHeader)) config.headers[name.substr(kHeader.size())] = value;
  return {};
}

/// A value of the file, as text: a string, a number, or an object of headers.
Result<void> SetJson(const std::string& key, const boost::json::value& value, UrlConfig& config) {
  constexpr const char* kKnown[] = {"urlTemplate",  "method",       "responsePath",
                                    "timeout",      "maxRetries",   "requestsPerMinuteLimit",
                                    "retryBackoff", "requestsBurst"};
  const auto wrong = [&] {
    return Fail("failed to parse JSON config: " + text::QuoteGo(key) +
                " has a value of a wrong kind");
  };
  if (value.is_null()) return {};
  if (key == "headers") {
    if (!value.is_object()) return wrong();
    config.headers.clear();
    for (const auto& [name, header] : value.get_object()) {
      if (!header.is_string()) return wrong();
      config.headers[std::string(name)] = header.get_string().c_str();
    }
    return {};
  }
  if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) return {};  // as Go
  if (value.is_int64()) {
    const std::string number = std::to_string(value.get_int64());
    const bool duration = key == "timeout" || key == "retryBackoff";
    if (key == "urlTemplate" || key == "method" || key == "responsePath") return wrong();
    return Set(key, duration ? number + "ms" : number, config);
  }
  if (!value.is_string()) return wrong();
  return Set(key, value.get_string().c_str(), config);
}

Result<void> ReadFile(const std::string& path, UrlConfig& config) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Fail("failed to open config file: open " + path + ": no such file or directory");
  std::string text(kMostConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostConfigBytes) return Fail("failed to read config file: larger than 1 MiB");
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object())
    return Fail("failed to parse JSON config: " + path + " is no JSON object");
  for (const auto& [key, member] : value.get_object())
    LOADCTL_CHECK_OK(SetJson(std::string(key), member, config));
  return {};
}

Result<void> Check(const UrlConfig& config) {
  const std::string& url = config.url_template;
  if (url.empty()) return Fail("urlTemplate is required");
  if (url.find(kPlaceholder) == std::string::npos)
    return Fail("urlTemplate must contain {key} placeholder");
  if (url.find("://") == std::string::npos || url.starts_with("://"))
    return Fail("urlTemplate must be an absolute URL with a scheme (e.g., https://...)");
  if (config.timeout <= 0ns) return Fail("timeout must be greater than 0");
  if (config.requests_per_minute <= 0) return Fail("requestsPerMinuteLimit must be greater than 0");
  if (config.requests_burst <= 0) return Fail("requestsBurst must be greater than 0");
  if (config.max_retries < 0) return Fail("maxRetries must be non-negative");
  if (config.retry_backoff <= 0ns) return Fail("retryBackoff must be greater than 0");
  return {};
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

const char* KindName(text::Kind kind) {
  switch (kind) {
    case text::Kind::kNumber:
      return "Number";
    case text::Kind::kTrue:
      return "True";
    case text::Kind::kFalse:
      return "False";
    case text::Kind::kNull:
    case text::Kind::kNone:
      return "Null";
    default:
      return "JSON";
  }
}

}  // namespace

Result<UrlConfig> ReadUrlConfig(const std::string& text, const Environment& environment) {
  const auto read = [&]() -> Result<UrlConfig> {
    UrlConfig config;
    LOADCTL_CHECK_OK(ReadVariables(environment, config));
    std::vector<std::pair<std::string, std::string>> given;
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      const std::string part = text.substr(at, end - at);
      const std::size_t equals = part.find('=');
      if (equals == std::string::npos)
        return Fail("invalid config format " + text::QuoteGo(part) + ", expected key=value");
      given.emplace_back(part.substr(0, equals), part.substr(equals + 1));
      at = end + 1;
    }
    for (const auto& [key, value] : given)
      if (key == "config") LOADCTL_CHECK_OK(ReadFile(value, config));
    // Headers here are instead of those before, as in k6.
    if (std::any_of(given.begin(), given.end(),
                    [](const auto& one) { return one.first.starts_with("headers."); }))
      config.headers.clear();
    for (const auto& [key, value] : given)
      if (key != "config") LOADCTL_CHECK_OK(Set(key, value, config));
    LOADCTL_CHECK_OK(Check(config));
    return config;
  };
  auto config = read();
  if (!config) return tl::unexpected(config.error().While("missing or invalid config"));
  return config;
}

Result<std::string> SecretIn(std::string_view answer, const std::string& path) {
  if (answer.size() > kMostAnswerBytes) {
    return Fail("secret response exceeds maximum size of " + std::to_string(kMostAnswerBytes) +
                " bytes");
  }
  if (path.empty()) return std::string(answer);
  std::optional<std::string> found;
  if (text::IsValid(answer) && !text::IsTooDeep(answer))
    found = text::FindByJsonPath(answer, path).value_or(std::nullopt);
  if (!found) return Fail("path " + text::QuoteGo(path) + " not found in response");
  const text::Kind kind = text::KindOf(*found);
  if (kind == text::Kind::kString) return text::Unquote(text::FirstValue(*found));
  return Fail("secret value at path " + text::QuoteGo(path) + " is not a string (got " +
              KindName(kind) + ")");
}

RateLimit::RateLimit(std::int64_t per_minute, std::int64_t burst)
    : every_(std::chrono::nanoseconds(1min) / per_minute),
      burst_(std::min<std::int64_t>(burst, 1'000'000)) {}

RateLimit::Time RateLimit::Take(Time now) {
  full_ = std::max(full_, now) + every_;
  return std::max(now, full_ - burst_ * every_);
}

UrlSource::UrlSource(UrlConfig config)
    : config_(std::move(config)), limit_(config_.requests_per_minute, config_.requests_burst) {}

bool UrlSource::Sleep(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_until(lock, until, [this] { return stopped_.load(); });
}

void UrlSource::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
}

UrlSource::Attempt UrlSource::Try(const std::string& url) {
  http::ClientOptions options;
  options.timeout = std::chrono::ceil<std::chrono::milliseconds>(config_.timeout);
  options.redirects = 10;
  options.most_body = kMostAnswerBytes + 1;  // one more: then it is too long
  options.stop = &stopped_;
  for (const auto& [name, value] : config_.headers) options.headers.push_back(name + ": " + value);
  http::Client client(std::move(options));
  const auto outcome = client.Send(config_.method, url);
  if (const auto* none = std::get_if<http::NoAnswer>(&outcome))
    return {Fail("failed to get secret: " + none->why), true};
  const auto& answer = std::get<http::Answer>(outcome);
  if (answer.status != 200) {
    return {Fail("status code " + std::to_string(answer.status) + ": failed to get secret"),
            answer.status >= 500 || answer.status == 429};
  }
  auto value = SecretIn(answer.body, config_.response_path);
  if (!value) return {tl::unexpected(value.error().While("failed to extract secret")), false};
  return {std::move(value), false};
}

Result<std::string> UrlSource::Get(const std::string& key) {
  Clock::time_point at;
  {
    const std::lock_guard lock(mutex_);
    at = limit_.Take(Clock::now());
  }
  const std::string url = Replaced(config_.url_template, kPlaceholder, key);
  std::random_device random;
  Attempt attempt{Fail("failed to get secret: the run is over"), true};
  for (std::int64_t i = 0; i <= config_.max_retries && attempt.again; ++i) {
    if (i > 0) {
      // k6's: the base to the power of the attempt in whole seconds, and up to one more.
      const double base = std::chrono::duration<double>(config_.retry_backoff).count();
      const double wait = std::min(std::floor(std::pow(base, static_cast<double>(i))), 86400.0);
      at = Clock::now() + std::chrono::seconds(static_cast<std::int64_t>(wait)) +
           std::chrono::milliseconds(random() % 1000);
    }
    if (!Sleep(at)) break;
    attempt = Try(url);
  }
  return std::move(attempt.value);
}

}  // namespace loadctl::secretsource
