#include "agent/js/call.h"

#include <string>

#include "agent/js/call_info.h"
#include "agent/js/native.h"

namespace loadctl::js {

Call::Call(const Info& info)
    : Scope(info.GetIsolate()),
      info_(info),
      host_(static_cast<Host*>(isolate_->GetData(kHostData))),
      size_(info.Length()) {}

Value Call::Arg(int index) const { return Handles::Wrap(info_[index]); }

std::string Call::CallerUrl() const { return js::CallerUrl(isolate_); }

void Call::Return(Value value) {
  if (!value.empty()) info_.GetReturnValue().Set(Handles::Unwrap(value));
}

void ThrowMisfit(Call& call, int place, const char* what) {
  // Reading the argument may have thrown already: then this one is not seen.
  call.Throw(ErrorKind::kTypeError, "argument " + std::to_string(place + 1) + " must be " + what);
}

void ThrowTooMany(Call& call, int most) {
  call.Throw(ErrorKind::kTypeError, std::to_string(call.Size()) + " arguments were given, but " +
                                        std::to_string(most) + " are taken");
}

}  // namespace loadctl::js
