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
#include "common/wire/environment.h"
#include "common/wire/frames.h"
#include "controller/archive/archive.h"
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

Result<std::string> ReadMain(const std::string& script, const std::string& url) {
  if (url == kStdinUrl) return std::string{std::istreambuf_iterator<char>(std::cin.rdbuf()), {}};
  auto text = ReadWhole(url.substr(7), script);
  if (!text) return Fail(ErrorCode::kGeneric, text.error().message);
  return text;
}

/// The main script, or all files of an archive.
Result<Inspection> Load(const InspectionInputs& inputs) {
  Inspection out;
  const std::string url = MainUrl(inputs.script);
  LOADCTL_TRY(std::string text, ReadMain(inputs.script, url));
  out.is_archive = inputs.type.empty() ? archive::IsArchive(text) : inputs.type == "archive";
  if (!out.is_archive) {
    out.main_url = url;
    out.bundle.Add(url, std::move(text));
    return out;
  }
  auto read = archive::ReadArchive(text);
  if (!read) {
    return Fail("could not initialize '" + inputs.script +
                "': could not load test archive bundle '" + url + "': " + read.error().message);
  }
  out.main_url = std::move(read->main_url);
  out.options_json = std::move(read->options_json);
  if (read->env) out.archive_env = std::move(*read->env);
  out.compatibility_mode = std::move(read->compatibility_mode);
  out.bundle = std::move(read->files);
  return out;
}

/// Where the file of a URL is. A script from standard input has its URL in `/`, but what it names
/// relative to that is meant in the current folder; nobody can tell it from an absolute path here,
/// so the current folder comes first.
std::string PathOf(const std::string& url, const std::string& main_url) {
  const std::string path = url.rfind("file://", 0) == 0 ? url.substr(7) : url;
  if (main_url != kStdinUrl) return path;
  char folder[PATH_MAX];
  if (getcwd(folder, sizeof(folder)) == nullptr) return path;
  const std::string here = folder + path;
  return access(here.c_str(), F_OK) == 0 ? here : path;
}

/// The file of a URL that the script asks for, kept in the bundle. Of an archive only what is in
/// it; it is found there whatever the user was called where the archive was made.
Result<const std::string*> Provide(const std::string& url, Inspection& inspection) {
  bundle::Bundle& files = inspection.bundle;
  if (const std::string* known = files.Find(url)) return known;
  if (inspection.is_archive) {
    const std::string* packed = files.Find(archive::AnonymousUrl(url));
    if (packed == nullptr) return Fail(ErrorCode::kScript, NotFound(url));
    files.Add(url, *packed);
  } else {
    LOADCTL_TRY(std::string text, ReadWhole(PathOf(url, inspection.main_url), url));
    files.Add(url, std::move(text));
  }
  return files.Find(url);
}

}  // namespace

std::string MainUrl(const std::string& script) {
  if (script == "-") return kStdinUrl;
  const std::string path = script.rfind("file://", 0) == 0 ? script.substr(7) : script;
  char absolute[PATH_MAX];
  return "file://" + (realpath(path.c_str(), absolute) != nullptr ? absolute : path);
}

Result<std::string> ReadScript(const std::string& script) {
  return ReadMain(script, MainUrl(script));
}

Result<Inspection> Inspect(const InspectionInputs& inputs) {
  LOADCTL_TRY(Inspection inspection, Load(inputs));
  LOADCTL_TRY(Inspector inspector, Inspector::Start(inputs.agent_program));
  v1::ToInspector first;
  auto* begin = first.mutable_begin();
  begin->set_main_url(inspection.main_url);
  auto env = inputs.env;
  env.insert(inspection.archive_env.begin(), inspection.archive_env.end());
  wire::PutEnvironment(env, *begin->mutable_env());
  begin->set_max_heap(inputs.max_heap);
  begin->set_timeout_ns(inputs.timeout.count());
  bool open = inspector.Write(first);

  v1::FromInspector message;
  while (open && inspector.Read(message)) {
    switch (message.body_case()) {
      case v1::FromInspector::kWantFile: {
        v1::ToInspector answer;
        if (const auto content = Provide(message.want_file(), inspection)) {
          answer.mutable_file()->set_content(**content);
        } else {
          answer.mutable_file()->set_error(content.error().message);
        }
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
        // An archive has its options in the metadata, with what the flags of the time said.
        if (!inspection.is_archive) inspection.options_json = found.options_json();
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
