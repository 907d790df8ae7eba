#include "agent/net/tls/issuers.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>

#include "agent/net/tls/memory_bio.h"

namespace loadctl::net {
namespace {

// As k6.
constexpr int kMostPlaces = 5;
constexpr auto kPatience = std::chrono::seconds(10);
/// Of what one place may give.
constexpr std::size_t kMostCertificates = 16;

void TakeBag(const unsigned char* data, long size, std::vector<X509*>& into) {
  PKCS7* bag = d2i_PKCS7(nullptr, &data, size);
  if (bag != nullptr && PKCS7_type_is_signed(bag) && bag->d.sign != nullptr) {
    for (int i = 0; i < sk_X509_num(bag->d.sign->cert); ++i) {
      X509* certificate = sk_X509_value(bag->d.sign->cert, i);
      X509_up_ref(certificate);
      into.push_back(certificate);
    }
  }
  PKCS7_free(bag);
}

}  // namespace

std::vector<X509*> ReadCertificates(std::string_view bytes) {
  std::vector<X509*> all;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto size = static_cast<long>(bytes.size());
  if (X509* one = d2i_X509(nullptr, &data, size)) {
    all.push_back(one);
  } else {
    const BioPointer bio = MemoryBio(bytes);
    while (all.size() < kMostCertificates) {
      X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
      if (next == nullptr) break;
      all.push_back(next);
    }
    if (all.empty()) TakeBag(reinterpret_cast<const unsigned char*>(bytes.data()), size, all);
  }
  ERR_clear_error();
  while (all.size() > kMostCertificates) {
    X509_free(all.back());
    all.pop_back();
  }
  return all;
}

IssuerSearch::IssuerSearch(X509_STORE_CTX* store) {
  if (X509* leaf = X509_STORE_CTX_get0_cert(store)) Note(leaf);
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(sent); ++i) Note(sk_X509_value(sent, i));
}

IssuerSearch::~IssuerSearch() {
  for (X509* certificate : found_) X509_free(certificate);
}

void IssuerSearch::Note(X509* certificate) {
  auto* access = static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr));
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access, i);
    if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI) continue;
    const ASN1_STRING* uri = one->location->d.uniformResourceIdentifier;
    std::string url(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                    static_cast<std::size_t>(ASN1_STRING_length(uri)));
    if (seen_.size() < kMostPlaces && seen_.insert(url).second) places_.push_back(std::move(url));
  }
  AUTHORITY_INFO_ACCESS_free(access);
}

void IssuerSearch::Run(IssuerSource& source, Wait& wait) {
  Wait patience{wait.parker, std::min(wait.deadline, std::chrono::steady_clock::now() + kPatience)};
  while (!places_.empty() && !wait.Cancelled()) {
    const std::string place = std::move(places_.front());
    places_.erase(places_.begin());
    const auto bytes = source.Fetch(place, patience);
    if (bytes == nullptr) continue;
    for (X509* certificate : ReadCertificates(*bytes)) {
      found_.push_back(certificate);
      Note(certificate);
    }
  }
  places_.clear();
}

void IssuerSearch::AddTo(X509_STORE_CTX* store) {
  // The stack that is there is the session's; it lives as long as the context.
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (X509* certificate : found_) {
    if (sent == nullptr) break;
    X509_add_cert(sent, certificate, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
  }
}

}  // namespace loadctl::net
