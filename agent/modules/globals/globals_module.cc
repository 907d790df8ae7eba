#include "agent/modules/registry.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/js/shared_pages.h"
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
    vu.hooks().OnCleanUp([this] { dropped_ = true; });
  }

  // startTimer(id, ms, repeats) → a handle; negative if all that came before are gone
  int StartTimer(double id, double ms, bool repeats) {
    const auto delay = std::chrono::nanoseconds(
        static_cast<std::int64_t>(std::clamp(ms, 0.0, kLongestTimer) * 1e6));
    const int handle =
        vu_.events().StartTimer(dispatcher_, id, delay, repeats ? "setInterval" : "setTimeout");
    return std::exchange(dropped_, false) ? -handle : handle;
  }
  void StopTimer(int handle) { vu_.events().StopTimer(handle); }
  void OnTimer(js::Function function) {
    dispatcher_ = vu_.events().AddDispatcher(std::move(function.kept));
  }

 private:
  vu::Vu& vu_;
  int dispatcher_ = -1;
  bool dropped_ = false;  ///< all timers, with their iteration
};

void Log(vu::Vu& vu, std::uint8_t level, std::string text) {
  vu.Log(static_cast<vu::LogLevel>(level), std::move(text), {{"source", "console"}});
}

// useGoErrors(prototype)
void UseGoErrors(js::Call& call) {
  if (call.IsObject(call.Arg(0))) call.UseGoErrors(call.Arg(0));
}

/// A file's content: kGoError as k6's open(), with `url` of it.
Result<std::string_view> Open(vu::Vu& vu, js::Call& call, std::string path) {
  if (vu.execution().phase() != vu::Phase::kInit) {
    return Fail(
        "the \"open\" function is only available in the init stage (i.e. the global scope), see "
        "https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information");
  }
  if (path.empty()) return Fail("open() can't be used with an empty filename");
  if (path.find("://") == std::string::npos && path[0] != '/') path = "./" + path;
  LOADCTL_TRY(const std::string url, bundle::ResolveUrl(path, call.CallerUrl()));
  return vu.program().load_file(url);
}

Result<js::TextOfFile> OpenText(vu::Vu& vu, js::Call& call, std::string path) {
  return Open(vu, call, std::move(path)).map([](std::string_view text) {
    return js::TextOfFile{text};
  });
}

/// A buffer of the VU's own; of a large file the VUs share the pages that they do not write to.
Result<js::SharedBytes> OpenBytes(vu::Vu& vu, js::Call& call, std::string path) {
  LOADCTL_TRY(const std::string_view content, Open(vu, call, std::move(path)));
  // Where its bytes lie tells files of a run apart.
  const std::string key =
      "open.pages." + std::to_string(reinterpret_cast<std::uintptr_t>(content.data()));
  auto& program = vu.program();
  const std::lock_guard lock(program.shared_mutex);
  auto& kept = program.shared[key];
  if (!kept) kept = std::make_shared<js::SharedPages>(content);
  return js::SharedBytes{static_cast<const js::SharedPages*>(kept.get())};
}

}  // namespace

Module Describe() {
  const auto level = [](vu::LogLevel of) { return static_cast<double>(of); };
  return {faces::kGlobals,
          {
              js::Native<&UseGoErrors>("useGoErrors"),
              js::Native<&Log>("log"),
              js::Native<&OpenBytes>("openBytes"),
              js::Native<&OpenText>("openText"),
              js::Native<&Globals::OnTimer>("onTimer"),
              js::Native<&Globals::StartTimer>("startTimer"),
              js::Native<&Globals::StopTimer>("stopTimer"),
              js::Constant("DEBUG", level(vu::LogLevel::kDebug)),
              js::Constant("INFO", level(vu::LogLevel::kInfo)),
              js::Constant("WARNING", level(vu::LogLevel::kWarning)),
              js::Constant("ERROR", level(vu::LogLevel::kError)),
          }};
}

}  // namespace loadctl::modules::globals
