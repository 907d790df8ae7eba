#include "agent/modules/http/jars.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/net/socket/failure.h"

namespace loadctl::modules::http {
namespace {

net::CookieJar::Now WallClock() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

std::shared_ptr<net::CookieJar> Jars::Given(const Jar& jar) const {
  return jar ? jar->shared() : own_;
}

void Jars::Reset() {
  if (!own_->empty()) own_->Clear();
}

Result<js::Pairs> Jars::Cookies(const Jar& jar, std::string_view url) {
  LOADCTL_TRY(const auto known, urls_.Find(url));
  js::Pairs cookies;
  for (const auto& [name, value] : Given(jar)->For(known->url, WallClock()))
    cookies.emplace_back(name, value);
  return cookies;
}

Result<void> Jars::Set(const Jar& jar, std::string_view url, CookieToSet given) {
  LOADCTL_TRY(const auto known, urls_.Find(url));
  net::Cookie cookie;
  cookie.name = std::move(given.name);
  cookie.value = std::move(given.value);
  cookie.path = std::move(given.path);
  cookie.domain = std::move(given.domain);
  if (!given.expires.empty()) {
    cookie.expires = net::ParseHttpDate(given.expires);
    if (!cookie.expires) {
      const std::string quoted = net::Quote(given.expires);
      return Fail("unable to parse \"expires\" date string \"" + given.expires +
                  "\": parsing time " + quoted +
                  " as \"Mon, 02 Jan 2006 15:04:05 MST\": cannot parse " + quoted + " as \"Mon\"");
    }
  }
  cookie.max_age = given.max_age;
  cookie.secure = given.secure;
  cookie.http_only = given.http_only;
  Given(jar)->Set(known->url, cookie, WallClock());
  return {};
}

Result<void> Jars::Delete(const Jar& jar, std::string_view url, std::optional<std::string> name) {
  LOADCTL_TRY(const auto known, urls_.Find(url));
  const auto from = Given(jar);
  std::vector<std::string> names;
  if (name) {
    names.push_back(std::move(*name));
  } else {
    for (const auto& pair : from->For(known->url, WallClock())) names.emplace_back(pair.name);
  }
  for (auto& one : names) {
    net::Cookie cookie;
    cookie.name = std::move(one);
    cookie.max_age = -1;
    from->Set(known->url, cookie, WallClock());
  }
  return {};
}

}  // namespace loadctl::modules::http
