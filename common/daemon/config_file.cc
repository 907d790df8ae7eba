#include "common/daemon/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "common/text/flags.h"

namespace loadctl::daemon {
namespace {

constexpr std::size_t kMaxFile = 1u << 20;
constexpr char kFileFlag[] = "daemon-config";

std::string KnownList(std::span<const std::string_view> known) {
  std::string list;
  for (const auto key : known) {
    if (key != kFileFlag) list += (list.empty() ? "" : ", ") + std::string(key);
  }
  return list;
}

bool Knows(std::span<const std::string_view> known, std::string_view key) {
  return std::find(known.begin(), known.end(), key) != known.end();
}

Result<Settings> Convert(const YAML::Node& root, const std::string& name,
                         std::span<const std::string_view> known) {
  const auto at = [&](const YAML::Node& node) {
    return name + ":" + std::to_string(node.Mark().line + 1) + ": ";
  };
  Settings settings;
  if (!root.IsDefined() || root.IsNull()) return settings;
  if (!root.IsMap()) return Fail(at(root) + "expected `key: value` lines");
  for (const auto& entry : root) {
    const auto& key_node = entry.first;
    if (!key_node.IsScalar()) return Fail(at(key_node) + "a key must be plain text");
    const std::string key = key_node.Scalar();
    if (!Knows(known, key) || key == kFileFlag)
      return Fail(at(key_node) + "unknown key \"" + key + "\"; known are " + KnownList(known));
    if (settings.contains(key)) return Fail(at(key_node) + "the key \"" + key + "\" is repeated");
    if (!entry.second.IsScalar() || entry.second.Scalar().empty())
      return Fail(at(entry.second) + "the value of \"" + key + "\" must be plain text");
    settings[key] = entry.second.Scalar();
  }
  return settings;
}

}  // namespace

Result<Settings> ParseConfig(const std::string& text, const std::string& name,
                             std::span<const std::string_view> known_keys) {
  // yaml-cpp tells errors by exceptions; they end here.
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.empty()) return Settings();
    if (documents.size() > 1) return Fail(name + ": it must hold one YAML document");
    return Convert(documents.front(), name, known_keys);
  } catch (const YAML::Exception& exception) {
    return Fail(name + ":" + std::to_string(exception.mark.line + 1) + ": " + exception.msg);
  }
}

Result<Settings> ReadConfigFile(const std::string& path,
                                std::span<const std::string_view> known_keys) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file) return Fail("cannot read the configuration file " + path);
  if (text.str().size() > kMaxFile) return Fail(path + ": a configuration file of more than 1 MiB");
  return ParseConfig(text.str(), path, known_keys);
}

Result<Settings> ReadDaemonFlags(std::span<const std::string> arguments,
                                 std::span<const std::string_view> known_keys,
                                 std::span<const std::string_view> internal_keys) {
  std::vector<text::Flag> flags;
  for (const std::string_view key : known_keys) flags.push_back({key, 0, "VALUE", key});
  for (const std::string_view key : internal_keys) flags.push_back({key, 0, "VALUE"});
  LOADCTL_TRY(const text::GivenFlags read, text::ParseFlags(flags, arguments));
  if (!read.arguments().empty()) return Fail("unexpected argument: " + read.arguments().front());
  Settings given;
  for (const text::Flag& flag : flags) {
    if (read.Has(flag.name)) given[std::string(flag.name)] = read.Last(flag.name);
  }
  if (const auto file = given.find(kFileFlag); file != given.end()) {
    LOADCTL_TRY(Settings from_file, ReadConfigFile(file->second, known_keys));
    given.merge(from_file);
  }
  return given;
}

}  // namespace loadctl::daemon
