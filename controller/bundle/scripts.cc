#include "controller/bundle/scripts.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "common/bundle/source_map.h"
#include "common/bundle/urls.h"
#include "controller/bundle/esbuild.h"

namespace loadctl::controller {
namespace {

constexpr std::array<std::string_view, 9> kEndings = {".ts",  ".js",  ".mts", ".mjs", ".cts",
                                                      ".cjs", ".tsx", ".jsx", ".json"};
// What a name may stand for that ends as the JavaScript made of the file does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kMadeFrom = {
    {{".js", ".ts"}, {".js", ".tsx"}, {".jsx", ".tsx"}, {".mjs", ".mts"}, {".cjs", ".cts"}}};

bool Ends(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}
bool Begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

std::string_view WithoutQuery(std::string_view url) {
  return Begins(url, "https://") ? url.substr(0, url.find_first_of("?#")) : url;
}

std::optional<Esbuild::Loader> CompiledAs(std::string_view url) {
  url = WithoutQuery(url);
  if (Ends(url, ".ts") || Ends(url, ".mts") || Ends(url, ".cts")) return Esbuild::Loader::kTs;
  if (Ends(url, ".tsx")) return Esbuild::Loader::kTsx;
  if (Ends(url, ".jsx")) return Esbuild::Loader::kJsx;
  return std::nullopt;
}

bool IsBare(const std::string& specifier) {
  return !Begins(specifier, "./") && !Begins(specifier, "../") && !Begins(specifier, "/") &&
         specifier != "." && specifier != ".." && specifier.find(':') == std::string::npos &&
         !specifier.empty();
}

std::string FolderOf(const std::string& url) { return url.substr(0, url.rfind('/')); }

/// `lodash` of `lodash/fp`, `@faker-js/faker` of `@faker-js/faker/locale/de`.
std::string PackageOf(const std::string& name) {
  auto end = name.find('/');
  if (name[0] == '@' && end != std::string::npos) end = name.find('/', end + 1);
  return name.substr(0, end);
}

/// Under what name in node_modules the one file of a package stands. No package can have it.
std::string BundledName(std::string name) {
  std::replace(name.begin(), name.end(), '/', '+');
  return name + ".bundle.js";
}

/// `5:12` for an offset.
std::string LineAndColumn(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return std::to_string(line) + ":" + std::to_string(offset - start + 1);
}

}  // namespace

std::string Scripts::FindFile(const std::string& url) const {
  if (files_.Has(url)) return url;
  for (const auto ending : kEndings) {
    if (std::string with = url + std::string(ending); files_.Has(with)) return with;
  }
  for (const auto& [made, from] : kMadeFrom) {
    if (!Ends(url, made)) continue;
    std::string author = url.substr(0, url.size() - made.size()) + std::string(from);
    if (files_.Has(author)) return author;
  }
  for (const auto ending : kEndings) {
    if (std::string index = url + "/index" + std::string(ending); files_.Has(index)) return index;
  }
  return url;
}

Result<std::string> Scripts::FindPackage(const std::string& name, const std::string& referrer) {
  const std::string start = FolderOf(Begins(referrer, "file://") ? referrer : "file:///-");
  for (std::string folder = start;; folder = FolderOf(folder)) {
    const std::string modules = folder + "/node_modules/";
    const std::string url = modules + BundledName(name);
    if (files_.archive() ? files_.Has(url) : files_.bundle().Find(url) != nullptr) return url;
    if (files_.HasFolder(modules + PackageOf(name))) {
      const std::string from = files_.PathOf(folder + "/node_modules");
      LOADCTL_TRY(Compiled made, Esbuild::BundlePackage(name, from.substr(0, from.rfind('/') + 1)));
      files_.bundle().Add(url, std::move(made.code));
      files_.bundle().AddSourceMap(url, std::move(made.source_map));
      return url;
    }
    if (folder.size() <= std::string_view("file://").size()) break;
  }
  return bundle::ResolveUrl(name, referrer);  // an error, in k6's words
}

Result<std::string> Scripts::Find(const std::string& specifier, const std::string& referrer) {
  if (Begins(specifier, "node:")) {
    return Fail(ErrorCode::kScript,
                "\"" + specifier + "\" is a module of Node.js's own, which scripts do not have");
  }
  if (IsBare(specifier)) return FindPackage(specifier, referrer);
  const bool folder = specifier == "." || specifier == "..";
  LOADCTL_TRY(const std::string url,
              bundle::ResolveUrl(folder ? specifier + "/" : specifier, referrer));
  return Begins(url, "file://") ? FindFile(url) : url;
}

