#include "common/daemon/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <utility>

namespace loadctl::daemon {
namespace {

using Bio = Owned<BIO, BIO_free>;

Bio Over(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string TextOf(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

Certificate ReadCertificate(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Over(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::int64_t EndOf(const X509& certificate) {
  std::tm time{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) == 1 ? timegm(&time) : 0;
}

std::vector<Certificate> ReadCertificates(const std::string& pem) {
  std::vector<Certificate> all;
  const Bio bio = Over(pem);
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)})
    all.push_back(std::move(next));
  ERR_clear_error();
  return all;
}

Key ReadKey(const std::string& pem) {
  // The empty password keeps OpenSSL from asking for one at the terminal.
  char no_password[] = "";
  Key key(PEM_read_bio_PrivateKey(Over(pem).get(), nullptr, nullptr, no_password));
  ERR_clear_error();
  return key;
}

std::string WritePem(X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const bool written = bio && PEM_write_bio_X509(bio.get(), &certificate) == 1;
  ERR_clear_error();
  return written ? TextOf(*bio) : "";
}

std::string WritePem(const EVP_PKEY& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  const bool written = bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0,
                                                            nullptr, nullptr) == 1;
  ERR_clear_error();
  return written ? TextOf(*bio) : "";
}

}  // namespace loadctl::daemon
