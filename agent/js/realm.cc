#include "agent/js/realm.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/thread_id.h"
#include "common/base/check.h"
#include "common/bundle/urls.h"
#include "common/text/utf8.h"

namespace loadctl::js {
namespace {

std::size_t FirstBadByte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text::FirstCharacter(text.substr(at)).size;
    if (size == 0) return at;
    at += size;
  }
  return std::string_view::npos;
}

}  // namespace

std::shared_ptr<const CodeCache::Entry> CodeCache::Find(std::string_view source) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[source.data()];
  if (!entry) {
    auto made = std::make_shared<Entry>();
    made->ascii = std::all_of(source.begin(), source.end(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!made->ascii) made->bad = FirstBadByte(source);
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

std::shared_ptr<const bundle::SourceMap> CodeCache::Map(std::string_view json,
                                                        const std::string& url) {
  const std::lock_guard lock(mutex_);
  const auto known = maps_.find(json.data());
  if (known != maps_.end()) return known->second;
  auto parsed = bundle::SourceMap::Parse(json, url);
  auto map = parsed ? std::make_shared<const bundle::SourceMap>(std::move(*parsed)) : nullptr;
  maps_.emplace(json.data(), map);
  return map;
}

Sources PlainSources(std::function<Result<std::string_view>(const std::string& url)> load_file) {
  Sources sources;
  sources.resolve = bundle::ResolveUrl;
  sources.load = [load_file = std::move(load_file)](const std::string& url) {
    return load_file(url).map([](std::string_view text) { return Sources::Script{text, {}}; });
  };
  return sources;
}

Realm::Realm(v8::Isolate* isolate, v8::MicrotaskQueue* microtasks, Host* host,
             std::vector<BuiltinModule> builtins, Sources sources, CodeCache& code,
             ContextOptions made)
    : isolate_(isolate),
      builtins_(std::move(builtins)),
      sources_(std::move(sources)),
      code_(code),
      authors_text_(std::move(made.authors_text)) {
  const v8::HandleScope scope(isolate);
  auto context = MakeContext(microtasks, made);
  context_.Reset(isolate, context);
  ListenToIsolate();
  if (made.shared != nullptr) {
    compartment_.microtasks = microtasks;
    compartment_.host = host;
    compartment_.realm = this;
    made.shared->Join(compartment_);
    return;
  }
  SetOwner(context, host, this);
  if (made.copied_from != nullptr) {
    TakeFrom(*made.copied_from, context);
  } else {
    context->SetEmbedderData(kGoErrorSlot, v8::Undefined(isolate));
    InstallRequire(context);
  }
}

v8::Local<v8::Context> Realm::MakeContext(v8::MicrotaskQueue* microtasks,
                                          const ContextOptions& made) {
  if (made.shared != nullptr) return made.shared->context();
  const WithWebAssembly with(made.web_assembly);
  v8::Local<v8::Context> context;
  const v8::DeserializeInternalFieldsCallback none;
  if (made.copied_from == nullptr) {
    context = made.for_compartments ? SharedContext::NewPattern(isolate_)
                                    : v8::Context::New(isolate_, nullptr, {}, {}, none, microtasks);
  } else {
    const auto copied = v8::Context::FromSnapshot(isolate_, 0, none, nullptr, {}, microtasks);
    LOADCTL_CHECK(copied.ToLocal(&context), "the snapshot is the isolate's");
  }
  LOADCTL_CHECK(!context.IsEmpty(), "V8 could not make a context");
  return context;
}

Realm::~Realm() {
  if (compartment_.in != nullptr) compartment_.in->Leave(compartment_);
}

v8::Local<v8::Object> Realm::globals() const {
  return compartment_.in == nullptr ? context()->Global() : compartment_.globals.Get(isolate_);
}

void Realm::SetOwner(v8::Local<v8::Context> context, Host* host, Realm* realm) {
  context->SetAlignedPointerInEmbedderData(kHostSlot, host);
  context->SetAlignedPointerInEmbedderData(kRealmSlot, realm);
}

Host* Realm::HostOf(v8::Local<v8::Context> context) {
  return static_cast<Host*>(context->GetAlignedPointerFromEmbedderData(kHostSlot));
}

Exception Realm::Describe(const v8::TryCatch& caught) const {
  if (caught.HasTerminated()) return {"", true};
  return {DescribeValue(caught.Exception(), caught.Message()), false};
}

bundle::SourceMap::Place Realm::Authors(const std::string& url, int line, int column) const {
  for (const auto& loaded : modules_) {
    if (loaded->url != url || loaded->source_map.empty()) continue;
    const auto map = code_.Map(loaded->source_map, url);
    if (auto place = map ? map->Find(line, column) : std::nullopt) return std::move(*place);
  }
  return {url, line, column};
}

std::string Realm::PlaceOf(const std::string& url, int line, int column) const {
  const auto place = Authors(url, line, column);
  return place.url + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string Realm::AuthorsPlace(const std::string& frame) const {
  const auto scheme = frame.find("://");
  if (scheme == std::string::npos) return frame;
  const auto before = frame.find_last_of("( ", scheme);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  const auto end = frame.back() == ')' ? frame.size() - 1 : frame.size();
  const auto last = frame.rfind(':', end);
  const auto first = last == std::string::npos ? last : frame.rfind(':', last - 1);
  if (first == std::string::npos || first <= scheme) return frame;
  const int line = std::atoi(frame.c_str() + first + 1);
  const int column = std::atoi(frame.c_str() + last + 1);
  return frame.substr(0, begin) + PlaceOf(frame.substr(begin, first - begin), line, column) +
         frame.substr(end);
}

std::string Realm::Frames(v8::Local<v8::StackTrace> trace) const {
  std::string out;
  if (trace.IsEmpty()) return out;
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    auto frame = trace->GetFrame(isolate_, static_cast<std::uint32_t>(i));
    const std::string url = ToUtf8(isolate_, frame->GetScriptName());
    if (!OfTheUser(url)) continue;
    const std::string where = PlaceOf(url, frame->GetLineNumber(), frame->GetColumn());
    const std::string function = ToUtf8(isolate_, frame->GetFunctionName());
    out += function.empty() ? "\tat " + where + "\n" : "\tat " + function + " (" + where + ")\n";
  }
  return out;
}

std::string Realm::DescribeValue(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const {
  if (value.IsEmpty()) return "unknown error\n";
  const v8::TryCatch nested(isolate_);  // toString() of a thrown object may throw again
  std::string text = DescribeOne(value, message);
  // What led to it, which k6 does not say.
  constexpr int kMostCauses = 8;
  for (int i = 0; i < kMostCauses && value->IsNativeError(); ++i) {
    if (!value.As<v8::Object>()->Get(context(), Literal(isolate_, "cause")).ToLocal(&value) ||
        value->IsUndefined())
      break;
    text += "caused by " + DescribeOne(value, {});
  }
  return text;
}

std::string Realm::DescribeOne(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const {
  auto trace = v8::Exception::GetStackTrace(value);
  if (trace.IsEmpty() && !message.IsEmpty()) trace = message->GetStackTrace();
  std::string text =
      ToUtf8(isolate_, value->IsSymbol() ? value.As<v8::Symbol>()->Description(isolate_) : value);
  std::string frames = Frames(trace);
  if (frames.empty() && !message.IsEmpty() && text.starts_with("SyntaxError")) {
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
