#include "agent/session/link.h"

#include <grpcpp/grpcpp.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "agent/vu/clock.h"
#include "common/daemon/token.h"
#include "common/wire/reliable.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
constexpr auto kHeartbeatEvery = 500ms;
constexpr auto kRetryEvery = 50ms;
// Before the first stream stands, and the controller may be away for days.
constexpr auto kLongestRetry = 2s;
constexpr auto kTellEvery = 60s;
constexpr auto kDiagnosisPatience = 3s;
// The controller asks for the clock twice a second; silence for this long is a dead stream.
constexpr auto kSilence = 2s;
// From dialling to the controller's welcome.
constexpr auto kGreetingPatience = 4s;
constexpr int kMaxMessage = 256 << 20;
constexpr std::size_t kMaxUnreliable = 64;

std::shared_ptr<grpc::Channel> Dial(const LinkOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessage);
  arguments.SetMaxSendMessageSize(kMaxMessage);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  // This is also how long a connection may take to come about.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 3000);
  auto credentials = grpc::InsecureChannelCredentials();
  if (!options.tls.plaintext()) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = options.tls.ca;
    tls.pem_cert_chain = options.tls.cert;
    tls.pem_private_key = options.tls.key;
    credentials = grpc::SslCredentials(tls);
  }
  return grpc::CreateCustomChannel(options.address, credentials, arguments);
}

std::string ProcessName() {
  char host[256] = "?";
  gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(getpid());
}

}  // namespace

