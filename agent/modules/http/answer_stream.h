// AnswerStream: an answer that a script reads while it comes in.
// Not how it is sent (script_request.h). The VU's worker thread: filled by the fiber that sends or
// by the event loop, read on the VU's own fiber.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "agent/js/native_types.h"
#include "agent/modules/http/script_request.h"
#include "agent/net/http/event_stream.h"
#include "agent/net/http/http_message.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

class AnswerStream final : public net::BodySink {
 public:
  /// Most bytes that have come and were not read yet: with more the request fails.
  static constexpr std::size_t kMostWaiting = std::size_t{64} << 20;

  /// Of `sent`, the request's place in the pool `index`. All outlive the stream's being open.
  AnswerStream(vu::Vu& vu, ScriptRequest& sent, int index) : vu_(vu), sent_(sent), index_(index) {}

  // ---- while it comes in

  void Begin(const net::Exchange& exchange) override;
  bool Take(std::string_view piece, net::TimePoint arrived) override;
  bool closed() const override { return closed_; }
  /// Sends the request and takes its answer, on a fiber beside the script's.
  void Run(net::HttpClient& client, std::string_view user_agent, net::Parker& parker);

  // ---- to the script; what waits, waits until the work is cut at most

  [[nodiscard]] int index() const { return index_; }
  /// Waits until the head is there, or nothing more comes.
  void AwaitHead();
  /// 0 if there is no answer.
  [[nodiscard]] int status() const { return status_; }
  /// As Exchange::AppendHead() has it.
  [[nodiscard]] const std::string& head() const { return head_; }
  /// The coding of the body, if it has one: pieces are as they come.
  [[nodiscard]] const std::string& coding() const { return coding_; }

  /// When something came: from the connection's being ready, as http_req_duration counts.
  struct Piece {
    std::string bytes;
    std::chrono::nanoseconds after{};
  };
  /// The next piece; nothing at the end.
  [[nodiscard]] std::optional<Piece> Next();
  struct Event {
    net::ServerEvent event;
    std::chrono::nanoseconds after{};  ///< of its last byte
  };
  /// The next server-sent event; nothing at the end, or where one is too large.
  [[nodiscard]] std::optional<Event> NextEvent();
  /// Reads no more, and waits until the request has ended. The caller then collects it.
  void Close();
  [[nodiscard]] bool collected() const { return closed_; }

 private:
  template <class Ready>
  void Await(Ready ready);
  void WakeReader();

  vu::Vu& vu_;
  ScriptRequest& sent_;
  const int index_;
  int status_ = 0;
  std::string head_, coding_;
  std::deque<Piece> pieces_;
  std::size_t waiting_bytes_ = 0;
  net::EventStreamReader events_;
  std::size_t taken_ = 0;          ///< of the first piece, by events
  net::Parker* sender_ = nullptr;  ///< while it runs
  bool begun_ = false, ended_ = false, closed_ = false;
  bool reader_waits_ = false;
};

// Natives: streamStatus(stream), streamHead(stream), and closeStream(stream), which waits until its
// request has ended.
using Stream = js::Held<AnswerStream>;
[[nodiscard]] int StreamStatus(Stream stream);
[[nodiscard]] std::string StreamHead(Stream stream);
void CloseStream(Stream stream);

}  // namespace loadctl::modules::http

template <>
struct loadctl::js::Members<loadctl::net::ServerEvent> {
  using T = net::ServerEvent;
  static constexpr std::tuple list{Member{"event", &T::type}, Member{"data", &T::data},
                                   Member{"id", &T::id}, Member{"retry", &T::retry}};
};
