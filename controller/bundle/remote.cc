#include "controller/bundle/remote.h"

#include <curl/curl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "common/base/authorities.h"
#include "common/bundle/bundle.h"
#include "controller/bundle/files.h"

namespace loadctl::controller {
namespace {

struct Answer {
  std::string content;
  std::string error;          ///< empty: it is there
  bool nobody_there = false;  ///< no answer at all, as without a network
};

std::size_t TakeBody(char* data, std::size_t, std::size_t size, void* into) {
  auto& content = *static_cast<std::string*>(into);
  if (content.size() + size > RemoteScripts::kMostBytes) return 0;
  content.append(data, size);
  return size;
}

Answer Get(const std::string& url) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(
      ready == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (!handle) return {"", "libcurl cannot be used", false};
  Answer answer;
  CURL* curl = handle.get();
  char why[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.content);
  const std::string authorities = AuthoritiesFile();
  if (!authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, authorities.c_str());
  const CURLcode result = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (result == CURLE_WRITE_ERROR && answer.content.size() <= RemoteScripts::kMostBytes) {
    answer.error =
        "larger than " + std::to_string(RemoteScripts::kMostBytes >> 20) + " MiB: " + url;
  } else if (result != CURLE_OK) {
    answer.error = why[0] != '\0' ? why : curl_easy_strerror(result);
    answer.nobody_there = result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_CONNECT ||
                          result == CURLE_OPERATION_TIMEDOUT ||
                          result == CURLE_COULDNT_RESOLVE_PROXY;
  } else if (status == 404) {
    answer.error = "not found: " + url;
  } else if (status != 200) {
    answer.error = "wrong status code (" + std::to_string(status) + ") for: " + url;
  }
  return answer;
}

/// With `_k6=1` in its query, by which servers may know who asks.
std::string Marked(const std::string& url) {
  const auto fragment = std::min(url.find('#'), url.size());
  const bool has_query = url.find('?') < fragment;
  return url.substr(0, fragment) + (has_query ? "&" : "?") + "_k6=1" + url.substr(fragment);
}

/// Written beside it first: whoever reads it meanwhile reads the old one, or none.
void WriteWhole(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  const std::string beside = path.string() + "." + std::to_string(getpid());
  {
    std::ofstream file(beside, std::ios::binary);
    if (!(file << text).flush()) {
      std::filesystem::remove(beside, ignored);
      return;
    }
  }
  std::filesystem::rename(beside, path, ignored);
}

}  // namespace

std::string CacheFolder(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/loadctl/" + name;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return "";
  return std::string(home) + "/.cache/loadctl/" + name;
}

void RemoteScripts::Keep(const std::string& url, const std::string& content) const {
  if (folder_.empty()) return;
  const std::string hash = bundle::Sha256(content);
  const std::string file = folder_ + "/content/" + hash;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) WriteWhole(file, content);
  WriteWhole(folder_ + "/urls/" + bundle::Sha256(url), hash);
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
  Answer answer = Get(Marked(url));
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
