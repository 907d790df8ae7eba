#include "controller/service/client.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "common/daemon/token.h"
#include "common/wire/reliable.h"
#include "controller/fleet/stream.h"
#include "loadctl/v1/control.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kHeartbeatEvery = 500ms;
constexpr auto kRetryEvery = 100ms;
// The controller sends something twice a second; silence for this long is a dead stream.
constexpr auto kSilence = 3s;
constexpr auto kGreetingPatience = 4s;
constexpr auto kDiagnosisPatience = 3s;

std::shared_ptr<grpc::Channel> Dial(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(fleet::kMaxMessage);
  arguments.SetMaxSendMessageSize(fleet::kMaxMessage);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
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

std::uint64_t RandomEpoch() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device() | 1;
}

}  // namespace

// As the agents' link: one stream at a time, read by one thread and written by another.
class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)), epoch_(RandomEpoch()) {
    reader_ = std::thread([this] { ReadForEver(); });
    writer_ = std::thread([this] { WriteForEver(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (context_) context_->TryCancel();
    }
    wake_.notify_all();
    reader_.join();
    writer_.join();
  }

  Result<void> WaitForWelcome() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return welcomed_ || !lost_.empty(); });
    if (welcomed_) return {};
    return Fail("the controller at " + options_.address +
                (refused_ ? " refuses: " : " cannot be reached: ") + lost_);
  }

  void Send(v1::FromClient message) {
    {
      const std::lock_guard lock(mutex_);
      out_.Push(std::move(message));
    }
    wake_.notify_all();
  }

  bool Next(v1::ToClient& message, Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, deadline, [this] { return !incoming_.empty() || !lost_.empty(); });
    if (incoming_.empty()) return false;
    message = std::move(incoming_.front());
    incoming_.pop_front();
    return true;
  }

  std::string lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

  void WaitForEnd(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, deadline, [this] { return ended_ || !lost_.empty(); });
  }

 private:
  using Stream = grpc::ClientReaderWriter<v1::FromClient, v1::ToClient>;

  void ReadForEver() {
    auto broken_since = Clock::now();
    std::string why = "no answer";
    while (true) {
      const bool answered = ReadOneStream(why);
      std::unique_lock lock(mutex_);
      if (ending_) return;
      const auto now = Clock::now();
      if (answered) broken_since = now;
      const auto patience = welcomed_ ? options_.patience : options_.first_patience;
      if (refused_ || now - broken_since > patience) {
        lock.unlock();
        if (!refused_) {
          const std::string found =
              daemon::DiagnoseConnection(options_.address, options_.tls, kDiagnosisPatience);
          if (!found.empty()) why = found;
        }
        lock.lock();
        lost_ = why.empty() ? "the stream ended" : why;
        ending_ = true;
        lock.unlock();
        wake_.notify_all();
        return;
      }
      wake_.wait_for(lock, kRetryEvery, [this] { return ending_; });
    }
  }

  // True if the controller answered on this stream.
  bool ReadOneStream(std::string& why) {
    auto channel = Dial(options_);
    auto stub = v1::Control::NewStub(channel);
    auto context = std::make_shared<grpc::ClientContext>();
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return false;
      context_ = context;
      dialled_ = Clock::now();
    }
    const std::string token =
        options_.tls.plaintext() ? daemon::FindToken(options_.address, options_.token_file) : "";
    if (!token.empty()) context->AddMetadata(daemon::kTokenMetadata, daemon::kTokenScheme + token);
    std::shared_ptr<Stream> stream = stub->Attach(context.get());
    bool answered = false, given_up = false;
    if (stream->Write(MakeHello())) {
      v1::ToClient message;
      while (stream->Read(&message)) {
        answered = true;
        given_up = !Take(std::move(message), stream, why);
        if (given_up) break;
        message.Clear();
      }
    }
    {
      const std::lock_guard lock(mutex_);
      stream_.reset();
    }
    if (given_up) context->TryCancel();
    std::unique_lock writing(write_mutex_);  // the writer has let go of the stream
    const grpc::Status status = stream->Finish();
    if (!refused_ && !status.ok()) why = status.error_message();
    if (answered && status.ok()) {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    return answered;
  }

  v1::FromClient MakeHello() {
    const std::lock_guard lock(mutex_);
    v1::FromClient message;
    auto* hello = message.mutable_hello();
    hello->set_protocol_major(wire::kProtocolMajor);
    hello->set_protocol_minor(wire::kProtocolMinor);
    hello->set_version(options_.version);
    hello->set_epoch(epoch_);
    hello->set_name(ProcessName());
    hello->set_received(in_.taken());
    hello->set_returning(welcomed_);
    return message;
  }

  // False: the stream is of no more use.
  bool Take(v1::ToClient message, const std::shared_ptr<Stream>& stream, std::string& why) {
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
    last_read_ = Clock::now();
    if (message.has_welcome()) {
      if (!message.welcome().refused().empty()) {
        refused_ = true;
        why = message.welcome().refused();
        return false;
      }
      out_.Restart(message.welcome().received());
      stream_ = stream;
      welcomed_ = true;
      return true;
    }
    out_.Acknowledge(message.acknowledged());
    switch (in_.Judge(message.number())) {
      case wire::Inbox::Verdict::kGap:
        why = "the controller's messages have a gap";
        return false;
      case wire::Inbox::Verdict::kRepeat:
        return true;
      case wire::Inbox::Verdict::kTake:
        break;
    }
    if (message.number() != 0) acknowledge_ = true;
    if (!message.has_heartbeat() && message.body_case() != v1::ToClient::BODY_NOT_SET)
      incoming_.push_back(std::move(message));
    return true;
  }

  void WriteForEver() {
    auto next_heartbeat = Clock::now();
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait_until(lock, next_heartbeat,
                       [this] { return ending_ || (stream_ && (out_.HasNext() || acknowledge_)); });
      if (ending_) return;
      const auto now = Clock::now();
      const bool beat = now >= next_heartbeat;
      if (beat) {
        next_heartbeat = now + kHeartbeatEvery;
        const bool dead =
            stream_ ? now - last_read_ > kSilence : now - dialled_ > kGreetingPatience;
        if (dead && context_) context_->TryCancel();
      }
      if (!stream_) continue;
      v1::FromClient message;
      if (const auto* next = out_.Next()) {
        message = *next;
      } else if (acknowledge_ || beat) {
        message.mutable_heartbeat();
      } else {
        continue;
      }
      message.set_acknowledged(in_.taken());
      acknowledge_ = false;
      const auto stream = stream_;
      std::unique_lock writing(write_mutex_);
      lock.unlock();
      // Where it fails, the reader sees the stream's end.
      stream->Write(message);
      writing.unlock();
      lock.lock();
    }
  }

  const ClientOptions options_;
  const std::uint64_t epoch_;
  mutable std::mutex mutex_;
  std::mutex write_mutex_;  // held while the writer uses a stream; taken after mutex_
  std::condition_variable wake_;
  std::shared_ptr<grpc::ClientContext> context_;
  std::shared_ptr<Stream> stream_;  // set once the controller has said welcome
  wire::Outbox<v1::FromClient> out_;
  wire::Inbox in_;
  std::deque<v1::ToClient> incoming_;
  Clock::time_point last_read_;
  Clock::time_point dialled_;
  std::string lost_;
  bool acknowledge_ = false;
  bool welcomed_ = false;
  bool refused_ = false;
  bool ended_ = false;  // the controller has closed the stream in order
  bool ending_ = false;
  std::thread reader_, writer_;
};

Result<std::unique_ptr<Client>> Client::Connect(ClientOptions options) {
  std::unique_ptr<Client> client(new Client(std::make_unique<Impl>(std::move(options))));
  LOADCTL_CHECK_OK(client->impl_->WaitForWelcome());
  return client;
}

std::string BusyWith(const Error& error) {
  const std::size_t at = error.message.find(kBusyWords);
  if (at == std::string::npos) return "";
  const std::string rest = error.message.substr(at + kBusyWords.size());
  return rest.substr(0, rest.find(','));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;
void Client::Send(v1::FromClient message) { impl_->Send(std::move(message)); }
bool Client::Next(v1::ToClient& message, Clock::time_point deadline) {
  return impl_->Next(message, deadline);
}
std::string Client::lost() const { return impl_->lost(); }
void Client::WaitForEnd(Clock::time_point deadline) { impl_->WaitForEnd(deadline); }

}  // namespace loadctl::service
