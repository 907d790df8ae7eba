#include "agent/net/http/http_message.h"

#include <algorithm>
#include <array>

#include "agent/net/http/idna.h"

namespace loadctl::net {
namespace {

constexpr std::size_t kKeepHeadMemory = 4 * 1024;
constexpr std::size_t kKeepBodyMemory = 32 * 1024;
constexpr std::size_t kKeepFields = 64;

constexpr std::array<bool, 256> TokenTable() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kToken = TokenTable();

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void Trim(std::string& text, std::size_t keep) {
  if (text.capacity() > keep) {
    text = std::string();
  } else {
    text.clear();
  }
}

std::string_view FirstLine(std::string_view head) {
  std::string_view line = head.substr(0, head.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

void AppendCanonical(std::string_view name, std::string& out) {
  const std::size_t begin = out.size();
  out += name;
  if (!IsToken(name)) return;
  bool start = true;
  for (std::size_t i = begin; i < out.size(); ++i) {
    out[i] = start ? Upper(out[i]) : Lower(out[i]);
    start = out[i] == '-';
  }
}

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

std::string CanonicalHeaderName(std::string_view name) {
  std::string out;
  AppendCanonical(name, out);
  return out;
}

void HeaderList::Add(std::string_view name, std::string_view value) {
  std::string canonical = CanonicalHeaderName(name);
  const auto at =
      std::upper_bound(fields_.begin(), fields_.end(), canonical,
                       [](const std::string& key, const Field& f) { return key < f.name; });
  fields_.insert(at, {std::move(canonical), std::string(value)});
}

void HeaderList::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

void HeaderList::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return EqualsIgnoreCase(field.name, name); });
}

const std::string* HeaderList::Find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (EqualsIgnoreCase(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::optional<HttpVersion> ReadHttpVersion(std::string_view text) {
  if (text == "1.1") return HttpVersion::kHttp1;
  if (text == "2") return HttpVersion::kHttp2;
  if (text == "h2c") return HttpVersion::kH2c;
  return std::nullopt;
}

bool WantsClose(const Request& request) {
  const std::string* connection = request.Header("Connection");
  if (connection == nullptr) return false;
  std::string_view list = *connection;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (EqualsIgnoreCase(Trim(list.substr(0, comma)), "close")) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

void AppendHost(const Request& request, std::string& out) {
  const std::string* given = request.Header("Host");
  if (given == nullptr || given->empty()) {
    out += request.url->host_header;
    return;
  }
  const std::string_view host = *given;
  if (IsInternational(host)) {
    const auto colon = std::min(host.rfind(':'), host.size());
    if (const auto ascii = ToAscii(host.substr(0, colon))) {
      out.append(*ascii).append(host.substr(colon));
      return;
    }
  }
  out += host.starts_with('[') ? WithoutZone(host) : host;
}

std::string_view Exchange::Protocol() const {
  if (status == 0) return {};
  const std::string_view line = FirstLine(head);
  return line.substr(0, line.find(' '));
}

std::string_view Exchange::StatusText() const {
  if (status == 0) return {};
  std::string_view line = FirstLine(head);
  line.remove_prefix(std::min(line.find(' '), line.size()));
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return line;
}

std::string_view Exchange::Name(const Field& field) const {
  return std::string_view(head).substr(field.name, field.name_size);
}

std::string_view Exchange::Value(const Field& field) const {
  return std::string_view(head).substr(field.value, field.value_size);
}

std::string_view Exchange::Header(std::string_view name) const {
  for (const Field& field : headers) {
    if (field.name_size == name.size() && EqualsIgnoreCase(Name(field), name)) return Value(field);
  }
  return {};
}

void Exchange::AppendHead(std::string& out) const {
  out.append(Protocol()).append(1, '\n').append(StatusText()).append(1, '\n');
  for (const Field& field : headers) {
    AppendCanonical(Name(field), out);
    out.append(1, '\n').append(Value(field)).append(1, '\n');
  }
  // Go's client of HTTP/1 adds what an old `Pragma: no-cache` means.
  if (head.starts_with("HTTP/1") && Header("Pragma") == "no-cache" &&
      std::none_of(headers.begin(), headers.end(), [this](const Field& field) {
        return EqualsIgnoreCase(Name(field), "Cache-Control");
      })) {
    out += "Cache-Control\nno-cache\n";
  }
}

int Exchange::ErrorCode() const {
  if (outcome != Outcome::kResponse) return failure.code;
  return status >= 400 ? code::kDefault + status : 0;
}

void Exchange::Reset() {
  Trim(head, kKeepHeadMemory);
  Trim(body, kKeepBodyMemory);
  headers.clear();
  if (headers.capacity() > kKeepFields) headers = {};
  outcome = Outcome::kTransportError;
  failure.code = 0;
  failure.text.clear();
  failure.detail.clear();
  status = 0;
  reused = opened = head_complete = false;
  timings = {};
  started = ended = {};
  bytes_sent = bytes_received = 0;
  connected = false;
  tls_version = tls_cipher_suite = {};
  if (ocsp) ocsp.reset();
}

}  // namespace loadctl::net
