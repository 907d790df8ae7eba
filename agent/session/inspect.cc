#include "agent/session/inspect.h"

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "agent/js/realm.h"
#include "agent/vu/vu.h"
#include "agent/worker/watchdog.h"
#include "common/bundle/shared_files.h"
#include "common/wire/assignment.h"
#include "common/wire/codes.h"
#include "common/wire/environment.h"
#include "common/wire/frames.h"
#include "common/wire/secrets.h"
#include "loadctl/v1/inspect.pb.h"

namespace loadctl::session {
namespace {

/// The other side's files, asked for as the script meets them and kept.
class RemoteFiles {
 public:
  explicit RemoteFiles(int descriptor) : descriptor_(descriptor) {}

  Result<std::string_view> Open(const std::string& url) {
    v1::FromInspector question;
    question.set_want_file(url);
    return AskForFile(question).map([](const js::Sources::Script& script) { return script.text; });
  }

  Result<std::string> Secret(const std::string& source, const std::string& key) {
    v1::FromInspector question;
    question.mutable_want_secret()->set_source(source);
    question.mutable_want_secret()->set_key(key);
    return wire::ReadSecret(Ask(question).secret_given());
  }

  js::Sources Scripts() {
    js::Sources sources;
    sources.resolve = [this](const std::string& specifier, const std::string& referrer) {
      return Resolve(specifier, referrer);
    };
    sources.load = [this](const std::string& url) { return Script(url, false); };
    sources.lower = [this](const std::string& url) { return Script(url, true); };
    return sources;
  }

 private:
  Result<std::string> Resolve(const std::string& specifier, const std::string& referrer) {
    const auto key = std::pair(referrer, specifier);
    if (const auto known = urls_.find(key); known != urls_.end()) return known->second;
    v1::FromInspector question;
    question.mutable_want_url()->set_specifier(specifier);
    question.mutable_want_url()->set_referrer(referrer);
    const v1::InspectUrl url = Ask(question).url();
    if (!url.error().empty()) return Fail(ErrorCode::kScript, url.error());
    return urls_.emplace(key, url.url()).first->second;
  }

  Result<js::Sources::Script> Script(const std::string& url, bool lower) {
    v1::FromInspector question;
    question.mutable_want_script()->set_url(url);
    question.mutable_want_script()->set_lower(lower);
    return AskForFile(question);
  }

  Result<js::Sources::Script> AskForFile(const v1::FromInspector& question) {
    v1::ToInspector answer = Ask(question);
    v1::InspectFile& file = *answer.mutable_file();
    if (!file.error().empty()) return Fail(ErrorCode::kScript, file.error());
    if (file.shared_size() > 0) {
      const auto& shared = bundle::SharedFiles::Inherited();
      if (!shared) return Fail("loadctl shares a file, but has given no memory for it");
      return shared->Find(file.shared_at(), file.shared_size()).map([](const auto& found) {
        return js::Sources::Script{found.text, {}};
      });
    }
    contents_.push_back(std::move(*file.mutable_content()));
    const std::string& content = contents_.back();
    contents_.push_back(std::move(*file.mutable_source_map()));
    return js::Sources::Script{content, contents_.back()};
  }

  v1::ToInspector Ask(const v1::FromInspector& question) {
    v1::ToInspector answer;
    if (!wire::WriteFrame(descriptor_, question) || !wire::ReadFrame(descriptor_, answer) ||
        answer.has_begin())
      std::_Exit(1);  // nobody is there to hear an error
    return answer;
  }

