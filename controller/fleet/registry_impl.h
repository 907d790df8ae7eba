// The inside of Registry, shared by registry.cc and fleet.cc. Everything under the one mutex.
// Not for anybody else.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "controller/fleet/registry.h"
#include "controller/fleet/server.h"
#include "controller/fleet/stream.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::fleet {

using AgentStream = Stream<v1::FromAgent, v1::ToAgent>;
struct Allocation;

/// An agent's process, over all of its streams.
struct Agent final : Peer<v1::FromAgent, v1::ToAgent> {
  AgentInfo info;
  struct Sample {
    std::chrono::nanoseconds trip, offset;
  };
  std::deque<Sample> clocks;                      ///< the latest round trips
  std::string from;                               ///< the host it came from first
  std::string certificate;                        ///< its name there; empty without one
  std::int64_t certificate_ends = 0;              ///< seconds since 1970; 0: it has none
  std::size_t queued = 0;                         ///< its messages that the run has yet to take
  std::chrono::nanoseconds conductor_silence{0};  ///< by its last heartbeat
  Allocation* allocation = nullptr;               ///< whom it works for
  int number = 0;                                 ///< in the allocation
  bool finished = false;                          ///< was told to finish
};

/// What a Fleet is inside: the places 1..N of a run.
struct Allocation {
  struct Place {
    Agent* agent = nullptr;
    AgentInfo info;  ///< as last known
    bool lost = false;
  };
  std::vector<Place> places;
  std::deque<Event> events;
  std::condition_variable wake;
};

class Registry::Impl final : public v1::Agents::CallbackService,
                             public StreamOwner<v1::FromAgent, v1::ToAgent> {
 public:
  explicit Impl(RegistryOptions options);
  ~Impl() override;

  grpc::ServerBidiReactor<v1::FromAgent, v1::ToAgent>* Attach(
      grpc::CallbackServerContext* context) override {
    auto who = options_.access ? options_.access->Judge(*context, daemon::Role::kAgent)
                               : Result<Visitor>(Unknown(*context));
    if (who) return new AgentStream(*this, std::move(*who));
    CountRefused();
    Say("an agent of " + PrintableName(context->peer()) + " is refused: " + who.error().message);
    Note("agent_refused", Unknown(*context).actor(), {{"why", who.error().message}});
    return new AgentStream(*this, Unknown(*context),
                           grpc::Status(grpc::StatusCode::PERMISSION_DENIED, who.error().message));
  }

  std::shared_ptr<Allocation> Expect(int agents);
  Result<std::shared_ptr<Allocation>> Claim(int agents, std::chrono::milliseconds wait,
                                            const std::function<bool()>& stop);
  Population Count() const;
  std::vector<Known> List() const;

  void Send(Allocation& allocation, int number, v1::ToAgent message);
  AgentInfo Info(const Allocation& allocation, int number) const;
  int Attached(const Allocation& allocation) const;
  bool Next(Allocation& allocation, Event& event, std::chrono::steady_clock::time_point deadline);
  void Push(Allocation& allocation, Event event);
  void Impersonate(Allocation& allocation, int number, AgentInfo info);
  void SendBundle(Allocation& allocation, int number, std::shared_ptr<const std::string> packed);
  void GiveUp(Allocation& allocation, int number, const std::string& reason);
  void Release(Allocation& allocation);

 private:
  bool Take(AgentStream& stream, v1::FromAgent message) override;
  void Gone(Peer<v1::FromAgent, v1::ToAgent>& peer) override;

  Population CountLocked() const;
  void CountRefused() {
    const std::lock_guard lock(mutex_);
    ++refused_;
  }
  void PushLocked(Allocation& allocation, Event event);
  void Unqueue(Allocation& allocation, const Event& event);
  void SendLocked(Agent& agent, v1::ToAgent message);
  void Lose(Allocation& allocation, int number, const std::string& reason);
  void Erase(Agent& agent);
  /// Why the agent is of no more use, or an empty text.
  std::string WhyLost(const Agent& agent, std::chrono::steady_clock::time_point now) const;
  bool Greet(AgentStream& stream, const v1::Hello& hello);
  void Refuse(AgentStream& stream, const std::string& why, bool register_anew);
  /// Agents that came from this host.
  std::size_t CountFrom(const std::string& host) const;
  /// A place for a newcomer in the allocation that is expected, or 0.
  int FreePlace(const v1::Hello& hello) const;
  void Assign(Agent& agent, Allocation& allocation, int number);
  void AskClock(Agent& agent);
  void TakeClock(Agent& agent, const v1::ClockReply& reply);
  void EndUnwelcome();
  void Beat();
  void NoteUse();
  void Say(const std::string& what) const;
  void Note(std::string_view event, const Actor& actor,
            std::initializer_list<AuditLog::Field> fields = {}) const {
    if (options_.audit) options_.audit->Note(event, actor, fields);
  }

  const RegistryOptions options_;
  std::condition_variable wake_;
  std::map<std::uint64_t, std::unique_ptr<Agent>> agents_;  // by epoch
  Allocation* expecting_ = nullptr;
  std::int64_t refused_ = 0, held_back_ = 0, lost_ = 0;
  bool ending_ = false;
  std::thread beat_;
};

class Fleet::Impl {
 public:
  Impl(std::shared_ptr<Registry::Impl> registry, std::shared_ptr<Allocation> allocation)
      : registry_(std::move(registry)), allocation_(std::move(allocation)) {}
  ~Impl() { registry_->Release(*allocation_); }

  std::shared_ptr<Registry::Impl> registry_;
  std::shared_ptr<Allocation> allocation_;
  std::unique_ptr<Server> server_;  ///< of a fleet that listens by itself; goes before the registry
  int port_ = 0;
};

}  // namespace loadctl::fleet
