#include "controller/fleet/access.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "common/daemon/token.h"

namespace loadctl::fleet {
namespace {

std::string MetadataOf(const grpc::ServerContextBase& call, const char* name) {
  const auto& metadata = call.client_metadata();
  const auto found = metadata.find(name);
  return found == metadata.end() ? "" : std::string(found->second.data(), found->second.size());
}

std::string CertificateOf(const grpc::ServerContextBase& call) {
  const auto context = call.auth_context();
  const auto values = context->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

/// Serials as `openssl x509 -serial` prints them: one a line, `#` begins a remark.
std::set<std::string> ReadSerials(std::ifstream& file) {
  std::set<std::string> serials;
  for (std::string line; std::getline(file, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    std::string serial;
    for (const char c : line) {
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0)
        serial += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    serial.erase(0, std::min(serial.find_first_not_of('0'), serial.size()));
    if (!serial.empty()) serials.insert(serial);
  }
  return serials;
}

}  // namespace

Result<bool> Access::IsRevoked(const std::string& serial) {
  if (options_.revoked_file.empty()) return false;
  const std::lock_guard lock(mutex_);
  struct stat status {};
  const bool there = stat(options_.revoked_file.c_str(), &status) == 0;
  const auto at = std::chrono::seconds(status.st_mtim.tv_sec) +
                  std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  if (!there || at != revoked_at_) {
    std::ifstream file(options_.revoked_file);
    if (!file) return Fail("the controller cannot read its list of revoked certificates");
    revoked_ = ReadSerials(file);
    revoked_at_ = at;
  }
  std::string bare = serial;
  bare.erase(0, std::min(bare.find_first_not_of('0'), bare.size()));
  return revoked_.contains(bare);
}

Result<daemon::Identity> Access::Judge(const grpc::ServerContextBase& call, daemon::Role wanted) {
  if (!options_.tls) {
    const std::string given = MetadataOf(call, daemon::kTokenMetadata);
    if (!options_.token.empty() && !daemon::IsToken(given, daemon::kTokenScheme + options_.token)) {
      return Fail(
          "the controller asks for its token: run as the user that it runs as, or name the file "
          "with --token-file");
    }
    return daemon::Identity{wanted, "", {true, true, true}, ""};
  }
  LOADCTL_TRY(const daemon::Identity identity, daemon::ReadIdentity(CertificateOf(call)));
  if (identity.role != wanted) {
    return Fail("the certificate of " + identity.name + " is one of " +
                (identity.role == daemon::Role::kAgent
                     ? "an agent"
                     : "a " + std::string(daemon::RoleName(identity.role))) +
                ", and here " + (wanted == daemon::Role::kAgent ? "an agent" : "a client") +
                " is expected");
  }
  LOADCTL_TRY(const bool revoked, IsRevoked(identity.serial));
  if (revoked) return Fail("the certificate of " + identity.name + " is revoked");
  return identity;
}

}  // namespace loadctl::fleet
