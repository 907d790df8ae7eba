// IssuerFetch: fetches missing issuers by HTTP, as a worker's requests are made: by its names,
// rules and proxies. Not measured: it is no traffic of the test. The worker's thread; what is
// fetched is kept for the whole process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/net/client/http_client.h"
#include "agent/net/tls/issuers.h"

namespace loadctl::net {

class IssuerFetch final : public IssuerSource {
 public:
  /// `context` outlives it.
  explicit IssuerFetch(NetContext& context);
  ~IssuerFetch() override;
  IssuerFetch(const IssuerFetch&) = delete;
  IssuerFetch& operator=(const IssuerFetch&) = delete;

  /// By `http` alone, since a certificate cannot wait for a certificate (RFC 5280, 4.2.2.1); a 200
  /// of 64 KiB at most, redirects are not followed. Kept for a day; a place that gave nothing is
  /// not asked again for 30 s.
  std::shared_ptr<const std::string> Fetch(std::string_view url, Wait& wait) override;

 private:
  struct Flight;

  HttpClient client_;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights_;

  bool Ask(const std::string& url, Wait& wait, std::shared_ptr<const std::string>& bytes);
};

}  // namespace loadctl::net
