#include "common/wire/secrets.h"

#include <utility>

#include "common/secrets/wipe.h"
#include "common/wire/codes.h"

namespace loadctl::wire {

v1::Secrets WriteSecrets(const std::vector<secrets::Source>& sources) {
  v1::Secrets to;
  for (const auto& source : sources) {
    auto* one = to.add_sources();
    for (const auto& name : source.names) one->add_names(name);
    one->set_asked(source.asked);
    for (const auto& [key, value] : source.values) {
      auto* variable = one->add_values();
      variable->set_name(key);
      variable->set_value(value);
    }
  }
  return to;
}

Result<std::vector<secrets::Source>> ReadSecrets(const v1::Secrets& from) {
  std::vector<secrets::Source> sources;
  for (const auto& one : from.sources()) {
    auto& source = sources.emplace_back();
    source.names = {one.names().begin(), one.names().end()};
    source.asked = one.asked();
    for (const auto& variable : one.values())
      source.values.insert_or_assign(variable.name(), variable.value());
  }
  LOADCTL_CHECK_OK(secrets::CheckSources(sources));
  return sources;
}

void ForgetSecrets(v1::Secrets& secrets) {
  for (auto& source : *secrets.mutable_sources())
    for (auto& variable : *source.mutable_values()) secrets::Wipe(*variable.mutable_value());
  secrets.Clear();
}

v1::SecretGiven WriteSecret(const std::string& source, const std::string& key,
                            const Result<std::string>& value) {
  v1::SecretGiven given;
  given.set_source(source);
  given.set_key(key);
  if (value) {
    given.set_value(*value);
  } else {
    *given.mutable_failure() = ToProto(value.error());
  }
  return given;
}

Result<std::string> ReadSecret(const v1::SecretGiven& given) {
  if (given.has_failure()) return tl::unexpected(ErrorOf(given.failure()));
  if (given.value().size() > secrets::kMostValueBytes) return Fail("the secret is too long");
  return given.value();
}

}  // namespace loadctl::wire