  int descriptor_;
  std::deque<std::string> contents_;
  std::map<std::pair<std::string, std::string>, std::string> urls_;
};

void Report(vu::Vu& vu, vu::Program& program, v1::Inspected& to) {
  for (auto& name : vu.ExportedFunctions()) to.add_functions(std::move(name));
  for (const auto& metric : program.metrics.metrics().subspan(metrics::kBuiltinCount)) {
    *to.add_metrics() = wire::WriteMetric(metric);
  }
}

}  // namespace

int Inspect(int descriptor, std::vector<vu::ModuleDef> modules) {
  v1::ToInspector first;
  if (!wire::ReadFrame(descriptor, first) || !first.has_begin()) return 1;
  const v1::InspectBegin& begin = first.begin();
  const auto env = wire::TakeEnvironment(begin.env());
  RemoteFiles files(descriptor);
  js::CodeCache code;
  secrets::Keeper secrets;
  auto sources = wire::ReadSecrets(begin.secrets());
  if (!sources) return 1;  // the other side has checked them
  secrets.Fill(std::move(*sources), [&](const std::string& source, const std::string& key) {
    secrets.Answer(source, key, files.Secret(source, key));
  });
  vu::Program program;
  program.secrets = &secrets;
  program.main_url = begin.main_url();
  program.load_file = [&](const std::string& url) { return files.Open(url); };
  program.sources = files.Scripts();
  program.modules = std::move(modules);
  program.code = &code;
  program.env = {env.begin(), env.end()};
  Error aborted;
  program.abort_test = [&](std::string text) {
    aborted = {ErrorCode::kScriptAborted, std::move(text)};
  };
  program.log = [&](const vu::LogLine& line) {
    v1::FromInspector message;
    message.mutable_log()->set_level(static_cast<v1::LogEntry::Level>(line.level));
    message.mutable_log()->set_message(line.message);
    for (const auto& [name, value] : line.fields) {
      message.mutable_log()->add_fields(name);
      message.mutable_log()->add_fields(value);
    }
    wire::WriteFrame(descriptor, message);
  };
  js::HeapLimits limits;
  if (begin.max_heap() != 0) limits.old_generation = begin.max_heap();

  v1::FromInspector answer;
  {
    worker::Watchdog watchdog(
        [](const std::string& who) {
          std::fprintf(stderr, "loadctl-agent: init code: %s\n", who.c_str());
          std::_Exit(70);
        },
        {});
    vu::Loop loop;
    watchdog.WatchAlways(loop.slot());
    vu::Vu vu(plan::VuNumbers{}, std::make_shared<vu::Group>(limits, vu::Sharing::kOneVu), program,
              loop);
    auto loaded =
        vu.Init(std::chrono::steady_clock::now() + std::chrono::nanoseconds(begin.timeout_ns()));
    if (loaded) {
      // Reading exports may run getters of the script: on the fiber, as any of its code.
      vu.Assign(
          [&](vu::Vu& self) {
            Report(self, program, *answer.mutable_inspected());
            auto options = self.ExportAsJson("options");
            if (!options) loaded = tl::unexpected(options.error());
            if (options && *options) {
              answer.mutable_inspected()->set_has_options(true);
              answer.mutable_inspected()->set_options_json(**options);
            }
            for (const char* name : {"setup", "teardown", "handleSummary"}) {
              auto value = self.ExportAsJson(name);
              const auto& functions = answer.inspected().functions();
              if ((!value || *value) &&
                  std::find(functions.begin(), functions.end(), name) == functions.end())
                answer.mutable_inspected()->add_exports_not_functions(name);
            }
          },
          std::chrono::steady_clock::now() + std::chrono::nanoseconds(begin.timeout_ns()), [] {});
      loop.RunUntil([&] { return vu.state() == vu::Vu::State::kIdle; });
    }
    vu.End();
    loop.RunUntil([&] { return vu.state() == vu::Vu::State::kEnded; });
    if (!loaded) {
      const Error& error = aborted.message.empty() ? loaded.error() : aborted;
      *answer.mutable_failure() = wire::ToProto(error);
    }
  }
  return wire::WriteFrame(descriptor, answer) ? 0 : 1;
}

std::optional<Belonging> AwaitGoOn(int descriptor) {
  v1::ToInspector message;
  if (!wire::ReadFrame(descriptor, message) || !message.has_go_on()) return std::nullopt;
  return Belonging{message.go_on().controller(), message.go_on().number()};
}

}  // namespace loadctl::session
