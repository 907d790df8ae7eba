#include "agent/worker/worker.h"

#include <pthread.h>

#include <utility>

namespace loadctl::worker {

Result<std::unique_ptr<Worker>> Worker::Make(std::uint32_t index, vu::Program& program,
                                             net::DnsService& dns) {
  net::TlsOptions options;
  if (program.options.insecure_skip_tls_verify) options.verify = net::TlsOptions::Verify::kNo;
  LOADCTL_TRY(std::unique_ptr<net::TlsContext> tls, net::TlsContext::Make(options));
  return std::unique_ptr<Worker>(new Worker(index, program, dns, std::move(tls)));
}

Worker::Worker(std::uint32_t index, vu::Program& program, net::DnsService& dns,
               std::unique_ptr<net::TlsContext> tls)
    : recorder_(program.metrics, index),
      resolver_(loop_.io(), dns),
      tls_(std::move(tls)),
      dialer_(loop_.io(), resolver_, *tls_),
      net_{dialer_},
      name_("worker-" + std::to_string(index)) {}

Worker::~Worker() = default;

void Worker::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.c_str());
    loop_.Run();
  });
}

void Worker::Join() {
  if (!thread_.joinable()) return;
  loop_.Post([this] {
    for (auto& vu : vus_) vu->End();
    // Behind the fibers' own last turn in the ready queue.
    loop_.Post([this] { loop_.Post([this] { loop_.Stop(); }); });
  });
  thread_.join();
  vus_.clear();
}

vu::Vu& Worker::Adopt(std::unique_ptr<vu::Vu> vu) {
  vu->MoveTo(loop_, recorder_, &net_, stats_);
  vus_.push_back(std::move(vu));
  return *vus_.back();
}

void Worker::InterruptAll() {
  for (auto& vu : vus_) vu->Interrupt();
}

}  // namespace loadctl::worker
