// Functions of glibc 2.36 that Debian 12's libstdc++ and libarchive use, for systems with an older one
// (see older_glibc.py). A shared library without versions, so that a reference of any version finds them.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

void arc4random_buf(void* to, size_t size) {
  unsigned char* at = to;
  while (size > 0) {
    const size_t part = size < 256 ? size : 256;  // never interrupted, never short
    if (getrandom(at, part, 0) != (ssize_t)part) abort();
    at += part;
    size -= part;
  }
}

uint32_t arc4random(void) {
  uint32_t value;
  arc4random_buf(&value, sizeof value);
  return value;
}

uint32_t arc4random_uniform(uint32_t bound) {
  if (bound < 2) return 0;
  const uint32_t rest = -bound % bound;  // of 2^32: values below it would be favoured
  uint32_t value;
  do value = arc4random();
  while (value < rest);
  return value % bound;
}
