#include "agent/modules/crypto/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace loadctl::modules::crypto {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

TEST(Hash, KnownDigestsOfAbc) {
  const std::vector<std::pair<std::string, std::string>> known = {
      {"md4", "a448017aaf21d8525fc10ae87aa6729d"},
      {"md5", "900150983cd24fb0d6963f7d28e17f72"},
      {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"sha384",
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c"
       "825a7"},
      {"sha512_224", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"},
      {"sha512_256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
      {"ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
  };
  for (const auto& [name, digest] : known) {
    auto hash = Hash::Make(name);
    ASSERT_TRUE(hash) << name;
    hash->Update("a");
    (void)hash->Digest();  // changes nothing
    hash->Update("bc");
    EXPECT_EQ(Hex(hash->Digest()), digest) << name;
    EXPECT_EQ(Hex(hash->Digest()), digest) << name;
  }
  EXPECT_FALSE(Hash::Make("sha-256"));
  EXPECT_FALSE(Hash::MakeHmac("", "key"));
}

// RFC 4231, cases 2 and 6 (a key longer than a block).
TEST(Hash, KnownHmacs) {
  auto hmac = Hash::MakeHmac("sha256", "Jefe");
  hmac->Update("what do ya want ");
  hmac->Update("for nothing?");
  EXPECT_EQ(Hex(hmac->Digest()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  auto long_key = Hash::MakeHmac("sha256", std::string(131, '\xaa'));
  long_key->Update("Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(Hex(long_key->Digest()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

std::string ByHand(const std::string& name, std::string key, std::size_t block,
                   const std::string& message) {
  const auto digest = [&](const std::string& bytes) {
    auto hash = Hash::Make(name);
    hash->Update(bytes);
    return hash->Digest();
  };
  if (key.size() > block) key = digest(key);
  key.resize(block, '\0');
  std::string inner, outer;
  for (const char c : key) inner += static_cast<char>(c ^ 0x36);
  for (const char c : key) outer += static_cast<char>(c ^ 0x5c);
  return digest(outer + digest(inner + message));
}

TEST(Hash, HmacsAreAsRfc2104MakesThemOfTheHash) {
  const std::vector<std::pair<std::string, std::size_t>> blocks = {
      {"md4", 64},     {"md5", 64},         {"sha1", 64},        {"sha256", 64},   {"sha384", 128},
      {"sha512", 128}, {"sha512_224", 128}, {"sha512_256", 128}, {"ripemd160", 64}};
  for (const auto& [name, block] : blocks) {
    for (const std::size_t size : {0, 1, 20, 64, 65, 128, 129, 500}) {
      const std::string key(size, 'k');
      auto hmac = Hash::MakeHmac(name, key);
      ASSERT_TRUE(hmac) << name;
      EXPECT_EQ(Hex(hmac->Digest()), Hex(ByHand(name, key, block, ""))) << name << " " << size;
      hmac->Update("mess");
      (void)hmac->Digest();  // changes nothing
      hmac->Update("age");
      EXPECT_EQ(Hex(hmac->Digest()), Hex(ByHand(name, key, block, "message")))
          << name << " " << size;
    }
  }
}

}  // namespace
}  // namespace loadctl::modules::crypto
