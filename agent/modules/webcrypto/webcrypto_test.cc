// crypto.subtle against vectors of RFCs and NIST, and what it refuses.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules::webcrypto {
namespace {

/// What `expression` gives in an iteration, as JSON. `unhex`, `hex` and `why` help it.
std::string Of(const std::string& expression) {
  vu::World world(
      "import k6crypto from 'k6/crypto'; const s = crypto.subtle; const hex = (b) => "
      "k6crypto.hexEncode(b);"
      "const unhex = (t) => new Uint8Array((t.match(/../g) ?? []).map((x) => parseInt(x, 16)));"
      "const why = (p) => p.then(() => 'no error', (e) => `${e.name}: ${e.message}`);"
      "const raw = (alg, key, usages, x = true) => s.importKey('raw', unhex(key), alg, x, usages);"
      "export default async function () { throw JSON.stringify(await (async () => " +
      expression + ")()); }");
  world.program.modules.erase(world.program.modules.begin());  // the empty globals
  for (auto& module : AllModules()) world.program.modules.push_back(std::move(module));
  std::string error = world.Iterate(world.Ready()).error;
  constexpr std::string_view kPrefix = "Uncaught (in promise) ";
  if (error.starts_with(kPrefix)) error.erase(0, kPrefix.size());
  return error.substr(0, error.find('\n'));
}

TEST(WebCrypto, SecretsSignAndVerify) {  // RFC 4231, case 2
  EXPECT_EQ(Of("{ const k = await raw({ name: 'hmac', hash: 'SHA-256' }, '4a656665', ['sign', "
               "'verify']); const d = new TextEncoder().encode('what do ya want for nothing?');"
               "const m = await s.sign('HMAC', k, d);"
               "return [hex(m), await s.verify('HMAC', k, m, d), await s.verify('HMAC', k, m, m),"
               "k.algorithm]; }"),
            "[\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\",true,false,"
            "{\"name\":\"HMAC\",\"hash\":{\"name\":\"SHA-256\"},\"length\":32}]");
}

TEST(WebCrypto, CiphersGiveWhatTheStandardsSay) {
  // NIST SP 800-38A F.2.1 (one block, then the padding's), F.5.1; GCM: case 4 of its paper.
  EXPECT_EQ(Of("{ const key = '2b7e151628aed2a6abf7158809cf4f3c', u = ['encrypt', 'decrypt'];"
               "const k = await raw('AES-CBC', key, u), iv = unhex("
               "'000102030405060708090a0b0c0d0e0f'), p = unhex('6bc1bee22e409f96e93d7e117393172a');"
               "const c = await s.encrypt({ name: 'AES-CBC', iv }, k, p);"
               "const back = await s.decrypt({ name: 'AES-CBC', iv }, k, c);"
               "const n = await raw('AES-CTR', key, u), counter = unhex("
               "'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');"
               "const t = await s.encrypt({ name: 'AES-CTR', counter, length: 64 }, n, p);"
               "return [hex(c).slice(0, 32), hex(back) === hex(p), hex(t)]; }"),
            "[\"7649abac8119b246cee98e9b12e9197d\",true,\"874d6191b620e3261bef6864990db6ce\"]");
  EXPECT_EQ(
      Of("{ const k = await raw('AES-GCM', 'feffe9928665731c6d6a8f9467308308', ['encrypt', "
         "'decrypt']); const alg = { name: 'AES-GCM', iv: unhex('cafebabefacedbaddecaf888'),"
         "additionalData: unhex('feedfacedeadbeeffeedfacedeadbeefabaddad2') };"
         "const p = unhex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3"
         "c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39');"
         "const c = await s.encrypt(alg, k, p); const bad = new Uint8Array(c.slice(0)); bad[0]"
         " ^= 1; return [hex(c).slice(-32), hex(await s.decrypt(alg, k, c)) === hex(p),"
         "(await why(s.decrypt(alg, k, bad))).split(':')[0]]; }"),
      "[\"5bc94fbc3221a5db94fae95ae7121a47\",true,\"OperationError\"]");
}

TEST(WebCrypto, ACounterWrapsWithinItsLength) {
  // The last block of the counter's range, then its first: the nonce stays.
  EXPECT_EQ(
      Of("{ const k = await raw('AES-CTR', '2b7e151628aed2a6abf7158809cf4f3c', ['encrypt']);"
         "const run = async (counter, length, size) => hex(await s.encrypt({ name: 'AES-CTR',"
         "counter: unhex(counter), length }, k, new Uint8Array(size)));"
         "const whole = await run('000000000000000000000000000001ff', 8, 32);"
         "const parts = await run('000000000000000000000000000001ff', 64, 16) +"
         "await run('00000000000000000000000000000100', 64, 16);"
         "return [whole === parts, (await why(run('00000000000000000000000000000000', 1, 48)))"
         ".split(':')[0]]; }"),
      "[true,\"OperationError\"]");
}

TEST(WebCrypto, KeysAreWrapped) {  // RFC 3394, 4.1
  EXPECT_EQ(
      Of("{ const kek = await raw('AES-KW', '000102030405060708090a0b0c0d0e0f', ['wrapKey', "
         "'unwrapKey']); const key = await raw('AES-CBC', '00112233445566778899aabbccddeeff', "
         "['encrypt']); const w = await s.wrapKey('raw', key, kek, 'AES-KW');"
         "const u = await s.unwrapKey('raw', w, kek, 'AES-KW', 'AES-CBC', true, ['encrypt']);"
         "const j = await s.wrapKey('jwk', key, kek, 'AES-KW');"
         "const v = await s.unwrapKey('jwk', j, kek, 'AES-KW', 'AES-CBC', true, ['encrypt']);"
         "return [hex(w), hex(await s.exportKey('raw', u)), hex(await s.exportKey('raw', v))]; }"),
      "[\"1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5\",\"00112233445566778899aabbccddeeff\","
      "\"00112233445566778899aabbccddeeff\"]");
}

TEST(WebCrypto, SecretsAreDerived) {  // RFC 6070 (SHA-1), RFC 5869 case 1, RFC 7748 6.1
  EXPECT_EQ(Of("{ const k = await raw('PBKDF2', '70617373776f7264', ['deriveBits', 'deriveKey'], "
               "false); const alg = { name: 'PBKDF2', hash: 'SHA-1', salt: unhex('73616c74'), "
               "iterations: 4096 }; const a = await s.deriveKey(alg, k, { name: 'AES-GCM', length: "
               "128 }, true, ['encrypt']); return [hex(await s.deriveBits(alg, k, 160)),"
               "hex(await s.exportKey('raw', a))]; }"),
            "[\"4b007901b765489abead49d926f721d065a429c1\",\"4b007901b765489abead49d926f721d0\"]");
  EXPECT_EQ(
      Of("{ const k = await raw('HKDF', '0b'.repeat(22), ['deriveBits'], false);"
         "return hex(await s.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: unhex("
         "'000102030405060708090a0b0c'), info: unhex('f0f1f2f3f4f5f6f7f8f9') }, k, 336)); }"),
      "\"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865\"");
  EXPECT_EQ(
      Of("{ const own = await s.importKey('jwk', { kty: 'OKP', crv: 'X25519', d: 'AAAA', x: 'AAAA'"
         " }, 'X25519', true, ['deriveBits']).catch((e) => e.name);"
         "const me = await s.generateKey('X25519', true, ['deriveBits']);"
         "const you = await s.generateKey('X25519', true, ['deriveBits']);"
         "const one = await s.deriveBits({ name: 'X25519', public: you.publicKey }, me.privateKey, "
         "256); const two = await s.deriveBits({ name: 'X25519', public: me.publicKey }, "
         "you.privateKey, null); return [own, hex(one) === hex(two), one.byteLength]; }"),
      "[\"DataError\",true,32]");
}

TEST(WebCrypto, PairsSignInEveryFormatTheyAreExportedIn) {
  for (const char* algorithm :
       {"{ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }",
        "{ name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }", "{ name: 'Ed25519' }",
        "{ name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32, modulusLength: 1024, "
        "publicExponent: new Uint8Array([1, 0, 1]) }",
        "{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', modulusLength: 1024, "
        "publicExponent: new Uint8Array([1, 0, 1]) }"}) {
    EXPECT_EQ(
        Of("{ const alg = " + std::string(algorithm) +
           "; const pair = await s.generateKey(alg, true, ['sign', 'verify']); const out = [];"
           "const data = unhex('0102'); for (const [secret, open] of [['pkcs8', 'spki'], "
           "['jwk', 'jwk']]) { const k = await s.importKey(secret, await s.exportKey(secret, "
           "pair.privateKey), alg, false, ['sign']); const p = await s.importKey(open, await "
           "s.exportKey(open, pair.publicKey), alg, true, ['verify']);"
           "const m = new Uint8Array(await s.sign(alg, k, data));"
           "out.push(await s.verify(alg, p, m, data)); m[5] ^= 1; out.push(await "
           "s.verify(alg, p, m, data)); } return [...out, pair.privateKey.usages.join(), "
           "pair.publicKey.type]; }"),
        "[true,false,true,false,\"sign\",\"public\"]")
        << algorithm;
  }
}

TEST(WebCrypto, AKnownEd25519Key) {  // RFC 8032, 7.1, test 1
  EXPECT_EQ(
      Of("{ const p = await raw('Ed25519', "
         "'d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', ['verify']);"
         "return s.verify('Ed25519', p, unhex('e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873"
         "e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'), unhex('')"
         "); }"),
      "true");
}

TEST(WebCrypto, RsaEncryptsWithALabel) {
  EXPECT_EQ(Of("{ const gen = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 1024, "
               "publicExponent: new Uint8Array([1, 0, 1]) };"
               "const k = await s.generateKey(gen, false, ['encrypt', 'decrypt']);"
               "const alg = { name: 'RSA-OAEP', label: unhex('aabb') }, p = unhex('0102030405');"
               "const c = await s.encrypt(alg, k.publicKey, p);"
               "return [hex(await s.decrypt(alg, k.privateKey, c)), (await why(s.decrypt("
               "{ name: 'RSA-OAEP' }, k.privateKey, c))).split(':')[0], (await why(s.exportKey("
               "'pkcs8', k.privateKey))).split(':')[0], c.byteLength]; }"),
            "[\"0102030405\",\"OperationError\",\"InvalidAccessError\",128]");
}

TEST(WebCrypto, WhatIsWrongHasTheStandardsName) {
  const std::pair<const char*, const char*> cases[] = {
      {"s.generateKey({ name: 'AES-GCM', length: 100 }, true, ['encrypt'])", "OperationError"},
      {"s.generateKey({ name: 'AES-GCM', length: 128 }, true, ['sign'])", "SyntaxError"},
      {"s.generateKey({ name: 'AES-GCM', length: 128 }, true, [])", "SyntaxError"},
      {"s.generateKey('NOPE', true, [])", "NotSupportedError"},
      {"s.generateKey({ name: 'ECDSA', namedCurve: 'P-1' }, true, ['sign'])", "NotSupportedError"},
      {"s.generateKey({ name: 'RSA-PSS', hash: 'SHA-1', modulusLength: 1e9, publicExponent: new "
       "Uint8Array([3]) }, true, ['sign'])",
       "OperationError"},
      {"s.importKey('raw', new Uint8Array(5), 'AES-CBC', true, ['encrypt'])", "DataError"},
      {"s.importKey('pkcs8', new Uint8Array(5), { name: 'ECDH', namedCurve: 'P-256' }, true, "
       "['deriveBits'])",
       "DataError"},
      {"s.importKey('spki', 5, { name: 'ECDH', namedCurve: 'P-256' }, true, [])", "TypeError"},
      {"s.importKey('jwk', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, { name: 'ECDSA', "
       "namedCurve: 'P-256' }, true, ['verify'])",
       "DataError"},
      {"s.sign('HMAC', {}, new Uint8Array(1))", "InvalidAccessError"},
      {"s.sign('HMAC', Object.create(crypto.CryptoKey.prototype), new Uint8Array(1))",
       "InvalidAccessError"},
      {"s.digest('MD5', new Uint8Array(1))", "NotSupportedError"},
      {"s.digest('SHA-1', 'text')", "TypeError"},
      {"s.encrypt({ name: 'AES-CBC', iv: new Uint8Array(3) }, await raw('AES-CBC', "
       "'00'.repeat(16), ['encrypt']), new Uint8Array(1))",
       "OperationError"},
  };
  for (const auto& [call, name] : cases) {
    EXPECT_EQ(Of("(await why((async () => " + std::string(call) + ")())).split(':')[0]"),
              "\"" + std::string(name) + "\"")
        << call;
  }
}

}  // namespace
}  // namespace loadctl::modules::webcrypto
