#include "agent/js/realm.h"

#include <algorithm>
#include <utility>

#include "agent/js/call_info.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

std::string Normalize(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string out;
  for (const auto& part : parts) out += "/" + part;
  return out.empty() ? "/" : out;
}

std::string Frames(v8::Isolate* isolate, v8::Local<v8::StackTrace> trace) {
  std::string out;
  if (trace.IsEmpty()) return out;
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    auto frame = trace->GetFrame(isolate, static_cast<std::uint32_t>(i));
    const std::string url = ToUtf8(isolate, frame->GetScriptName());
    if (!OfTheUser(url)) continue;
    const std::string where = url + ":" + std::to_string(frame->GetLineNumber()) + ":" +
                              std::to_string(frame->GetColumn());
    const std::string function = ToUtf8(isolate, frame->GetFunctionName());
    out += function.empty() ? "\tat " + where + "\n" : "\tat " + function + " (" + where + ")\n";
  }
  return out;
}

}  // namespace

std::shared_ptr<const CodeCache::Entry> CodeCache::Find(std::string_view source) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[source.data()];
  if (!entry) {
    auto made = std::make_shared<Entry>();
    made->ascii = std::all_of(source.begin(), source.end(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    entry = std::move(made);
  }
  return entry;
}

void CodeCache::Change(std::string_view source, const std::function<void(Entry&)>& change) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[source.data()];
  auto made = entry ? std::make_shared<Entry>(*entry) : std::make_shared<Entry>();
  change(*made);
  entry = std::move(made);
}

void CodeCache::PutKind(std::string_view source, Kind kind) {
  Change(source, [&](Entry& entry) {
    if (entry.kind != Kind::kUnknown) return;
    entry.kind = kind;
    if (kind == Kind::kCommonJs)
      entry.strict = std::make_shared<const std::string>(kUseStrict + std::string(source));
  });
}

void CodeCache::PutCode(std::string_view source, const std::uint8_t* data, std::size_t size) {
  Change(source, [&](Entry& entry) {
    if (entry.has_code) return;
    entry.code.assign(data, data + size);
    entry.has_code = true;
  });
}

bool OfTheUser(const std::string& url) {
  return url.rfind("file://", 0) == 0 || url.rfind("https://", 0) == 0;
}

Result<std::string> ResolveSpecifier(const std::string& specifier, const std::string& referrer) {
  if (specifier.rfind("file://", 0) == 0) return "file://" + Normalize(specifier.substr(7));
  if (specifier.rfind("https://", 0) == 0) {
    return Fail(ErrorCode::kScript, "importing \"" + specifier +
                                        "\": remote modules are not yet supported (see "
                                        "docs/compatibility.md, row \"https imports\")");
  }
  if (const auto colon = specifier.find("://"); colon != std::string::npos) {
    return Fail(ErrorCode::kScript, "only supported schemes for imports are file and https, " +
                                        specifier + " has `" + specifier.substr(0, colon) + "`");
  }
  if (specifier.rfind("/", 0) == 0) return "file://" + Normalize(specifier);
  if (specifier.rfind("./", 0) == 0 || specifier.rfind("../", 0) == 0) {
    std::string directory = referrer.rfind("file://", 0) == 0 ? referrer.substr(7) : "/";
    directory.resize(directory.rfind('/') + 1);
    return "file://" + Normalize(directory + specifier);
  }
  return Fail(ErrorCode::kScript, "The moduleSpecifier \"" + specifier +
                                      "\" couldn't be recognised as something k6 supports.");
}

Realm::Realm(v8::Isolate* isolate, v8::MicrotaskQueue* microtasks, Host* host,
             std::vector<BuiltinModule> builtins, LoadFile load_file, CodeCache& code)
    : isolate_(isolate),
      builtins_(std::move(builtins)),
      load_file_(std::move(load_file)),
      code_(code) {
  auto context = v8::Context::New(isolate, nullptr, v8::MaybeLocal<v8::ObjectTemplate>(),
                                  v8::MaybeLocal<v8::Value>(),
                                  v8::DeserializeInternalFieldsCallback(), microtasks);
  LOADCTL_CHECK(!context.IsEmpty(), "V8 could not make a context");
  context->SetAlignedPointerInEmbedderData(kHostSlot, host);
  context->SetAlignedPointerInEmbedderData(kRealmSlot, this);
  context_.Reset(isolate, context);
  InstallRequire(context);
}

Realm::~Realm() = default;

Host* Realm::HostOf(v8::Local<v8::Context> context) {
  return static_cast<Host*>(context->GetAlignedPointerFromEmbedderData(kHostSlot));
}

Exception Realm::Describe(const v8::TryCatch& caught) const {
  if (caught.HasTerminated()) return {"", true};
  return {DescribeValue(caught.Exception(), caught.Message()), false};
}

std::string Realm::DescribeValue(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const {
  if (value.IsEmpty()) return "unknown error\n";
  const v8::TryCatch nested(isolate_);  // toString() of a thrown object may throw again
  auto trace = v8::Exception::GetStackTrace(value);
  if (trace.IsEmpty() && !message.IsEmpty()) trace = message->GetStackTrace();
  std::string text = ToUtf8(isolate_, value);
  std::string frames = Frames(isolate_, trace);
  if (frames.empty() && !message.IsEmpty()) {
    // Syntax errors have a place, but nothing was running there.
    const std::string url = ToUtf8(isolate_, message->GetScriptResourceName());
    if (OfTheUser(url)) {
      const int line = message->GetLineNumber(context()).FromMaybe(0);
      const int column = message->GetStartColumn(context()).FromMaybe(0) + 1;
      text = url + ": Line " + std::to_string(line) + ":" + std::to_string(column) + " " + text;
      return text;
    }
  }
  return text + "\n" + frames;
}

}  // namespace loadctl::js
