#include "controller/bundle/inspection.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <utility>

#include "common/wire/codes.h"
#include "common/wire/frames.h"
#include "controller/fleet/processes.h"

namespace loadctl::controller {
namespace {

constexpr char kStdinUrl[] = "file:///-";

std::string NotFound(const std::string& specifier) {
  return "The moduleSpecifier \"" + specifier +
         "\" couldn't be found on local disk. Make sure that you've specified the right path to "
         "the file.";
}

Result<std::string> ReadWhole(const std::string& path, const std::string& as_typed) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Fail(ErrorCode::kScript, NotFound(as_typed));
    return Fail(ErrorCode::kScript, "reading " + path + ": " + std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) {
    return Fail(ErrorCode::kScript, "reading " + path + ": it is a directory, not a file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kScript, "reading " + path + ": " + std::strerror(errno));
  std::string text;
  if (S_ISREG(info.st_mode)) {
    text.resize(static_cast<std::size_t>(info.st_size));
    file.read(text.data(), info.st_size);
    text.resize(static_cast<std::size_t>(file.gcount()));
  } else {
    std::stringstream all;
    all << file.rdbuf();
    text = all.str();
  }
  return text;
}

/// The agent process that evaluates, and the socket to it; both gone at the end of the scope.
class Inspector {
 public:
  static Result<Inspector> Start(const std::string& program) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return Fail(std::string("socketpair: ") + std::strerror(errno));
    auto pid = fleet::Spawn(program, {"--inspect=" + std::to_string(ends[1])}, ends[1],
                            fleet::ChildEnvironment::kEmpty);
    close(ends[1]);
    if (!pid) {
      close(ends[0]);
      return tl::unexpected(pid.error());
    }
    Inspector inspector;
    inspector.socket_ = ends[0];
    inspector.pid_ = *pid;
    return inspector;
  }
  Inspector() = default;
  Inspector(Inspector&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), pid_(std::exchange(other.pid_, 0)) {}
  Inspector& operator=(Inspector&&) = delete;
  ~Inspector() {
    if (socket_ >= 0) close(socket_);
    if (pid_ != 0) waitpid(pid_, nullptr, 0);
  }

  bool Write(const v1::ToInspector& message) { return wire::WriteFrame(socket_, message); }
  bool Read(v1::FromInspector& message) { return wire::ReadFrame(socket_, message); }
  /// After a failed Read(): how the process ended.
  std::string End() {
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    return fleet::DescribeStatus(status);
  }

 private:
  int socket_ = -1;
  pid_t pid_ = 0;
};

struct MainScript {
  std::string url;
  std::string text;
};

Result<MainScript> LoadMain(const std::string& script) {
  const std::string url = MainUrl(script);
  if (url == kStdinUrl) {
    std::string text{std::istreambuf_iterator<char>(std::cin.rdbuf()), {}};
    return MainScript{url, std::move(text)};
  }
  auto text = ReadWhole(url.substr(7), script);
  if (!text) return Fail(ErrorCode::kGeneric, text.error().message);
  return MainScript{url, std::move(*text)};
}

}  // namespace

std::string MainUrl(const std::string& script) {
  if (script == "-") return kStdinUrl;
  const std::string path = script.rfind("file://", 0) == 0 ? script.substr(7) : script;
  char absolute[PATH_MAX];
  return "file://" + (realpath(path.c_str(), absolute) != nullptr ? absolute : path);
}

Result<Inspection> Inspect(const InspectionInputs& inputs) {
  LOADCTL_TRY(MainScript main, LoadMain(inputs.script));
  LOADCTL_TRY(Inspector inspector, Inspector::Start(inputs.agent_program));
  Inspection inspection;
  inspection.main_url = main.url;
  v1::ToInspector first;
  auto* begin = first.mutable_begin();
  begin->set_main_url(main.url);
  begin->mutable_env()->insert(inputs.env.begin(), inputs.env.end());
  begin->set_max_heap(inputs.max_heap);
  begin->set_timeout_ns(inputs.timeout.count());
  bool open = inspector.Write(first);
  inspection.bundle.Add(main.url, std::move(main.text));

  v1::FromInspector message;
  while (open && inspector.Read(message)) {
    switch (message.body_case()) {
      case v1::FromInspector::kWantFile: {
        const std::string url = message.want_file();
        v1::ToInspector answer;
        auto* file = answer.mutable_file();
        if (inspection.bundle.Find(url) == nullptr) {
          const std::string path = url.rfind("file://", 0) == 0 ? url.substr(7) : url;
          auto text = ReadWhole(path, url);
          if (!text) {
            file->set_error(text.error().message);
          } else {
            inspection.bundle.Add(url, std::move(*text));
          }
        }
        if (file->error().empty()) file->set_content(*inspection.bundle.Find(url));
        open = inspector.Write(answer);
        break;
      }
      case v1::FromInspector::kLog:
        if (inputs.log) inputs.log(message.log());
        break;
      case v1::FromInspector::kFailure:
        return Fail(wire::ErrorCodeOf(message.failure().code()), message.failure().message());
      case v1::FromInspector::kInspected: {
        const auto& found = message.inspected();
        inspection.options_json = found.options_json();
        inspection.functions = {found.functions().begin(), found.functions().end()};
        inspection.not_functions = {found.exports_not_functions().begin(),
                                    found.exports_not_functions().end()};
        inspection.metrics = {found.metrics().begin(), found.metrics().end()};
        return inspection;
      }
      default:
        return Fail(
            "the inspecting agent said what this program does not know: are loadctl and "
            "loadctl-agent of the same version?");
    }
    message.Clear();
  }
  return Fail(ErrorCode::kScript, "the agent that evaluates the script " + inspector.End());
}

}  // namespace loadctl::controller
