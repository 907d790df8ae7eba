// Any bytes as a script's options, as a configuration file, as flags and as the wire form: no
// crash, what makes a plan survives the wire, and what is printed is JSON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/plan/json_reader.h"
#include "controller/plan/options_text.h"
#include "controller/plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::plan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)OptionsFromJson(text);
  (void)ScenarioFromJson(text);

  std::vector<std::string> args;  // a flag a line, up to an empty line; the options after it
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty()) break;
    args.emplace_back(line);
  }
  args.emplace_back("--allow-unsupported");
  args.emplace_back("script.js");
  auto command_line = ParseRunCommandLine(args);
  if (!command_line) command_line = CommandLine{};
  const std::vector<std::string> exports = {"default"};
  const ConfigFile file{"c.json", std::string(text)};
  const PlanInputs of_file{"", exports, {}, *command_line, "0.1.0", &file};
  (void)MakePlan(of_file);
  const PlanInputs of_script{text, exports, {}, *command_line, "0.1.0"};
  for (const auto& printed : {ScriptOptionsText(of_script), ArchiveOptionsText(of_file)}) {
    LOADCTL_CHECK(!printed || ParseJson(*printed, "options"), "what is printed is JSON");
  }
  if (const auto inspected = MakePlan(of_script)) {
    LOADCTL_CHECK(ParseJson(RequirementsText(*inspected), "options"), "a plan can be printed");
  }

  const auto plan = MakePlan({rest.empty() ? text : rest, exports, {}, *command_line, "0.1.0"});
  if (!plan) return 0;
  Options sent = plan->options;
  static const Options kDefaults;
  ForEachOption(
      [](const Setting& row, const auto& slot, const auto& usual) {
        if (row.scope != Scope::kConfig) return;  // what concerns this program stays here
        slot.value = usual.value;
        slot.source = Source::kDefault;
      },
      sent, kDefaults);
  const auto again = OptionsFromJson(OptionsToJson(plan->options));
  LOADCTL_CHECK(again && *again == sent, "the options of a plan survive the wire");
  return 0;
}
