#include "controller/terminal/header.h"

#include <array>
#include <cstdio>

#include "common/base/duration.h"

namespace loadctl::terminal {
namespace {

/// Five lines of equal width; colours go around the whole, so no line may need any of its own.
constexpr const char* kLogo =
    R"(    __                __     __  __
   / /___  ____ _____/ /____/ /_/ /
  / / __ \/ __ `/ __  / ___/ __/ / 
 / / /_/ / /_/ / /_/ / /__/ /_/ /  
/_/\____/\__,_/\__,_/\___/\__/_/   )";

std::string Cyan(const std::string& text, Colors colors) {
  return colors == Colors::kYes ? "\x1b[36m" + text + "\x1b[0m" : text;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += ", ";
    joined += part;
  }
  return joined.empty() ? "-" : joined;
}

std::string Agents(const HeaderInfo& info) {
  std::string text = std::to_string(info.agents);
  if (info.workers_per_agent > 0) {
    text += " (" + std::to_string(info.workers_per_agent) +
            (info.workers_per_agent == 1 ? " worker each)" : " workers each)");
  }
  return text;
}

std::string Percent(double percent) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.2f%%", percent);
  return buffer.data();
}

}  // namespace

std::string RenderBanner(Colors colors) {
  const std::string logo = kLogo;
  return "\n" + (colors == Colors::kYes ? "\x1b[33m" + logo + "\x1b[0m" : logo) + "\n\n";
}

std::string RenderHeader(const HeaderInfo& info, Colors colors) {
  std::string out = "\n";
  const auto line = [&](const char* name, const std::string& value) {
    out += std::string(name) + " " + Cyan(value, colors) + "\n";
  };
  line("     execution:", info.execution);
  line("        script:", info.script);
  if (!info.web_dashboard.empty()) {
    // k6 colours the space too.
    out += " web dashboard:" + Cyan(" " + info.web_dashboard, colors) + "\n";
  }
  line("        output:", Join(info.outputs));
  if (info.show_agents) line("        agents:", Agents(info));
  out += "\n";

  const std::string scenarios = info.scenarios.size() > 1
                                    ? std::to_string(info.scenarios.size()) + " scenarios"
                                    : "1 scenario";
  // Rounded as Go does, halves up.
  const auto tenths = std::chrono::floor<std::chrono::duration<std::int64_t, std::deci>>(
      info.max_duration + std::chrono::milliseconds(50));
  line("     scenarios:", "(" + Percent(info.segment_percent) + ") " + scenarios + ", " +
                              std::to_string(info.max_vus) + " max VUs, " +
                              FormatGoDuration(tenths) + " max duration (incl. graceful stop):");
  for (const HeaderScenario& scenario : info.scenarios) {
    out += "              * " + scenario.name + ": " + scenario.description + "\n";
  }
  return out + "\n";
}

}  // namespace loadctl::terminal
