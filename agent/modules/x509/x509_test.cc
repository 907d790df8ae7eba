#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

std::string Of(const std::string& expression) {
  vu::World world(
      "import x509 from 'k6/crypto/x509'; const pem = open('/c.pem');"
      "const why = (f) => { try { return f(); } catch (e) { return String(e); } };"
      "export default function () { throw JSON.stringify(" +
      expression + "); }");
  std::ifstream file("tests/conformance/data/certificate.pem");
  world.files["file:///c.pem"] = {std::istreambuf_iterator<char>(file), {}};
  world.program.modules.erase(world.program.modules.begin());  // the empty globals
  for (auto& module : AllModules()) world.program.modules.push_back(std::move(module));
  const std::string error = world.Iterate(world.Ready()).error;
  return error.substr(0, error.find('\n'));
}

TEST(X509, ShowsWhatACertificateSays) {
  EXPECT_EQ(Of("(({ commonName, organizationalUnitName, names }) => [commonName, "
               "organizationalUnitName, names[0]])(x509.getSubject(pem))"),
            R"(["host.example",["One","Two"],{"type":"2.5.4.6","value":"DE"}])");
  EXPECT_EQ(Of("x509.getAltNames(pem)"),
            R"(["a.example","b.example","me@x.y","10.0.0.1","2001:db8::1","https://u.example/p"])");
  EXPECT_EQ(Of("(({ publicKey: { algorithm, key }, signatureAlgorithm, fingerPrint }) => "
               "[algorithm, key.e, typeof key.n, signatureAlgorithm, fingerPrint.length])"
               "(x509.parse(pem))"),
            R"(["RSA",65537,"bigint","SHA256-RSA",20])");
}

TEST(X509, WhatIsNoCertificateIsRefused) {
  EXPECT_EQ(Of("[why(() => x509.parse('x')), why(() => x509.parse('-----BEGIN CERTIFICATE-----\\n"
               "AAAA\\n-----END CERTIFICATE-----\\n'))]"),
            "[\"GoError: failed to decode certificate PEM file\",\"GoError: failed to parse "
            "certificate: x509: malformed certificate\"]");
}

}  // namespace
}  // namespace loadctl::modules
