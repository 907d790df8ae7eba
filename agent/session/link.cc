#include "agent/session/link.h"

#include <chrono>
#include <optional>
#include <utility>

#include "agent/vu/clock.h"
#include "common/wire/hello.h"
#include "common/wire/reconnecting.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::session {

// Read by one thread and written by another, so that heartbeats never wait for anything but the
// network.
class Link::Impl {
 public:
  Impl(LinkOptions options, Callbacks callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)) {
    stream_.emplace(StreamOptions(), StreamCallbacks());
  }

  [[nodiscard]] auto& stream() { return *stream_; }
  void Close() { stream_.reset(); }

 private:
  using Stream = wire::Reconnecting<v1::FromAgent, v1::ToAgent>;

  [[nodiscard]] wire::DialOptions StreamOptions() const {
    wire::DialOptions options;
    options.address = options_.address;
    options.tls_files = options_.tls_files;
    options.token_file = options_.token_file;
    options.first_patience = options_.first_patience;
    options.patience = options_.patience;
    return options;
  }

  Stream::Callbacks StreamCallbacks() {
    Stream::Callbacks to;
    to.attach = [](std::shared_ptr<grpc::Channel> channel, grpc::ClientContext* context) {
      return v1::Agents::NewStub(std::move(channel))->Attach(context);
    };
    to.hello = [this](v1::FromAgent& message, std::uint64_t received, bool returning) {
      auto* hello = message.mutable_hello();
      wire::FillHello(*hello, {LOADCTL_VERSION, options_.epoch, received, returning});
      hello->set_agent(options_.agent);
      hello->set_workers(options_.workers);
    };
    to.welcomed = [this](const v1::ToAgent& message) {
      callbacks_.welcome(static_cast<int>(message.welcome().agent()));
    };
    to.first_look = [this](v1::ToAgent& message) {
      if (!message.has_clock()) return false;
      v1::FromAgent reply;
      reply.mutable_clock()->set_controller_ns(message.clock().controller_ns());
      reply.mutable_clock()->set_agent_ns(vu::SteadyNow());
      reply.mutable_clock()->set_agent_unix_ns(
          std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
      stream_->Tell(std::move(reply));
      return true;
    };
    to.message = [this](v1::ToAgent message) { callbacks_.message(std::move(message)); };
    to.before_write = [this](v1::FromAgent& message) {
      if (message.has_heartbeat())
        message.mutable_heartbeat()->set_conductor_silent_ns(callbacks_.silence().count());
    };
    to.lost = [this](const std::string& why, const v1::ToAgent* refusal) {
      callbacks_.lost(why, refusal == nullptr                   ? End::kBroken
                           : refusal->welcome().register_anew() ? End::kRegisterAnew
                                                                : End::kRefused);
    };
    if (callbacks_.waiting)
      to.waiting = [this](const std::string& why) { callbacks_.waiting(why); };
    return to;
  }

  const LinkOptions options_;
  const Callbacks callbacks_;
  std::optional<Stream> stream_;
};

Link::Link(LinkOptions options, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(callbacks))) {}
Link::~Link() { impl_->Close(); }
void Link::Start() { impl_->stream().Start("link-reader", "link-writer"); }
void Link::Send(v1::FromAgent message) { impl_->stream().Send(std::move(message)); }
void Link::Tell(v1::FromAgent message) { impl_->stream().Tell(std::move(message)); }
std::size_t Link::Backlog() const { return impl_->stream().Backlog(); }
bool Link::Drain(std::chrono::milliseconds timeout) { return impl_->stream().Drain(timeout); }

}  // namespace loadctl::session
