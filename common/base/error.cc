#include "common/base/error.h"

namespace loadctl {

int ExitStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kGeneric:
      return 255;
    case ErrorCode::kInvalidConfig:
      return 104;
    case ErrorCode::kScript:
      return 107;
    case ErrorCode::kSetupTimeout:
      return 100;
    case ErrorCode::kTeardownTimeout:
      return 101;
    case ErrorCode::kSignal:
      return 105;
    case ErrorCode::kScriptAborted:
      return 108;
    case ErrorCode::kMarkedFailed:
      return 110;
    case ErrorCode::kThresholds:
      return 99;
    case ErrorCode::kFailOn:
      return 112;
    case ErrorCode::kStoppedFromApi:
      return 103;
    case ErrorCode::kCannotHaveApi:
      return 106;
    case ErrorCode::kAgentLost:
      return 111;
  }
  return 255;
}

Error Error::While(std::string_view doing) const {
  return Error{code, std::string(doing) + ": " + message};
}

tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected(Error{code, std::move(message)});
}

tl::unexpected<Error> Fail(std::string message) {
  return Fail(ErrorCode::kGeneric, std::move(message));
}

}  // namespace loadctl
