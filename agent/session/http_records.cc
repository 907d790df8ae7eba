#include "agent/session/http_records.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace loadctl::session {
namespace {

constexpr std::size_t kMostRecords = 1000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

/// What is left of the limits. Workers that send at the same time meet here: a run with --har is
/// one that somebody looks at, not one that measures.
struct Limits {
  std::mutex mutex;
  std::size_t records = 0, bytes = 0;
  bool over = false;
};

v1::FromAgent MessageOf(vu::HttpRecord record) {
  v1::FromAgent message;
  auto& to = *message.mutable_exchange();
  to.set_unix_ns(record.unix_ns);
  to.set_method(std::move(record.method));
  to.set_url(std::move(record.url));
  to.set_request_version(std::move(record.request_version));
  for (auto& [name, value] : record.request_fields) {
    to.add_request_fields(std::move(name));
    to.add_request_fields(std::move(value));
  }
  to.set_request_body(std::move(record.request_body));
  to.set_request_size(record.request_size);
  to.set_status(static_cast<std::uint32_t>(record.status));
  to.set_status_text(std::move(record.status_text));
  to.set_version(std::move(record.version));
  for (auto& [name, value] : record.fields) {
    to.add_fields(std::move(name));
    to.add_fields(std::move(value));
  }
  to.set_body(std::move(record.body));
  to.set_size(record.size);
  to.set_error(std::move(record.error));
  to.set_address(std::move(record.address));
  to.set_blocked_ns(record.blocked.count());
  to.set_looking_up_ns(record.looking_up.count());
  to.set_connecting_ns(record.connecting.count());
  to.set_tls_handshaking_ns(record.tls_handshaking.count());
  to.set_sending_ns(record.sending.count());
  to.set_waiting_ns(record.waiting.count());
  to.set_receiving_ns(record.receiving.count());
  to.set_vu(record.vu);
  to.set_iteration(record.iteration);
  to.set_scenario(std::move(record.scenario));
  to.set_group(std::move(record.group));
  return message;
}

}  // namespace

std::function<void(vu::HttpRecord)> SendHttpRecords(AgentLink& link) {
  return [&link, limits = std::make_shared<Limits>()](vu::HttpRecord record) {
    bool last = false;
    {
      const std::lock_guard lock(limits->mutex);
      if (limits->over) return;
      limits->bytes += record.Size();
      last = ++limits->records >= kMostRecords || limits->bytes >= kMostBytes;
      limits->over = last;
    }
    v1::FromAgent message = MessageOf(std::move(record));
    message.mutable_exchange()->set_last(last);
    link.Send(std::move(message));
  };
}

}  // namespace loadctl::session
