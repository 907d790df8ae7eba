#include "controller/page/document.h"

#include <openssl/evp.h>

#include <array>
#include <string_view>

#include "controller/page/script.h"
#include "controller/page/style.h"

namespace loadctl::page {
namespace {

/// What a browser compares inline text with (Content Security Policy, `sha256-...`).
std::string HashOf(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE / 3 + 4> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

/// Nothing but the page's own script runs, whatever a script under test can name.
std::string Document(const std::string& data) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src " +
         HashOf(kScript) + "; style-src " + HashOf(kStyle) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<link rel=\"icon\" href=\"data:,\">\n<title>loadctl</title>\n<style>";
  out += kStyle;
  out += "</style>\n</head>\n<body>\n<noscript>This page needs JavaScript.</noscript>\n";
  out += data;
  out += "<script>";
  out += kScript;
  return out + "</script>\n</body>\n</html>\n";
}

}  // namespace

// The writer of the snapshot has escaped `<`, so that no text in it ends the element.
std::string Report(const std::string& snapshot) {
  return Document("<script type=\"application/json\" id=\"data\">" + snapshot + "</script>\n");
}

std::string Live() { return Document(""); }

}  // namespace loadctl::page
