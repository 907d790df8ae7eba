#include "controller/fleet/access.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/daemon/file_stamp.h"
#include "common/daemon/token.h"

namespace loadctl::fleet {
namespace {

constexpr std::size_t kMostBytes = std::size_t{8} << 20;  // of a list

/// The token that a call shows; empty if it shows none.
std::string TokenOf(const grpc::ServerContextBase& call) {
  const auto& metadata = call.client_metadata();
  const auto found = metadata.find(daemon::kTokenMetadata);
  if (found == metadata.end()) return "";
  const std::string value(found->second.data(), found->second.size());
  const std::string scheme = daemon::kTokenScheme;
  return value.starts_with(scheme) ? value.substr(scheme.size()) : "";
}

std::string CertificateOf(const grpc::ServerContextBase& call) {
  const auto context = call.auth_context();
  const auto values = context->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

/// As `openssl x509 -serial` prints it, without what may differ.
std::string BareSerial(std::string_view text) {
  std::string serial;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0)
      serial += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  serial.erase(0, std::min(serial.find_first_not_of('0'), serial.size()));
  return serial;
}

/// One a line, `#` begins a remark.
std::set<std::string> ReadSerials(const std::string& text) {
  std::set<std::string> serials;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    line.erase(0, line.starts_with("serial=") ? 7 : 0);
    std::string serial = BareSerial(line);
    if (!serial.empty()) serials.insert(std::move(serial));
  }
  return serials;
}

std::string WithArticle(daemon::Role role) {
  return std::string(role == daemon::Role::kAgent ? "an " : "a ") +
         std::string(daemon::RoleName(role));
}

}  // namespace

Visitor Unknown(const grpc::ServerContextBase& call) {
  Visitor visitor;
  visitor.rights = {true, true, true};
  visitor.address = call.peer();
  return visitor;
}

Access::Access(AccessOptions options)
    : options_(std::move(options)),
      revoked_file_{options_.revoked_file, {}},
      tokens_file_{options_.join_tokens_file, {}} {}

Result<bool> Access::ReadIfChanged(Watched& file, std::string& text) {
  std::string stamp = daemon::StampOf(file.path);
  if (!stamp.empty() && stamp == file.stamp) return false;
  std::ifstream in(file.path, std::ios::binary);
  std::ostringstream read;
  if (in) read << in.rdbuf();
  text = read.str();
  if (!in || text.size() > kMostBytes) {
    file.stamp.clear();
    return Fail("cannot read " + file.path);
  }
  file.stamp = std::move(stamp);
  return true;
}

Result<void> Access::ReadRevoked() {
  if (options_.revoked_file.empty()) return {};
  std::string text;
  const auto changed = ReadIfChanged(revoked_file_, text);
  if (!changed) return Fail("the controller cannot read its list of revoked certificates");
  if (*changed) revoked_ = ReadSerials(text);
  return {};
}

Result<bool> Access::IsRevoked(const std::string& serial) {
  const std::lock_guard lock(mutex_);
  LOADCTL_CHECK_OK(ReadRevoked());
  return revoked_.contains(BareSerial(serial));
}

bool Access::Look() {
  if (options_.revoked_file.empty() && options_.join_tokens_file.empty()) return false;
  const std::lock_guard lock(mutex_);
  static_cast<void>(ReadRevoked());
  if (!options_.join_tokens_file.empty()) static_cast<void>(ReadJoinTokens());
  return true;
}

std::string Access::WhyGo(const Visitor& visitor) {
  const std::lock_guard lock(mutex_);
  if (!visitor.serial.empty() && revoked_.contains(BareSerial(visitor.serial)))
    return "the certificate of " + visitor.name + " is revoked";
  const bool listed = std::any_of(tokens_.begin(), tokens_.end(), [&](const JoinToken& token) {
    return token.id == visitor.join_token;
  });
  if (!visitor.join_token.empty() && !listed)
    return "the join token of " + visitor.name + " has been taken back";
  return "";
}

Result<void> Access::ReadJoinTokens() {
  std::string text;
  const auto changed = ReadIfChanged(tokens_file_, text);
  if (!changed) return Fail("the controller cannot read its list of join tokens");
  if (*changed) {
    auto tokens = ParseJoinTokens(text, options_.join_tokens_file);
    if (!tokens) {
      tokens_file_.stamp.clear();
      return Fail("the controller's list of join tokens is broken");
    }
    tokens_ = std::move(*tokens);
  }
  return {};
}

Result<Visitor> Access::JudgeJoinToken(const std::string& token) {
  const std::lock_guard lock(mutex_);
  LOADCTL_CHECK_OK(ReadJoinTokens());
  const auto found = FindJoinToken(tokens_, token);
  if (!found) return Fail("the controller does not know this join token");
  Visitor visitor;
  visitor.role = daemon::Role::kAgent;
  visitor.name = found->name;
  visitor.join_token = found->id;
  visitor.only_returning = found->expires <= WallClock::now();
  return visitor;
}

Result<Visitor> Access::JudgeCertificate(const std::string& pem, daemon::Role wanted) {
  Visitor visitor;
  LOADCTL_TRY(static_cast<daemon::Identity&>(visitor), daemon::ReadIdentity(pem));
  // Names tell whose runs are whose.
  if (visitor.name.empty()) return Fail("the certificate says no name (CN)");
  if (visitor.role != wanted) {
    return Fail("the certificate of " + visitor.name + " is one of " + WithArticle(visitor.role) +
                ", and here " + WithArticle(wanted) + " is expected");
  }
  LOADCTL_TRY(const bool revoked, IsRevoked(visitor.serial));
  if (revoked) return Fail("the certificate of " + visitor.name + " is revoked");
  return visitor;
}

Result<Visitor> Access::Judge(const grpc::ServerContextBase& call, daemon::Role wanted) {
  const std::string token = TokenOf(call), pem = options_.tls ? CertificateOf(call) : "";
  const bool agent = wanted == daemon::Role::kAgent;
  const bool by_local_token =
      !options_.tls && (options_.token.empty() || daemon::IsToken(token, options_.token));
  const bool by_join_token =
      agent && pem.empty() && !by_local_token && !options_.join_tokens_file.empty();
  Visitor visitor;
  if (by_local_token) {
    visitor.role = wanted;
    visitor.rights = {true, true, true};
  } else if (by_join_token) {
    LOADCTL_TRY(visitor, JudgeJoinToken(token));
  } else if (options_.tls) {
    LOADCTL_TRY(visitor, JudgeCertificate(pem, wanted));
  } else {
    return Fail(
        "the controller asks for its token: run as the user that it runs as, or name the file "
        "with --token-file");
  }
  if (agent && !options_.allowed_agents.empty() && !options_.allowed_agents.contains(visitor.name))
    return Fail("agent " + visitor.name + " is not among those that the controller takes");
  visitor.address = call.peer();
  return visitor;
}

}  // namespace loadctl::fleet
