#include "controller/secretsource/sources.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "common/text/quote.h"
#include "controller/secretsource/url_source.h"

namespace loadctl::secretsource {
namespace {

constexpr std::size_t kMostFileBytes = std::size_t{2} << 20;
constexpr std::size_t kMostThreads = 4;

/// At each comma, as Go's strings.Split: at least one part.
std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t comma = text.find(',', at);
    parts.push_back(text.substr(at, comma - at));
    if (comma == std::string::npos) return parts;
    at = comma + 1;
  }
}

/// What a specification says, taken apart.
struct Spec {
  std::string type;
  std::string name;  ///< the type where none is given
  bool is_default = false;
  std::string config;  ///< the rest
};

Spec ReadSpec(const std::string& text) {
  Spec spec;
  const std::size_t equals = text.find('=');
  spec.type = text.substr(0, equals);
  const std::string config = equals == std::string::npos ? "" : text.substr(equals + 1);
  bool first = true;
  for (const std::string& part : Split(config)) {
    if (part == "default") {
      spec.is_default = true;
    } else if (part.starts_with("name=")) {
      spec.name = part.substr(5);
    } else {
      spec.config += (std::exchange(first, false) ? "" : ",") + part;
    }
  }
  if (spec.name.empty()) spec.name = spec.type;
  return spec;
}

Result<std::map<std::string, std::string>> ReadMock(const std::string& config) {
  std::map<std::string, std::string> values;
  for (const std::string& part : Split(config)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return Fail("parsing " + text::QuoteGo(part) + ", needs =");
    values[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return values;
}

Result<std::map<std::string, std::string>> ReadFile(const std::string& config) {
  std::string path;
  for (const std::string& part : Split(config)) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) {
      path = part;
    } else if (part.starts_with("filename=")) {
      path = part.substr(equals + 1);
    } else {
      return Fail("unknown configuration key for file secret source " +
                  text::QuoteGo(part.substr(0, equals)));
    }
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Fail(
        "open " + path + ": " +
        (errno == ENOENT || errno == 0 ? "no such file or directory" : std::strerror(errno)));
  }
  std::map<std::string, std::string> values;
  std::string line;
  std::size_t bytes = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    bytes += line.size() + 1;
    if (bytes > kMostFileBytes)
      return Fail("the file of secrets " + path + " is larger than 2 MiB");
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t equals = line.find('=');
    // k6 prints the line, which may be a secret.
    if (equals == std::string::npos)
      return Fail("parsing line " + std::to_string(number) + " of " + path + ", needs =");
    values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (file.bad() || (!file.eof() && file.fail()))
    return Fail("read " + path + ": is no file to read");
  return values;
}

/// A header that is the same for everybody.
bool IsPlainHeader(std::string_view name) {
  constexpr std::string_view kPlain[] = {"accept", "content-type", "user-agent", "host"};
  return std::any_of(std::begin(kPlain), std::end(kPlain), [&](std::string_view plain) {
    return std::equal(name.begin(), name.end(), plain.begin(), plain.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
  });
}

}  // namespace

/// The sources that are asked, and threads that ask them.
class Sources::Fetchers {
 public:
  explicit Fetchers(std::shared_ptr<secrets::Redactor> redactor) : redactor_(std::move(redactor)) {}
  ~Fetchers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    for (auto& [name, source] : sources_) source->Stop();
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void Add(const std::string& name, UrlConfig config) {
    for (const auto& [header, value] : config.headers) {
      if (IsPlainHeader(header)) continue;
      redactor_->Add(value);
      // Of `Bearer TOKEN` the token alone is one, too.
      if (const std::size_t space = value.find(' '); space != std::string::npos)
        redactor_->Add(std::string_view(value).substr(space + 1));
    }
    sources_.emplace(name, std::make_unique<UrlSource>(std::move(config)));
  }
  [[nodiscard]] std::map<std::string, std::string> Known(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> known;
    for (const auto& [place, value] : values_)
      if (place.first == name) known[place.second] = value;
    return known;
  }

  Result<std::string> Get(const std::string& source, const std::string& key) {
    const auto found = sources_.find(source);
    if (found == sources_.end())
      return Fail("no secret source with name " + text::QuoteGo(source) + " is configured");
    std::unique_lock lock(mutex_);
    const std::pair place(source, key);
    // Whoever comes while it is fetched has the same answer, if it is one.
    wake_.wait(lock, [&] { return ending_ || !fetching_.contains(place); });
    if (const auto value = values_.find(place); value != values_.end()) return value->second;
    if (ending_) return Fail("failed to get secret: the run is over");
    fetching_.insert(place);
    lock.unlock();
    auto value = found->second->Get(key);
    lock.lock();
    fetching_.erase(place);
    if (value && values_.size() < secrets::kMostSecrets) {
      redactor_->Add(*value);
      values_.emplace(place, *value);
    } else if (value) {
      value = Fail("more than " + std::to_string(secrets::kMostSecrets) + " secrets");
    }
    wake_.notify_all();
    return value;
  }

