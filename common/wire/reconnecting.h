// The dialling end of a stream that may break: says hello, reconnects, and gives each message once
// and in order whatever happens. Agents and clients have one towards their controller.
// Not for what is said, nor for the end that listens (controller/fleet/stream.h).
// Any thread may send; messages come on a thread of its own.
#pragma once

#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "common/wire/dial.h"
#include "common/wire/reliable.h"

namespace loadctl::wire {

/// `Out` is what is sent: it has a `heartbeat`, a number and `acknowledged`. `In` is what comes: it
/// has a `welcome`, a number and `acknowledged`.
template <class Out, class In>
class Reconnecting final {
 public:
  using Clock = std::chrono::steady_clock;
  using Stream = grpc::ClientReaderWriter<Out, In>;

  /// Called on the threads of this, without a lock; all but `attach` and `hello` may be empty.
  struct Callbacks {
    std::function<std::unique_ptr<Stream>(std::shared_ptr<grpc::Channel>, grpc::ClientContext*)>
        attach;
    /// Fills in a hello; `returning`: a stream has stood before.
    std::function<void(Out& message, std::uint64_t received, bool returning)> hello;
    std::function<void(const In& welcome)> welcomed;
    /// A message that was not judged, because it has no number, before that is looked at; true: it
    /// was meant for this.
    std::function<bool(In& message)> first_look;
    std::function<void(In message)> message;
    std::function<void(Out& message)> before_write;
    /// Nothing comes any more. `refusal`: the welcome that refuses, or null.
    std::function<void(const std::string& why, const In* refusal)> lost;
    /// There is no first stream yet; once a minute.
    std::function<void(const std::string& why)> waiting;
    std::function<void()> ended;  ///< the other side has closed the stream in order
  };

  Reconnecting(DialOptions options, Callbacks callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)) {}

