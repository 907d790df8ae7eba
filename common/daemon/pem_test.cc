#include "common/daemon/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <gtest/gtest.h>

#include <string>

namespace loadctl::daemon {
namespace {

Certificate SelfSigned(EVP_PKEY* key) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 60);
  X509_set_pubkey(made.get(), key);
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

TEST(Pem, WhatIsWrittenIsReadAgain) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = SelfSigned(key.get());
  const std::string text = WritePem(*certificate);
  const Certificate again = ReadCertificate(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(X509_cmp(again.get(), certificate.get()), 0);
  const Key same = ReadKey(WritePem(*key));
  ASSERT_TRUE(same);
  EXPECT_EQ(X509_check_private_key(again.get(), same.get()), 1);
  EXPECT_EQ(ReadCertificates(text + "between\n" + text).size(), 2);
}

TEST(Pem, WhatIsNoneIsNullAndLeavesNoErrorBehind) {
  EXPECT_FALSE(ReadCertificate(""));
  EXPECT_FALSE(ReadCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(ReadKey("nothing"));
  EXPECT_TRUE(ReadCertificates("nothing").empty());
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST(Pem, AKeyUnderAPasswordIsNoneAndNobodyIsAsked) {
  const Key key(EVP_EC_gen("P-256"));
  const Owned<BIO, BIO_free> bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), "secret", 6,
                                          nullptr, nullptr),
            1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  EXPECT_FALSE(ReadKey(std::string(data, static_cast<std::size_t>(size))));
}

}  // namespace
}  // namespace loadctl::daemon
