#include "common/secrets/keeper.h"

#include <set>

#include "common/secrets/wipe.h"
#include "common/text/quote.h"

namespace loadctl::secrets {

Result<void> CheckSources(const std::vector<Source>& sources) {
  const auto fail = [](const std::string& what) { return Fail(ErrorCode::kInvalidConfig, what); };
  if (sources.size() > kMostSources)
    return fail("more than " + std::to_string(kMostSources) + " secret sources");
  std::set<std::string, std::less<>> names;
  std::size_t secrets = 0, bytes = 0;
  for (const Source& source : sources) {
    if (source.names.empty() || source.names.size() > 2) return fail("a secret source has no name");
    for (const std::string& name : source.names) {
      if (name.size() > kMostKeyBytes) return fail("the name of a secret source is too long");
      if (!names.insert(name).second)
        return fail("two secret sources are named " + text::QuoteGo(name));
    }
    for (const auto& [key, value] : source.values) {
      if (key.size() > kMostKeyBytes)
        return fail("the name of a secret is longer than " + std::to_string(kMostKeyBytes) +
                    " bytes");
      if (value.size() > kMostValueBytes) {
        return fail("the secret " + text::QuoteGo(key) + " is longer than " +
                    std::to_string(kMostValueBytes >> 10) + " KiB");
      }
      bytes += key.size() + value.size();
      if (++secrets > kMostSecrets)
        return fail("more than " + std::to_string(kMostSecrets) + " secrets");
      if (bytes > kMostBytes)
        return fail("the secrets are more than " + std::to_string(kMostBytes >> 20) + " MiB");
    }
  }
  return {};
}

void TellValues(const std::vector<Source>& sources, Redactor& redactor) {
  for (const Source& source : sources)
    for (const auto& [key, value] : source.values)
      if (value.size() >= kLeastKnownBytes) redactor.Add(value);
}

Keeper::~Keeper() {
  for (Source& source : sources_)
    for (auto& [key, value] : source.values) Wipe(value);
}

void Keeper::Fill(std::vector<Source> sources, Ask ask) {
  const std::lock_guard lock(mutex_);
  sources_ = std::move(sources);
  ask_ = std::move(ask);
  places_.clear();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    for (const std::string& name : sources_[i].names) places_.emplace(name, i);
  }
  TellValues(sources_, redactor_);
}

std::optional<Result<std::string>> Keeper::Known(const std::string& source,
                                                 const std::string& key) const {
  if (sources_.empty()) return Fail("no secret sources are configured");
  const auto place = places_.find(source);
  if (place == places_.end())
    return Fail("no secret source with name " + text::QuoteGo(source) + " is configured");
  const Source& found = sources_[place->second];
  if (const auto value = found.values.find(key); value != found.values.end()) return value->second;
  if (!found.asked) return Fail("no value");
  if (key.size() > kMostKeyBytes) return Fail("the name of a secret is too long");
  return std::nullopt;
}

void Keeper::Get(const std::string& source, const std::string& key, Reply reply) {
  std::string name;
  {
    std::unique_lock lock(mutex_);
    if (auto known = Known(source, key)) {
      lock.unlock();
      if (*known && (*known)->size() < kLeastKnownBytes) redactor_.Add(**known);
      return reply(std::move(*known));
    }
    // By its own name: `default` is the same one.
    name = sources_[places_.find(source)->second].names.front();
    auto& waiting = waiting_[{name, key}];
    waiting.push_back(std::move(reply));
    if (waiting.size() > 1) return;
  }
  ask_(name, key);
}

void Keeper::Answer(const std::string& source, const std::string& key,
                    const Result<std::string>& value) {
  std::vector<Reply> replies;
  {
    const std::lock_guard lock(mutex_);
    const auto waiting = waiting_.find({source, key});
    if (waiting == waiting_.end()) return;
    replies = std::move(waiting->second);
    waiting_.erase(waiting);
    if (value) {
      redactor_.Add(*value);
      sources_[places_.find(source)->second].values.insert_or_assign(key, *value);
    }
  }
  for (const Reply& reply : replies) reply(value);
}

}  // namespace loadctl::secrets
