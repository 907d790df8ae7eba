#include "agent/net/tls/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include <ctime>
#include <iterator>

namespace loadctl::net {
namespace {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* value) const {
    kFree(value);
  }
};

std::int64_t Seconds(const ASN1_GENERALIZEDTIME* time) {
  tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return OcspStatus::kAbsent;
  return timegm(&parts);
}

/// RFC 5280, 5.3.1; the gap at 7 is the standard's.
std::string_view ReasonText(int reason) {
  static constexpr std::string_view kTexts[] = {
      "unspecified",     "key_compromise",         "ca_compromise",    "affiliation_changed",
      "superseded",      "cessation_of_operation", "certificate_hold", "",
      "remove_from_crl", "privilege_withdrawn",    "aa_compromise"};
  // Where nothing is said Go has the number of `unspecified`.
  if (reason < 0) return kTexts[0];
  return static_cast<std::size_t>(reason) < std::size(kTexts) ? kTexts[reason] : "";
}

}  // namespace

std::shared_ptr<const OcspStatus> ReadOcsp(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>> response(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>> basic;
  if (response && OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
    basic.reset(OCSP_response_get1_basic(response.get()));
  OCSP_SINGLERESP* single = basic ? OCSP_resp_get0(basic.get(), 0) : nullptr;
  ERR_clear_error();
  if (single == nullptr) return nullptr;
  auto said = std::make_shared<OcspStatus>();
  int reason = -1;
  ASN1_GENERALIZEDTIME *revoked = nullptr, *from = nullptr, *until = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &until);
  if (status == V_OCSP_CERTSTATUS_GOOD) said->status = "good";
  if (status == V_OCSP_CERTSTATUS_REVOKED) said->status = "revoked";
  said->reason = ReasonText(reason);
  said->produced_at = Seconds(OCSP_resp_get0_produced_at(basic.get()));
  said->this_update = Seconds(from);
  said->next_update = Seconds(until);
  said->revoked_at = Seconds(revoked);
  return said;
}

}  // namespace loadctl::net
