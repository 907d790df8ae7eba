#include "common/daemon/identity.h"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "common/daemon/pem.h"

namespace loadctl::daemon {
namespace {

constexpr std::string_view kRole = "loadctl:role:";
constexpr std::string_view kRight = "loadctl:right:";
constexpr std::array kRoles = {Role::kController, Role::kAgent, Role::kClient};
constexpr std::array<std::pair<std::string_view, bool Rights::*>, 3> kRights = {
    {{"run", &Rights::run}, {"watch", &Rights::watch}, {"stop-any", &Rights::stop_any}}};

using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Number = Owned<BIGNUM, BN_free>;

void FreeText(char* text) { OPENSSL_free(text); }

std::vector<std::string> UrisOf(const X509& certificate) {
  std::vector<std::string> uris;
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

std::string CommonName(const X509& certificate) {
  std::array<char, 256> text{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName,
                                             text.data(), static_cast<int>(text.size()));
  return std::string(text.data(), static_cast<std::size_t>(size > 0 ? size : 0));
}

std::string SerialOf(const X509& certificate) {
  const Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  const Owned<char, FreeText> text(number ? BN_bn2hex(number.get()) : nullptr);
  return text ? text.get() : "";
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kController:
      return "controller";
    case Role::kAgent:
      return "agent";
    case Role::kClient:
      return "client";
  }
  return "";
}

Result<Rights> ParseRights(std::string_view text) {
  Rights rights;
  if (text == "none") return rights;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    bool known = false;
    for (const auto& [name, member] : kRights) {
      if (word != name) continue;
      rights.*member = known = true;
    }
    if (!known) {
      return Fail("\"" + std::string(word) +
                  "\" is no right of a client: use run, watch, stop-any, or none");
    }
    if (comma == std::string_view::npos) return rights;
    text.remove_prefix(comma + 1);
  }
}

std::string AlternativeNamesOf(Role role, const Rights& rights) {
  std::string names = "URI:" + std::string(kRole) + std::string(RoleName(role));
  for (const auto& [name, member] : kRights)
    if (rights.*member) names += ",URI:" + std::string(kRight) + std::string(name);
  return names;
}

Result<Identity> ReadIdentity(const std::string& pem) {
  const Certificate certificate = ReadCertificate(pem);
  if (!certificate) return Fail("there is no certificate");
  Identity identity;
  identity.name = CommonName(*certificate);
  identity.serial = SerialOf(*certificate);
  identity.ends_unix_s = EndOf(*certificate);
  std::optional<Role> found;
  for (const std::string& uri : UrisOf(*certificate)) {
    for (const Role role : kRoles) {
      if (uri != std::string(kRole) + std::string(RoleName(role))) continue;
      if (found) return Fail("the certificate of " + identity.name + " has several roles");
      found = role;
    }
    for (const auto& [name, member] : kRights)
      if (uri == std::string(kRight) + std::string(name)) identity.rights.*member = true;
  }
  if (!found) {
    return Fail("the certificate of " + identity.name +
                " has no role: make new ones with `loadctl certs DIR`");
  }
  identity.role = *found;
  return identity;
}

}  // namespace loadctl::daemon
