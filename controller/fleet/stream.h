// A controller's end of the reliable streams: gRPC's callbacks, turned into messages taken once.
// Not for what the messages mean (registry.cc, controller/service). gRPC's threads call; everything
// happens under the owner's mutex.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/wire/reliable.h"
#include "controller/fleet/access.h"
#include "controller/fleet/printable_name.h"
#include "controller/fleet/quotas.h"

namespace loadctl::fleet {

using wire::kMaxMessage;
template <class In, class Out>
class Stream;

/// Who is at the other end, over all of its streams: at most one at a time.
template <class In, class Out>
struct Peer {
  using Clock = std::chrono::steady_clock;
  std::uint64_t epoch = 0;
  std::string name;
  wire::Outbox<Out> out;
  wire::Inbox in;
  std::deque<Out> unreliable;
  /// Makes the next of many messages that are sent as the other side takes them, or nothing when
  /// there are no more: so that what is large waits here once, not once for each peer.
  std::function<std::optional<Out>()> more{};
  Stream<In, Out>* stream = nullptr;
  /// Instants of the latest questions for the peer's clock that have no answer yet.
  std::deque<std::int64_t> clock_questions;
  static constexpr std::size_t kMostQuestions = 64;
  Clock::time_point heard{};  ///< its last message, or the beginning
  bool acknowledge = false;

  /// Of `more`, that the other side has not acknowledged.
  static constexpr std::size_t kMostUnderWay = 16;

  /// Writes the next message if there is one and the stream is free.
  void Pump();
  void Send(Out message) {
    out.Push(std::move(message));
    Pump();
  }
  void Tell(Out message) {
    unreliable.push_back(std::move(message));
    Pump();
  }
  /// The stream that a hello came on is this peer's from here on; `received` is from the hello.
  void Connect(Stream<In, Out>& to, std::uint64_t received);
  /// The stream ends; the peer stays.
  void Disconnect();
  /// Acknowledges and judges a message that is no hello.
  wire::Inbox::Verdict Judge(const In& message) {
    heard = Clock::now();
    out.Acknowledge(message.acknowledged());
    if (more) Pump();
    const auto verdict = in.Judge(message.number());
    if (message.number() != 0 && verdict != wire::Inbox::Verdict::kGap) {
      acknowledge = true;
      Pump();
    }
    return verdict;
  }
};

/// Whom streams belong to. Derived classes lock `mutex_` for whatever they do with peers.
template <class In, class Out>
class StreamOwner {
 public:
  explicit StreamOwner(SharedQuotas quotas) : quotas_(std::move(quotas)) {}
  virtual ~StreamOwner() = default;

 protected:
  friend class Stream<In, Out>;
  /// A message came; false: the stream is of no more use. Under the mutex, as Gone().
  virtual bool Take(Stream<In, Out>& stream, In message) = 0;
  /// The peer's stream has ended.
  virtual void Gone(Peer<In, Out>& peer) = 0;

  /// Ends streams that said no hello for too long. Call it now and then, under the mutex.
  void EndSilentStreams(std::chrono::steady_clock::time_point now) {
    for (auto* stream : streams_) {
      if (stream->peer() != nullptr ||
          now - stream->opened() <= quotas_->time(Quota::kHelloPatience)) {
        continue;
      }
      quotas_->Reach(Quota::kHelloPatience);
      stream->End(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "no hello came"));
    }
  }

  /// Ends streams of those whose certificate or token has been taken back, and tells of each.
  void EndUnwelcomeStreams(
      Access& access, const std::function<void(const Visitor&, const std::string& why)>& tell) {
    if (!access.Look()) return;
    for (auto* stream : streams_) {
      const std::string why = stream->ended() ? "" : access.WhyGo(stream->visitor());
      if (why.empty()) continue;
      tell(stream->visitor(), why);
      stream->End(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, why));
    }
  }

  mutable std::mutex mutex_;
  const SharedQuotas quotas_;

 private:
  std::set<Stream<In, Out>*> streams_;
};

