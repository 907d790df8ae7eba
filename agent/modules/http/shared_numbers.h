// What the natives of k6/http and their face say to each other by number; http.js and response.js
// have the same lists. Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace loadctl::modules::http {

/// Places in the array of numbers shared with the face; http.js has the same list.
enum Number : std::size_t {
  // what is asked for; read if `send` is told that there are options
  kTimeout = 0,   // ms
  kRedirects,     // negative: the option's
  kResponseType,  // negative: the option's
  kCallback,      // index of expected statuses; kDefaultCallback, kNoCallback
  kThrow,         // negative: the option's
  // what came of it
  kStatus = 8,
  kErrorCode,
  kFlags,
  kRemotePort,
  kDuration,
  kBlocked,
  kConnecting,
  kTlsHandshaking,
  kSending,
  kWaiting,
  kReceiving,
  kNumbers,
};
inline constexpr std::int64_t kDefaultCallback = -2;
inline constexpr std::int64_t kNoCallback = -1;

/// Bits of kFlags: what else the face must ask for.
enum Flag : unsigned {
  kFailed = 1,            // a failure: kErrorText
  kConnected = 2,         // there is a remote address
  kPeerNews = 4,          // ... another than last time: kRemoteIp, kTlsVersion, kTlsCipherSuite
  kUrlNews = 8,           // the URL is not as the script wrote it: kFinalUrl, kFirstUrl
  kCookies = 16,          // cookies were sent: kCookieLine
  kBadUrl = 32,           // nothing was sent: kErrorText
  kHeadNews = 64,         // the head is another than last time: kHead
  kConnectionNews = 128,  // kBlocked, kConnecting and kTlsHandshaking are not all 0
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
};

}  // namespace loadctl::modules::http
