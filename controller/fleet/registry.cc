#include "controller/fleet/registry.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "controller/fleet/registry_impl.h"

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kBeat = 500ms;
constexpr auto kLook = 100ms;
constexpr int kFirstClockSamples = 8;
constexpr std::size_t kClockSamples = 64;  // half a minute: clocks drift apart over hours
constexpr std::chrono::nanoseconds kLongestTrip = 5s;
// What is small counts as much.
constexpr std::size_t kLeastSize = 1u << 12;

std::chrono::nanoseconds WallNow() { return std::chrono::system_clock::now().time_since_epoch(); }
std::int64_t NowNs() { return Clock::now().time_since_epoch().count(); }

std::unique_ptr<Agent> NewAgent(const AgentStream& stream, const v1::Hello& hello) {
  auto agent = std::make_unique<Agent>();
  agent->epoch = hello.epoch();
  agent->from = stream.from();
  agent->certificate = stream.name();
  agent->name = PrintableName(hello.name());
  if (!stream.name().empty()) agent->name = PrintableName(stream.name()) + " " + agent->name;
  agent->info.name = agent->name;
  agent->info.workers = hello.workers();
  agent->info.version = PrintableName(hello.version());
  return agent;
}

}  // namespace

Registry::Impl::Impl(RegistryOptions options)
    : StreamOwner(options.quotas), options_(std::move(options)) {
  beat_ = std::thread([this] { Beat(); });
}

Registry::Impl::~Impl() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  beat_.join();
}

// ---- allocations

std::shared_ptr<Allocation> Registry::Impl::Expect(int agents) {
  auto allocation = std::make_shared<Allocation>();
  allocation->places.resize(static_cast<std::size_t>(agents));
  const std::lock_guard lock(mutex_);
  expecting_ = allocation.get();
  return allocation;
}

Result<std::shared_ptr<Allocation>> Registry::Impl::Claim(int agents,
                                                          std::chrono::milliseconds wait,
                                                          const std::function<bool()>& stop) {
  constexpr std::chrono::milliseconds kAsk{100};
  const auto end = std::chrono::steady_clock::now() + wait;
  std::unique_lock lock(mutex_);
  EndUnwelcome();
  const auto enough = [&] { return CountLocked().idle >= agents; };
  while (!wake_.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + kAsk), enough)) {
    lock.unlock();  // it may have locks of its own
    const bool waits = std::chrono::steady_clock::now() < end && !(stop && stop());
    lock.lock();
    if (waits || enough()) continue;
    const auto count = CountLocked();
    std::string text = std::to_string(agents) + (agents == 1 ? " agent is" : " agents are") +
                       " wanted, but " + std::to_string(count.idle) +
                       (count.idle == 1 ? " is" : " are") + " idle at the controller";
    if (count.working > 0) text += " and " + std::to_string(count.working) + " busy";
    return Fail(ErrorCode::kAgentLost, text + ": start more with `loadctl-agent --controller`");
  }
  auto allocation = std::make_shared<Allocation>();
  allocation->places.resize(static_cast<std::size_t>(agents));
  // At random, not by anything that an agent chooses of itself.
  std::vector<Agent*> idle;
  for (auto& [epoch, agent] : agents_)
    if (agent->allocation == nullptr && !agent->finished && agent->stream != nullptr)
      idle.push_back(agent.get());
  std::shuffle(idle.begin(), idle.end(), std::random_device());
  for (int number = 1; number <= agents; ++number)
    Assign(*idle[static_cast<std::size_t>(number - 1)], *allocation, number);
  return allocation;
}

Registry::Population Registry::Impl::Count() const {
  const std::lock_guard lock(mutex_);
  return CountLocked();
}

std::vector<Registry::Known> Registry::Impl::List() const {
  std::vector<Known> list;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [epoch, agent] : agents_) {
      const bool leaving = agent->finished || agent->stream == nullptr;
      list.push_back({agent->info,
                      agent->allocation != nullptr ? Known::State::kWorking
                      : leaving                    ? Known::State::kLeaving
                                                   : Known::State::kIdle,
                      agent->from, agent->certificate_ends});
    }
  }
  std::sort(list.begin(), list.end(),
            [](const Known& a, const Known& b) { return a.info.name < b.info.name; });
  return list;
}

