#include "common/secrets/redactor.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/base/base64.h"
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
  out.reserve(3 * text.size());  // never moved: nothing of it stays elsewhere
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

bool IsOfBase64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

}  // namespace

/// Three bytes are four signs, so a text looks in one of three ways, by where in a group it begins.
/// Of each way the signs that are the secret's alone; too few of them would be found in words.
void Redactor::AddBase64(std::string_view secret, std::vector<Form>& to) {
  constexpr std::size_t kLeastBytes = 4, kLeastSigns = 8;
  if (secret.size() < kLeastBytes) return;
  for (const auto alphabet : {Base64::Alphabet::kStandard, Base64::Alphabet::kUrl}) {
    to.push_back({Base64{alphabet}.Encode(secret), {}});
    for (std::size_t shift = 0; shift < 3; ++shift) {
      std::string shifted(shift + secret.size(), '\0');
      std::copy(secret.begin(), secret.end(), shifted.begin() + static_cast<std::ptrdiff_t>(shift));
      std::string signs = Base64{alphabet, Base64::Padding::kNo}.Encode(shifted);
      signs.resize(shifted.size() * 8 / 6);
      if (shift != 0) signs.erase(0, shift + 1);
      if (signs.size() >= kLeastSigns)
        to.push_back({std::move(signs), {shift != 0, shifted.size() % 3 != 0}});
      Wipe(shifted);
    }
  }
}

/// The secret, and how it looks within JSON, encodeURIComponent(), a URL, a form and base64.
std::vector<Redactor::Form> Redactor::FormsOf(std::string_view secret) {
  // Never moved, either: short texts lie in it.
  constexpr std::size_t kMostForms = 32;
  std::vector<Form> forms;
  forms.reserve(kMostForms);
  std::string json;
  json.reserve(6 * secret.size() + 2);
  text::AppendJsonString(secret, text::JsonEscapes::kJs, json);
  forms.emplace_back(secret, Edges{});
  forms.emplace_back(json.substr(1, json.size() - 2), Edges{});
  forms.emplace_back(PercentEncoded(secret, "-_.!~*'()", false), Edges{});
  forms.emplace_back(PercentEncoded(secret, "-_.~", false), Edges{});
  forms.emplace_back(PercentEncoded(secret, "-_.~", true), Edges{});
  Wipe(json);
  const std::size_t plain = forms.size();
  AddBase64(secret, forms);
  for (std::size_t i = plain, all = forms.size(); i < all; ++i)
    forms.push_back({PercentEncoded(forms[i].first, "-_.~", false), forms[i].second});
  return forms;
}

Redactor::Redactor() = default;

Redactor::~Redactor() {
  for (auto known = known_.begin(); known != known_.end();) {
    auto node = known_.extract(known++);
    Wipe(node.key());
  }
}

void Redactor::Add(std::string_view secret) {
  if (IsBlank(secret)) return;
  const std::lock_guard lock(mutex_);
  if (known_.contains(secret)) return;
  for (auto& [form, edges] : FormsOf(secret)) {
    known_.emplace(form, edges);
    Wipe(form);
  }
  table_ = nullptr;
  any_.store(true, std::memory_order_release);
}

std::shared_ptr<const Redactor::Table> Redactor::table() const {
  const std::lock_guard lock(mutex_);
  if (table_) return table_;
  auto table = std::make_shared<Table>();
  for (const auto& known : known_)
    (*table)[static_cast<unsigned char>(known.first[0])].push_back(known);
  for (auto& row : *table) {
    std::stable_sort(row.begin(), row.end(), [](const auto& one, const auto& other) {
      return one.first.size() > other.first.size();
    });
  }
  table_ = std::move(table);
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
    const auto found = std::find_if(row.begin(), row.end(), [&](const auto& form) {
      return all.substr(at).starts_with(form.first);
    });
    if (found == row.end()) {
      ++at;
      continue;
    }
    const auto& [form, edges] = *found;
    const bool before = edges.before && at > copied && IsOfBase64(all[at - 1]);
    out.append(all.substr(copied, at - copied - (before ? 1 : 0))).append(kMask);
    at += form.size();
    if (edges.behind && at < all.size() && IsOfBase64(all[at])) ++at;
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
