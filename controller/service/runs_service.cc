#include "controller/service/runs_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <utility>

#include "controller/fleet/stream.h"
#include "loadctl/v1/runs.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxBundle = 1u << 30;
constexpr int kMostCalls = 32;  // at a time: each has a thread
constexpr auto kLook = 200ms;

grpc::Status Denied(const Error& error) {
  return {grpc::StatusCode::PERMISSION_DENIED, error.message};
}
grpc::Status Refused(const Error& error) {
  return {grpc::StatusCode::FAILED_PRECONDITION, error.message};
}

}  // namespace

class RunsService::Impl final : public v1::Runs::Service {
 public:
  Impl(RunStore& store, std::shared_ptr<fleet::Access> access,
       std::function<std::optional<std::string>()> why_busy)
      : store_(store), access_(std::move(access)), why_busy_(std::move(why_busy)) {}

  grpc::Status Submit(grpc::ServerContext* context, grpc::ServerReader<v1::RunSubmission>* reader,
                      v1::RunInfo* info) override {
    const Call call(*this);
    if (!call.good()) return TooMany();
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    if (!who->rights.run) return Denied(NoRight(*who, "to run tests"));
    Request request;
    request.certificate = who->name;
    v1::RunSubmission part;
    while (reader->Read(&part)) {
      if (part.has_submission()) request.submission = std::move(*part.mutable_submission());
      if (!part.client().empty()) request.client = fleet::PrintableName(part.client());
      if (request.packed.size() + part.bundle_chunk().size() > kMaxBundle)
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the bundle is larger than 1 GiB"};
      request.packed += part.bundle_chunk();
    }
    if (!who->name.empty()) request.client = fleet::PrintableName(who->name) + " " + request.client;
    if (const auto why = why_busy_()) return Refused(Error{ErrorCode::kGeneric, *why});
    const auto run = store_.Submit(std::move(request));
    if (!run) return Refused(run.error());
    *info = (*run)->Info();
    return grpc::Status::OK;
  }

  grpc::Status List(grpc::ServerContext* context, const v1::ListRuns*, v1::RunList* list) override {
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    for (const auto& run : store_.Runs())
      if (who->rights.watch || IsOwn(*run, *who)) *list->add_runs() = run->Info();
    return grpc::Status::OK;
  }

  grpc::Status Get(grpc::ServerContext* context, const v1::RunQuery* query,
                   v1::RunInfo* info) override {
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    const auto run = store_.Find(query->run_id());
    if (!run) return Refused(run.error());
    if (!who->rights.watch && !IsOwn(**run, *who))
      return Denied(NoRight(*who, "to follow runs of others"));
    *info = (*run)->Info();
    return grpc::Status::OK;
  }

  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRun* asked,
                     grpc::ServerWriter<v1::RunEvent>* writer) override {
    const Call call(*this);
    if (!call.good()) return TooMany();
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    const auto run = store_.Find(asked->run_id());
    if (!run) return Refused(run.error());
    if (!who->rights.watch && !IsOwn(**run, *who))
      return Denied(NoRight(*who, "to follow runs of others"));
    std::uint64_t after = asked->after();
    while (!context->IsCancelled() && !store_.ending()) {
      for (const auto& event : (*run)->After(after, Clock::now() + kLook)) {
        if (!writer->Write(event)) return grpc::Status::OK;
        if (event.number() > after) after = event.number();
        if (event.has_outcome()) return grpc::Status::OK;
      }
    }
    return {grpc::StatusCode::UNAVAILABLE, "the controller ends"};
  }

  grpc::Status Stop(grpc::ServerContext* context, const v1::StopStoredRun* asked,
                    v1::RunInfo* info) override {
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    const auto run = store_.Find(asked->run_id());
    if (!run) return Refused(run.error());
    if (!who->rights.stop_any && !IsOwn(**run, *who))
      return Denied(NoRight(*who, "to stop runs of others"));
    if (const auto done = store_.Stop(**run, asked->signal()); !done) return Refused(done.error());
    *info = (*run)->Info();
    return grpc::Status::OK;
  }

 private:
  /// Without certificates nobody by name, with every right.
  [[nodiscard]] Result<daemon::Identity> WhoIs(const grpc::ServerContextBase& context) {
    if (access_) return access_->Judge(context, daemon::Role::kClient);
    daemon::Identity anyone;
    anyone.rights = {true, true, true};
    return anyone;
  }
  [[nodiscard]] static bool IsOwn(const StoredRun& run, const daemon::Identity& who) {
    return run.owner() == who.name;
  }
  [[nodiscard]] static Error NoRight(const daemon::Identity& who, const std::string& what) {
    return {ErrorCode::kGeneric, "the certificate of " + who.name + " gives no right " + what};
  }

  /// Counts a call that holds a thread for long.
  class Call {
   public:
    explicit Call(Impl& impl) : impl_(impl), good_(++impl.calls_ <= kMostCalls) {}
    ~Call() { --impl_.calls_; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    [[nodiscard]] bool good() const { return good_; }

   private:
    Impl& impl_;
    const bool good_;
  };
  static grpc::Status TooMany() {
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many clients at a time"};
  }

  RunStore& store_;
  const std::shared_ptr<fleet::Access> access_;
  const std::function<std::optional<std::string>()> why_busy_;
  std::atomic<int> calls_{0};
};

RunsService::RunsService(RunStore& store, std::shared_ptr<fleet::Access> access,
                         std::function<std::optional<std::string>()> why_busy)
    : impl_(std::make_unique<Impl>(store, std::move(access), std::move(why_busy))) {}
RunsService::~RunsService() = default;
grpc::Service& RunsService::service() { return *impl_; }

}  // namespace loadctl::service
