// A message from protobuf's text format. For tests only; it stops the program on a broken text.
#pragma once

#include <google/protobuf/text_format.h>

#include <string>

#include "common/base/check.h"

namespace loadctl::summary {

template <class Message>
[[nodiscard]] Message FromText(const std::string& text) {
  Message message;
  LOADCTL_CHECK(google::protobuf::TextFormat::ParseFromString(text, &message), "broken text");
  return message;
}

}  // namespace loadctl::summary