  void Ask(std::function<void()> question) {
    {
      const std::lock_guard lock(mutex_);
      questions_.push_back(std::move(question));
      if (threads_.size() < kMostThreads && idle_ < questions_.size())
        threads_.emplace_back([this] { Work(); });
    }
    wake_.notify_all();
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      wake_.wait(lock, [this] { return ending_ || !questions_.empty(); });
      --idle_;
      if (ending_) return;
      const auto question = std::move(questions_.front());
      questions_.pop_front();
      lock.unlock();
      question();
      lock.lock();
    }
  }

  const std::shared_ptr<secrets::Redactor> redactor_;
  std::map<std::string, std::unique_ptr<UrlSource>> sources_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::pair<std::string, std::string>, std::string> values_;
  std::set<std::pair<std::string, std::string>> fetching_;
  std::deque<std::function<void()>> questions_;
  std::size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

std::string ShownSpec(const std::string& spec) {
  const std::size_t equals = spec.find('=');
  if (equals == std::string::npos) return spec;
  std::string shown = spec.substr(0, equals + 1);
  bool first = true;
  for (const std::string& part : Split(spec.substr(equals + 1))) {
    const std::size_t value = part.find('=');
    const std::string key = part.substr(0, value);
    const bool plain =
        value == std::string::npos || key == "name" || key == "filename" || key == "config";
    shown += std::exchange(first, false) ? "" : ",";
    shown += plain ? part : key + "=" + std::string(secrets::Redactor::kMask);
  }
  return shown;
}

Sources::Sources() : fetchers_(std::make_unique<Fetchers>(redactor_)) {}
Sources::~Sources() = default;

Result<void> Sources::Add(const std::string& text, const Environment& environment) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return Fail("couldn't parse secret source configuration " + text::QuoteGo(text));
  const Spec spec = ReadSpec(text);
  if (spec.type == "cloud") {
    return Fail(ErrorCode::kInvalidConfig,
                "'cloud' is not a valid value for --secret-source: loadctl has no cloud");
  }
  secrets::Source source;
  source.names.push_back(spec.name);
  if (spec.type == "mock") {
    LOADCTL_TRY(source.values, ReadMock(spec.config));
  } else if (spec.type == "file") {
    LOADCTL_TRY(source.values, ReadFile(spec.config));
  } else if (spec.type == "url") {
    LOADCTL_TRY(UrlConfig config, ReadUrlConfig(spec.config, environment));
    source.asked = true;
    fetchers_->Add(spec.name, std::move(config));
  } else {
    return Fail("no secret source for type " + text::QuoteGo(spec.type) + " for configuration " +
                text::QuoteGo(ShownSpec(text)));
  }
  for (const auto& other : sources_) {
    if (other.names.front() == spec.name) {
      return Fail("secret source for name " + text::QuoteGo(spec.type) +
                  " already registered before configuration " + text::QuoteGo(ShownSpec(text)));
    }
    if (spec.is_default && other.names.size() > 1) {
      return Fail("can't have two secret sources that are default ones, second one was " +
                  text::QuoteGo(ShownSpec(text)));
    }
  }
  if (spec.is_default && spec.name != secrets::kDefaultSource)
    source.names.emplace_back(secrets::kDefaultSource);
  sources_.push_back(std::move(source));
  return {};
}

Result<void> Sources::AddVariables(std::span<const std::string> variables,
                                   const Environment& environment) {
  if (variables.empty()) return {};
  secrets::Source source;
  source.names = {kEnvSource};
  for (const std::string& name : variables) {
    const auto found = environment.find(name);
    if (found == environment.end()) {
      return Fail(ErrorCode::kInvalidConfig,
                  "--secret-env " + name + ": the environment has no variable of that name");
    }
    source.values[name] = found->second;
  }
  if (sources_.empty()) source.names.emplace_back(secrets::kDefaultSource);
  sources_.push_back(std::move(source));
  return {};
}

Result<std::unique_ptr<Sources>> Sources::Open(std::span<const std::string> specs,
                                               std::span<const std::string> variables,
                                               const Environment& environment) {
  std::unique_ptr<Sources> all(new Sources());
  for (const std::string& spec : specs) LOADCTL_CHECK_OK(all->Add(spec, environment));
  if (all->sources_.size() == 1) {
    auto& names = all->sources_[0].names;
    if (names.size() == 1 && names[0] != secrets::kDefaultSource)
      names.emplace_back(secrets::kDefaultSource);
  }
  LOADCTL_CHECK_OK(all->AddVariables(variables, environment));
  LOADCTL_CHECK_OK(secrets::CheckSources(all->sources_));
  secrets::TellValues(all->sources_, *all->redactor_);
  return all;
}

bool Sources::asked() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& one) { return one.asked; });
}

std::vector<secrets::Source> Sources::AtOnce() const {
  std::vector<secrets::Source> all = sources_;
  for (auto& source : all)
    if (source.asked) source.values = fetchers_->Known(source.names.front());
  return all;
}

Result<std::string> Sources::Get(const std::string& source, const std::string& key) {
  return fetchers_->Get(source, key);
}

void Sources::Ask(const std::string& source, const std::string& key, secrets::Keeper::Reply reply) {
  fetchers_->Ask([this, source, key, reply = std::move(reply)] { reply(Get(source, key)); });
}

}  // namespace loadctl::secretsource
