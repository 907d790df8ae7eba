// How a file of a realm becomes code: ES module or CommonJS, from a cache or anew.
#include <algorithm>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/realm.h"
#include "agent/js/v8_versions.h"
#include "common/base/base64.h"
#include "common/text/json_writer.h"
#include "common/text/utf8.h"

namespace loadctl::js {
namespace {

/// A source file's memory as V8 uses it in place; the bundle outlives every isolate.
class SourceInPlace final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit SourceInPlace(std::string_view text) : text_(text) {}
  const char* data() const override { return text_.data(); }
  std::size_t length() const override { return text_.size(); }

 private:
  std::string_view text_;
};

enum class Syntax { kModule, kFunction };

v8::ScriptOrigin Origin(v8::Isolate* isolate, const std::string& url, Syntax syntax,
                        v8::Local<v8::Value> map) {
  const bool module = syntax == Syntax::kModule;
  // Columns are those of the file, without the directive in front of it.
  const int column = module ? 0 : -static_cast<int>(std::string_view(CodeCache::kUseStrict).size());
  return MakeOrigin(isolate, url, column, module, map);
}

v8::ScriptCompiler::CachedData* CachedCode(const CodeCache::Entry& known) {
  if (!known.has_code) return nullptr;
  return new v8::ScriptCompiler::CachedData(known.code.data(), static_cast<int>(known.code.size()),
                                            v8::ScriptCompiler::CachedData::BufferNotOwned);
}

v8::ScriptCompiler::CompileOptions CacheUse(const v8::ScriptCompiler::CachedData* cached) {
  return cached != nullptr ? v8::ScriptCompiler::kConsumeCodeCache
                           : v8::ScriptCompiler::kNoCompileOptions;
}

v8::MaybeLocal<v8::String> SourceText(v8::Isolate* isolate, std::string_view text, bool ascii) {
  if (ascii && text.size() >= 1024)
    return v8::String::NewExternalOneByte(isolate, new SourceInPlace(text));
  return MakeString(isolate, text);
}

/// A source map for a debugger, which does not read files of this machine: with the author's text
/// where the map lacks it. A map of the author's own may have several.
std::string MapWithText(std::string map, const std::string& url,
                        const Result<std::string_view>& text) {
  if (text && map.find("\"sourcesContent\"") == std::string::npos &&
      map.find("\"sources\": [" + text::JsonString(url) + "]") != std::string::npos)
    map.insert(1, "\"sourcesContent\":[" + text::JsonString(*text) + "],");
  return "data:application/json;base64," + Base64().Encode(map);
}

std::string InvalidUtf8(const std::string& url, std::string_view before) {
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = text::CountCharacters(before.substr(before.rfind('\n') + 1)) + 1;
  return url + ": Line " + std::to_string(line) + ":" + std::to_string(column) +
         " Invalid UTF-8 character";
}

}  // namespace

v8::Local<v8::Value> Realm::MapUrl(const Loaded& loaded) {
  v8::Local<v8::String> url;
  if (!authors_text_ || !loaded.source_map.starts_with('{')) return url;
  return MakeString(isolate_, MapWithText(std::string(loaded.source_map), loaded.url,
                                          authors_text_(loaded.url)))
      .FromMaybe(url);
}

// As k6, and Node.js: what compiles as the body of a function has no import, export or top-level
// await, and is CommonJS.
Realm::Loaded* Realm::Compile(const std::string& url, const Sources::Script& script, From from) {
  const std::string_view source = script.text;
  const bool face = from == From::kFace;
  auto loaded = std::make_unique<Loaded>();
  loaded->url = url;
  loaded->source = source;
  loaded->source_map = script.source_map;
  if (!script.source_map.empty()) MapStacks();
  loaded->face = face;
  using Kind = CodeCache::Kind;
  const auto known = face ? nullptr : code_.Find(source);
  if (known && known->bad != source.npos)
    return FailImport(InvalidUtf8(url, source.substr(0, known->bad)));
  const Kind kind = face ? Kind::kModule : known->kind;
  bool compiled = false;
  if (kind != Kind::kModule) {
    const v8::TryCatch no_function(isolate_);
    compiled = CompileCommonJs(*loaded);
    code_.PutKind(source, compiled ? Kind::kCommonJs : Kind::kModule);
  }
  if (!compiled) {
    v8::TryCatch caught(isolate_);
    compiled = CompileModule(*loaded);
    if (!compiled) {
      if (from == From::kMayBeLowered && sources_.lower && !caught.HasTerminated())
        return Lowered(url, caught);
      caught.ReThrow();
    }
  }
  return compiled ? Add(std::move(loaded)) : nullptr;
}

// What no one can parse is reported as V8 said it of the author's text.
Realm::Loaded* Realm::Lowered(const std::string& url, v8::TryCatch& caught) {
  {
    const v8::TryCatch second(isolate_);
    const auto script = sources_.lower(url);
    if (script) {
      if (Loaded* loaded = Compile(url, *script, From::kScript)) return loaded;
    }
  }
  caught.ReThrow();
  return nullptr;
}

bool Realm::CompileModule(Loaded& loaded) {
  const auto known = code_.Find(loaded.source);
  v8::Local<v8::String> text;
  if (!SourceText(isolate_, loaded.source, known->ascii).ToLocal(&text)) {
    FailImport(loaded.url + " is longer than V8 allows");
    return false;
  }
  auto* cached = CachedCode(*known);
  v8::ScriptCompiler::Source input(
      text, Origin(isolate_, loaded.url, Syntax::kModule, MapUrl(loaded)), cached);
  v8::Local<v8::Module> module;
  if (!v8::ScriptCompiler::CompileModule(isolate_, &input, CacheUse(cached)).ToLocal(&module))
    return false;
  loaded.module.Reset(isolate_, module);
  return true;
}

bool Realm::CompileCommonJs(Loaded& loaded) {
  const auto known = code_.Find(loaded.source);
  auto made = known->strict
                  ? SourceText(isolate_, *known->strict, known->ascii)
                  : MakeString(isolate_, CodeCache::kUseStrict + std::string(loaded.source));
  v8::Local<v8::String> text;
  if (!made.ToLocal(&text)) return false;
  auto* cached = CachedCode(*known);
  v8::ScriptCompiler::Source input(
      text, Origin(isolate_, loaded.url, Syntax::kFunction, MapUrl(loaded)), cached);
  v8::Local<v8::String> names[] = {Literal(isolate_, "module"), Literal(isolate_, "exports")};
  v8::Local<v8::Function> body;
  if (!v8::ScriptCompiler::CompileFunction(context(), &input, std::size(names), names, 0, nullptr,
                                           CacheUse(cached))
           .ToLocal(&body))
    return false;
  loaded.common_js = std::make_unique<CommonJs>();
  loaded.common_js->body.Reset(isolate_, body);
  uses_common_js_ = true;
  return true;
}

}  // namespace loadctl::js
