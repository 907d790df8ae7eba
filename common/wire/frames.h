// Length-prefixed protobuf messages over a descriptor: 4 bytes of size, little endian, then bytes.
// Blocking; one thread at a time for each direction.
#pragma once

#include <google/protobuf/message_lite.h>

namespace loadctl::wire {

/// False at end of file, on an error, or for a message of more than 1 GiB.
bool WriteFrame(int descriptor, const google::protobuf::MessageLite& message);
bool ReadFrame(int descriptor, google::protobuf::MessageLite& message);

}  // namespace loadctl::wire
