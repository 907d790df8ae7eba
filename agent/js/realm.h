// One VU's global object: its context or compartment, its built-in modules and the script's
// modules, ES modules and CommonJS. Not for when code runs (vu/vu.h). Inside the VU's isolate, on
// its fiber.
#pragma once

#include <v8.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/js/call.h"
#include "agent/js/compartments.h"
#include "agent/js/snapshot.h"
#include "agent/js/sources.h"
#include "common/base/error.h"
#include "common/bundle/source_map.h"

namespace loadctl::js {

/// What is known of script files, shared by all VUs of the process. Any thread.
class CodeCache final {
 public:
  enum class Kind { kUnknown, kModule, kCommonJs };
  /// CommonJS runs in strict mode, as in k6; this is on the first line, before its first column.
  static constexpr const char* kUseStrict = "'use strict';";

  struct Entry {
    bool ascii = false;                        ///< the source can be used in place, without a copy
    std::size_t bad = std::string_view::npos;  ///< where it is no UTF-8
    bool has_code = false;                     ///< `code` is set
    Kind kind = Kind::kUnknown;
    std::vector<std::uint8_t> code;
    std::shared_ptr<const std::string> strict;  ///< of CommonJS: kUseStrict and the source
  };
  /// What is known of the source; looked at once for each source (by address).
  std::shared_ptr<const Entry> Find(std::string_view source);
  void PutKind(std::string_view source, Kind kind);
  void PutCode(std::string_view source, const std::uint8_t* data, std::size_t size);
  /// A file's source map, parsed when it is first asked for; null if it is none.
  std::shared_ptr<const bundle::SourceMap> Map(std::string_view json, const std::string& url);

 private:
  void Change(std::string_view source, const std::function<void(Entry&)>& change);

  std::mutex mutex_;
  std::unordered_map<const char*, std::shared_ptr<const Entry>> entries_;
  std::unordered_map<const char*, std::shared_ptr<const bundle::SourceMap>> maps_;
};

/// A module that comes with loadctl: a script (its face) over functions in C++.
struct BuiltinModule {
  /// `k6/http`; natives are in `loadctl:k6/http`. One that begins with `loadctl:` is for faces
  /// only: each can say `lazily(specifier)`, a native that all have, to get its exports when it
  /// must.
  std::string_view specifier;
  std::string_view face;  ///< its JavaScript, stable memory
  std::span<const NativeExport> natives;
};

/// An exception that left the script, in k6's words.
struct Exception {
  std::string text;         ///< `Error: oops!\n\tat default (file:///x.js:9:12)\n`
  bool terminated = false;  ///< not an exception: the script was ended from outside
};

/// What a context is made of, and with.
struct ContextOptions {
  const Snapshot* copied_from = nullptr;  ///< the isolate's; null: V8's own
  bool web_assembly = true;               ///< 60 us and 23 KB for objects that few scripts name
  SharedContext* shared = nullptr;        ///< not null: the realm is a compartment of it
  bool for_compartments = false;          ///< a snapshot is made that SharedContext takes
  /// The author's text of a URL, for V8's debugger; empty: the script is not debugged.
  std::function<Result<std::string_view>(const std::string& url)> authors_text{};
};

class Realm final {
 public:
  /// `host` is what HostOf() gives; null: a snapshot is made.
  Realm(v8::Isolate* isolate, v8::MicrotaskQueue* microtasks, Host* host,
        std::vector<BuiltinModule> builtins, Sources sources, CodeCache& code,
        ContextOptions made = {});
  ~Realm();
  Realm(const Realm&) = delete;
  Realm& operator=(const Realm&) = delete;

  [[nodiscard]] v8::Local<v8::Context> context() const { return context_.Get(isolate_); }
  /// Where globals are set from outside, such as __VU: the global object, or what stands for it.
  [[nodiscard]] v8::Local<v8::Object> globals() const;
  static Host* HostOf(v8::Local<v8::Context> context);
  /// Whose code runs in a context.
  static void SetOwner(v8::Local<v8::Context> context, Host* host, Realm* realm);
  /// Before code of it runs, where the context may have run another's.
  void Enter() const {
    if (compartment_.in != nullptr) compartment_.in->Enter(compartment_);
  }

  /// Compiles, links and begins to evaluate a module or CommonJS file; its promise settles when it
  /// has run. Empty with an exception pending in the caller's TryCatch.
  v8::MaybeLocal<v8::Promise> Evaluate(const std::string& url);
  /// After Evaluate(): the file's exports; empty if they are no object.
  v8::MaybeLocal<v8::Object> Exports(const std::string& url);
  /// Init code has run: require() is refused from here on, and the compiled code of the script's
  /// files is kept for the next VU.
  void EndInit();

  /// All addresses of C++ that a context with `builtins` may hold, 0 behind the last.
  static std::vector<std::intptr_t> References(const std::vector<BuiltinModule>& builtins);
  /// Gives the context and the faces that ran in it to a snapshot, whose names are returned.
  /// Nothing runs in the realm afterwards.
  std::vector<std::string> StoreIn(v8::SnapshotCreator& creator);
  /// Before: of a snapshot for compartments, the prototype of what stands for their global objects.
  void SetDefaults(v8::Local<v8::Object> globals) { defaults_.Reset(isolate_, globals); }

