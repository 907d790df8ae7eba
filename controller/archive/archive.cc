#include "controller/archive/archive.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <utility>
#include <vector>

#include "common/plan/json_reader.h"
#include "common/text/go_json.h"
#include "controller/archive/tar.h"

namespace loadctl::archive {
namespace json = boost::json;
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kHttps = "https://";

std::vector<std::string_view> Components(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) out.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return out;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool IsHomes(std::string_view component) {
  for (const std::string_view name : {"Users", "home", "Documents and Settings"}) {
    if (EqualIgnoringCase(component, name)) return true;
  }
  return false;
}

/// `%41` as `A`; what is no escape stays.
std::string Unescape(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

/// As Go's net/url escapes a path.
std::string Escape(std::string_view path) {
  constexpr std::string_view kPlain = "-_.~$&+,/:;=@";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
    }
  }
  return out;
}

/// `file:///a/b.js` as the name of an entry, `file/a/b.js`.
std::string EntryOf(std::string_view url) {
  if (url.starts_with(kFile)) return "file" + std::string(url.substr(kFile.size()));
  return "https/" + std::string(url.substr(std::min(kHttps.size(), url.size())));
}

/// Whether a name could mean a place outside what it is a name in.
bool Leaves(std::string_view name) {
  const auto parts = Components(name);
  return name.find('\\') != std::string_view::npos ||
         std::find(parts.begin(), parts.end(), "..") != parts.end() ||
         name.find('\0') != std::string_view::npos;
}

/// The URL of an entry; empty for what k6 passes over.
Result<std::string> UrlOf(const std::string& entry) {
  const auto parts = Components(entry);
  if (entry.starts_with('/') || Leaves(entry))
    return Fail("archive entry " + entry + ": its name leaves the archive");
  if (parts.size() < 2) return std::string();
  const std::string path = entry.substr(parts[0].size());
  if (parts[0] == "file") return AnonymousUrl(std::string(kFile) + path);
  if (parts[0] == "https") return std::string(kHttps) + AnonymousPath(path).substr(1);
  return Fail("unknown file prefix `" + std::string(parts[0]) + "` for file `" + entry + "`");
}

/// What of metadata.json this program uses.
Result<void> ReadMetadata(std::string_view text, Archive& out) {
  LOADCTL_TRY(const json::value value, plan::ParseJson(text, "metadata.json of the archive"));
  const auto fail = [](std::string_view field, std::string_view what) {
    return Fail("metadata.json of the archive: " + std::string(field) + " is not " +
                std::string(what));
  };
  const auto* object = value.if_object();
  if (object == nullptr) return fail("it", "an object");
  const auto find = [&](std::string_view key) -> const json::value* {
    const json::value* found = object->if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
  };
  for (const char* key : {"type", "filename", "compatibilityMode"}) {
    if (const auto* text_value = find(key); text_value != nullptr && !text_value->is_string())
      return fail(key, "a text");
  }
  const auto* type = find("type");
  const std::string type_name(type == nullptr ? "" : type->get_string());
  if (type_name != "js") return Fail("it has an unsupported test type '" + type_name + "'");
  const auto* filename = find("filename");
  if (filename == nullptr) return fail("filename", "there");
  std::string url = Unescape(std::string_view(filename->get_string()));
  if (url.starts_with('/')) url.insert(0, kFile);
  if (!url.starts_with(kFile) && url.find("://") == std::string::npos) url.insert(0, kHttps);
  if (!url.starts_with(kFile) && !url.starts_with(kHttps))
    return fail("filename", "a file or https URL");
  if (url.starts_with(kHttps) && Leaves(url)) return fail("filename", "a plain https URL");
  out.main_url = AnonymousUrl(url);
  if (const auto* mode = find("compatibilityMode")) {
    out.compatibility_mode = std::string(mode->get_string());
  }
  out.options_json = "{}";
  if (const auto* options = find("options")) {
    if (!options->is_object()) return fail("options", "an object");
    out.options_json = json::serialize(*options);
  }
  const auto* env = find("env");
  if (env == nullptr) return {};
  if (!env->is_object()) return fail("env", "an object");
  for (const auto& [name, item] : env->get_object()) {
    if (!item.is_string()) return fail("env." + std::string(name), "a text");
    if (!out.env) out.env.emplace();
    (*out.env)[std::string(name)] = std::string(item.get_string());
  }
  return {};
}