template <class In, class Out>
class Stream final : public grpc::ServerBidiReactor<In, Out> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `visitor`: who it is. A stream that is not `welcome` is ended at once, with why.
  Stream(StreamOwner<In, Out>& owner, Visitor visitor,
         const grpc::Status& welcome = grpc::Status::OK)
      : owner_(owner), visitor_(std::move(visitor)) {
    const std::lock_guard lock(owner_.mutex_);
    owner_.streams_.insert(this);
    owner_.quotas_->Add(Quota::kStreams, 1);
    if (!welcome.ok()) {
      End(welcome);
    } else if (owner_.streams_.size() > owner_.quotas_->size(Quota::kStreams)) {
      owner_.quotas_->Reach(Quota::kStreams);
      End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams"));
    } else {
      this->StartRead(&incoming_);
    }
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock(owner_.mutex_);
    if (!ok || ended_ || !Take()) {
      if (!refused_) End(grpc::Status::OK);
      return;
    }
    incoming_.Clear();
    if (held_back_) {
      waiting_ = true;
    } else {
      this->StartRead(&incoming_);
    }
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(owner_.mutex_);
    writing_ = false;
    if (refused_ || !ok) return End(grpc::Status::OK);
    if (peer_ != nullptr) peer_->Pump();
  }
  // What is not being read does not see the end otherwise.
  void OnCancel() override {
    const std::lock_guard lock(owner_.mutex_);
    if (waiting_) End(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    {
      const std::lock_guard lock(owner_.mutex_);
      Leave();
      owner_.streams_.erase(this);
      owner_.quotas_->Add(Quota::kStreams, -1);
    }
    delete this;
  }

  // What follows is called under the owner's mutex.

  [[nodiscard]] bool writing() const { return writing_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] Peer<In, Out>* peer() const { return peer_; }
  void set_peer(Peer<In, Out>* peer) { peer_ = peer; }
  [[nodiscard]] Clock::time_point opened() const { return opened_; }
  /// The peer's host, without its port.
  [[nodiscard]] std::string from() const {
    return visitor_.address.substr(0, visitor_.address.rfind(':'));
  }
  [[nodiscard]] const Visitor& visitor() const { return visitor_; }
  /// Of its certificate or join token; empty without one.
  [[nodiscard]] const std::string& name() const { return visitor_.name; }

  void Write(Out message) {
    if (ended_ || writing_) return;
    outgoing_ = std::move(message);
    writing_ = true;
    this->StartWrite(&outgoing_);
  }
  /// Nothing more is read until it is let go on: what came has yet to be worked on. The other side
  /// then waits, and is not silent.
  void HoldBack(bool hold) {
    held_back_ = hold;
    if (hold || ended_ || !std::exchange(waiting_, false)) return;
    this->StartRead(&incoming_);
  }
  [[nodiscard]] bool held_back() const { return held_back_; }
  /// The last message of a stream that is not wanted.
  void Refuse(Out message) {
    refused_ = true;
    Write(std::move(message));
  }
  void End(grpc::Status status) {
    if (std::exchange(ended_, true)) return;
    Leave();
    this->Finish(std::move(status));
  }

 private:
  // Exceptions are not ours, but a message may make a library throw, if only for want of memory:
  // the stream ends with that, not the controller.
  bool Take() {
    try {
      return owner_.Take(*this, std::move(incoming_));
    } catch (const std::exception&) {
      return false;
    }
  }
  void Leave() {
    auto* peer = std::exchange(peer_, nullptr);
    if (peer == nullptr) return;
    peer->stream = nullptr;
    owner_.Gone(*peer);
  }

  StreamOwner<In, Out>& owner_;
  const Visitor visitor_;
  Peer<In, Out>* peer_ = nullptr;
  const Clock::time_point opened_ = Clock::now();
  In incoming_;
  Out outgoing_;
  bool writing_ = false;
  bool refused_ = false;
  bool ended_ = false;
  bool held_back_ = false;  // no further read is started
  bool waiting_ = false;    // one was not started for that
};

template <class In, class Out>
void Peer<In, Out>::Pump() {
  if (stream == nullptr || stream->writing()) return;
  Out message;
  if (more && !out.HasNext() && out.unacknowledged() < kMostUnderWay) {
    auto made = more();
    made ? out.Push(std::move(*made)) : void(more = nullptr);
  }
  if (!unreliable.empty()) {
    message = std::move(unreliable.front());
    unreliable.pop_front();
  } else if (const Out* next = out.Next()) {
    message = *next;
  } else if (!acknowledge) {
    return;
  }
  acknowledge = false;
  message.set_acknowledged(in.taken());
  // The time that counts is when it leaves.
  if constexpr (requires { message.mutable_clock(); }) {
    if (message.has_clock()) {
      const std::int64_t now = Clock::now().time_since_epoch().count();
      message.mutable_clock()->set_controller_ns(now);
      clock_questions.push_back(now);
      if (clock_questions.size() > kMostQuestions) clock_questions.pop_front();
    }
  }
  stream->Write(std::move(message));
}

template <class In, class Out>
void Peer<In, Out>::Disconnect() {
  if (stream == nullptr) return;
  auto* old = std::exchange(stream, nullptr);
  old->set_peer(nullptr);
  old->End(grpc::Status(grpc::StatusCode::ABORTED, "another stream took over"));
}

template <class In, class Out>
void Peer<In, Out>::Connect(Stream<In, Out>& to, std::uint64_t received) {
  Disconnect();
  stream = &to;
  to.set_peer(this);
  heard = Clock::now();
  unreliable.clear();
  clock_questions.clear();
  out.Restart(received);
}

}  // namespace loadctl::fleet
