// One VU's global object: its context, its built-in modules and the script's modules.
// Not for when code runs (vu/vu.h). Inside the VU's isolate, on its fiber.
#pragma once

#include <v8.h>

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/js/call.h"
#include "common/base/error.h"

namespace loadctl::js {

/// Compiled code of script files, shared by all VUs of the process. Any thread.
class CodeCache final {
 public:
  struct Entry {
    bool ascii = false;     ///< the source can be used in place, without a copy
    bool has_code = false;  ///< `code` is set
    std::vector<std::uint8_t> code;
  };
  /// What is known of the source; looked at once for each source (by address).
  std::shared_ptr<const Entry> Find(std::string_view source);
  void PutCode(std::string_view source, const std::uint8_t* data, std::size_t size);

 private:
  std::mutex mutex_;
  std::unordered_map<const char*, std::shared_ptr<const Entry>> entries_;
};

/// A module that comes with loadctl: a script (its face) over functions in C++.
struct BuiltinModule {
  std::string_view specifier;  ///< `k6/http`; natives are in `loadctl:k6/http`
  std::string_view face;       ///< its JavaScript, stable memory
  std::span<const NativeExport> natives;
  std::function<void*()> state;  ///< makes or finds what the natives work on
};

/// An exception that left the script, in k6's words.
struct Exception {
  std::string text;         ///< `Error: oops!\n\tat default (file:///x.js:9:12)\n`
  bool terminated = false;  ///< not an exception: the script was ended from outside
};

class Realm final {
 public:
  /// Gives a file's text by URL (`file:///dir/x.js`), in memory that outlives the realm.
  using LoadFile = std::function<Result<std::string_view>(const std::string& url)>;

  /// `host` is what HostOf() gives to natives of the realm.
  Realm(v8::Isolate* isolate, v8::MicrotaskQueue* microtasks, void* host,
        std::vector<BuiltinModule> builtins, LoadFile load_file, CodeCache& code);
  ~Realm();
  Realm(const Realm&) = delete;
  Realm& operator=(const Realm&) = delete;

  [[nodiscard]] v8::Local<v8::Context> context() const { return context_.Get(isolate_); }
  static void* HostOf(v8::Local<v8::Context> context);

  /// Compiles, links and begins to evaluate a module; its promise settles when it has run. Empty
  /// with an exception pending in the caller's TryCatch.
  v8::MaybeLocal<v8::Promise> Evaluate(const std::string& url);
  /// After Evaluate(): the module's exports.
  v8::Local<v8::Object> Exports(const std::string& url);
  /// After init: keeps the compiled code of the script's files for the next VU.
  void SaveCode();

  /// What TryCatch caught, as text.
  Exception Describe(const v8::TryCatch& caught) const;
  /// The same for a promise's rejection.
  std::string DescribeValue(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const;

  /// The error that made an import fail, if one did: not an exception of the script's.
  [[nodiscard]] const std::string& import_error() const { return import_error_; }

 private:
  friend struct RealmCallbacks;
  struct Loaded {
    v8::Global<v8::Module> module;
    std::string url;
    std::string_view source;
    const BuiltinModule* natives_of = nullptr;
  };
  struct Bound {
    void (*invoke)(void* state, Call& call);
    void* state;
  };

  v8::MaybeLocal<v8::Module> Import(const std::string& specifier, const std::string& referrer);
  v8::MaybeLocal<v8::Module> Compile(const std::string& url, std::string_view source);
  v8::MaybeLocal<v8::Module> MakeNatives(const BuiltinModule& builtin, const std::string& url);
  Loaded* Find(const std::string& url);
  const Loaded* Find(v8::Local<v8::Module> module) const;
  v8::MaybeLocal<v8::Module> FailImport(std::string text);

  v8::Isolate* isolate_;
  v8::Global<v8::Context> context_;
  std::vector<BuiltinModule> builtins_;
  LoadFile load_file_;
  CodeCache& code_;
  std::vector<std::unique_ptr<Loaded>> modules_;
  std::vector<std::unique_ptr<std::vector<Bound>>> bound_;
  std::string import_error_;
};

/// The URL an import names, seen from the file that imports: `./x.js` from `file:///d/main.js` is
/// `file:///d/x.js`. The error is k6's.
Result<std::string> ResolveSpecifier(const std::string& specifier, const std::string& referrer);

}  // namespace loadctl::js
