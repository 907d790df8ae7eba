// Feeds the client's side of CONNECT and SOCKS5 hostile answers, cut at random places.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/net/proxy/tunnel.h"
#include "agent/net/socket/pipe_transport.h"

namespace {

using namespace loadctl::net;

/// Each wait brings the next piece of the answer; after the last the proxy hangs up.
class Feeder final : public Parker {
 public:
  Feeder(PipeTransport& proxy, std::string_view answer, std::size_t step)
      : proxy_(proxy), left_(answer), step_(step) {}
  void Park() override {
    if (left_.empty()) return proxy_.Finish();
    const std::string_view piece = left_.substr(0, step_);
    left_.remove_prefix(piece.size());
    (void)proxy_.TryWrite({&piece, 1});
  }
  void Unpark() override {}
  bool Cancelled() const override { return false; }

 private:
  PipeTransport& proxy_;
  std::string_view left_;
  std::size_t step_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ProxyRules kRules[] = {
      *ProxyRules::Make({"", "http://me:pw@proxy", "", false}),
      *ProxyRules::Make({"", "socks5://proxy", "", false}),
      *ProxyRules::Make({"", "socks5://me:pw@proxy", "", false}),
  };
  static const Url kTarget = *ParseUrl("https://far.test/");
  if (size < 2) return 0;
  const Proxy* proxy = kRules[data[0] % 3].For(kTarget);
  const std::string_view answer(reinterpret_cast<const char*>(data) + 2, size - 2);
  auto [near, far] = PipeTransport::Make();
  Feeder feeder(*far, answer, 1 + data[1]);
  Wait wait{feeder, std::chrono::steady_clock::now() + std::chrono::hours(1)};
  const auto failure = OpenTunnel(*proxy, "10.0.0.1:1", "far.test", 443, *near, wait);
  if (failure && failure->text.empty() && failure->code == 0) std::abort();
  // The list of who is reached directly comes from a variable.
  if (const auto rules = ProxyRules::Make({"proxy", "", std::string(answer.substr(0, 256)), false}))
    (void)rules->For(kTarget);
  (void)ProxyRules::Make({std::string(answer.substr(0, 256)), "", "", false});
  return 0;
}
