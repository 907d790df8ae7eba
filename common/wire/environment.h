// __ENV on the wire: names and values are bytes, for a process may be given any. Any thread.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <map>
#include <string>

#include "loadctl/v1/session.pb.h"

namespace loadctl::wire {

inline void PutEnvironment(const std::map<std::string, std::string>& env,
                           google::protobuf::RepeatedPtrField<v1::Variable>& to) {
  for (const auto& [name, value] : env) {
    auto* variable = to.Add();
    variable->set_name(name);
    variable->set_value(value);
  }
}

/// Of several with one name the last counts.
[[nodiscard]] inline std::map<std::string, std::string> TakeEnvironment(
    const google::protobuf::RepeatedPtrField<v1::Variable>& from) {
  std::map<std::string, std::string> env;
  for (const auto& variable : from) env.insert_or_assign(variable.name(), variable.value());
  return env;
}

}  // namespace loadctl::wire
