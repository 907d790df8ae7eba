#include "common/bundle/urls.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace loadctl::bundle {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kHttps = "https://";

bool Begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

/// Without `.`, `..` and empty parts.
std::string Normalize(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string out;
  for (const auto part : parts) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

/// `https://host` of an https URL, and its path without query.
struct Remote {
  std::string_view origin, path;
};
Remote Split(std::string_view url) {
  const std::size_t slash = std::min(url.find('/', kHttps.size()), url.size());
  const std::string_view path = url.substr(slash);
  return {url.substr(0, slash), path.substr(0, path.find_first_of("?#"))};
}

std::string Folder(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
}

}  // namespace

Result<std::string> ResolveUrl(const std::string& specifier, const std::string& referrer) {
  const bool remote = Begins(referrer, kHttps);
  if (Begins(specifier, kFile)) {
    if (remote) {
      return Fail(ErrorCode::kScript,
                  "origin (" + referrer + ") not allowed to load local file: " + specifier);
    }
    return std::string(kFile) + Normalize(std::string_view(specifier).substr(kFile.size()));
  }
  if (Begins(specifier, kHttps)) return specifier;
  if (const auto colon = specifier.find("://"); colon != std::string::npos) {
    return Fail(ErrorCode::kScript, "only supported schemes for imports are file and https, " +
                                        specifier + " has `" + specifier.substr(0, colon) + "`");
  }
  const bool absolute = Begins(specifier, "/");
  if (absolute || Begins(specifier, "./") || Begins(specifier, "../")) {
    if (remote) {
      const Remote from = Split(referrer);
      const auto query = std::min(specifier.find_first_of("?#"), specifier.size());
      const std::string path = specifier.substr(0, query);
      return std::string(from.origin) + Normalize(absolute ? path : Folder(from.path) + path) +
             specifier.substr(query);
    }
    if (absolute) return std::string(kFile) + Normalize(specifier);
    const std::string path = Begins(referrer, kFile) ? referrer.substr(kFile.size()) : "/";
    return std::string(kFile) + Normalize(Folder(path) + specifier);
  }
  return Fail(ErrorCode::kScript, "the module \"" + specifier +
                                      "\" is not known: it is none of k6's, no path such as ./" +
                                      specifier + ", and no package in a node_modules folder");
}

}  // namespace loadctl::bundle
