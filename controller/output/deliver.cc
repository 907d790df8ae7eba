#include "controller/output/deliver.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <variant>

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kFirstPause = 200ms;
constexpr std::chrono::milliseconds kLongestPause = 2s;
constexpr auto kBetweenComplaints = 1min;
constexpr long kContentTooLarge = 413;

/// As far as it fits into a line.
std::string InOneLine(const std::string& body) {
  std::string line = body.substr(0, 200);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string Words(const http::Answer& answer) {
  const std::string text = "got status code: " + std::to_string(answer.status) +
                           " instead expected a 2xx successful status code";
  const std::string body = InOneLine(answer.body);
  return body.empty() ? text : text + ": " + body;
}

}  // namespace

Result<http::Answer> Post(http::Client& client, const std::string& url, std::string_view body) {
  auto outcome = client.Send("POST", url, body);
  if (const auto* none = std::get_if<http::NoAnswer>(&outcome))
    return Fail("HTTP POST request failed: " + none->why);
  return std::move(std::get<http::Answer>(outcome));
}

Delivery Backend::Deliver(const std::string& url, std::string_view body,
                          std::chrono::milliseconds patience) {
  using Fate = Delivery::Fate;
  const auto end = Clock::now() + patience;
  if (not_before_ > Clock::now()) {
    if (not_before_ >= end) return {Fate::kAway, asked_, {}};
    std::this_thread::sleep_until(not_before_);
  }
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    auto answer = Post(client_, url, body);
    if (answer && answer->good()) return {Fate::kTaken, {}, std::move(answer->body)};
    std::string why = answer ? Words(*answer) : answer.error().message;
    if (answer && answer->status == kContentTooLarge) return {Fate::kTooLarge, std::move(why), {}};
    if (answer && !answer->retryable()) return {Fate::kRefused, std::move(why), {}};
    auto next = Clock::now() + pause;
    if (answer && answer->retry_after > 0s) {
      not_before_ = Clock::now() + answer->retry_after;
      asked_ = why;
      next = std::max(next, not_before_);
    }
    if (next >= end) return {Fate::kAway, std::move(why), {}};
    std::this_thread::sleep_until(next);
    pause = std::min(2 * pause, kLongestPause);
  }
}

void Backend::Complain(const Log& log, Severity severity, const std::string& message,
                       const Fields& fields) {
  const auto now = Clock::now();
  auto& last = complained_[severity];
  if (last && now - *last < kBetweenComplaints) return;
  last = now;
  log(severity, message, fields);
}

void WarnOfWords(const Delivery& delivery, const std::string& url, bool& told, const Log& log) {
  if (!delivery.taken() || told) return;
  const std::string words = InOneLine(delivery.answer);
  if (words.empty()) return;
  told = true;
  log(Severity::kWarning,
      url + " answers that it took the samples, and with words that nobody who takes samples says" +
          " (is the address right?): " + words,
      {});
}

}  // namespace loadctl::output
