#include "controller/output/deliver.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <variant>

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;
constexpr auto kFirstPause = 200ms;
constexpr std::chrono::milliseconds kLongestPause = 2s;

/// The backend's words, as far as they fit into a line.
std::string Words(const http::Answer& answer) {
  std::string text = "got status code: " + std::to_string(answer.status) +
                     " instead expected a 2xx successful status code";
  std::string body = answer.body.substr(0, 200);
  for (char& c : body)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  while (!body.empty() && body.back() == ' ') body.pop_back();
  return body.empty() ? text : text + ": " + body;
}

}  // namespace

Result<http::Answer> Post(http::Client& client, const std::string& url, std::string_view body) {
  auto outcome = client.Send("POST", url, body);
  if (const auto* none = std::get_if<http::NoAnswer>(&outcome))
    return Fail("HTTP POST request failed: " + none->why);
  return std::move(std::get<http::Answer>(outcome));
}

Result<void> Deliver(http::Client& client, const std::string& url, std::string_view body,
                     std::chrono::milliseconds patience, bool* refused) {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    const auto answer = Post(client, url, body);
    if (answer && answer->good()) return {};
    const std::string why = answer ? Words(*answer) : answer.error().message;
    if (answer && !answer->retryable()) {
      if (refused != nullptr) *refused = true;
      return Fail(why);
    }
    const auto wait = std::max(pause, std::chrono::milliseconds(answer ? answer->retry_after : 0s));
    if (std::chrono::steady_clock::now() + wait >= end) return Fail(why);
    std::this_thread::sleep_for(wait);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace loadctl::output
