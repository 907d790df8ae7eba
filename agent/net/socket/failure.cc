#include "agent/net/socket/failure.h"

#include <cctype>
#include <cerrno>
#include <cstring>

#include "agent/net/socket/address.h"
#include "common/text/quote.h"

namespace loadctl::net {
namespace {

bool IsGeneratorErrno(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
      return true;
    default:
      return false;
  }
}

}  // namespace

Failure OtherFailure(std::string text) {
  return {Outcome::kTransportError, code::kDefault, std::move(text), {}};
}

Failure UnexpectedEof() { return OtherFailure("unexpected EOF"); }

Failure PlainEof() { return OtherFailure("EOF"); }

Failure RequestTimeout() {
  return {Outcome::kTimeout, code::kRequestTimeout, "request timeout", {}};
}

Failure CancelledFailure() { return {Outcome::kCancelled, code::kDefault, "context canceled", {}}; }

bool IsAlert(const Failure& failure) {
  return failure.code == code::kNonTcp && failure.text.starts_with("remote error: ");
}

std::string ErrnoText(int error_number) {
  if (error_number == EADDRNOTAVAIL) return "cannot assign requested address";
  char buffer[128] = {};
  std::string text = strerror_r(error_number, buffer, sizeof buffer);
  // Go spells these in lower case; `Input/output` and the like have no capitals further in.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

Failure SocketFailure(std::string_view operation, int error_number, std::string_view local,
                      std::string_view remote) {
  const std::string op(operation);
  const bool unix_socket = IsSocketPath(remote);
  std::string detail = op + (unix_socket ? " unix " : " tcp ") + std::string(local) + "->" +
                       std::string(remote) + ": " + op + ": ";
  detail += ErrnoText(error_number);
  const Outcome outcome = IsGeneratorErrno(error_number) ? Outcome::kGeneratorError
                          : error_number == ETIMEDOUT    ? Outcome::kTimeout
                                                         : Outcome::kTransportError;
  if (unix_socket) return {outcome, code::kNonTcp, std::move(detail), {}};
  switch (error_number) {
    case ECONNRESET:
      return {outcome, code::kReset, op + ": connection reset by peer", std::move(detail)};
    case EPIPE:
      return {outcome, code::kBrokenPipe, op + ": broken pipe", std::move(detail)};
    case ETIMEDOUT:
      return {outcome, code::kRequestTimeout, "request timeout", {}};
    default:
      return {outcome, code::kTcp, detail, {}};
  }
}

Failure DialFailure(int error_number, std::string_view system_call, std::string_view remote) {
  if (error_number == ETIMEDOUT) return DialTimeout(remote);
  const bool unix_socket = IsSocketPath(remote);
  std::string detail = (unix_socket ? "dial unix " : "dial tcp ") + std::string(remote) + ": " +
                       std::string(system_call) + ": " + ErrnoText(error_number);
  if (unix_socket) {
    return {IsGeneratorErrno(error_number) ? Outcome::kGeneratorError : Outcome::kTransportError,
            code::kNonTcp,
            std::move(detail),
            {}};
  }
  if (error_number == ECONNREFUSED) {
    return {Outcome::kTransportError, code::kDialRefused, "dial: connection refused", detail};
  }
  if (error_number == ECONNRESET) {
    return {Outcome::kTransportError, code::kReset, "dial: connection reset by peer", detail};
  }
  const Outcome outcome =
      IsGeneratorErrno(error_number) ? Outcome::kGeneratorError : Outcome::kTransportError;
  return {outcome, code::kDialUnknownErrno,
          "dial: unknown errno " + std::to_string(error_number) + " error with msg `" +
              ErrnoText(error_number) + "`",
          std::move(detail)};
}

Failure DialTimeout(std::string_view) {
  // k6 replaces Go's words before it logs them, so there is no further detail.
  return {Outcome::kTimeout, code::kDialTimeout, "dial: i/o timeout", {}};
}

std::string Quote(std::string_view text, std::size_t limit) {
  return text::QuoteGo(text.substr(0, limit));
}

std::string RequestErrorText(std::string_view method, std::string_view url,
                             const Failure& failure) {
  // Go writes the operation as a title: GET becomes Get.
  std::string operation(method.empty() ? "GET" : method);
  for (std::size_t i = 1; i < operation.size(); ++i) {
    operation[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(operation[i])));
  }
  return operation + ' ' + Quote(url) + ": " +
         (failure.detail.empty() ? failure.text : failure.detail);
}

}  // namespace loadctl::net