  /// Dials, once. From here on there are callbacks. The names are the threads'.
  void Start(const char* reader_name, const char* writer_name) {
    reader_ = std::thread([this, reader_name] {
      pthread_setname_np(pthread_self(), reader_name);
      ReadForEver();
    });
    writer_ = std::thread([this, writer_name] {
      pthread_setname_np(pthread_self(), writer_name);
      WriteForEver();
    });
  }
  ~Reconnecting() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (context_) context_->TryCancel();
    }
    wake_.notify_all();
    if (reader_.joinable()) reader_.join();
    if (writer_.joinable()) writer_.join();
  }
  Reconnecting(const Reconnecting&) = delete;
  Reconnecting& operator=(const Reconnecting&) = delete;

  /// Arrives once and in order, also over a reconnect.
  void Send(Out message) {
    {
      const std::lock_guard lock(mutex_);
      out_.Push(std::move(message));
    }
    wake_.notify_all();
  }
  /// May be lost: nothing while no stream stands, or 64 wait.
  void Tell(Out message) {
    {
      const std::lock_guard lock(mutex_);
      if (!stream_ || unreliable_.size() >= kMaxUnreliable) return;
      unreliable_.push_back(std::move(message));
    }
    wake_.notify_all();
  }
  [[nodiscard]] std::size_t Backlog() const {
    const std::lock_guard lock(mutex_);
    return out_.unacknowledged();
  }
  /// Waits until the other side has acknowledged everything; false at the time's end.
  bool Drain(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, timeout, [this] { return out_.unacknowledged() == 0 || ending_; });
  }

 private:
  static constexpr std::size_t kMaxUnreliable = 64;
  static constexpr std::chrono::milliseconds kHeartbeatEvery{500};
  static constexpr std::chrono::milliseconds kRetryEvery{50};
  static constexpr std::chrono::milliseconds kLongestRetry{2000};
  static constexpr std::chrono::milliseconds kGreetingPatience{4000};  // from dialling
  static constexpr std::chrono::seconds kComplainEvery{60};

  void ReadForEver() {
    auto broken_since = Clock::now();
    Clock::time_point next_complaint{};
    std::chrono::milliseconds retry = kRetryEvery;
    std::string why = "no answer";
    while (true) {
      const bool answered = ReadOneStream(why);
      std::unique_lock lock(mutex_);
      if (ending_) return;
      const auto now = Clock::now();
      if (answered) broken_since = now;
      const auto patience = welcomed_ ? options_.patience : options_.first_patience;
      if (refused_ || (patience.count() > 0 && now - broken_since > patience)) {
        lock.unlock();
        const std::string said = refused_ ? why : ExplainConnection(options_, why);
        lock.lock();
        ending_ = true;
        lock.unlock();
        wake_.notify_all();
        if (callbacks_.lost) callbacks_.lost(said, refused_ ? &refusal_ : nullptr);
        return;
      }
      if (!welcomed_ && callbacks_.waiting && now >= next_complaint) {
        next_complaint = now + kComplainEvery;
        lock.unlock();
        callbacks_.waiting(ExplainConnection(options_, why));
        lock.lock();
      }
      // A stream that once stood is wanted back at once.
      if (!welcomed_ && options_.first_patience.count() == 0)
        retry = std::min(2 * retry, kLongestRetry);
      wake_.wait_for(lock, welcomed_ ? kRetryEvery : retry, [this] { return ending_; });
    }
  }

  // True if the other side answered on this stream, and in order.
  bool ReadOneStream(std::string& why) {
    auto context = std::make_shared<grpc::ClientContext>();
    ShowToken(options_, *context);
    std::shared_ptr<Stream> stream =
        callbacks_.attach(DialController(options_.address, TlsOf(options_)), context.get());
    {
      const std::lock_guard lock(mutex_);
      if (ending_) context->TryCancel();
      context_ = context;
      dialled_ = Clock::now();
    }
    bool answered = false, good = true;
    if (stream->Write(MakeHello())) {
      In message;
      while (good && stream->Read(&message)) {
        answered = true;
        good = Take(std::move(message), stream, why);
        message.Clear();
      }
    }
    {
      const std::lock_guard lock(mutex_);
      stream_.reset();
      unreliable_.clear();
    }
    if (!good) context->TryCancel();
    std::unique_lock writing(write_mutex_);  // the writer has let go of the stream
    const grpc::Status status = stream->Finish();
    if (!refused_ && !status.ok()) why = status.error_message();
    if (answered && status.ok() && callbacks_.ended) callbacks_.ended();
    // What does not follow what came before heals by no new stream.
    return answered && (good || refused_);
  }

  Out MakeHello() {
    const std::lock_guard lock(mutex_);
    Out message;
    callbacks_.hello(message, in_.taken(), welcomed_);
    return message;
  }

  // False: the stream is of no more use.
  bool Take(In message, const std::shared_ptr<Stream>& stream, std::string& why) {
    std::unique_lock lock(mutex_);
    last_read_ = Clock::now();
    if (message.has_welcome()) {
      if (!message.welcome().refused().empty()) {
        refused_ = true;
        why = message.welcome().refused();
        refusal_ = std::move(message);
        return false;
      }
      out_.Restart(message.welcome().received());
      stream_ = stream;
      welcomed_ = true;
      lock.unlock();
      wake_.notify_all();
      if (callbacks_.welcomed) callbacks_.welcomed(message);
      return true;
    }
    out_.Acknowledge(message.acknowledged());
    if (message.number() == 0 && callbacks_.first_look) {
      lock.unlock();
      wake_.notify_all();
      if (callbacks_.first_look(message)) return true;
      lock.lock();
    }
    switch (in_.Judge(message.number())) {
      case Inbox::Verdict::kGap:
        why = "the controller's messages have a gap";
        return false;
      case Inbox::Verdict::kRepeat:
        return true;
      case Inbox::Verdict::kTake:
        break;
    }
    if (message.number() != 0) acknowledge_ = true;
    lock.unlock();
    wake_.notify_all();
    if (message.body_case() != In::BODY_NOT_SET) callbacks_.message(std::move(message));
    return true;
  }

  void WriteForEver() {
    auto next_heartbeat = Clock::now();
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait_until(lock, next_heartbeat, [this] {
        return ending_ || (stream_ && (out_.HasNext() || !unreliable_.empty() || acknowledge_));
      });
      if (ending_) return;
      const auto now = Clock::now();
      if (now >= next_heartbeat) {
        next_heartbeat = now + kHeartbeatEvery;
        const bool dead =
            stream_ ? now - last_read_ > options_.silence : now - dialled_ > kGreetingPatience;
        if (dead && context_) context_->TryCancel();
        if (stream_ && unreliable_.empty()) unreliable_.emplace_back().mutable_heartbeat();
      }
      if (!stream_) continue;
      Out message;
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
      if (callbacks_.before_write) callbacks_.before_write(message);
      const auto stream = stream_;
      std::unique_lock writing(write_mutex_);
      lock.unlock();
      // Where it fails, the reader sees the stream's end.
      stream->Write(message);
      writing.unlock();
      lock.lock();
    }
  }

  const DialOptions options_;
  const Callbacks callbacks_;
  mutable std::mutex mutex_;
  std::mutex write_mutex_;  // held while the writer uses a stream; taken after mutex_
  std::condition_variable wake_;
  std::shared_ptr<grpc::ClientContext> context_;
  std::shared_ptr<Stream> stream_;  // set once the other side has said welcome
  Outbox<Out> out_;
  Inbox in_;
  std::deque<Out> unreliable_;
  In refusal_;
  Clock::time_point last_read_{}, dialled_{};
  bool acknowledge_ = false;
  bool welcomed_ = false;
  bool refused_ = false;
  bool ending_ = false;
  std::thread reader_, writer_;
};

}  // namespace loadctl::wire
