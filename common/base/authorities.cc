#include "common/base/authorities.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace loadctl {

std::string AuthoritiesFile() {
  if (const char* given = std::getenv("SSL_CERT_FILE"); given != nullptr && *given != '\0')
    return given;
  for (const char* path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (access(path, R_OK) == 0) return path;
  }
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto beside = program.parent_path().parent_path() / "share/loadctl/ca-certificates.crt";
  return access(beside.c_str(), R_OK) == 0 ? beside.string() : std::string();
}

}  // namespace loadctl
