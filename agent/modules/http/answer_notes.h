// AnswerNotes: what the face of k6/http was told of answers so far, so that it need not be told
// again. One VU's; its worker's thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/modules/http/shared_numbers.h"
#include "agent/net/http/http_message.h"

namespace loadctl::modules::http {

class AnswerNotes final {
 public:
  /// Flags that say what is new of the connection of an exchange that had one.
  unsigned NotePeer(const net::Exchange& exchange) {
    if (known_ && peer_ == exchange.remote && tls_version_ == exchange.tls_version &&
        tls_cipher_suite_ == exchange.tls_cipher_suite)
      return kConnected;
    known_ = true;
    peer_ = exchange.remote;
    tls_version_ = exchange.tls_version;
    tls_cipher_suite_ = exchange.tls_cipher_suite;
    return kConnected | kPeerNews;
  }
  /// What was noted last has not reached the face.
  void Forget() {
    known_ = false;
    head_.clear();
  }
  [[nodiscard]] std::string remote_ip() const { return peer_.Host(); }
  [[nodiscard]] std::string tls_version() const { return std::string(tls_version_); }
  [[nodiscard]] std::string tls_cipher_suite() const { return std::string(tls_cipher_suite_); }

  /// The items of a head, as the face takes them apart; until the next call.
  const std::string& HeadText(const net::Exchange& exchange) {
    head_text_.clear();
    exchange.AppendHead(head_text_);
    return head_text_;
  }

  /// Servers say the same again and again: then the face has the text already. False: it has.
  bool NoteHead(const net::Exchange& exchange) {
    constexpr std::size_t kKept = 4096;
    if (!head_.empty() && exchange.head == head_ && exchange.headers.size() == fields_)
      return false;
    fields_ = exchange.headers.size();
    if (exchange.head.size() <= kKept) {
      head_ = exchange.head;
    } else {
      head_.clear();
    }
    return true;
  }

 private:
  bool known_ = false;
  net::Endpoint peer_;
  std::string_view tls_version_, tls_cipher_suite_;  // static
  std::string head_;
  std::size_t fields_ = 0;
  std::string head_text_;
};

}  // namespace loadctl::modules::http
