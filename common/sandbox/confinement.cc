#include "common/sandbox/confinement.h"

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string_view>

extern char** environ;

namespace loadctl::sandbox {
namespace {

// Tells the program that this one becomes what is done.
constexpr char kDone[] = "LOADCTL_CONFINED";

std::string RealPath(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

int TakeLibrary(dl_phdr_info* info, std::size_t, void* into) {
  if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/')
    static_cast<std::set<std::string>*>(into)->insert(info->dlpi_name);
  return 0;
}

/// The variables that are read: by loadctl, the C library, OpenSSL, gRPC, libcurl's kin.
bool IsNeeded(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "PATH",           "HOME",          "LANG",          "TZ",
      "TERM",           "TMPDIR",        "GODEBUG",       "XDG_RUNTIME_DIR",
      "JOURNAL_STREAM", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
      "SSLKEYLOGFILE",  "SSL_CERT_FILE", "SSL_CERT_DIR",  "LD_LIBRARY_PATH",
      "http_proxy",     "https_proxy",   "no_proxy",      "all_proxy",
      "HTTP_PROXY",     "HTTPS_PROXY",   "NO_PROXY",      "ALL_PROXY"};
  constexpr std::string_view kPrefixes[] = {"LOADCTL_", "LC_",    "GRPC_", "OPENSSL_", "MALLOC_",
                                            "ASAN_",    "UBSAN_", "LSAN_", "TSAN_"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// True: what the kernel cannot do is to be passed over.
Result<bool> Fence(Confinement& state, const std::vector<std::string>& readable) {
  state.landlock = LandlockVersion();
  if (auto done = RestrictFiles(RulesOfAgent(readable)); !done) {
    state.landlock = 0;
    state.no_landlock = done.error().message;
  }
  return state.landlock != 0;
}

}  // namespace

std::vector<FileRule> RulesOfAgent(const std::vector<std::string>& readable) {
  using Access = FileRule::Access;
  std::vector<FileRule> rules;
  const auto read = [&](const std::string& path) { rules.push_back({path, Access::kRead}); };
  // To start afresh: this program, and the loader that its file names.
  rules.push_back({"/proc/self/exe", Access::kExecute});
  for (const char* loader : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"})
    rules.push_back({loader, Access::kExecute});
  std::set<std::string> libraries;
  dl_iterate_phdr(TakeLibrary, &libraries);
  std::set<std::string> folders;
  for (const std::string& library : libraries) {
    folders.insert(FolderOf(library));  // a newer one may take its place
    folders.insert(FolderOf(RealPath(library)));
  }
  for (const std::string& folder : folders) read(folder);
  for (const char* path :
       {"/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/hosts", "/etc/host.conf",
        "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/localtime",
        "/etc/resolv.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
        "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/lib/ssl",
        "/usr/share/zoneinfo", "/usr/lib/locale", "/usr/share/locale", "/run/systemd/resolve"})
    read(path);
  for (const char* variable : {"SSL_CERT_FILE", "SSL_CERT_DIR"})
    if (const char* path = std::getenv(variable)) read(path);
  // By its number, so that it is this process's own and no other's.
  read("/proc/" + std::to_string(getpid()));
  for (const char* path :
       {"/proc/stat", "/proc/meminfo", "/proc/cpuinfo", "/proc/loadavg", "/proc/sys/vm",
        "/proc/sys/net", "/proc/sys/kernel", "/sys/devices/system/cpu", "/sys/fs/cgroup",
        "/sys/kernel/mm", "/dev/urandom", "/dev/random"})
    read(path);
  rules.push_back({"/dev/null", Access::kWrite});
  if (const char* keys = std::getenv("SSLKEYLOGFILE"))
    rules.push_back({FolderOf(std::filesystem::absolute(keys).string()), Access::kWrite});
  for (const std::string& path : readable) read(path);
  return rules;
}

bool NeedsSuccessors(Wanted wanted) {
  return wanted != Wanted::kOff && LandlockVersion() == 0 && CanFilterSystemCalls();
}

Result<Confinement> ConfineAgent(Wanted wanted, Execute execute,
                                 const std::vector<std::string>& readable) {
  Confinement state;
  if (wanted == Wanted::kOff) {
    state.no_landlock = state.no_system_calls = "it was switched off";
    return state;
  }
  if (const char* done = std::getenv(kDone)) {
    state.landlock = std::strstr(done, "files") != nullptr ? LandlockVersion() : 0;
    state.system_calls = std::strstr(done, "calls") != nullptr;
    if (state.landlock == 0) state.no_landlock = "the kernel has no Landlock";
    if (!state.system_calls) state.no_system_calls = "the kernel has no seccomp filters";
    return state;
  }
  LOADCTL_TRY(const bool files, Fence(state, readable));
  if (auto denied = DenySystemCalls(execute); denied) {
    state.system_calls = true;
    state.programs = execute == Execute::kNever;
  } else {
    state.no_system_calls = denied.error().message;
  }
  setenv(kDone,
         files ? (state.system_calls ? "files,calls" : "files")
               : (state.system_calls ? "calls" : "none"),
         1);
  if (wanted == Wanted::kRequire && (!files || !state.system_calls)) {
    return Fail("--sandbox=require: " + (files ? state.no_system_calls : state.no_landlock));
  }
  return state;
}

std::string Describe(const Confinement& state) {
  return (state.landlock != 0 ? "files by Landlock (" + std::to_string(state.landlock) + ")"
                              : "files not (" + state.no_landlock + ")") +
         (state.programs       ? ", system calls and programs by seccomp"
          : state.system_calls ? ", system calls by seccomp"
                               : ", system calls not (" + state.no_system_calls + ")");
}

void ForgetEnvironment() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    const std::string_view name(*entry, equals == nullptr
                                            ? std::strlen(*entry)
                                            : static_cast<std::size_t>(equals - *entry));
    if (IsNeeded(name)) continue;
    names.emplace_back(name);
    if (equals != nullptr) std::memset(*entry + name.size() + 1, 0, std::strlen(equals + 1));
  }
  for (const std::string& name : names) unsetenv(name.c_str());
}

}  // namespace loadctl::sandbox