int Registry::Impl::Attached(const Allocation& allocation) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(allocation.places.begin(), allocation.places.end(),
                                        [](const auto& place) { return place.agent != nullptr; }));
}

Registry::Population Registry::Impl::CountLocked() const {
  Population count;
  count.refused = refused_;
  count.held_back = held_back_;
  count.lost = lost_;
  for (const auto& [epoch, agent] : agents_) {
    if (agent->allocation != nullptr) {
      ++count.working;
    } else if (!agent->finished && agent->stream != nullptr) {
      ++count.idle;
    }
  }
  return count;
}

void Registry::Impl::Assign(Agent& agent, Allocation& allocation, int number) {
  agent.allocation = &allocation;
  agent.number = number;
  auto& place = allocation.places[static_cast<std::size_t>(number - 1)];
  place.agent = &agent;
  place.info = agent.info;
  PushLocked(allocation, {Event::Kind::kAttached, number, {}, ""});
}

void Registry::Impl::Send(Allocation& allocation, int number, v1::ToAgent message) {
  const std::lock_guard lock(mutex_);
  Agent* agent = allocation.places[static_cast<std::size_t>(number - 1)].agent;
  if (agent != nullptr) SendLocked(*agent, std::move(message));
}

void Registry::Impl::SendBundle(Allocation& allocation, int number,
                                std::shared_ptr<const std::string> packed) {
  // Small, so that clocks and heartbeats get between them on a slow wire.
  constexpr std::size_t kChunk = 1u << 16;
  const std::lock_guard lock(mutex_);
  Agent* agent = allocation.places[static_cast<std::size_t>(number - 1)].agent;
  if (agent == nullptr) return;
  agent->more = [agent, packed = std::move(packed), at = std::size_t{0},
                 last = false]() mutable -> std::optional<v1::ToAgent> {
    if (last) return std::nullopt;
    v1::ToAgent message;
    message.mutable_bundle_chunk()->set_data(packed->substr(at, kChunk));
    ++agent->info.chunks;
    at += kChunk;
    last = at >= packed->size();
    message.mutable_bundle_chunk()->set_last(last);
    if (last) packed.reset();
    return message;
  };
  agent->Pump();
}

void Registry::Impl::SendLocked(Agent& agent, v1::ToAgent message) {
  agent.finished = agent.finished || message.has_finish();
  agent.Peer::Send(std::move(message));
}

void Registry::Impl::Impersonate(Allocation& allocation, int number, AgentInfo info) {
  const std::lock_guard lock(mutex_);
  allocation.places[static_cast<std::size_t>(number - 1)].info = std::move(info);
  PushLocked(allocation, {Event::Kind::kAttached, number, {}, ""});
}

AgentInfo Registry::Impl::Info(const Allocation& allocation, int number) const {
  const std::lock_guard lock(mutex_);
  const auto& place = allocation.places[static_cast<std::size_t>(number - 1)];
  return place.agent != nullptr ? place.agent->info : place.info;
}

bool Registry::Impl::Next(Allocation& allocation, Event& event, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!allocation.wake.wait_until(lock, deadline, [&] { return !allocation.events.empty(); }))
    return false;
  event = std::move(allocation.events.front());
  allocation.events.pop_front();
  if (event.kind == Event::Kind::kMessage) Unqueue(allocation, event);
  return true;
}

// Messages that the run has taken make room for others.
void Registry::Impl::Unqueue(Allocation& allocation, const Event& event) {
  Agent* agent = allocation.places[static_cast<std::size_t>(event.agent - 1)].agent;
  if (agent == nullptr || event.size > agent->queued) return;
  agent->queued -= event.size;
  if (agent->stream == nullptr || !agent->stream->held_back() ||
      agent->queued >= quotas_->size(Quota::kAgentQueue) / 2)
    return;
  agent->heard = Clock::now();  // it was not silent: nobody listened
  agent->stream->HoldBack(false);
}

void Registry::Impl::Push(Allocation& allocation, Event event) {
  const std::lock_guard lock(mutex_);
  PushLocked(allocation, std::move(event));
}