  /// What TryCatch caught, as text.
  Exception Describe(const v8::TryCatch& caught) const;
  /// The same for a promise's rejection.
  std::string DescribeValue(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const;
  /// A place in code as the author knows it.
  bundle::SourceMap::Place Authors(const std::string& url, int line, int column) const;
  /// The same in words: `file:///x.ts:3:7`.
  std::string PlaceOf(const std::string& url, int line, int column) const;

  /// The error that made an import fail, if one did: not an exception of the script's.
  [[nodiscard]] const std::string& import_error() const { return import_error_; }

 private:
  friend struct RealmCallbacks;
  static constexpr int kHostSlot = 1;
  static constexpr int kRealmSlot = 2;

  /// CommonJS files run, and ES modules that they wait for, before what imports them is linked: V8
  /// must know their exports by then. kCyclic: the module imports one that is being prepared, and
  /// is linked with it.
  enum class Prepared { kNot, kBegun, kCyclic, kDone };
  enum class Run { kNot, kBegun, kDone, kFailed };

  /// A CommonJS file's own.
  struct CommonJs {
    v8::Global<v8::Function> body;  ///< function (module, exports)
    v8::Global<v8::Object> module_object;
    Run run = Run::kNot;
    v8::Global<v8::Value> thrown;           ///< kFailed: it throws this again
    std::vector<std::string> wanted_names;  ///< imported, though it did not export them
  };
  struct Loaded {
    v8::Global<v8::Module> module;  ///< of CommonJS: its exports, made when it is imported
    std::string url;
    std::string_view source;
    std::string_view source_map;
    const BuiltinModule* natives_of = nullptr;
    std::unique_ptr<CommonJs> common_js;
    bool face = false;
    bool of_snapshot = false;  ///< a face that has run, and whose code is there
    v8::Global<v8::Module> view_of;
    bool graph_loaded = false;  ///< ES module: all it imports is compiled
    Prepared prepared = Prepared::kNot;
  };

  v8::Local<v8::Context> MakeContext(v8::MicrotaskQueue* microtasks, const ContextOptions& made);
  void TakeFrom(const Snapshot& snapshot, v8::Local<v8::Context> context);
  /// A module with the exports of a face that compartments share, `default` being a copy: what of
  /// it a script changes is its own.
  Loaded* MakeView(v8::Local<v8::Module> face, const std::string& specifier);
  static v8::MaybeLocal<v8::Value> FillView(v8::Local<v8::Context> context,
                                            v8::Local<v8::Module> module);
  void ListenToIsolate();
  void MapStacks();
  std::string DescribeOne(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const;
  std::string Frames(v8::Local<v8::StackTrace> trace) const;
  /// A line of V8's, `f (file:///x.ts:3:7)` or `file:///x.ts:3:7`, with the author's place.
  std::string AuthorsPlace(const std::string& frame) const;
  Loaded* Get(const std::string& specifier, const std::string& referrer);
  /// kMayBeLowered: a script that cannot be parsed is asked for once more, in older syntax.
  enum class From { kFace, kScript, kMayBeLowered };
  Loaded* Compile(const std::string& url, const Sources::Script& script, From from);
  [[nodiscard]] v8::Local<v8::Value> MapUrl(const Loaded& loaded);
  Loaded* Lowered(const std::string& url, v8::TryCatch& caught);
  bool CompileModule(Loaded& loaded);
  bool CompileCommonJs(Loaded& loaded);
  Loaded* MakeNatives(const BuiltinModule& builtin, const std::string& url);
  Loaded* Add(std::unique_ptr<Loaded> loaded);
  Loaded* Find(const std::string& url);
  const Loaded* Find(v8::Local<v8::Module> module) const;
  std::nullptr_t FailImport(std::string text);

  template <typename Each>
  bool ForEachImport(const Loaded& module, Each each);
  bool LoadGraph(Loaded& from);
  /// False with an exception pending, or with `rejected` set to what an import was rejected with.
  bool Prepare(Loaded& module, v8::Local<v8::Promise>& rejected);
  bool Link(Loaded& module);
  bool AddMissingName(const v8::TryCatch& caught);
  v8::MaybeLocal<v8::Promise> EvaluateModule(Loaded& module);
  bool RunCommonJs(Loaded& file);
  v8::MaybeLocal<v8::Value> ExportsOf(const Loaded& file);
  v8::MaybeLocal<v8::Module> ModuleOf(Loaded& loaded);
  v8::MaybeLocal<v8::Value> Require(const std::string& specifier, const std::string& referrer);

  v8::Isolate* isolate_;
  v8::Global<v8::Context> context_;
  std::vector<BuiltinModule> builtins_;
  Sources sources_;
  CodeCache& code_;
  std::vector<std::unique_ptr<Loaded>> modules_;
  Compartment compartment_;
  std::vector<v8::Global<v8::Function>> attached_;  ///< of a snapshot in the making
  v8::Global<v8::Object> defaults_;                 ///< the same, if it is for compartments
  std::string import_error_;
  const std::function<Result<std::string_view>(const std::string& url)> authors_text_;
  bool uses_common_js_ = false;
  bool init_ended_ = false;
  int requiring_ = 0;  ///< depth of require(), whose failures a script may catch
};

/// Whether a URL is that of a script's file, not of a module that comes with loadctl.
bool OfTheUser(const std::string& url);

/// Gives a context the global function require(), which asks the context's Realm.
void InstallRequire(v8::Local<v8::Context> context);

}  // namespace loadctl::js
