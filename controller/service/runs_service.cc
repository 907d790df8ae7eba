#include "controller/service/runs_service.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "controller/fleet/stream.h"
#include "loadctl/v1/runs.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

using fleet::Quota;

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
  Impl(RunStore& store, RunsOptions options) : store_(store), options_(std::move(options)) {}

  grpc::Status Submit(grpc::ServerContext* context, grpc::ServerReader<v1::RunSubmission>* reader,
                      v1::RunInfo* info) override {
    const Call call(*options_.quotas);
    if (!call.good()) return TooMany();
    const auto who = WhoIs(*context);
    if (!who) return Denied(who.error());
    if (!who->rights.run) return Denied(NoRight(*who, "to run tests"));
    Request request;
    request.actor = who->actor();
    v1::RunSubmission part;
    while (reader->Read(&part)) {
      if (part.has_submission()) request.submission = std::move(*part.mutable_submission());
      if (!part.client().empty()) request.client = fleet::PrintableName(part.client());
      const std::size_t size = request.packed.size() + part.bundle_chunk().size();
      if (size > options_.quotas->size(Quota::kBundle)) {
        options_.quotas->Reach(Quota::kBundle);
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the test's files are too large"};
      }
      request.packed += part.bundle_chunk();
    }
    if (!who->name.empty()) request.client = fleet::PrintableName(who->name) + " " + request.client;
    if (const auto why = options_.why_busy()) return Refused(Error{ErrorCode::kGeneric, *why});
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
    const Call call(*options_.quotas);
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
      if (options_.access && options_.access->Look())
        if (std::string why = options_.access->WhyGo(*who); !why.empty())
          return Denied(Error{ErrorCode::kGeneric, std::move(why)});
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
    if (options_.audit) {
      options_.audit->Note(
          "stop", who->actor(),
          {{"run", (*run)->id().text}, {"owner", (*run)->owner()}, {"signal", asked->signal()}});
    }
    if (const auto done = store_.Stop(**run, asked->signal()); !done) return Refused(done.error());
    *info = (*run)->Info();
    return grpc::Status::OK;
  }

  grpc::Status ListAgents(grpc::ServerContext* context, const v1::AgentsQuery*,
                          v1::AgentList* list) override {
    if (const auto who = WhoIs(*context); !who) return Denied(who.error());
    if (options_.list_agents) options_.list_agents(*list);
    return grpc::Status::OK;
  }

 private:
  /// Without certificates nobody by name, with every right.
  [[nodiscard]] Result<fleet::Visitor> WhoIs(const grpc::ServerContextBase& context) {
    if (!options_.access) return fleet::Unknown(context);
    auto who = options_.access->Judge(context, daemon::Role::kClient);
    if (!who && options_.audit) {
      options_.audit->Note("client_refused", fleet::Unknown(context).actor(),
                           {{"why", who.error().message}});
    }
    return who;
  }
  [[nodiscard]] static bool IsOwn(const StoredRun& run, const fleet::Visitor& who) {
    return run.owner() == who.name;
  }
  [[nodiscard]] Error NoRight(const fleet::Visitor& who, const std::string& what) const {
    if (options_.audit)
      options_.audit->Note("client_refused", who.actor(), {{"why", "no right " + what}});
    return {ErrorCode::kGeneric, "the certificate of " + who.name + " gives no right " + what};
  }

  /// Counts a call that holds a thread for long.
  class Call {
   public:
    explicit Call(fleet::Quotas& quotas) : quotas_(quotas) {
      quotas_.Add(Quota::kWatchers, 1);
      good_ = quotas_.used(Quota::kWatchers) <= quotas_.most(Quota::kWatchers);
      if (!good_) quotas_.Reach(Quota::kWatchers);
    }
    ~Call() { quotas_.Add(Quota::kWatchers, -1); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    [[nodiscard]] bool good() const { return good_; }

   private:
    fleet::Quotas& quotas_;
    bool good_ = false;
  };
  static grpc::Status TooMany() {
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many clients at a time"};
  }

  RunStore& store_;
  const RunsOptions options_;
};

RunsService::RunsService(RunStore& store, RunsOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}
RunsService::~RunsService() = default;
grpc::Service& RunsService::service() { return *impl_; }

}  // namespace loadctl::service
