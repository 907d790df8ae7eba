// What the natives of k6/http and their face say to each other by number. The face imports the
// names from its natives. Constants only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/js/native.h"

namespace loadctl::modules::http {

/// Places in the array of numbers shared with the face.
enum Number : std::size_t {
  // what is asked for; read if `send` is told that there are options
  kTimeout = 0,   // ms
  kRedirects,     // negative: the option's
  kResponseType,  // negative: the option's
  kCallback,      // index of expected statuses; kDefaultCallback, kNoCallback
  kThrow,         // negative: the option's
  kAuth,          // a net::RedirectPolicy::Auth
  kVersion,       // a net::HttpVersion
  // what came of it
  kDuration,
  kBlocked,
  kConnecting,
  kTlsHandshaking,
  kSending,
  kWaiting,
  kReceiving,
  kLookingUp,
  kStreamTime,  // ms: when the last piece or event of a stream came
  kNumbers,
};
inline constexpr std::int64_t kDefaultCallback = -2;
inline constexpr std::int64_t kNoCallback = -1;

/// Places in the array of integers shared with the face: what came of a request.
enum Integer : std::size_t { kStatus = 0, kErrorCode, kFlags, kRemotePort, kIntegers };

/// Both arrays; null until the face has given them.
struct Shared {
  double* numbers = nullptr;
  std::int32_t* integers = nullptr;
};

/// Bits of kFlags: what else the face must ask for.
enum Flag : unsigned {
  kFailed = 1,            // a failure: kErrorText
  kConnected = 2,         // there is a remote address
  kPeerNews = 4,          // ... another than last time: kRemoteIp, kTlsVersion, kTlsCipherSuite
  kUrlNews = 8,           // the URL is not as the script wrote it: kFinalUrl, kFirstUrl
  kCookies = 16,          // cookies were sent: kCookieLine
  kBadUrl = 32,           // nothing was sent: kErrorText
  kHeadNews = 64,         // the head is another than last time: kHead
  kConnectionNews = 128,  // kBlocked, kLookingUp, kConnecting and kTlsHandshaking are not all 0
  kOcsp = 256,            // something was stapled: kOcspText
  kHasCode = 512,         // kErrorCode is not 0
};

/// What text() gives.
enum class Text : std::uint8_t {
  kHead,
  kErrorText,
  kRemoteIp,
  kTlsVersion,
  kTlsCipherSuite,
  kFinalUrl,
  kFirstUrl,
  kCookieLine,
  kOcspText,
};

/// The names above as the face imports them.
inline std::vector<js::NativeExport> SharedNames() {
  const auto text = [](const char* name, Text which) {
    return js::Constant(name, static_cast<double>(which));
  };
  return {
      js::Constant("TIMEOUT", kTimeout),
      js::Constant("REDIRECTS", kRedirects),
      js::Constant("RESPONSE_TYPE", kResponseType),
      js::Constant("CALLBACK", kCallback),
      js::Constant("THROW", kThrow),
      js::Constant("AUTH", kAuth),
      js::Constant("VERSION", kVersion),
      js::Constant("STATUS", kStatus),
      js::Constant("ERROR_CODE", kErrorCode),
      js::Constant("FLAGS", kFlags),
      js::Constant("REMOTE_PORT", kRemotePort),
      js::Constant("DURATION", kDuration),
      js::Constant("BLOCKED", kBlocked),
      js::Constant("CONNECTING", kConnecting),
      js::Constant("TLS_HANDSHAKING", kTlsHandshaking),
      js::Constant("SENDING", kSending),
      js::Constant("WAITING", kWaiting),
      js::Constant("RECEIVING", kReceiving),
      js::Constant("LOOKING_UP", kLookingUp),
      js::Constant("STREAM_TIME", kStreamTime),
      js::Constant("NUMBERS", kNumbers),
      js::Constant("INTEGERS", kIntegers),
      js::Constant("DEFAULT_CALLBACK", kDefaultCallback),
      js::Constant("NO_CALLBACK", kNoCallback),
      js::Constant("FAILED", kFailed),
      js::Constant("CONNECTED", kConnected),
      js::Constant("PEER_NEWS", kPeerNews),
      js::Constant("URL_NEWS", kUrlNews),
      js::Constant("COOKIES", kCookies),
      js::Constant("BAD_URL", kBadUrl),
      js::Constant("HEAD_NEWS", kHeadNews),
      js::Constant("CONNECTION_NEWS", kConnectionNews),
      js::Constant("OCSP", kOcsp),
      js::Constant("HAS_CODE", kHasCode),
      text("HEAD", Text::kHead),
      text("ERROR_TEXT", Text::kErrorText),
      text("REMOTE_IP", Text::kRemoteIp),
      text("TLS_VERSION", Text::kTlsVersion),
      text("TLS_CIPHER_SUITE", Text::kTlsCipherSuite),
      text("FINAL_URL", Text::kFinalUrl),
      text("FIRST_URL", Text::kFirstUrl),
      text("COOKIE_LINE", Text::kCookieLine),
      text("OCSP_TEXT", Text::kOcspText),
  };
}

}  // namespace loadctl::modules::http
