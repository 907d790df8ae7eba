// Url: a parsed http or https URL, parsed and printed as Go's net/url does.
// Not a general URI library: what k6 scripts and Location headers hold. Plain value: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::net {

/// A URL in its parts. Immutable once parsed; cheap to share by const reference.
struct Url {
  std::string scheme;      ///< lower case; may be empty (relative)
  std::string opaque;      ///< `mailto:opaque`
  std::string user;        ///< decoded
  std::string password;    ///< decoded
  std::string host;        ///< as written, with port: `h:8080`, `[::1]:80`; percent-decoded
  std::string ascii_host;  ///< the same with an international name as `xn--...`; else empty
  /// What the Host header says: the host in ASCII without a zone or an empty port.
  std::string host_header;
  std::string path;        ///< escaped as it goes on the wire; may be empty
  std::string query;       ///< raw, without `?`
  std::string fragment;    ///< escaped, without `#`
  std::uint16_t port = 0;  ///< as written, else the scheme's; 0 if neither or above 65535
  bool has_userinfo = false;
  bool has_password = false;
  bool force_query = false;      ///< ends in a bare `?`
  bool empty_authority = false;  ///< `http:///x`: a host was announced, and is empty

  /// Host without port and brackets, as it is looked up: `h`, `::1`, `xn--bcher-kva.test`.
  [[nodiscard]] std::string_view Hostname() const;
  /// `/path?query`: the target of the request line. A space in the query, which would end it there
  /// and which Go sends as it is, is `%20`.
  [[nodiscard]] std::string RequestTarget() const;
  void AppendTarget(std::string& out) const;
  /// The URL in Go's spelling, credentials included.
  [[nodiscard]] std::string ToString() const;
  /// As ToString() without `user:password@`.
  [[nodiscard]] std::string WithoutUserinfo() const;
  /// k6's `url` and `name` tags: credentials masked as `****:****@` or `****@`.
  [[nodiscard]] std::string Masked() const;
  /// `reference` resolved against this (RFC 3986, 5.2); fails as ParseUrl() does.
  [[nodiscard]] Result<Url> Resolve(std::string_view reference) const;
};

/// A host in brackets as a Host header says it: `[fe80::1]:80` for `[fe80::1%eth0]:80`.
[[nodiscard]] std::string WithoutZone(std::string_view host);

/// Parses any URL or relative reference. The error's message is Go's, with the URL quoted:
/// `parse "http://a b": invalid character " " in host name`. k6 puts `invalid URL: ` before it and
/// gives it code 1020.
[[nodiscard]] Result<Url> ParseUrl(std::string_view text);

}  // namespace loadctl::net
