// What the commands that ask a running test print: tables for people, JSON for programs, from the
// test's own answers, which may be anything. Not for asking (control.cc). Pure functions.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace loadctl::cli {

/// A member; null if there is none.
[[nodiscard]] const boost::json::value& At(const boost::json::value& value, std::string_view key);

/// Answers of `/loadctl/run` (rest::RunResponse), a row each.
[[nodiscard]] std::string StatusTable(const std::vector<boost::json::value>& runs);
/// The test's agents, a row each.
[[nodiscard]] std::string AgentsTable(const boost::json::value& run);
/// The `data` of k6's `/v1/metrics`, a row a metric.
[[nodiscard]] std::string StatsTable(const boost::json::value& data);
/// The same for programs: a line each, `{"name":...,"type":...,"contains":...,"tainted":...,
/// "sample":{...}}`.
[[nodiscard]] std::string StatsLines(const boost::json::value& data);

/// What has become true by the command, from the answer of `/loadctl/run` behind it: `paused: 3 VUs
/// are still at work`.
[[nodiscard]] std::string Became(std::string_view command, const boost::json::value& run);

}  // namespace loadctl::cli
