#include "agent/modules/http/http_recording.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "agent/modules/http/http_debug.h"
#include "agent/vu/clock.h"

namespace loadctl::modules::http {
namespace {

constexpr std::size_t kMostBody = 64 * 1024;
constexpr std::size_t kMostFields = 256;
constexpr std::size_t kMostHead = 64 * 1024;

/// Fields of a head, as many as are kept.
class KeptFields {
 public:
  explicit KeptFields(vu::HttpRecord::Fields& fields) : fields_(fields) {}
  /// False: no more are kept.
  bool Add(std::string_view name, std::string_view value) {
    size_ += name.size() + value.size();
    if (size_ > kMostHead || fields_.size() == kMostFields) return false;
    fields_.emplace_back(name, value);
    return true;
  }

 private:
  vu::HttpRecord::Fields& fields_;
  std::size_t size_ = 0;
};

/// The fields of a head, behind its first line.
vu::HttpRecord::Fields FieldsOf(std::string_view head) {
  vu::HttpRecord::Fields fields;
  KeptFields kept(fields);
  head.remove_prefix(std::min(head.find('\n') + 1, head.size()));
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos && !kept.Add(line.substr(0, colon), line.substr(colon + 2)))
      break;
  }
  return fields;
}

void NoteAnswer(const net::Exchange& exchange, vu::HttpRecord& record) {
  record.status = exchange.status;
  record.status_text = exchange.StatusText();
  // `200 OK`: without the number, which is apart.
  record.status_text.erase(0, std::min(record.status_text.find(' '), record.status_text.size()));
  if (record.status_text.starts_with(' ')) record.status_text.erase(0, 1);
  record.version = exchange.Protocol();
  KeptFields kept(record.fields);
  for (const net::Exchange::Field& field : exchange.headers)
    if (!kept.Add(exchange.Name(field), exchange.Value(field))) break;
}

}  // namespace

vu::HttpRecord RecordOf(vu::Vu& vu, const ScriptRequest& sent, const net::Hop& hop) {
  const auto& options = vu.program().options;
  const net::Exchange& exchange = hop.exchange;
  vu::HttpRecord record;
  record.unix_ns = vu::WallNs(exchange.started);
  record.method = hop.method;
  record.url = hop.url.ToString().substr(0, kMostHead);
  record.request_version = exchange.Protocol().empty() ? "HTTP/1.1" : exchange.Protocol();
  record.request_fields =
      FieldsOf(ShownRequest(hop, options.user_agent, options.no_connection_reuse, false));
  record.request_body = hop.body.substr(0, kMostBody);
  record.request_size = hop.body.size();
  if (exchange.outcome == net::Outcome::kResponse) {
    NoteAnswer(exchange, record);
  } else {
    record.error = exchange.failure.text.substr(0, kMostHead);
  }
  record.body = std::string_view(exchange.body).substr(0, kMostBody);
  record.size = exchange.body.size();
  if (exchange.connected) record.address = exchange.remote.Host();
  record.blocked = exchange.timings.blocked;
  record.looking_up = exchange.timings.looking_up;
  record.connecting = exchange.timings.connecting;
  record.tls_handshaking = exchange.timings.tls_handshaking;
  record.sending = exchange.timings.sending;
  record.waiting = exchange.timings.waiting;
  record.receiving = exchange.timings.receiving;
  record.vu = static_cast<std::int64_t>(vu.numbers().in_test);
  record.iteration = vu.execution().iteration();
  if (const auto* scenario = vu.execution().scenario()) record.scenario = scenario->name;
  record.group = sent.place ? sent.place->group : vu.tags().group();
  return record;
}

}  // namespace loadctl::modules::http
