#include "controller/output/http.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/authorities.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kMostBody = 4096;
constexpr auto kFirstPause = 200ms;
constexpr std::chrono::milliseconds kLongestPause = 2s;

std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  body.append(bytes, std::min(size * count, kMostBody - std::min(kMostBody, body.size())));
  return size * count;
}

/// Also the trailers, in which gRPC has its status.
std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* to) {
  constexpr std::string_view kStatus = "grpc-status:";
  std::string_view line(bytes, size * count);
  if (line.size() > kStatus.size() && strncasecmp(line.data(), kStatus.data(), kStatus.size()) == 0)
    *static_cast<int*>(to) = std::atoi(std::string(line.substr(kStatus.size())).c_str());
  return size * count;
}

/// What a gRPC status means for who sends: as HTTP would say it.
long HttpStatusOf(int grpc_status) {
  switch (grpc_status) {
    case 0:
      return 200;
    case 1:   // cancelled
    case 4:   // deadline exceeded
    case 8:   // resource exhausted
    case 10:  // aborted
    case 11:  // out of range
    case 14:  // unavailable
    case 15:  // data loss
      return 503;
    default:
      return 400;
  }
}

void InitCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// The backend's words, as far as they fit into a line.
std::string Words(const HttpAnswer& answer) {
  std::string text = "got status code: " + std::to_string(answer.status) +
                     " instead expected a 2xx successful status code";
  std::string body = answer.body.substr(0, 200);
  for (char& c : body)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  while (!body.empty() && body.back() == ' ') body.pop_back();
  return body.empty() ? text : text + ": " + body;
}

}  // namespace

bool HttpAnswer::retryable() const {
  return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

struct HttpClient::Curl {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  int grpc_status = -1;
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), curl_(std::make_unique<Curl>()) {
  InitCurl();
  CURL* easy = curl_->easy = curl_easy_init();
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  const auto text = [&](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
  };
  for (const std::string& header : options_.headers)
    curl_->headers = curl_slist_append(curl_->headers, header.c_str());
  // No waiting for "100 Continue" from backends that know nothing of it.
  curl_->headers = curl_slist_append(curl_->headers, "Expect:");
  set(CURLOPT_HTTPHEADER, curl_->headers);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_POST, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  set(CURLOPT_ERRORBUFFER, curl_->error);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_SSLVERSION,
      static_cast<long>(options_.tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2));
  if (options_.insecure) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (options_.grpc) {
    curl_->headers = curl_slist_append(curl_->headers, "TE: trailers");
    set(CURLOPT_HTTPHEADER, curl_->headers);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
    set(CURLOPT_HEADERFUNCTION, &OnHeader);
    set(CURLOPT_HEADERDATA, &curl_->grpc_status);
  }
  text(CURLOPT_PROXY, options_.proxy);
  text(CURLOPT_SSLCERT, options_.certificate);
  text(CURLOPT_SSLKEY, options_.key);
  text(CURLOPT_CAINFO, options_.ca.empty() ? AuthoritiesFile() : options_.ca);
  if (!options_.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    text(CURLOPT_USERNAME, options_.user);
    text(CURLOPT_PASSWORD, options_.password);
  }
}

HttpClient::~HttpClient() {
  curl_slist_free_all(curl_->headers);
  curl_easy_cleanup(curl_->easy);
}

Result<HttpAnswer> HttpClient::Post(const std::string& url, std::string_view body) {
  HttpAnswer answer;
  CURL* easy = curl_->easy;
  curl_->error[0] = '\0';
  curl_->grpc_status = -1;
  std::string framed;
  if (options_.grpc) {
    framed.push_back('\0');  // not compressed
    for (int shift = 24; shift >= 0; shift -= 8)
      framed.push_back(static_cast<char>(body.size() >> shift));
    framed.append(body);
    body = framed;
  }
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK) {
    const std::string why = curl_->error[0] != '\0' ? curl_->error : curl_easy_strerror(code);
    return Fail("HTTP POST request failed: " + why);
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  if (options_.grpc && answer.status == 200) {
    answer.body = "gRPC status " + std::to_string(curl_->grpc_status);
    answer.status = HttpStatusOf(curl_->grpc_status);
  }
  curl_off_t after = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
  answer.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(after, 0, 3600));
  return answer;
}

Result<void> HttpClient::Deliver(const std::string& url, std::string_view body,
                                 std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    const auto answer = Post(url, body);
    if (answer && answer->good()) return {};
    const std::string why = answer ? Words(*answer) : answer.error().message;
    if (answer && !answer->retryable()) return Fail(why);
    const auto wait = std::max(pause, std::chrono::milliseconds(answer ? answer->retry_after : 0s));
    if (std::chrono::steady_clock::now() + wait >= end) return Fail(why);
    std::this_thread::sleep_for(wait);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace loadctl::output
