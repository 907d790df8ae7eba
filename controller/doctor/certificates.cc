#include "controller/doctor/certificates.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "common/daemon/pem.h"

namespace loadctl::doctor {
namespace {

constexpr double kDay = 86'400;
constexpr double kSoon = 14 * kDay;

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Check JudgeKey(const std::string& path) {
  const std::string name = "private key";
  struct stat info {};
  if (stat(path.c_str(), &info) != 0)
    return {name, State::kFail, path + " cannot be read", "name the file by --tls-key"};
  if ((info.st_mode & 0077) != 0) {
    return {name, State::kWarn, path + " can be read by others than its owner",
            "`chmod 600 " + path + "`"};
  }
  if (info.st_uid != geteuid() && geteuid() != 0)
    return {name, State::kWarn, path + " is another user's", "`chown` it to whom it is for"};
  return {name, State::kOk, path + " is its owner's alone", ""};
}

}  // namespace

double SecondsLeft(const std::string& pem) {
  const auto certificate = daemon::ReadCertificate(pem);
  int days = 0, seconds = 0;
  if (!certificate ||
      ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) != 1)
    return 0;
  return days * kDay + seconds;
}

Check JudgeExpiry(const std::string& name, double seconds_left) {
  const std::string cure =
      "make new ones with `loadctl certs`; programs take up new files at their next connection";
  if (seconds_left <= 0) return {name, State::kFail, "it has expired, or is none", cure};
  const auto days = static_cast<long>(std::floor(seconds_left / kDay));
  const std::string found = "good for " + std::to_string(days) + (days == 1 ? " day" : " days");
  if (seconds_left < kSoon) return {name, State::kWarn, found, cure};
  return {name, State::kOk, found, ""};
}

Checks JudgeTlsFiles(const daemon::Tls& files, const std::string& address) {
  Checks checks;
  if (files.plaintext()) return checks;
  if (const auto tls = daemon::LoadTls(files, address); !tls) {
    checks.push_back({"certificates", State::kFail, tls.error().message,
                      "`loadctl certs DIR` makes them; each program needs all three files"});
    return checks;
  }
  checks.push_back({"certificates", State::kOk, "certificate, key and authority go together", ""});
  checks.push_back(JudgeExpiry("certificate", SecondsLeft(ReadText(files.cert))));
  checks.push_back(JudgeExpiry("authority", SecondsLeft(ReadText(files.ca))));
  checks.push_back(JudgeKey(files.key));
  return checks;
}

}  // namespace loadctl::doctor