std::string Metadata(const Archive& archive, const json::value& options) {
  const std::string& url = archive.main_url;
  const std::string scheme(url.starts_with(kFile) ? kFile : kHttps);
  const std::string path = url.substr(std::min(scheme.size(), url.size()));
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  json::object out = {{"type", "js"},
                      {"options", options},
                      {"filename", scheme + Escape(path)},
                      {"pwd", scheme + Escape(folder)}};
  if (archive.env) {
    out["env"] = plan::ToJson(*archive.env);
  } else {
    out["env"] = nullptr;
  }
  out["compatibilityMode"] = archive.compatibility_mode;
  // k6 takes an archive without a version for one of the time before there were versions.
  out["k6version"] = "2.2.0";
  out["goos"] = "linux";
  out["dependencies"] = json::object{{"k6", "*"}};
  return text::ToGoJson(out, text::HtmlEscape::kNo) + "\n";
}

}  // namespace

std::string AnonymousPath(std::string_view path) {
  std::string with_slashes(path);
  std::replace(with_slashes.begin(), with_slashes.end(), '\\', '/');
  std::vector<std::string_view> kept;
  for (const std::string_view part : Components(with_slashes)) {
    if (part == ".") continue;
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  const bool drive = kept.size() > 1 && kept[0].size() == 1 && IsHomes(kept[1]);
  const std::size_t homes = drive ? 1 : 0;
  if (kept.size() > homes + 1 && IsHomes(kept[homes])) kept[homes + 1] = "nobody";
  std::string out;
  for (const std::string_view part : kept) (out += '/') += part;
  return out.empty() ? "/" : out;
}

std::string AnonymousUrl(std::string_view url) {
  if (!url.starts_with(kFile)) return std::string(url.substr(0, url.find('?')));
  return std::string(kFile) + AnonymousPath(url.substr(kFile.size()));
}

bool IsArchive(std::string_view bytes) { return BeginsAsTar(bytes); }

Result<Archive> ReadArchive(std::string_view bytes) {
  Archive out;
  std::optional<std::string> data;
  const auto take = [&](const std::string& name, std::string content) -> Result<void> {
    if (name == "metadata.json") return ReadMetadata(content, out);
    if (name == "data") {
      data = std::move(content);
      return {};
    }
    LOADCTL_TRY(const std::string url, UrlOf(name));
    if (!url.empty()) out.files.Add(url, std::move(content));
    return {};
  };
  LOADCTL_CHECK_OK(ReadTar(bytes, kMaxEntries, take));
  if (out.main_url.empty()) return Fail("it has no metadata.json");
  if (!data) return Fail("it has no entry `data`, the main script");
  out.files.Add(out.main_url, std::move(*data));
  return out;
}

Result<std::string> WriteArchive(const Archive& archive, std::time_t now) {
  Archive written = archive;
  written.main_url = AnonymousUrl(archive.main_url);
  const std::string* main = archive.files.Find(archive.main_url);
  if (main == nullptr) return Fail("the main script is not among the files of the archive");
  LOADCTL_TRY(const json::value options,
              plan::ParseJson(archive.options_json, "options of the archive"));
  TarWriter tar(now);
  tar.AddFile("metadata.json", Metadata(written, options));
  tar.AddFile("data", *main);
  const std::string main_entry = EntryOf(written.main_url);
  for (const std::string_view scheme : {kFile, kHttps}) {
    std::map<std::string, std::string_view> files;
    std::set<std::string> folders;
    const auto take = [&](const std::string& url, std::string_view content) {
      if (!url.starts_with(scheme)) return;
      const std::string entry = EntryOf(AnonymousUrl(url));
      files[entry] = content;
      for (std::size_t at = entry.find('/'); at != std::string::npos; at = entry.find('/', at + 1))
        folders.insert(entry.substr(0, at));
    };
    for (const auto& shared : archive.files.shared_files()) take(shared.first, shared.second.text);
    for (const auto& file : archive.files.files()) take(file.first, file.second);
    for (const std::string& folder : folders) tar.AddFolder(folder);
    for (const auto& [entry, content] : files) {
      if (entry == main_entry) {
        tar.AddLink(entry, "data");
      } else {
        tar.AddFile(entry, content);
      }
    }
  }
  return tar.Finish();
}

}  // namespace loadctl::archive
