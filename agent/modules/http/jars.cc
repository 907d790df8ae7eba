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

std::shared_ptr<net::CookieJar> Jars::Given(js::Call& call, int index) const {
  auto held = call.Held(index);
  return held ? std::static_pointer_cast<net::CookieJar>(std::move(held)) : own_;
}

void Jars::Reset() {
  if (!own_->empty()) own_->Clear();
}

std::shared_ptr<const KnownUrl> Jars::UrlOf(js::Call& call) {
  auto url = urls_.Find(call.String(1));
  if (url) return *url;
  call.Throw(url.error().message);
  return nullptr;
}

void Jars::New(js::Call& call) { call.ReturnHeld(std::make_shared<net::CookieJar>()); }

void Jars::Cookies(js::Call& call) {
  const auto url = UrlOf(call);
  if (!url) return;
  const auto jar = Given(call, 0);
  std::vector<std::string> flat;
  for (const auto& [name, value] : jar->For(url->url, WallClock())) {
    flat.emplace_back(name);
    flat.emplace_back(value);
  }
  call.ReturnStrings(flat);
}

void Jars::Set(js::Call& call) {
  const auto url = UrlOf(call);
  if (!url) return;
  net::Cookie cookie;
  cookie.name = call.String(2);
  cookie.value = call.String(3);
  cookie.path = call.String(4);
  cookie.domain = call.String(5);
  if (const std::string expires = call.String(6); !expires.empty()) {
    cookie.expires = net::ParseHttpDate(expires);
    if (!cookie.expires) {
      const std::string quoted = net::Quote(expires);
      return call.Throw(
          "unable to parse \"expires\" date string \"" + expires + "\": parsing time " + quoted +
          " as \"Mon, 02 Jan 2006 15:04:05 MST\": cannot parse " + quoted + " as \"Mon\"");
    }
  }
  constexpr std::int64_t kMost = 1 << 30;
  cookie.max_age = static_cast<int>(std::clamp(call.Integer(7), -kMost, kMost));
  cookie.secure = call.Bool(8);
  cookie.http_only = call.Bool(9);
  Given(call, 0)->Set(url->url, cookie, WallClock());
}

void Jars::Delete(js::Call& call) {
  const auto url = UrlOf(call);
  if (!url) return;
  const auto jar = Given(call, 0);
  std::vector<std::string> names;
  if (!call.IsNullish(2)) {
    names.push_back(call.String(2));
  } else {
    for (const auto& pair : jar->For(url->url, WallClock())) names.emplace_back(pair.name);
  }
  for (auto& name : names) {
    net::Cookie cookie;
    cookie.name = std::move(name);
    cookie.max_age = -1;
    jar->Set(url->url, cookie, WallClock());
  }
}

}  // namespace loadctl::modules::http
