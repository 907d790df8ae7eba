// k6/secrets: values that this program keeps apart from everything else of a run.
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/later.h"
#include "agent/vu/vu.h"
#include "common/secrets/keeper.h"

namespace loadctl::modules::secrets {
namespace {

/// An answer that a fiber waits for, which may come when it does no more.
class Awaited {
 public:
  Awaited(vu::Loop& loop, net::Parker& parker) : loop_(&loop), parker_(&parker) {}

  /// Any thread.
  static void Answer(const std::shared_ptr<Awaited>& self, Result<std::string> value) {
    const std::lock_guard lock(self->mutex_);
    if (self->loop_ == nullptr) return;
    self->loop_->Post([self, value = std::move(value)]() mutable {
      self->value_ = std::move(value);
      if (self->parker_ != nullptr) self->parker_->Unpark();
    });
  }

  /// On the fiber.
  Result<std::string> Wait() {
    while (!value_ && !parker_->Cancelled()) parker_->Park();
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
    parker_ = nullptr;
    if (!value_) return Fail("the iteration was interrupted");
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;  // of loop_: null once nobody waits
  vu::Loop* loop_;
  net::Parker* parker_;  // the loop's thread
  std::optional<Result<std::string>> value_;
};

vu::Promise GetSecret(vu::Vu& vu, std::string source, std::string key) {
  return vu::Beside(vu,
                    [&vu, source = std::move(source),
                     key = std::move(key)](net::Parker& parker) -> Result<std::string> {
                      if (vu.program().secrets == nullptr)
                        return Fail("no secret sources are configured");
                      const auto awaited = std::make_shared<Awaited>(vu.loop(), parker);
                      vu.program().secrets->Get(source, key, [awaited](Result<std::string> value) {
                        Awaited::Answer(awaited, std::move(value));
                      });
                      return awaited->Wait();
                    });
}

}  // namespace

Module Describe() { return {faces::kSecrets, {js::Native<&GetSecret>("getSecret")}}; }

}  // namespace loadctl::modules::secrets
