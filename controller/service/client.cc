#include "controller/service/client.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "common/wire/hello.h"
#include "common/wire/reconnecting.h"
#include "loadctl/v1/clients.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::uint64_t RandomEpoch() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device() | 1;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)), epoch_(RandomEpoch()) {
    stream_.emplace(StreamOptions(), StreamCallbacks());
    stream_->Start("client-reader", "client-writer");
  }
  // Its threads use what is declared here.
  ~Impl() { stream_.reset(); }

  Result<void> WaitForWelcome() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return welcomed_ || !lost_.empty(); });
    if (welcomed_) return {};
    return Fail("the controller at " + options_.address +
                (refused_ ? " refuses: " : " cannot be reached: ") + lost_);
  }

  void Send(v1::FromClient message) { stream_->Send(std::move(message)); }

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
  using Stream = wire::Reconnecting<v1::FromClient, v1::ToClient>;

  [[nodiscard]] wire::DialOptions StreamOptions() const {
    wire::DialOptions options;
    options.address = options_.address;
    options.tls = options_.tls;
    options.token_file = options_.token_file;
    options.first_patience = options_.first_patience;
    options.patience = options_.patience;
    options.silence = 3s;
    return options;
  }

  Stream::Callbacks StreamCallbacks() {
    Stream::Callbacks to;
    to.attach = [](std::shared_ptr<grpc::Channel> channel, grpc::ClientContext* context) {
      return v1::Clients::NewStub(std::move(channel))->Attach(context);
    };
    to.hello = [this](v1::FromClient& message, std::uint64_t received, bool returning) {
      wire::FillHello(*message.mutable_hello(), {options_.version, epoch_, received, returning});
    };
    to.welcomed = [this](const v1::ToClient&) { Note(welcomed_); };
    to.message = [this](v1::ToClient message) {
      if (message.has_heartbeat()) return;
      const std::lock_guard lock(mutex_);
      incoming_.push_back(std::move(message));
      wake_.notify_all();
    };
    to.lost = [this](const std::string& why, const v1::ToClient* refusal) {
      const std::lock_guard lock(mutex_);
      refused_ = refusal != nullptr;
      lost_ = why;
      wake_.notify_all();
    };
    to.ended = [this] { Note(ended_); };
    return to;
  }

  void Note(bool& what) {
    const std::lock_guard lock(mutex_);
    what = true;
    wake_.notify_all();
  }

  const ClientOptions options_;
  const std::uint64_t epoch_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<v1::ToClient> incoming_;
  std::string lost_;
  bool welcomed_ = false;
  bool refused_ = false;
  bool ended_ = false;  // the controller has closed the stream in order
  std::optional<Stream> stream_;
};

std::string BusyWith(const Error& error) {
  const std::size_t at = error.message.find(kBusyWords);
  if (at == std::string::npos) return "";
  const std::string rest = error.message.substr(at + kBusyWords.size());
  return rest.substr(0, rest.find(','));
}

Result<std::unique_ptr<Client>> Client::Connect(ClientOptions options) {
  std::unique_ptr<Client> client(new Client(std::make_unique<Impl>(std::move(options))));
  LOADCTL_CHECK_OK(client->impl_->WaitForWelcome());
  return client;
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
