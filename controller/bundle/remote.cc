#include "controller/bundle/remote.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "common/bundle/bundle.h"
#include "controller/bundle/files.h"
#include "controller/bundle/kept_files.h"
#include "controller/http/client.h"

namespace loadctl::controller {
namespace {

struct Fetched {
  std::string content;
  std::string error;          ///< empty: it is there
  bool nobody_there = false;  ///< no answer at all, as without a network
};

Fetched Get(const std::string& url) {
  using namespace std::chrono_literals;
  http::ClientOptions options;
  options.timeout = 60s;
  options.only_https = true;
  options.redirects = 10;
  options.decompress = true;
  options.most_body = RemoteScripts::kMostBytes;
  http::Client client(std::move(options));
  auto outcome = client.Get(url);
  if (auto* none = std::get_if<http::NoAnswer>(&outcome))
    return {"", std::move(none->why), none->unreachable};
  auto& answer = std::get<http::Answer>(outcome);
  if (answer.status == 404) return {"", "not found: " + url, false};
  if (answer.status != 200)
    return {"", "wrong status code (" + std::to_string(answer.status) + ") for: " + url, false};
  if (answer.cut)
    return {"", "larger than " + std::to_string(RemoteScripts::kMostBytes >> 20) + " MiB: " + url,
            false};
  return {std::move(answer.body), "", false};
}

/// With `_k6=1` in its query, by which servers may know who asks.
std::string Marked(const std::string& url) {
  const auto fragment = std::min(url.find('#'), url.size());
  const bool has_query = url.find('?') < fragment;
  return url.substr(0, fragment) + (has_query ? "&" : "?") + "_k6=1" + url.substr(fragment);
}

}  // namespace

void RemoteScripts::Keep(const std::string& url, const std::string& content) const {
  if (folder_.empty()) return;
  const std::string hash = bundle::Sha256(content);
  const std::string file = folder_ + "/content/" + hash;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) KeepFile(file, content);
  KeepFile(folder_ + "/urls/" + bundle::Sha256(url), hash);
}

Result<std::string> RemoteScripts::Kept(const std::string& url) const {
  if (folder_.empty()) return Fail("nothing is kept");
  const std::string name = folder_ + "/urls/" + bundle::Sha256(url);
  LOADCTL_TRY(const std::string hash, ReadWhole(name, name));
  const std::string file = folder_ + "/content/" + hash;
  LOADCTL_TRY(std::string content, ReadWhole(file, file));
  if (bundle::Sha256(content) != hash) return Fail(file + " is broken");
  return content;
}

Result<std::string> RemoteScripts::Fetch(const std::string& url) {
  if (forbidden_)
    return Fail(ErrorCode::kScript, "--no-remote-imports forbids the import of " + url);
  Fetched answer = Get(Marked(url));
  if (!answer.error.empty()) answer = Get(url);
  if (answer.error.empty()) {
    Keep(url, answer.content);
    return std::move(answer.content);
  }
  if (answer.nobody_there) {
    if (auto kept = Kept(url)) {
      warn_(url + " was taken as it was last fetched: " + answer.error);
      return kept;
    }
  }
  return Fail(ErrorCode::kScript,
              "the module \"" + url + "\" couldn't be retrieved: " + answer.error);
}

}  // namespace loadctl::controller
