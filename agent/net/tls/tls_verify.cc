#include "agent/net/tls/tls_verify.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/net/socket/address.h"

namespace loadctl::net {
namespace {

std::string Rfc3339(const tm& when) {
  char text[32] = {};
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", (when.tm_year + 1900) % 10000,
                when.tm_mon + 1, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec);
  return text;
}

/// Go's words if `certificate` is outside its validity.
std::optional<std::string> OutOfDate(X509* certificate) {
  const bool late = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
  const bool early = X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
  if (!late && !early) return std::nullopt;
  tm limit{};
  ASN1_TIME_to_tm(late ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate),
                  &limit);
  const time_t now = time(nullptr);
  tm current{};
  gmtime_r(&now, &current);
  return "x509: certificate has expired or is not yet valid: current time " + Rfc3339(current) +
         (late ? " is after " : " is before ") + Rfc3339(limit);
}

bool NamesHost(X509* certificate, const Verdict& verdict) {
  if (verdict.host_is_ip) {
    return X509_check_ip_asc(certificate, verdict.host.c_str(), 0) == 1;
  }
  return X509_check_host(certificate, verdict.host.data(), verdict.host.size(),
                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

/// The certificate's alternative names of one kind, as Go lists them.
std::vector<std::string> AlternativeNames(X509* certificate, int kind) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::vector<std::string> list;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != kind) continue;
    const ASN1_STRING* value = kind == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (kind == GEN_IPADD) {
      IpAddress address;
      if (text.size() == 16) address.family = IpAddress::Family::kV6;
      std::copy_n(text.begin(), std::min<std::size_t>(text.size(), 16), address.bytes.begin());
      text = address.ToString();
    }
    list.push_back(std::move(text));
  }
  GENERAL_NAMES_free(names);
  return list;
}

Failure HostnameMismatch(X509* certificate, const Verdict& verdict) {
  std::string names;
  for (const auto& name : AlternativeNames(certificate, verdict.host_is_ip ? GEN_IPADD : GEN_DNS))
    names += (names.empty() ? "" : ", ") + name;
  std::string detail = "tls: failed to verify certificate: x509: ";
  if (verdict.host_is_ip && names.empty()) {
    detail += "cannot validate certificate for " + verdict.host +
              " because it doesn't contain any IP SANs";
  } else if (names.empty()) {
    detail += "certificate is not valid for any names, but wanted to match " + verdict.host;
  } else {
    detail += "certificate is valid for " + names + ", not " + verdict.host;
  }
  return {Outcome::kTransportError, code::kHostnameMismatch,
          "x509: certificate doesn't match hostname", std::move(detail)};
}

bool IsTrustError(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_HAS_EXPIRED:  // of an issuer: Go finds no valid chain
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_CA_MD_TOO_WEAK:  // SHA-1 and older: Go does not look at such a signature
      return true;
    default:
      return false;
  }
}

std::vector<std::string> DnsNames(const STACK_OF(GENERAL_SUBTREE) * trees) {
  std::vector<std::string> names;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(trees, i)->base;
    if (base->type != GEN_DNS) continue;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(base->d.dNSName)));
  }
  return names;
}

/// Which DNS name of the leaf an authority of the chain may not sign, in Go's words after a colon;
/// empty if it is another kind of name.
std::string ForbiddenName(X509* leaf, const STACK_OF(X509) * chain) {
  const std::vector<std::string> names = AlternativeNames(leaf, GEN_DNS);
  for (int i = 1; i < sk_X509_num(chain); ++i) {
    auto* constraints = static_cast<NAME_CONSTRAINTS*>(
        X509_get_ext_d2i(sk_X509_value(chain, i), NID_name_constraints, nullptr, nullptr));
    if (constraints == nullptr) continue;
    const std::vector<std::string> permitted = DnsNames(constraints->permittedSubtrees);
    const std::vector<std::string> excluded = DnsNames(constraints->excludedSubtrees);
    NAME_CONSTRAINTS_free(constraints);
    for (const std::string& name : names) {
      const auto within = [&](const std::string& base) {
        return name == base || base.empty() ||
               (name.ends_with(base) &&
                (base[0] == '.' || name[name.size() - base.size() - 1] == '.'));
      };
      if (!permitted.empty() && std::ranges::none_of(permitted, within))
        return ": DNS name " + Quote(name) + " is not permitted by any constraint";
      const auto found = std::ranges::find_if(excluded, within);
      if (found != excluded.end())
        return ": DNS name " + Quote(name) + " is excluded by constraint " + Quote(*found);
    }
  }
  return {};
}

/// Go's words for what OpenSSL found.
std::string ChainProblem(X509_STORE_CTX* store, int error) {
  switch (error) {
    case X509_V_ERR_INVALID_PURPOSE:
      return "certificate specifies an incompatible key usage";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "too many intermediates for path length constraint";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return "a root or intermediate certificate is not authorized to sign for this name" +
             ForbiddenName(X509_STORE_CTX_get0_cert(store), X509_STORE_CTX_get0_chain(store));
    default:
      return X509_verify_cert_error_string(error);
  }
}

std::optional<Failure> Judge(X509_STORE_CTX* store, const Verdict& verdict) {
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf == nullptr) return OtherFailure("tls: no certificates configured");
  if (std::optional<std::string> text = OutOfDate(leaf)) {
    return Failure{Outcome::kTransportError, code::kDefault, *text,
                   "tls: failed to verify certificate: " + *text};
  }
  if (!NamesHost(leaf, verdict)) return HostnameMismatch(leaf, verdict);
  // 80 bits: RSA keys from 1,024 bits on, and no signature by SHA-1, as in Go.
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store), 1);
  if (X509_verify_cert(store) == 1) return std::nullopt;
  const int error = X509_STORE_CTX_get_error(store);
  if (IsTrustError(error)) {
    return Failure{
        Outcome::kTransportError, code::kUnknownAuthority, "x509: unknown authority",
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"};
  }
  const std::string text = "x509: " + ChainProblem(store, error);
  return Failure{Outcome::kTransportError, code::kDefault, text,
                 "tls: failed to verify certificate: " + text};
}

}  // namespace

int VerifyAsGo(X509_STORE_CTX* store, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verdict = static_cast<Verdict*>(SSL_get_app_data(ssl));
  if (verdict->search != nullptr) verdict->search->AddTo(store);
  verdict->failure = Judge(store, *verdict);
  if (!verdict->failure) return 1;
  if (verdict->failure->code == code::kUnknownAuthority && verdict->issuers != nullptr &&
      verdict->search == nullptr) {
    verdict->search = std::make_unique<IssuerSearch>(store);
    if (verdict->search->Pending()) {
      verdict->failure.reset();
      return SSL_set_retry_verify(ssl);
    }
  }
  const int why = verdict->failure->code == code::kHostnameMismatch   ? X509_V_ERR_HOSTNAME_MISMATCH
                  : verdict->failure->code == code::kUnknownAuthority ? X509_V_ERR_CERT_UNTRUSTED
                                                                      : X509_V_ERR_CERT_HAS_EXPIRED;
  X509_STORE_CTX_set_error(store, why);
  return 0;
}

}  // namespace loadctl::net