// One stream at a time, read by its own thread and written by another, so that heartbeats never
// wait for anything but the network.
class Link::Impl {
 public:
  Impl(LinkOptions options, Callbacks callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)) {
    reader_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "link-reader");
      ReadForEver();
    });
    writer_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "link-writer");
      WriteForEver();
    });
  }

  void Close() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (context_) context_->TryCancel();
    }
    wake_.notify_all();
    reader_.join();
    writer_.join();
  }

  void Send(v1::FromAgent message) {
    {
      const std::lock_guard lock(mutex_);
      out_.Push(std::move(message));
    }
    wake_.notify_all();
  }

  void Tell(v1::FromAgent message) {
    {
      const std::lock_guard lock(mutex_);
      if (!stream_ || unreliable_.size() >= kMaxUnreliable) return;
      unreliable_.push_back(std::move(message));
    }
    wake_.notify_all();
  }

  std::size_t Backlog() {
    const std::lock_guard lock(mutex_);
    return out_.unacknowledged();
  }

  bool Drain(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, timeout, [this] { return out_.unacknowledged() == 0 || ending_; });
  }

 private:
  using Stream = grpc::ClientReaderWriter<v1::FromAgent, v1::ToAgent>;

  void ReadForEver() {
    auto broken_since = std::chrono::steady_clock::now();
    std::chrono::milliseconds retry = kRetryEvery;
    std::string why = "no answer";
    while (true) {
      const bool connected = ReadOneStream(why);
      std::unique_lock lock(mutex_);
      if (ending_) return;
      const auto now = std::chrono::steady_clock::now();
      if (connected) broken_since = now;
      const auto patience = welcomed_ ? options_.patience : options_.first_patience;
      if (refused_ || (patience.count() > 0 && now - broken_since > patience)) {
        ending_ = true;
        lock.unlock();
        wake_.notify_all();
        callbacks_.lost(refused_ ? why : Explain(why), refused_.value_or(End::kBroken));
        return;
      }
      if (!welcomed_ && callbacks_.waiting && now >= next_complaint_) {
        next_complaint_ = now + kTellEvery;
        lock.unlock();
        callbacks_.waiting(Explain(why));
        lock.lock();
      }
      // A stream that once stood is wanted back at once.
      if (!welcomed_ && options_.first_patience.count() == 0)
        retry = std::min<std::chrono::milliseconds>(2 * retry, kLongestRetry);
      wake_.wait_for(lock, welcomed_ ? kRetryEvery : retry, [this] { return ending_; });
    }
  }

  // gRPC's own words for failed connections say little.
  [[nodiscard]] std::string Explain(const std::string& why) const {
    const std::string found =
        daemon::DiagnoseConnection(options_.address, options_.tls, kDiagnosisPatience);
    return found.empty() ? why : found;
  }

  // True if the controller answered on this stream.
  bool ReadOneStream(std::string& why) {
    auto channel = Dial(options_);
    auto stub = v1::Agents::NewStub(channel);
    auto context = std::make_shared<grpc::ClientContext>();
    const std::string token =
        options_.tls.plaintext() ? daemon::FindToken(options_.address, options_.token_file) : "";
    if (!token.empty()) context->AddMetadata(daemon::kTokenMetadata, daemon::kTokenScheme + token);
    std::shared_ptr<Stream> stream = stub->Attach(context.get());
    {
      const std::lock_guard lock(mutex_);
      if (ending_) context->TryCancel();
      context_ = context;
      dialled_ = std::chrono::steady_clock::now();
    }
    bool answered = false;
    if (stream->Write(MakeHello())) {
      v1::ToAgent message;
      while (stream->Read(&message)) {
        answered = true;
        {
          const std::lock_guard lock(mutex_);
          last_read_ = std::chrono::steady_clock::now();
        }
        if (!Take(std::move(message), stream, why)) break;
        message.Clear();
      }
    }
    {
      const std::lock_guard lock(mutex_);
      stream_.reset();
      unreliable_.clear();
      context->TryCancel();
    }
    std::unique_lock writing(write_mutex_);  // the writer has let go of the stream
    const grpc::Status status = stream->Finish();
    if (!refused_ && !status.ok()) why = status.error_message();
    return answered;
  }

  v1::FromAgent MakeHello() {
    const std::lock_guard lock(mutex_);
    v1::FromAgent message;
    auto* hello = message.mutable_hello();
    hello->set_protocol_major(wire::kProtocolMajor);
    hello->set_protocol_minor(wire::kProtocolMinor);
    hello->set_version(LOADCTL_VERSION);
    hello->set_epoch(options_.epoch);
    hello->set_agent(options_.agent);
    hello->set_name(ProcessName());
    hello->set_workers(options_.workers);
    hello->set_received(in_.taken());
    hello->set_returning(welcomed_);
    return message;
  }

  // False: the stream is of no more use.
  bool Take(v1::ToAgent message, const std::shared_ptr<Stream>& stream, std::string& why) {
    if (message.has_welcome()) {
      if (!message.welcome().refused().empty()) {
        refused_ = message.welcome().register_anew() ? End::kRegisterAnew : End::kRefused;
        why = message.welcome().refused();
        return false;
      }
      {
        const std::lock_guard lock(mutex_);
        out_.Restart(message.welcome().received());
        stream_ = stream;
        welcomed_ = true;
      }
      wake_.notify_all();
      callbacks_.welcome(static_cast<int>(message.welcome().agent()));
      return true;
    }
    if (message.has_clock()) {
      {
        const std::lock_guard lock(mutex_);
        out_.Acknowledge(message.acknowledged());
      }
      wake_.notify_all();
      v1::FromAgent reply;
      reply.mutable_clock()->set_controller_ns(message.clock().controller_ns());
      reply.mutable_clock()->set_agent_ns(vu::SteadyNow());
      Tell(std::move(reply));
      return true;
    }
    {
      const std::lock_guard lock(mutex_);
      out_.Acknowledge(message.acknowledged());
      const auto verdict = in_.Judge(message.number());
      if (verdict == wire::Inbox::Verdict::kGap) {
        why = "the controller's messages have a gap";
        return false;
      }
      if (verdict == wire::Inbox::Verdict::kRepeat) return true;
      if (message.number() != 0) acknowledge_ = true;
    }
    wake_.notify_all();
    if (message.body_case() != v1::ToAgent::BODY_NOT_SET) callbacks_.message(std::move(message));
    return true;
  }

  void WriteForEver() {
    auto next_heartbeat = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait_until(lock, next_heartbeat, [this] {
        return ending_ || (stream_ && (out_.HasNext() || !unreliable_.empty() || acknowledge_));
      });
      if (ending_) return;
      if (std::chrono::steady_clock::now() >= next_heartbeat) {
        next_heartbeat = std::chrono::steady_clock::now() + kHeartbeatEvery;
        const auto now = std::chrono::steady_clock::now();
        if (stream_ ? now - last_read_ > kSilence : now - dialled_ > kGreetingPatience) {
          if (context_) context_->TryCancel();
        }
        if (stream_ && unreliable_.empty()) unreliable_.emplace_back().mutable_heartbeat();
      }
      if (!stream_) continue;
      v1::FromAgent message;
      if (!unreliable_.empty()) {
        message = std::move(unreliable_.front());
        unreliable_.pop_front();
      } else if (const auto* next = out_.Next()) {
        message = *next;
      } else if (acknowledge_) {
        message.mutable_heartbeat();
      } else {
        continue;
      }
      message.set_acknowledged(in_.taken());
      acknowledge_ = false;
      if (message.has_heartbeat())
        message.mutable_heartbeat()->set_conductor_silent_ns(callbacks_.silence().count());
      const auto stream = stream_;
      std::unique_lock writing(write_mutex_);
      lock.unlock();
      // Where it fails, the reader sees the stream's end.
      stream->Write(message);
      writing.unlock();
      lock.lock();
    }
  }

  const LinkOptions options_;
  const Callbacks callbacks_;
  std::mutex mutex_;
  std::mutex write_mutex_;  // held while the writer uses a stream; taken after mutex_
  std::condition_variable wake_;
  std::shared_ptr<grpc::ClientContext> context_;
  std::shared_ptr<Stream> stream_;  // set once the controller has said welcome
  wire::Outbox<v1::FromAgent> out_;
  wire::Inbox in_;
  std::deque<v1::FromAgent> unreliable_;
  std::chrono::steady_clock::time_point last_read_;
  bool acknowledge_ = false;
  bool ending_ = false;
  bool welcomed_ = false;
  std::optional<End> refused_;  // the reader's alone
  std::chrono::steady_clock::time_point dialled_;
  std::chrono::steady_clock::time_point next_complaint_;
  std::thread reader_, writer_;
};

Link::Link(LinkOptions options, Callbacks callbacks)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(callbacks))) {}
Link::~Link() { impl_->Close(); }
void Link::Send(v1::FromAgent message) { impl_->Send(std::move(message)); }
void Link::Tell(v1::FromAgent message) { impl_->Tell(std::move(message)); }
std::size_t Link::Backlog() const { return impl_->Backlog(); }
bool Link::Drain(std::chrono::milliseconds timeout) { return impl_->Drain(timeout); }

}  // namespace loadctl::session
