#include "controller/bundle/inspection.h"

#include <limits.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "common/bundle/urls.h"
#include "common/wire/codes.h"
#include "common/wire/environment.h"
#include "common/wire/frames.h"
#include "common/wire/secrets.h"
#include "controller/archive/archive.h"
#include "controller/bundle/files.h"
#include "controller/bundle/kept_files.h"
#include "controller/bundle/scripts.h"

namespace loadctl::controller {
namespace {

constexpr std::chrono::seconds kAnswerPatience{30};

Result<std::string> ReadMain(const std::string& script, const std::string& url) {
  if (url == kStdinUrl) {
    auto text = ReadToEnd(STDIN_FILENO, 0);
    if (!text) return Fail("reading standard input: " + text.error().message);
    return text;
  }
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

v1::InspectFile Answer(const Result<Scripts::Script>& script) {
  v1::InspectFile file;
  if (script) {
    file.set_content(std::string(script->text));
    file.set_source_map(std::string(script->source_map));
  } else {
    file.set_error(script.error().message);
  }
  return file;
}

v1::InspectFile Answer(const Result<Files::Opened>& opened) {
  if (!opened || opened->shared == nullptr) {
    return Answer(opened.map([](const auto& file) { return Scripts::Script{file.text, {}}; }));
  }
  v1::InspectFile file;
  file.set_shared_at(opened->shared->at);
  file.set_shared_size(opened->text.size());
  return file;
}

void LimitWaiting(int socket, std::chrono::nanoseconds patience) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
  const timeval limit{static_cast<time_t>(seconds), 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// The answer to what the inspecting agent asks for; nothing if it does not ask.
std::optional<v1::ToInspector> Answer(const v1::FromInspector& question,
                                      const InspectionInputs& inputs, Files& files,
                                      Scripts& scripts) {
  v1::ToInspector answer;
  if (question.has_want_secret() && inputs.secret) {
    const auto& wanted = question.want_secret();
    *answer.mutable_secret_given() = wire::WriteSecret(
        wanted.source(), wanted.key(), inputs.secret(wanted.source(), wanted.key()));
  } else if (question.has_want_file()) {
    *answer.mutable_file() = Answer(files.Open(question.want_file()));
  } else if (question.has_want_url()) {
    const auto url =
        scripts.Resolve(question.want_url().specifier(), question.want_url().referrer());
    if (url) {
      answer.mutable_url()->set_url(*url);
    } else {
      answer.mutable_url()->set_error(url.error().message);
    }
  } else if (question.has_want_script()) {
    const std::string& url = question.want_script().url();
    *answer.mutable_file() =
        Answer(question.want_script().lower() ? scripts.Lower(url) : scripts.Load(url));
  } else {
    return std::nullopt;
  }
  return answer;
}

/// `file` may be empty: there is none.
Result<void> UseImportMap(const std::string& file, Scripts& scripts) {
  if (file.empty()) return {};
  const std::string url = MainUrl(file);
  LOADCTL_TRY(const std::string text, ReadWhole(url.substr(7), file));
  LOADCTL_TRY(ImportMap map, ImportMap::Parse(text, url));
  scripts.Use(std::move(map));
  return {};
}

bool SendBegin(int socket, const InspectionInputs& inputs, const Inspection& inspection) {
  v1::ToInspector first;
  auto* begin = first.mutable_begin();
  begin->set_main_url(inspection.main_url);
  auto env = inputs.env;
  env.insert(inspection.archive_env.begin(), inspection.archive_env.end());
  wire::PutEnvironment(env, *begin->mutable_env());
  *begin->mutable_secrets() = wire::WriteSecrets(inputs.secrets);
  begin->set_max_heap(inputs.max_heap);
  begin->set_timeout_ns(inputs.timeout.count());
  const bool sent = wire::WriteFrame(socket, first);
  wire::ForgetSecrets(*begin->mutable_secrets());
  return sent;
}

}  // namespace

std::string MainUrl(const std::string& script) {
  if (script == "-") return kStdinUrl;
  // By its name: what a link leads to has other files beside it.
  std::string path = script.rfind("file://", 0) == 0 ? script.substr(7) : script;
  char folder[PATH_MAX];
  if ((path.empty() || path[0] != '/') && getcwd(folder, sizeof folder) != nullptr)
    path = std::string(folder) + "/" + path;
  const auto url = bundle::ResolveUrl(path, "");
  return url ? *url : "file://" + path;
}

Result<std::string> ReadScript(const std::string& script) {
  return ReadMain(script, MainUrl(script));
}

Result<Inspection> Inspect(const InspectionInputs& inputs) {
  const auto shared = bundle::SharedFiles::Make();
  // First: it starts while this process reads.
  LOADCTL_TRY(fleet::SpareAgent inspector,
              fleet::SpareAgent::Start(inputs.agent_program, inputs.future,
                                       shared ? shared->descriptor() : -1));
  LOADCTL_TRY(Inspection inspection, Load(inputs));
  // It keeps the script's limit itself; this is for a process that does not come to that.
  LimitWaiting(inspector.socket(), inputs.timeout + kAnswerPatience);
  bool open = SendBegin(inspector.socket(), inputs, inspection);
  inspection.shared = shared;
  Files files(inspection.bundle, inspection.main_url, inspection.is_archive, shared);
  RemoteScripts remote(CacheFolder("imports"), [&](const std::string& text) {
    if (!inputs.log) return;
    v1::LogLine line;
    line.set_level(v1::LogEntry::WARNING);
    line.set_message(text);
    inputs.log(line);
  });
  if (!inputs.remote_imports) remote.Forbid();
  Scripts scripts(files, remote);
  LOADCTL_CHECK_OK(UseImportMap(inputs.import_map, scripts));

  v1::FromInspector message;
  while (open && wire::ReadFrame(inspector.socket(), message)) {
    if (const auto answer = Answer(message, inputs, files, scripts)) {
      open = wire::WriteFrame(inspector.socket(), *answer);
      message.Clear();
      continue;
    }
    switch (message.body_case()) {
      case v1::FromInspector::kLog:
        if (inputs.log) inputs.log(message.log());
        break;
      case v1::FromInspector::kFailure:
        return tl::unexpected(wire::ErrorOf(message.failure()));
      case v1::FromInspector::kInspected: {
        const auto& found = message.inspected();
        // An archive has its options in the metadata, with what the flags of the time said.
        if (!inspection.is_archive) inspection.options_json = found.options_json();
        inspection.functions = {found.functions().begin(), found.functions().end()};
        inspection.not_functions = {found.exports_not_functions().begin(),
                                    found.exports_not_functions().end()};
        inspection.metrics = {found.metrics().begin(), found.metrics().end()};
        if (inputs.future == fleet::SpareAgent::Future::kAgent)
          inspection.agent.emplace(std::move(inspector));
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
