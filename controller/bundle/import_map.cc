#include "controller/bundle/import_map.h"

#include <algorithm>
#include <boost/json.hpp>

#include "common/bundle/urls.h"

namespace loadctl::controller {
namespace {

namespace json = boost::json;

Error Wrong(const std::string& url, const std::string& what) {
  return Error{ErrorCode::kInvalidConfig, "the import map " + url + ": " + what};
}

bool IsUrlLike(std::string_view name) {
  return name.starts_with("./") || name.starts_with("../") || name.starts_with("/") ||
         name.find(':') != name.npos;
}

/// A name as it is looked for: what is a path or a URL, against the map's own URL.
std::string Normal(const std::string& name, const std::string& url) {
  if (!IsUrlLike(name)) return name;
  auto resolved = bundle::ResolveUrl(name, url);
  if (!resolved) return name;
  if (name.back() == '/' && resolved->back() != '/') *resolved += '/';
  return *resolved;
}

template <class List>
void LongestFirst(List& list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a.first < b.first;
  });
}

Result<std::vector<std::pair<std::string, std::string>>> ReadEntries(const json::value& value,
                                                                     const std::string& where,
                                                                     const std::string& url) {
  if (!value.is_object()) return tl::unexpected(Wrong(url, where + " must be an object"));
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [key, address] : value.get_object()) {
    const std::string name(key);
    const std::string member = where + "[\"" + name + "\"]";
    if (name.empty()) return tl::unexpected(Wrong(url, where + " has an empty name"));
    if (!address.is_string() && !address.is_null())
      return tl::unexpected(Wrong(url, member + " must be a string or null"));
    const std::string given =
        address.is_null() ? "" : std::string(std::string_view(address.get_string()));
    if (name.back() == '/' && !given.empty() && given.back() != '/')
      return tl::unexpected(Wrong(url, member + " must end with / as its name does"));
    entries.emplace_back(Normal(name, url), given.empty() ? "" : Normal(given, url));
  }
  LongestFirst(entries);
  return entries;
}

}  // namespace

Result<ImportMap> ImportMap::Parse(std::string_view text, const std::string& url) {
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return tl::unexpected(Wrong(url, "not JSON: " + error.message()));
  if (!value.is_object()) return tl::unexpected(Wrong(url, "must be an object"));
  ImportMap map;
  for (const auto& [key, member] : value.get_object()) {
    if (key == "imports") {
      LOADCTL_TRY(map.imports_, ReadEntries(member, "imports", url));
    } else if (key == "scopes") {
      if (!member.is_object()) return tl::unexpected(Wrong(url, "scopes must be an object"));
      for (const auto& [scope, entries] : member.get_object()) {
        const std::string name(scope);
        LOADCTL_TRY(Entries read, ReadEntries(entries, "scopes[\"" + name + "\"]", url));
        map.scopes_.emplace_back(Normal(name, url), std::move(read));
      }
      LongestFirst(map.scopes_);
    } else if (key != "integrity") {
      return tl::unexpected(Wrong(url, "unknown member \"" + std::string(key) + "\""));
    }
  }
  return map;
}

Result<std::optional<std::string>> ImportMap::FindIn(const Entries& entries,
                                                     const std::string& name) {
  for (const auto& [key, address] : entries) {
    const bool prefix = key.back() == '/' && name.starts_with(key);
    if (key != name && !prefix) continue;
    if (address.empty()) return Fail(ErrorCode::kScript, "the import map forbids \"" + name + "\"");
    return prefix ? address + name.substr(key.size()) : address;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> ImportMap::Find(const std::string& specifier,
                                                   const std::string& by_name,
                                                   const std::string& referrer) const {
  const std::string& name = IsUrlLike(specifier) && !by_name.empty() ? by_name : specifier;
  for (const auto& [scope, entries] : scopes_) {
    if (scope != referrer && !(scope.back() == '/' && referrer.starts_with(scope))) continue;
    LOADCTL_TRY(auto found, FindIn(entries, name));
    if (found) return found;
  }
  return FindIn(imports_, name);
}

}  // namespace loadctl::controller