Result<std::string> Scripts::Resolve(const std::string& specifier, const std::string& referrer) {
  const auto by_name = bundle::ResolveUrl(specifier, referrer);
  std::optional<std::string> mapped;
  if (map_) {
    LOADCTL_TRY(mapped, map_->Find(specifier, by_name.value_or(""), referrer));
  }
  LOADCTL_TRY(std::string url, Find(mapped.value_or(specifier), referrer));
  if (!by_name || *by_name != url) files_.bundle().AddImport(referrer, specifier, url);
  return url;
}

Scripts::Script Scripts::Known(const std::string& url) const {
  const std::string* text = files_.bundle().FindScript(url);
  const std::string* map = files_.bundle().FindSourceMap(url);
  return {*text, map == nullptr ? std::string_view() : *map};
}

Result<Scripts::Script> Scripts::CompileJson(const std::string& url, const std::string& text) {
  boost::json::stream_parser parser;
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used == text.size()) parser.finish(error);
  const auto rest = text.find_first_not_of(" \t\r\n", used);
  if (error || rest != std::string::npos) {
    const std::string why = error ? error.message() : "more follows the value";
    return Fail(ErrorCode::kScript,
                url + ":" + LineAndColumn(text, error ? used : rest) + ": not JSON: " + why);
  }
  // Not written out as an object literal, in which a key `__proto__` would be no key.
  files_.bundle().AddCode(url, "module.exports = JSON.parse(" +
                                   boost::json::serialize(boost::json::string(text)) + ");");
  return Known(url);
}

// What other tools say of where their text comes from: at its end, inline or in a file beside it.
void Scripts::TakeSourceMap(const std::string& url, const std::string& text) {
  constexpr std::string_view kComment = "//# sourceMappingURL=";
  const auto at = text.rfind(kComment);
  if (at == std::string::npos || (at > 0 && text[at - 1] != '\n')) return;
  const std::size_t begin = at + kComment.size();
  const std::string name = text.substr(begin, text.find_first_of("\r\n ", begin) - begin);
  std::string map;
  if (Begins(name, "data:")) {
    std::string copy = text;
    map = TakeInlineSourceMap(copy);
  } else if (auto beside = bundle::ResolveUrl(IsBare(name) ? "./" + name : name, url);
             beside && Begins(*beside, "file://") && files_.Has(*beside)) {
    if (auto content = files_.Provide(*beside)) map = **content;
  }
  if (!map.empty() && bundle::SourceMap::Parse(map, url)) {
    files_.bundle().AddSourceMap(url, std::move(map));
  }
}

Result<Scripts::Script> Scripts::Load(const std::string& url) {
  bundle::Bundle& bundle = files_.bundle();
  if (Begins(url, "https://") && bundle.Find(url) == nullptr) {
    if (files_.archive()) return Fail(ErrorCode::kScript, NotFound(url));
    LOADCTL_TRY(std::string text, remote_.Fetch(url));
    bundle.Add(url, std::move(text));
  }
  LOADCTL_TRY(const std::string* text, files_.Provide(url));
  if (bundle.FindScript(url) != text) return Known(url);
  if (Ends(WithoutQuery(url), ".json")) return CompileJson(url, *text);
  if (const auto loader = CompiledAs(url)) {
    LOADCTL_TRY(Compiled made, Esbuild::Transform(url, *text, *loader));
    bundle.AddCode(url, std::move(made.code));
    bundle.AddSourceMap(url, std::move(made.source_map));
  } else {
    TakeSourceMap(url, *text);
  }
  return Known(url);
}

Result<Scripts::Script> Scripts::Lower(const std::string& url) {
  bundle::Bundle& bundle = files_.bundle();
  LOADCTL_TRY(const std::string* text, files_.Provide(url));
  if (bundle.FindScript(url) != text) return Fail(ErrorCode::kScript, url + " is lowered already");
  const auto loader = url == kStdinUrl ? Esbuild::Loader::kTs : Esbuild::Loader::kJs;
  LOADCTL_TRY(Compiled made, Esbuild::Transform(url, *text, loader));
  bundle.AddCode(url, std::move(made.code));
  bundle.AddSourceMap(url, std::move(made.source_map));
  return Known(url);
}

}  // namespace loadctl::controller
