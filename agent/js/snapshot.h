// A snapshot: a context in which built-in modules have run, of which contexts of VUs are copies.
// Not for scripts: those run in each VU. Made once a run; then constant, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace v8 {
class StartupData;
}  // namespace v8

namespace loadctl::js {

struct BuiltinModule;
class CodeCache;

class Snapshot final {
 public:
  enum class For {
    kContexts,      ///< each VU's is a copy
    kCompartments,  ///< SharedContext: what is in it is frozen
  };
  /// Runs the faces named `faces`, and what they import, in a context of their own, and keeps it.
  /// Null where this is not known to work. Some 20 ms; any thread, outside isolates.
  static std::shared_ptr<const Snapshot> Make(const std::vector<BuiltinModule>& builtins,
                                              const std::vector<std::string>& faces,
                                              CodeCache& code, For purpose = For::kContexts);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  [[nodiscard]] const v8::StartupData& blob() const { return *blob_; }
  [[nodiscard]] For purpose() const { return purpose_; }
  /// The addresses of C++ that its functions call, 0 behind the last.
  [[nodiscard]] const std::intptr_t* references() const { return references_.data(); }
  /// The faces that have run, in the order of their places in the snapshot; the list of what they
  /// left to be called for each VU has the place behind them.
  [[nodiscard]] const std::vector<std::string>& faces() const { return faces_; }

 private:
  Snapshot() = default;

  For purpose_ = For::kContexts;
  std::unique_ptr<v8::StartupData> blob_;
  std::vector<std::intptr_t> references_;
  std::vector<std::string> faces_;
};

}  // namespace loadctl::js
