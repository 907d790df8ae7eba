#include "agent/modules/registry.h"

#include <chrono>
#include <string>
#include <utility>

#include "agent/modules/faces.h"
#include "agent/vu/vu.h"
#include "common/bundle/urls.h"

namespace loadctl::modules::globals {
namespace {

// A timer of more than a century never fires; larger numbers would overflow nanoseconds.
constexpr double kLongestTimer = 1e3 * 60 * 60 * 24 * 36500;

class Globals {
 public:
  explicit Globals(vu::Vu& vu) : vu_(vu) {
    vu.OnCleanUp([this] { dropped_ = true; });
  }

  void Log(js::Call& call) {
    const std::string level = call.String(0);
    const auto to = level == "error"     ? vu::LogLevel::kError
                    : level == "warning" ? vu::LogLevel::kWarning
                    : level == "debug"   ? vu::LogLevel::kDebug
                                         : vu::LogLevel::kInfo;
    vu_.Log(to, call.String(1), {{"source", "console"}});
  }

  void Open(js::Call& call) {
    if (vu_.phase() != vu::Phase::kInit) {
      call.Throw(
          "the \"open\" function is only available in the init stage (i.e. the global scope), see "
          "https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information");
      return;
    }
    std::string path = call.String(0);
    if (path.empty()) {
      call.Throw("open() can't be used with an empty filename");
      return;
    }
    if (path.find("://") == std::string::npos && path[0] != '/') path = "./" + path;
    auto url = bundle::ResolveUrl(path, call.CallerUrl());
    if (!url) {
      call.Throw(url.error().message);
      return;
    }
    auto file = vu_.program().load_file(*url);
    if (!file) {
      call.Throw(file.error().message);
    } else if (call.Bool(1)) {
      if (!call.ReturnBytes(*file)) call.ThrowRangeError(*url + " exceeds the memory for buffers");
    } else if (!call.Return(*file)) {
      call.ThrowRangeError(*url + " is longer than a string may be");
    }
  }

  void OnTimer(js::Call& call) { dispatcher_ = vu_.AddDispatcher(call.KeepFunction(0)); }

  // startTimer(id, ms, repeats) → a handle; negative if all that came before are gone
  void StartTimer(js::Call& call) {
    const double ms = std::min(std::max(call.Number(1), 0.0), kLongestTimer);
    const auto delay = std::chrono::nanoseconds(static_cast<std::int64_t>(ms * 1e6));
    const int handle = vu_.StartTimer(dispatcher_, call.Number(0), delay,
                                      call.Bool(2) ? "setInterval" : "setTimeout");
    call.Return(std::exchange(dropped_, false) ? -handle : handle);
  }

  void StopTimer(js::Call& call) { vu_.StopTimer(static_cast<int>(call.Integer(0))); }

 private:
  vu::Vu& vu_;
  int dispatcher_ = -1;
  bool dropped_ = false;  ///< all timers, with their iteration
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/globals",
          faces::kGlobals,
          {
              js::kLazily,
              js::Native<&Globals::Log>("log"),
              js::Native<&Globals::Open>("open"),
              js::Native<&Globals::OnTimer>("onTimer"),
              js::Native<&Globals::StartTimer>("startTimer"),
              js::Native<&Globals::StopTimer>("stopTimer"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Globals>(vu); }};
}

}  // namespace loadctl::modules::globals