void Registry::Impl::PushLocked(Allocation& allocation, Event event) {
  allocation.events.push_back(std::move(event));
  allocation.wake.notify_all();
}

void Registry::Impl::GiveUp(Allocation& allocation, int number, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  Lose(allocation, number, reason);
}

void Registry::Impl::Release(Allocation& allocation) {
  const std::lock_guard lock(mutex_);
  if (expecting_ == &allocation) expecting_ = nullptr;
  for (auto& place : allocation.places) {
    Agent* agent = std::exchange(place.agent, nullptr);
    if (agent == nullptr) continue;
    agent->allocation = nullptr;
    if (!agent->finished) {
      v1::ToAgent finish;
      finish.mutable_finish();
      SendLocked(*agent, std::move(finish));
    } else if (agent->stream == nullptr) {
      Erase(*agent);
    }
  }
}

void Registry::Impl::Lose(Allocation& allocation, int number, const std::string& reason) {
  auto& place = allocation.places[static_cast<std::size_t>(number - 1)];
  if (std::exchange(place.lost, true)) return;
  ++lost_;
  PushLocked(allocation, {Event::Kind::kLost, number, {}, reason});
  if (Agent* agent = std::exchange(place.agent, nullptr)) {
    place.info = agent->info;
    Say("agent " + agent->name + " is lost: " + reason);
    Note("agent_lost", {agent->certificate, "", agent->from},
         {{"agent", agent->name}, {"why", reason}});
    agent->allocation = nullptr;
    Erase(*agent);
  }
}

// ---- agents

void Registry::Impl::Erase(Agent& agent) {
  agent.Disconnect();
  agents_.erase(agent.epoch);
}

bool Registry::Impl::Take(AgentStream& stream, v1::FromAgent message) {
  if (message.has_hello()) return stream.peer() == nullptr && Greet(stream, message.hello());
  auto* agent = static_cast<Agent*>(stream.peer());
  if (agent == nullptr) return false;
  if (message.has_clock()) TakeClock(*agent, message.clock());
  if (message.has_heartbeat())
    agent->conductor_silence = std::chrono::nanoseconds(message.heartbeat().conductor_silent_ns());
  switch (agent->Judge(message)) {
    case wire::Inbox::Verdict::kGap:
      return false;
    case wire::Inbox::Verdict::kRepeat:
      return true;
    case wire::Inbox::Verdict::kTake:
      break;
  }
  // What a finished agent still says belongs to a run that is over.
  if (message.has_heartbeat() || message.has_clock() || agent->allocation == nullptr) return true;
  const std::size_t size = std::max(message.ByteSizeLong(), kLeastSize);
  agent->queued += size;
  if (static_cast<std::int64_t>(size) > quotas_->used(Quota::kMessage))
    quotas_->Use(Quota::kMessage, static_cast<std::int64_t>(size));
  if (agent->queued > quotas_->size(Quota::kAgentQueue)) {
    quotas_->Reach(Quota::kAgentQueue);
    stream.HoldBack(true);
    ++held_back_;
  }
  PushLocked(*agent->allocation,
             {Event::Kind::kMessage, agent->number, std::move(message), "", {}, size});
  return true;
}

void Registry::Impl::Gone(Peer<v1::FromAgent, v1::ToAgent>& peer) {
  auto& agent = static_cast<Agent&>(peer);
  if (agent.finished && agent.allocation == nullptr) agents_.erase(agent.epoch);
}

void Registry::Impl::Refuse(AgentStream& stream, const std::string& why, bool register_anew) {
  v1::ToAgent message;
  ++refused_;
  auto* welcome = message.mutable_welcome();
  welcome->set_protocol_major(wire::kProtocolMajor);
  welcome->set_refused(why);
  welcome->set_register_anew(register_anew);
  stream.Refuse(std::move(message));
}

