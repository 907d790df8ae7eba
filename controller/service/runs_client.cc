#include "controller/service/runs_client.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <thread>
#include <utility>

#include "loadctl/v1/runs.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kRetryEvery = 200ms;
constexpr auto kCallPatience = 30s;
constexpr std::size_t kChunk = 1u << 16;

}  // namespace

class RunsClient::Impl {
 public:
  explicit Impl(wire::DialOptions options) : options_(std::move(options)) {
    stub_ = v1::Runs::NewStub(wire::DialController(options_.address, options_.tls));
  }

  [[nodiscard]] v1::Runs::Stub& stub() { return *stub_; }
  [[nodiscard]] std::chrono::milliseconds patience() const {
    return options_.patience.count() > 0 ? options_.patience : 10s;
  }

  void Bound(grpc::ClientContext& context) const {
    Show(context);
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kCallPatience);
  }
  void Show(grpc::ClientContext& context) const { wire::ShowToken(options_, context); }
  /// Whether the controller itself said no.
  [[nodiscard]] static bool IsAnswer(const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::FAILED_PRECONDITION ||
           status.error_code() == grpc::StatusCode::PERMISSION_DENIED ||
           status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
  }
  [[nodiscard]] Error Why(const grpc::Status& status) const {
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      return {ErrorCode::kGeneric, "the controller at " + options_.address +
                                       " keeps no runs: install the same version of loadctl"};
    }
    if (IsAnswer(status)) {
      return {ErrorCode::kGeneric,
              "the controller at " + options_.address + " refuses: " + status.error_message()};
    }
    return {ErrorCode::kGeneric, "the controller at " + options_.address + " cannot be reached: " +
                                     wire::ExplainConnection(options_, status.error_message())};
  }

 private:
  const wire::DialOptions options_;
  std::unique_ptr<v1::Runs::Stub> stub_;
};

RunsClient::RunsClient(wire::DialOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
RunsClient::~RunsClient() = default;

Result<v1::RunInfo> RunsClient::Submit(const v1::Submission& submission,
                                       const std::string& packed) {
  grpc::ClientContext context;
  impl_->Bound(context);
  v1::RunInfo info;
  const auto writer = impl_->stub().Submit(&context, &info);
  v1::RunSubmission part;
  *part.mutable_submission() = submission;
  part.set_client(wire::ProcessName());
  bool good = writer->Write(part);
  for (std::size_t at = 0; good && at < packed.size(); at += kChunk) {
    v1::RunSubmission chunk;
    chunk.set_bundle_chunk(packed.substr(at, kChunk));
    good = writer->Write(chunk);
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return tl::unexpected(impl_->Why(status));
  return info;
}

Result<v1::RunList> RunsClient::List() {
  grpc::ClientContext context;
  impl_->Bound(context);
  v1::RunList list;
  const grpc::Status status = impl_->stub().List(&context, {}, &list);
  if (!status.ok()) return tl::unexpected(impl_->Why(status));
  return list;
}

Result<v1::AgentList> RunsClient::ListAgents() {
  grpc::ClientContext context;
  impl_->Bound(context);
  v1::AgentList list;
  const grpc::Status status = impl_->stub().ListAgents(&context, {}, &list);
  if (!status.ok()) return tl::unexpected(impl_->Why(status));
  return list;
}

Result<v1::RunInfo> RunsClient::Get(const std::string& run_id) {
  grpc::ClientContext context;
  impl_->Bound(context);
  v1::RunQuery query;
  query.set_run_id(run_id);
  v1::RunInfo info;
  const grpc::Status status = impl_->stub().Get(&context, query, &info);
  if (!status.ok()) return tl::unexpected(impl_->Why(status));
  return info;
}

Result<v1::RunInfo> RunsClient::Stop(const std::string& run_id, const std::string& signal) {
  grpc::ClientContext context;
  impl_->Bound(context);
  v1::StopStoredRun asked;
  asked.set_run_id(run_id);
  asked.set_signal(signal);
  v1::RunInfo info;
  const grpc::Status status = impl_->stub().Stop(&context, asked, &info);
  if (!status.ok()) return tl::unexpected(impl_->Why(status));
  return info;
}

Result<void> RunsClient::Watch(const std::string& run_id,
                               const std::function<void(const v1::RunEvent&)>& take,
                               const std::function<bool()>& leave) {
  v1::WatchRun asked;
  asked.set_run_id(run_id);
  auto broken_since = Clock::now();
  while (true) {
    grpc::ClientContext context;
    impl_->Show(context);
    std::atomic<bool> over{false};
    // Reads block: this thread asks meanwhile whether to go on.
    std::thread leaving([&] {
      while (!over) {
        if (leave()) return context.TryCancel();
        std::this_thread::sleep_for(kRetryEvery);
      }
    });
    const auto reader = impl_->stub().Watch(&context, asked);
    v1::RunEvent event;
    bool ended = false;
    while (!ended && reader->Read(&event)) {
      broken_since = Clock::now();
      if (event.number() > asked.after()) asked.set_after(event.number());
      ended = event.has_outcome();
      take(event);
    }
    if (ended) context.TryCancel();
    const grpc::Status status = reader->Finish();
    over = true;
    leaving.join();
    if (ended || leave()) return {};
    if (Impl::IsAnswer(status) || Clock::now() - broken_since > impl_->patience())
      return tl::unexpected(impl_->Why(status));
    std::this_thread::sleep_for(kRetryEvery);
  }
}

}  // namespace loadctl::service
