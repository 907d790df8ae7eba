#include "controller/cli/fleet_agents.h"

#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "common/daemon/tls.h"
#include "common/text/json_writer.h"
#include "controller/cli/table.h"
#include "controller/service/runs_client.h"
#include "controller/summary/humanize.h"

namespace loadctl::cli {
namespace {

const char* NameOf(v1::RegisteredAgent::State state) {
  switch (state) {
    case v1::RegisteredAgent::IDLE:
      return "idle";
    case v1::RegisteredAgent::WORKING:
      return "working";
    default:
      return "leaving";
  }
}

double Milliseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

std::string Time(std::int64_t nanoseconds) {
  return summary::HumanizeTime(Milliseconds(nanoseconds), "");
}

/// `12ms ahead`, to the millisecond; the clocks' difference is known no better.
std::string Clock(const v1::RegisteredAgent& agent) {
  if (!agent.clock_known()) return "-";
  const double off = std::round(Milliseconds(agent.clock_ahead_ns()));
  if (off == 0) return "even";
  return summary::HumanizeTime(std::fabs(off), "") + (off < 0 ? " behind" : " ahead");
}

/// The host alone: gRPC's `ipv4:` is before it.
std::string From(const v1::RegisteredAgent& agent) {
  std::string text = agent.address();
  if (text.starts_with("ipv4:") || text.starts_with("ipv6:")) text.erase(0, 5);
  return text;
}

std::string Text(const v1::AgentList& list) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& agent : list.agents()) {
    const std::int64_t ends = agent.certificate_ends_unix_s();
    rows.push_back({agent.name(), NameOf(agent.state()), From(agent),
                    agent.workers() == 0 ? "-" : std::to_string(agent.workers()), Clock(agent),
                    agent.round_trip_ns() == 0 ? "-" : Time(agent.round_trip_ns()),
                    ends == 0 ? "-" : LocalTime(ends * 1'000'000'000), agent.version()});
  }
  return Table({{"AGENT"},
                {"STATE"},
                {"FROM"},
                {"WORKERS", true},
                {"CLOCK", true},
                {"ROUND TRIP", true},
                {"CERTIFICATE ENDS"},
                {"VERSION"}},
               rows);
}

std::string Json(const v1::AgentList& list) {
  std::string lines;
  for (const auto& agent : list.agents()) {
    text::JsonWriter out(0);
    out.Object([&] {
      out.Key("name").String(agent.name());
      out.Key("state").String(NameOf(agent.state()));
      out.Key("address").String(From(agent));
      out.Key("version").String(agent.version());
      out.Key("workers").Number(std::int64_t{agent.workers()});
      out.Key("clock_ahead_ms");
      agent.clock_known() ? out.Number(Milliseconds(agent.clock_ahead_ns())) : out.Null();
      out.Key("round_trip_ms").Number(Milliseconds(agent.round_trip_ns()));
      out.Key("certificate_ends_unix_s");
      const std::int64_t ends = agent.certificate_ends_unix_s();
      ends == 0 ? out.Null() : out.Number(ends);
    });
    lines += out.Take() + "\n";
  }
  return lines;
}

}  // namespace

Result<wire::DialOptions> ControllerFlags::Dial() const {
  if (address.empty()) return Fail("the controller is missing: --controller HOST:PORT");
  wire::DialOptions options;
  options.address = address;
  options.token_file = token_file;
  LOADCTL_TRY(options.tls, daemon::LoadTls({tls_cert, tls_key, tls_ca}, address));
  return options;
}

Result<std::string> AgentsOfController(const ControllerFlags& controller, bool json) {
  daemon::SetUpGrpc();
  LOADCTL_TRY(wire::DialOptions options, controller.Dial());
  service::RunsClient client(std::move(options));
  LOADCTL_TRY(const v1::AgentList list, client.ListAgents());
  return json ? Json(list) : Text(list);
}

}  // namespace loadctl::cli