bool Registry::Impl::Greet(AgentStream& stream, const v1::Hello& hello) {
  if (hello.protocol_major() != wire::kProtocolMajor) {
    Say("agent " + PrintableName(hello.name()) + " is refused: it speaks version " +
        std::to_string(hello.protocol_major()) + " of the session protocol");
    Refuse(stream, wire::WrongVersion("agent", hello.protocol_major()), false);
    return true;
  }
  auto found = agents_.find(hello.epoch());
  if (found == agents_.end()) {
    const int place = FreePlace(hello);
    const bool daemon = options_.unassigned == Unassigned::kKeep;
    const bool full = agents_.size() >= quotas_->size(Quota::kAgents);
    const bool keep = daemon && !full;
    if (hello.returning()) {
      Refuse(stream, "this agent was given up here, or the controller is a new one", true);
      return true;
    }
    if (place == 0 && !keep) {
      if (daemon) quotas_->Reach(Quota::kAgents);
      Refuse(stream, "no agent is wanted here", daemon);
      return true;
    }
    if (keep && CountFrom(stream.from()) >= quotas_->size(Quota::kAgentsOfHost)) {
      quotas_->Reach(Quota::kAgentsOfHost);
      Refuse(stream, "there are enough agents of this host here", false);
      return true;
    }
    if (stream.visitor().only_returning) {
      Refuse(stream, "the join token of " + stream.name() + " has expired", false);
      return true;
    }
    found = agents_.emplace(hello.epoch(), NewAgent(stream, hello)).first;
    if (place != 0) Assign(*found->second, *expecting_, place);
    if (place == 0) Say("agent " + found->second->name + " has registered");
    Note("agent_join", stream.visitor().actor(), {{"agent", found->second->name}});
  }
  Agent& agent = *found->second;
  if (agent.certificate != stream.name()) {
    Refuse(stream, "another agent has this epoch", true);
    return true;
  }
  agent.Connect(stream, hello.received());
  agent.certificate_ends = stream.visitor().ends_unix_s;  // it may be a newer one
  v1::ToAgent welcome;
  welcome.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
  welcome.mutable_welcome()->set_received(agent.in.taken());
  welcome.mutable_welcome()->set_agent(static_cast<std::uint32_t>(agent.number));
  agent.Tell(std::move(welcome));
  AskClock(agent);
  wake_.notify_all();
  return true;
}

std::size_t Registry::Impl::CountFrom(const std::string& host) const {
  return static_cast<std::size_t>(std::count_if(
      agents_.begin(), agents_.end(), [&](const auto& one) { return one.second->from == host; }));
}

int Registry::Impl::FreePlace(const v1::Hello& hello) const {
  if (expecting_ == nullptr) return 0;
  const auto free = [&](const Allocation::Place& place) { return !place.agent && !place.lost; };
  const auto& places = expecting_->places;
  if (hello.agent() >= 1 && hello.agent() <= places.size())
    return free(places[hello.agent() - 1]) ? static_cast<int>(hello.agent()) : 0;
  const auto it = std::find_if(places.begin(), places.end(), free);
  return it == places.end() ? 0 : static_cast<int>(it - places.begin()) + 1;
}

void Registry::Impl::AskClock(Agent& agent) {
  v1::ToAgent message;
  message.mutable_clock();
  agent.Tell(std::move(message));
}

// An answer is to a question, each once, and quick; what is none of that is not looked at. So an
// agent can be wrong about its own clock, and nobody waits for it longer than for the others.
void Registry::Impl::TakeClock(Agent& agent, const v1::ClockReply& reply) {
  const auto question =
      std::find(agent.clock_questions.begin(), agent.clock_questions.end(), reply.controller_ns());
  if (question == agent.clock_questions.end()) return;
  agent.clock_questions.erase(agent.clock_questions.begin(), question + 1);
  const std::chrono::nanoseconds trip(NowNs() - reply.controller_ns());
  constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max() / 4;
  if (trip > kLongestTrip || reply.agent_ns() < 0 || reply.agent_ns() > kLatest) return;
  const std::chrono::nanoseconds offset(reply.agent_ns() -
                                        (reply.controller_ns() + trip.count() / 2));
  agent.clocks.push_back({trip, offset});
  if (agent.clocks.size() > kClockSamples) agent.clocks.pop_front();
  const auto best = std::min_element(agent.clocks.begin(), agent.clocks.end(),
                                     [](const auto& a, const auto& b) { return a.trip < b.trip; });
  agent.info.round_trip = best->trip;
  agent.info.clock_offset = best->offset;
  if (reply.agent_unix_ns() > 0 && reply.agent_unix_ns() < 2 * kLatest)
    agent.info.wall_clock_ahead =
        std::chrono::nanoseconds(reply.agent_unix_ns()) - (WallNow() - trip / 2);
  if (++agent.info.clock_samples < kFirstClockSamples) AskClock(agent);
}

