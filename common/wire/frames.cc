#include "common/wire/frames.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

namespace loadctl::wire {
namespace {

constexpr std::size_t kMaxFrame = 1u << 30;

bool WriteAll(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = send(descriptor, data, size, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool ReadAll(int descriptor, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t got = read(descriptor, data, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

bool WriteFrame(int descriptor, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  if (bytes.size() > kMaxFrame) return false;
  std::array<char, 4> size;
  for (std::size_t i = 0; i < size.size(); ++i)
    size[i] = static_cast<char>(bytes.size() >> (8 * i));
  return WriteAll(descriptor, size.data(), size.size()) &&
         WriteAll(descriptor, bytes.data(), bytes.size());
}

bool ReadFrame(int descriptor, google::protobuf::MessageLite& message) {
  std::array<unsigned char, 4> prefix;
  if (!ReadAll(descriptor, reinterpret_cast<char*>(prefix.data()), prefix.size())) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < prefix.size(); ++i)
    size |= static_cast<std::size_t>(prefix[i]) << (8 * i);
  if (size > kMaxFrame) return false;
  std::string bytes(size, '\0');
  return ReadAll(descriptor, bytes.data(), size) && message.ParseFromString(bytes);
}

}  // namespace loadctl::wire
