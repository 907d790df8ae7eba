#include "common/secrets/redactor.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/secrets/wipe.h"
#include "common/text/json_text.h"
#include "common/text/json_writer.h"

namespace loadctl::secrets {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

/// As in a URL: `kept` are the signs that stay besides letters and digits.
std::string PercentEncoded(std::string_view text, std::string_view kept, bool plus) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (plus && c == ' ') {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

/// The secret, and how it looks within JSON, encodeURIComponent(), a URL and a form.
std::vector<std::string> FormsOf(std::string_view secret) {
  const std::string json = text::JsonString(secret);
  return {std::string(secret), json.substr(1, json.size() - 2),
          PercentEncoded(secret, "-_.!~*'()", false), PercentEncoded(secret, "-_.~", false),
          PercentEncoded(secret, "-_.~", true)};
}

}  // namespace

Redactor::Redactor() = default;

Redactor::~Redactor() {
  for (auto known = known_.begin(); known != known_.end();) {
    auto node = known_.extract(known++);
    Wipe(node.value());
  }
}

void Redactor::Add(std::string_view secret) {
  if (IsBlank(secret)) return;
  const std::lock_guard lock(mutex_);
  bool more = false;
  for (std::string& form : FormsOf(secret)) more = known_.insert(std::move(form)).second || more;
  if (!more) return;
  auto table = std::make_shared<Table>();
  for (const std::string& known : known_)
    (*table)[static_cast<unsigned char>(known[0])].push_back(known);
  for (auto& row : *table) {
    std::stable_sort(row.begin(), row.end(), [](const std::string& one, const std::string& other) {
      return one.size() > other.size();
    });
  }
  table_ = std::move(table);
  any_.store(true, std::memory_order_release);
}

std::shared_ptr<const Redactor::Table> Redactor::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

bool Redactor::Redact(std::string& text) const {
  if (empty()) return false;
  const auto table = this->table();
  const std::string_view all = text;
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < all.size();) {
    const auto& row = (*table)[static_cast<unsigned char>(all[at])];
    const auto found = std::find_if(row.begin(), row.end(), [&](const std::string& secret) {
      return all.substr(at).starts_with(secret);
    });
    if (found == row.end()) {
      ++at;
      continue;
    }
    out.append(all.substr(copied, at - copied)).append(kMask);
    at += found->size();
    copied = at;
  }
  if (copied == 0) return false;
  out.append(all.substr(copied));
  text = std::move(out);
  return true;
}

bool Redactor::RedactJson(std::string& json) const {
  if (empty()) return false;
  std::string out;
  bool changed = false;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      out += json[at++];
      continue;
    }
    const std::size_t end = text::EndOfString(json, at);
    const std::string_view quoted = std::string_view(json).substr(at, end - at);
    const std::size_t next = json.find_first_not_of(" \t\r\n", end);
    const bool key = next != std::string::npos && json[next] == ':';
    std::string value = key ? std::string() : text::Unquote(quoted);
    if (!key && Redact(value)) {
      out += text::JsonString(value);
      changed = true;
    } else {
      out += quoted;
    }
    at = end;
  }
  if (changed) json = std::move(out);
  return changed;
}

}  // namespace loadctl::secrets