// ---- the clockwork

std::string Registry::Impl::WhyLost(const Agent& agent, Clock::time_point now) const {
  // What it says waits here.
  if (agent.stream != nullptr && agent.stream->held_back()) return "";
  const auto seconds = [](std::chrono::milliseconds time) {
    return std::to_string(time.count() / 1000) + "s";
  };
  const auto patience = quotas_->time(Quota::kAgentPatience);
  if (now - agent.heard > patience) return "nothing heard of it for " + seconds(patience);
  // Long: being slow on a machine under heavy load is no hang.
  const auto hanging = quotas_->time(Quota::kConductorPatience);
  if (agent.conductor_silence > hanging)
    return "it hangs: its main thread has done nothing for " + seconds(hanging);
  return "";
}

void Registry::Impl::EndUnwelcome() {
  if (!options_.access) return;
  EndUnwelcomeStreams(*options_.access, [this](const Visitor& visitor, const std::string& why) {
    ++refused_;
    Say("an agent of " + PrintableName(visitor.address) + " is sent away: " + PrintableName(why));
    Note("agent_refused", visitor.actor(), {{"why", why}});
  });
}

void Registry::Impl::Beat() {
  auto next_beat = Clock::now();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait_for(lock, kLook, [this] { return ending_; });
    const auto now = Clock::now();
    const bool beat = now >= next_beat;
    if (beat) next_beat = now + kBeat;
    EndSilentStreams(now);
    if (beat) EndUnwelcome();
    if (beat) NoteUse();
    for (auto it = agents_.begin(); it != agents_.end();) {
      Agent& agent = *(it++)->second;  // it may be erased
      if (const std::string why = WhyLost(agent, now); !why.empty()) {
        if (agent.allocation != nullptr) {
          quotas_->Reach(now - agent.heard > quotas_->time(Quota::kAgentPatience)
                             ? Quota::kAgentPatience
                             : Quota::kConductorPatience);
          Lose(*agent.allocation, agent.number, why);
        } else {
          if (!agent.finished) Say("agent " + agent.name + " has left: " + why);
          Erase(agent);
        }
      } else if (beat && agent.stream != nullptr && agent.unreliable.empty()) {
        AskClock(agent);
      }
    }
  }
}

// Hosts and queues are those that take up most.
void Registry::Impl::NoteUse() {
  std::map<std::string_view, std::int64_t> hosts;
  std::int64_t most_of_host = 0;
  std::size_t most_queued = 0;
  for (const auto& [epoch, agent] : agents_) {
    most_of_host = std::max(most_of_host, ++hosts[agent->from]);
    most_queued = std::max(most_queued, agent->queued);
  }
  quotas_->Use(Quota::kAgents, static_cast<std::int64_t>(agents_.size()));
  quotas_->Use(Quota::kAgentsOfHost, most_of_host);
  quotas_->Use(Quota::kAgentQueue, static_cast<std::int64_t>(most_queued));
}

void Registry::Impl::Say(const std::string& what) const {
  if (options_.log) options_.log(what);
}

// ---- the outside

Registry::Registry(RegistryOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
Registry::~Registry() = default;
grpc::Service& Registry::service() { return *impl_; }
Registry::Population Registry::Count() const { return impl_->Count(); }
std::vector<Registry::Known> Registry::List() const { return impl_->List(); }

std::unique_ptr<Fleet> Registry::Expect(int agents) {
  return std::make_unique<Fleet>(std::make_unique<Fleet::Impl>(impl_, impl_->Expect(agents)));
}

Result<std::unique_ptr<Fleet>> Registry::Claim(int agents, std::chrono::milliseconds wait,
                                               const std::function<bool()>& stop) {
  LOADCTL_TRY(auto allocation, impl_->Claim(agents, wait, stop));
  return std::make_unique<Fleet>(std::make_unique<Fleet::Impl>(impl_, std::move(allocation)));
}

}  // namespace loadctl::fleet
