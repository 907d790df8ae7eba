#include "common/base/authorities.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace loadctl {
namespace {

TEST(AuthoritiesFile, IsWhatTheEnvironmentNamesOrAFileThatIsThere) {
  unsetenv("SSL_CERT_FILE");
  const std::string found = AuthoritiesFile();
  if (!found.empty()) {
    EXPECT_EQ(access(found.c_str(), R_OK), 0) << found;
  }
  setenv("SSL_CERT_FILE", "/no/such/file.pem", 1);
  EXPECT_EQ(AuthoritiesFile(), "/no/such/file.pem");
  setenv("SSL_CERT_FILE", "", 1);
  EXPECT_EQ(AuthoritiesFile(), found);
  unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace loadctl
