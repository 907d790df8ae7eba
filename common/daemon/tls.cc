#include "common/daemon/tls.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "common/daemon/endpoint.h"
#include "common/daemon/pem.h"

namespace loadctl::daemon {
namespace {

std::string Show(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown time";
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

Result<void> CheckDates(const X509& certificate, const std::string& what) {
  if (X509_cmp_current_time(X509_get0_notAfter(&certificate)) < 0) {
    return Fail(what + " expired at " + Show(X509_get0_notAfter(&certificate)) +
                ": make new ones with `loadctl certs DIR`");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(&certificate)) > 0) {
    return Fail(what + " is not valid before " + Show(X509_get0_notBefore(&certificate)) +
                ": is this machine's clock right?");
  }
  return {};
}

Result<void> Check(const Tls& files, const Tls& texts) {
  const Certificate ca = ReadCertificate(texts.ca);
  if (!ca) return Fail("--tls-ca: " + files.ca + " holds no PEM certificate");
  LOADCTL_CHECK_OK(CheckDates(*ca, "--tls-ca: the certificate in " + files.ca));
  if (files.cert.empty()) return {};
  const Certificate own = ReadCertificate(texts.cert);
  if (!own) return Fail("--tls-cert: " + files.cert + " holds no PEM certificate");
  LOADCTL_CHECK_OK(CheckDates(*own, "--tls-cert: the certificate in " + files.cert));
  const Key key = ReadKey(texts.key);
  if (!key) return Fail("--tls-key: " + files.key + " holds no PEM private key without password");
  if (X509_check_private_key(own.get(), key.get()) != 1) {
    return Fail("--tls-key: the key in " + files.key + " is not that of the certificate in " +
                files.cert);
  }
  return {};
}

}  // namespace

Result<std::string> ReadPemFile(const std::string& path, const char* flag) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file) return Fail(std::string(flag) + ": cannot read " + path + ": " + std::strerror(errno));
  return text.str();
}

Result<Tls> LoadTls(const Tls& files, const std::string& address, OwnCertificate own) {
  if (files.plaintext()) {
    LOADCTL_TRY(const Endpoint endpoint, ParseEndpoint(address));
    if (IsLocal(endpoint)) return Tls{};
    return Fail("plaintext is allowed on loopback and Unix sockets only: " + address +
                " needs --tls-cert, --tls-key and --tls-ca (made by `loadctl certs DIR`)");
  }
  const bool ca_alone = own == OwnCertificate::kIfNamed && files.cert.empty() && files.key.empty();
  for (const auto& [flag, path] :
       {std::pair{"--tls-cert", &files.cert}, std::pair{"--tls-key", &files.key},
        std::pair{"--tls-ca", &files.ca}}) {
    if (path->empty() && !(ca_alone && path != &files.ca))
      return Fail(std::string(flag) +
                  " is missing: --tls-cert, --tls-key and --tls-ca go together");
  }
  Tls texts;
  LOADCTL_TRY(texts.ca, ReadPemFile(files.ca, "--tls-ca"));
  if (!ca_alone) {
    LOADCTL_TRY(texts.cert, ReadPemFile(files.cert, "--tls-cert"));
    LOADCTL_TRY(texts.key, ReadPemFile(files.key, "--tls-key"));
  }
  LOADCTL_CHECK_OK(Check(files, texts));
  ERR_clear_error();
  struct stat info {};
  if (stat(files.key.c_str(), &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    texts.warning = "--tls-key: others than its owner can read " + files.key +
                    ": chmod 600 keeps the key to this program's user";
  }
  return texts;
}

void SetUpGrpc() {
  setenv("GRPC_VERBOSITY", "NONE", 0);
  // gRPC 1.51 offers TLS 1.2 and 1.3 and no way to ask for less. The list below is of TLS 1.2's
  // suites only (1.3 has its own), and holds one that needs a pre-shared key, which nobody here
  // has.
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", 1);
}

}  // namespace loadctl::daemon
