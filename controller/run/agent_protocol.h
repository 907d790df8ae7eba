// What one agent may say, and when: its messages held against what it was told.
// Not for what a delta says (controller/aggregate) nor for who is alive (controller/fleet).
// One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/plan/options.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::controller {

class AgentProtocol final {
 public:
  /// Lines of a script's output in one message.
  static constexpr int kMostLines = 1000;
  /// Secrets that it waits for.
  static constexpr std::size_t kMostSecrets = 1000;
  /// Requests with their answers (--har), and bytes of one.
  static constexpr std::size_t kMostExchanges = 1000;
  static constexpr std::size_t kMostExchange = std::size_t{1} << 20;
  /// VUs, iterations and whatever else an agent counts while it runs.
  static constexpr std::int64_t kMostShown = std::int64_t{1} << 53;

  /// Of agent `number` of 1..`agents`.
  AgentProtocol(int number, int agents) : number_(number), agents_(agents) {}

  /// A message was sent to the agent.
  void Told(const v1::ToAgent& message);

  /// Why the agent cannot say this now, in words; empty if it can, and then it is noted as said.
  /// `options` are the plan's. An agent that said what it cannot say stays wrong.
  [[nodiscard]] std::string WhyWrong(const v1::FromAgent& message, const plan::Options& options);

 private:
  [[nodiscard]] std::string Judge(const v1::FromAgent& message, const plan::Options& options);
  [[nodiscard]] std::string JudgeReady(const v1::Ready& ready, const plan::Options& options);
  [[nodiscard]] std::string JudgeCallDone(const v1::CallDone& done);
  [[nodiscard]] std::string JudgeSecretWanted(const v1::SecretWanted& wanted);
  [[nodiscard]] std::string JudgeProfile(const v1::CpuProfile& profile);
  [[nodiscard]] static std::string JudgeProgress(const v1::Progress& progress,
                                                 const plan::Options& options);
  [[nodiscard]] static std::string JudgeHealth(const v1::Health& health);

  int number_, agents_;
  bool prepared_ = false, begun_ = false, started_ = false, flush_ = false;  // told
  bool samples_ = false;                                                     // are asked for
  bool debugging_ = false;                                                   // is asked for
  bool profile_ = false;           // is asked for, and its last part has not come
  std::size_t profile_bytes_ = 0;  // of those that have
  bool bundle_wanted_ = false, ready_ = false, run_done_ = false, flushed_ = false;  // said
  bool stopped_[2] = {};                 // TestStopped, by its `abort`
  std::map<int, int> calls_;             // told and not answered, by function
  std::set<std::uint64_t> controls_;     // the same of pauses, resumptions and scalings
  std::set<std::string> asked_sources_;  // of secrets: those that it may ask of
  std::set<std::pair<std::string, std::string>> secrets_;  // asked for and not given
  std::size_t exchanges_ = 0;                              // said
  std::string wrong_;
};

}  // namespace loadctl::controller
