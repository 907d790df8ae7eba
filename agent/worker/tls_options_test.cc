#include "agent/worker/tls_options.h"

#include <gtest/gtest.h>

namespace loadctl::worker {
namespace {

using Version = net::TlsOptions::Version;

TEST(TlsOptionsOf, TakesWhatIsSetAndGosDefaults) {
  const auto none = TlsOptionsOf({});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->min_version, Version::kTls12);
  EXPECT_EQ(none->max_version, Version::kTls13);
  plan::Options options;
  options.insecure_skip_tls_verify = true;
  options.tls_version = {"tls1.0", "tls1.2"};
  options.tls_cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"};
  options.tls_auth = {{"certificate", "key", "secret", std::vector<std::string>{"*.test"}},
                      {"other", "key", std::nullopt, std::nullopt}};
  const auto all = TlsOptionsOf(options);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->verify, net::TlsOptions::Verify::kNo);
  EXPECT_EQ(all->min_version, Version::kTls10);
  EXPECT_EQ(all->max_version, Version::kTls12);
  EXPECT_EQ(all->cipher_suites.size(), 1U);
  ASSERT_EQ(all->client_certificates.size(), 2U);
  EXPECT_EQ(all->client_certificates[0].password, "secret");
  EXPECT_EQ(all->client_certificates[0].domains.size(), 1U);
  EXPECT_TRUE(all->client_certificates[1].domains.empty());
}

TEST(TlsOptionsOf, RefusesWhatIsNoVersion) {
  plan::Options options;
  options.tls_version = {"ssl3.0", ""};
  EXPECT_EQ(TlsOptionsOf(options).error().message, "tlsVersion: 'ssl3.0' is no version of TLS");
}

}  // namespace
}  // namespace loadctl::worker
