#include "controller/http/client.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "common/base/authorities.h"

namespace loadctl::http {
namespace {

/// Where the body of the answer goes.
struct Into {
  Answer* answer;
  std::size_t most;
};

std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& into = *static_cast<Into*>(to);
  std::string& body = into.answer->body;
  const std::size_t room = into.most - std::min(into.most, body.size());
  body.append(bytes, std::min(size * count, room));
  if (size * count <= room) return size * count;
  into.answer->cut = true;
  return 0;  // libcurl ends the transfer
}

/// How a call ended.
struct GrpcStatus {
  int code = -1;
  std::string message;  // percent-encoded
};

/// The value of a header line of that name.
std::optional<std::string> ValueOf(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  if (strncasecmp(line.data(), name.data(), name.size()) != 0) return std::nullopt;
  line.remove_prefix(name.size() + 1);
  const auto first = line.find_first_not_of(" \t\r\n");
  if (first == line.npos) return "";
  return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") + 1 - first));
}

/// Also the trailers, in which gRPC has its status.
std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* to) {
  const std::string_view line(bytes, size * count);
  auto& status = *static_cast<GrpcStatus*>(to);
  if (const auto code = ValueOf(line, "grpc-status")) status.code = std::atoi(code->c_str());
  if (auto message = ValueOf(line, "grpc-message")) status.message = std::move(*message);
  return size * count;
}

int OnProgress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
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

/// A message with the length before it that gRPC wants.
std::string Framed(std::string_view message) {
  std::string framed(1, '\0');  // not compressed
  for (int shift = 24; shift >= 0; shift -= 8)
    framed.push_back(static_cast<char>(message.size() >> shift));
  return framed.append(message);
}

bool IsUnreachable(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
         code == CURLE_OPERATION_TIMEDOUT || code == CURLE_COULDNT_RESOLVE_PROXY;
}

void InitCurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

bool Answer::retryable() const {
  return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

struct Client::Curl {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  GrpcStatus grpc_status;

  Curl() = default;
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  ~Curl() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  void Set(CURLoption option, long value) const { curl_easy_setopt(easy, option, value); }
  void Set(CURLoption option, const std::string& value) const {
    if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
  }
  void AddHeader(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }

  void SetTls(const ClientOptions& options) const;
  void SetHttp2(bool tls) const;
  void ToGrpc(Answer& answer) const;
  void SetAll(const ClientOptions& options);
};

void Client::Curl::SetTls(const ClientOptions& options) const {
  Set(CURLOPT_SSLVERSION, options.tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2);
  if (options.insecure) {
    Set(CURLOPT_SSL_VERIFYPEER, 0L);
    Set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  Set(CURLOPT_SSLCERT, options.certificate);
  Set(CURLOPT_SSLKEY, options.key);
  Set(CURLOPT_CAINFO, options.ca.empty() ? AuthoritiesFile() : options.ca);
}

void Client::Curl::SetAll(const ClientOptions& options) {
  const char* const schemes = options.only_https ? "https" : "http,https";
  Set(CURLOPT_PROTOCOLS_STR, schemes);
  Set(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  Set(CURLOPT_FOLLOWLOCATION, options.redirects > 0 ? 1L : 0L);
  Set(CURLOPT_MAXREDIRS, static_cast<long>(options.redirects));
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  if (options.decompress) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  if (options.stop != nullptr) {
    Set(CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &OnProgress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, options.stop);
  }
  for (const std::string& header : options.headers) AddHeader(header);
  // No waiting for "100 Continue" from servers that know nothing of it. libcurl signs a header that
  // it is told not to send (7.88).
  if (options.sigv4.empty()) AddHeader("Expect:");
  if (options.grpc) {
    AddHeader("TE: trailers");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &grpc_status);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  Set(CURLOPT_PROXY, options.proxy);
  if (!options.user.empty()) {
    Set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(CURLOPT_USERNAME, options.user);
    Set(CURLOPT_PASSWORD, options.password);
  }
  // After HTTPAUTH, which it is one of.
  Set(CURLOPT_AWS_SIGV4, options.sigv4);
  SetTls(options);
}

/// Without TLS, libcurl 7.88 cannot use a connection again that it knows to be HTTP/2: the second
/// request ends with "Error in the HTTP2 framing layer".
void Client::Curl::SetHttp2(bool tls) const {
  Set(CURLOPT_HTTP_VERSION,
      static_cast<long>(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
  Set(CURLOPT_FORBID_REUSE, tls ? 0L : 1L);
}

/// The message alone, or why there is none.
void Client::Curl::ToGrpc(Answer& answer) const {
  constexpr std::size_t kFrame = 5;
  answer.status = HttpStatusOf(grpc_status.code);
  if (grpc_status.code == 0) {
    answer.body.erase(0, kFrame);
    return;
  }
  answer.body = "gRPC status " + std::to_string(grpc_status.code);
  int size = 0;
  char* const words = curl_easy_unescape(easy, grpc_status.message.data(),
                                         static_cast<int>(grpc_status.message.size()), &size);
  if (words != nullptr && size > 0)
    answer.body += ": " + std::string(words, static_cast<std::size_t>(size));
  curl_free(words);
}

Client::Client(ClientOptions options)
    : options_(std::move(options)), curl_(std::make_unique<Curl>()) {
  InitCurl();
  curl_->easy = curl_easy_init();
  if (curl_->easy != nullptr) curl_->SetAll(options_);
}

Client::~Client() = default;

Client::Outcome Client::Send(const std::string& method, const std::string& url,
                             std::optional<std::string_view> body) {
  CURL* easy = curl_->easy;
  if (easy == nullptr) return NoAnswer{"libcurl cannot be used", false};
  Answer answer;
  Into into{&answer, options_.most_body};
  curl_->error[0] = '\0';
  curl_->grpc_status = {};
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  if (options_.grpc) curl_->SetHttp2(url.starts_with("https:"));
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &into);
  std::string framed;
  if (body && options_.grpc) body = framed = Framed(*body);
  curl_easy_setopt(easy, body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
  if (body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  // libcurl keeps a method it was told over redirects, which its own do better.
  const bool own = method == (body ? "POST" : "GET");
  curl_easy_setopt(easy, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, own ? nullptr : method.c_str());
  const CURLcode code = curl_easy_perform(easy);
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && answer.cut)) {
    return NoAnswer{curl_->error[0] != '\0' ? curl_->error : curl_easy_strerror(code),
                    IsUnreachable(code)};
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  if (options_.grpc && answer.status == 200) curl_->ToGrpc(answer);
  curl_off_t after = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
  answer.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(after, 0, 3600));
  return answer;
}

}  // namespace loadctl::http
