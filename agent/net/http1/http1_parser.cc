#include "agent/net/http1/http1_parser.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace loadctl::net {
namespace {

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

std::string_view Trim(std::string_view text) {
  text = TrimLeft(text);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Go takes a name with spaces in it, as some devices send it before the colon; it is then another
/// name than the one without.
bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == ' ' || IsToken(std::string_view(&c, 1));
  });
}

/// A field value may hold anything but control characters, tab excepted.
bool IsValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; });
}

/// True if one of the comma-separated elements of `list` is `token`, in any case.
bool HasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (EqualsIgnoreCase(Trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// Joins the continuation lines in `head` from `at` on to the lines they continue, by one space.
/// Linear in the size of the head, whatever it holds. A line without a colon is not continued: it
/// is refused as it stands.
void Unfold(std::string& head, std::size_t at) {
  std::string out(head, 0, at);
  std::string_view rest = std::string_view(head).substr(at);
  bool has_colon = false;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (has_colon && !line.empty() && (line.front() == ' ' || line.front() == '\t')) {
      out.resize(out.size() - 2);
      out += ' ';
      line = Trim(line);
    } else {
      has_colon = line.find(':') != std::string_view::npos;
    }
    out.append(line).append("\r\n");
  }
  head = std::move(out);
}

/// What a server said goes into a tag and a log: not megabytes of it.
Failure BadString(std::string_view what, std::string_view text) {
  constexpr std::size_t kShown = 256;
  return OtherFailure(std::string(what) + ' ' + Quote(text, kShown) +
                      (text.size() > kShown ? "..." : ""));
}

}  // namespace

void ResponseReader::Start(std::string_view method, Exchange& into, BodySink sink, void* context,
                           KnownHeads* known) {
  if (exchange_ != nullptr) *this = ResponseReader();
  known_ = known;
  exchange_ = &into;
  sink_ = sink;
  context_ = context;
  head_request_ = method == "HEAD";
  into.status = 0;
  into.head_complete = false;
  into.head.clear();
  into.headers.clear();
}

std::optional<std::uint64_t> ResponseReader::content_length() const {
  if (!facts_.has_length) return std::nullopt;
  return facts_.length;
}

void ResponseReader::Fail(Failure failure) {
  // Go's words where it logs or throws what broke within a head.
  if (state_ == State::kHead && !untouched_)
    failure.detail = "net/http: HTTP/1.x transport connection broken: " + failure.text;
  state_ = State::kFailed;
  failure_ = std::move(failure);
}

std::size_t ResponseReader::Feed(std::string_view bytes) {
  std::size_t taken = 0;
  if (!bytes.empty()) untouched_ = false;
  while (state_ == State::kHead && taken < bytes.size()) taken += FeedHead(bytes.substr(taken));
  if (state_ == State::kBody) taken += FeedBody(bytes.substr(taken));
  return taken;
}

/// A head that was seen lately, if `bytes` begin with one: its size.
std::size_t ResponseReader::TakeKnownHead(std::string_view bytes) {
  const KnownHeads::Known* known = known_->Find(bytes, head_request_);
  if (known == nullptr) return 0;
  exchange_->head = known->head;
  exchange_->headers = known->headers;
  facts_ = known->facts;
  EndHead();
  return known->head.size();
}

void ResponseReader::EndHead() {
  exchange_->status = facts_.status;
  exchange_->head_complete = true;
  left_ = facts_.length;
  state_ = facts_.framing == Framing::kNone ? State::kDone : State::kBody;
}

std::size_t ResponseReader::FeedHead(std::string_view bytes) {
  if (known_ != nullptr && exchange_->head.empty() && interim_ == 0) {
    if (const std::size_t taken = TakeKnownHead(bytes); taken > 0) return taken;
  }
  // The head ends at the first empty line; lines may end in a bare LF, as Go allows.
  std::size_t at = 0;
  bool complete = false;
  while (!complete && at < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    const std::size_t end =
        found == nullptr ? bytes.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (line_size_ == 0 && end > at) line_starts_with_cr_ = bytes[at] == '\r';
    line_size_ += end - at;
    at = end;
    if (found == nullptr) break;
    ++at;
    complete = line_size_ == 0 || (line_size_ == 1 && line_starts_with_cr_);
    line_size_ = 0;
  }
  if (exchange_->head.size() + interim_ + at > kMaxHeadBytes) {
    Fail(OtherFailure("net/http: server response headers exceeded " +
                      std::to_string(kMaxHeadBytes) + " bytes; aborted"));
    return at;
  }
  exchange_->head.append(bytes.data(), at);
  if (complete) ParseHead();
  return at;
}

void ResponseReader::ParseHead() {
  std::string& head = exchange_->head;
  const std::size_t newline = head.find('\n');
  std::string_view line = std::string_view(head).substr(0, newline);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  exchange_->headers.clear();
  if (!ParseStatusLine(line) || !ParseFields(newline + 1)) return;
  const int status = exchange_->status;
  if (status >= 100 && status < 200 && status != 101) {
    interim_ += head.size();
    head.clear();
    exchange_->headers.clear();
    exchange_->status = 0;
    return;
  }
  if (!DecideFraming()) return;
  if (known_ != nullptr && !unfolded_ && interim_ == 0)
    known_->Keep(*exchange_, head_request_, facts_);
  EndHead();
}

bool ResponseReader::ParseStatusLine(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) {
    Fail(BadString("malformed HTTP response", line));
    return false;
  }
  const std::string_view protocol = line.substr(0, space);
  std::string_view rest = line.substr(space);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const std::string_view status = rest.substr(0, rest.find(' '));
  if (status.size() != 3 || !std::all_of(status.begin(), status.end(), IsDigit)) {
    Fail(BadString("malformed HTTP status code", status));
    return false;
  }
  if (protocol.size() != 8 || protocol.substr(0, 5) != "HTTP/" || !IsDigit(protocol[5]) ||
      protocol[6] != '.' || !IsDigit(protocol[7])) {
    Fail(BadString("malformed HTTP version", protocol));
    return false;
  }
  facts_.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
  exchange_->status = facts_.status;
  facts_.major = protocol[5] - '0';
  facts_.minor = protocol[7] - '0';
  return true;
}

bool ResponseReader::ParseFields(std::size_t at) {
  std::string& head = exchange_->head;
  const auto is_blank = [&](std::size_t index) {
    return head[index] == ' ' || head[index] == '\t';
  };
  if (at < head.size() && is_blank(at)) {
    std::string_view line = std::string_view(head).substr(at, head.find('\n', at) - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    constexpr std::size_t kMostQuoted = 80;
    Fail(line.size() > kMostQuoted ? OtherFailure("message too large")
                                   : BadString("malformed MIME header initial line:", line));
    return false;
  }
  while (at < head.size()) {
    std::size_t newline = head.find('\n', at);
    if (newline == std::string::npos) break;
    const std::size_t colon = head.find(':', at);
    if (colon < newline && newline + 1 < head.size() && is_blank(newline + 1)) {
      Unfold(head, at);
      unfolded_ = true;
      newline = head.find('\n', at);
    }
    std::size_t end = newline > at && head[newline - 1] == '\r' ? newline - 1 : newline;
    if (end == at) break;
    while (end > at && is_blank(end - 1)) --end;
    if (!ParseField(at, end)) return false;
    at = newline + 1;
  }
  return true;
}

bool ResponseReader::ParseField(std::size_t begin, std::size_t end) {
  const std::string_view line = std::string_view(exchange_->head).substr(begin, end - begin);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    Fail(BadString("malformed MIME header: missing colon:", line));
    return false;
  }
  const std::string_view value = TrimLeft(line.substr(colon + 1));
  if (!IsName(line.substr(0, colon)) || !IsValue(value)) {
    Fail(BadString("malformed MIME header line:", line));
    return false;
  }
  exchange_->headers.push_back(
      {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(colon),
       static_cast<std::uint32_t>(end - value.size()), static_cast<std::uint32_t>(value.size())});
  return true;
}

bool ResponseReader::DecideTransferEncoding(bool& chunked) {
  std::size_t count = 0;
  std::string all;
  std::string_view only;
  for (const Exchange::Field& field : exchange_->headers) {
    if (!EqualsIgnoreCase(exchange_->Name(field), "Transfer-Encoding")) continue;
    only = exchange_->Value(field);
    all += (count++ == 0 ? "" : " ") + Quote(only);
  }
  if (count == 0) return true;
  if (facts_.major > 1 || (facts_.major == 1 && facts_.minor >= 1)) {
    if (count > 1) {
      Fail(OtherFailure("too many transfer encodings: [" + all + "]"));
      return false;
    }
    if (!EqualsIgnoreCase(only, "chunked")) {
      Fail(OtherFailure("unsupported transfer encoding: " + all));
      return false;
    }
    chunked = true;
  }
  std::erase_if(exchange_->headers, [&](const Exchange::Field& field) {
    return EqualsIgnoreCase(exchange_->Name(field), "Transfer-Encoding");
  });
  return true;
}

bool ResponseReader::DecideLength() {
  std::string_view first;
  bool duplicate = false;
  for (const Exchange::Field& field : exchange_->headers) {
    if (field.name_size != 14 || !EqualsIgnoreCase(exchange_->Name(field), "Content-Length")) {
      continue;
    }
    const std::string_view value = Trim(exchange_->Value(field));
    if (facts_.has_length && value != first) {
      std::string all;
      for (const Exchange::Field& other : exchange_->headers) {
        if (!EqualsIgnoreCase(exchange_->Name(other), "Content-Length")) continue;
        all += (all.empty() ? "" : " ") + Quote(exchange_->Value(other));
      }
      Fail(OtherFailure("http: message cannot contain multiple Content-Length headers; got [" +
                        all + "]"));
      return false;
    }
    duplicate = facts_.has_length;
    facts_.has_length = true;
    first = value;
  }
  if (!facts_.has_length) return true;
  if (first.empty()) {
    Fail(BadString("invalid empty Content-Length", first));
    return false;
  }
  const char* end = first.data() + first.size();
  const auto [last, error] = std::from_chars(first.data(), end, facts_.length);
  if (error != std::errc() || last != end || facts_.length > INT64_MAX || !IsDigit(first[0])) {
    Fail(BadString("bad Content-Length", first));
    return false;
  }
  if (duplicate) {
    bool seen = false;
    std::erase_if(exchange_->headers, [&](const Exchange::Field& field) {
      if (!EqualsIgnoreCase(exchange_->Name(field), "Content-Length")) return false;
      return std::exchange(seen, true);
    });
  }
  return true;
}

bool ResponseReader::DecideFraming() {
  bool chunked = false;
  bool close = false;
  bool keep = false;
  for (const Exchange::Field& field : exchange_->headers) {
    if (field.name_size != 10 || !EqualsIgnoreCase(exchange_->Name(field), "Connection")) continue;
    close |= HasToken(exchange_->Value(field), "close");
    keep |= HasToken(exchange_->Value(field), "keep-alive");
  }
  if (!DecideTransferEncoding(chunked) || !DecideLength()) return false;
  const int status = exchange_->status;
  facts_.keep_alive = !close &&
                      (facts_.major > 1 || (facts_.major == 1 && (facts_.minor >= 1 || keep))) &&
                      status >= 200;
  if (close && (facts_.major > 1 || facts_.minor >= 1)) {
    std::erase_if(exchange_->headers, [&](const Exchange::Field& field) {
      return EqualsIgnoreCase(exchange_->Name(field), "Connection");
    });
  }
  if (chunked) {
    std::erase_if(exchange_->headers, [&](const Exchange::Field& field) {
      const std::string_view name = exchange_->Name(field);
      return EqualsIgnoreCase(name, "Trailer") ||
             (!head_request_ && status >= 200 && status != 204 && status != 304 &&
              EqualsIgnoreCase(name, "Content-Length"));
    });
  }
  if (head_request_ || status < 200 || status == 204 || status == 304) {
    facts_.framing = Framing::kNone;
  } else if (chunked) {
    facts_.framing = Framing::kChunked;
    facts_.has_length = false;
  } else if (facts_.has_length) {
    facts_.framing = facts_.length == 0 ? Framing::kNone : Framing::kLength;
  } else {
    facts_.framing = Framing::kUntilClose;
    facts_.keep_alive = false;
  }
  return true;
}

bool ResponseReader::Deliver(std::string_view piece) {
  if (piece.empty() || sink_(context_, piece)) return true;
  Fail({});
  return false;
}

std::size_t ResponseReader::FeedChunks(std::string_view bytes) {
  std::size_t taken = 0;
  while (state_ == State::kBody) {
    const ChunkedDecoder::Step step = chunks_.Take(bytes.substr(taken));
    taken += step.consumed;
    if (step.state == ChunkedDecoder::State::kBad) {
      Fail(OtherFailure(std::string(chunks_.error())));
    } else if (Deliver(step.data) && step.state == ChunkedDecoder::State::kDone) {
      state_ = State::kDone;
    } else if (step.consumed == 0) {
      break;
    }
  }
  return taken;
}

std::size_t ResponseReader::FeedBody(std::string_view bytes) {
  if (facts_.framing == Framing::kChunked) return FeedChunks(bytes);
  if (facts_.framing == Framing::kUntilClose) {
    Deliver(bytes);
    return bytes.size();
  }
  bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
  left_ -= bytes.size();
  if (Deliver(bytes) && left_ == 0) state_ = State::kDone;
  return bytes.size();
}

void ResponseReader::Finish() {
  if (state_ == State::kBody) {
    if (facts_.framing == Framing::kUntilClose) {
      state_ = State::kDone;
    } else {
      Fail(UnexpectedEof());
    }
  } else if (state_ == State::kHead) {
    if (untouched_) return Fail(PlainEof());
    // Go reads a last line without an end, so that rubbish is named rather than called cut off.
    std::string& head = exchange_->head;
    const std::size_t newline = head.find('\n');
    std::string_view line = std::string_view(head).substr(0, newline);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !ParseStatusLine(line)) return;
    if (newline != std::string::npos) {
      if (!head.ends_with('\n')) head += '\n';
      exchange_->headers.clear();
      if (!ParseFields(newline + 1)) return;
    }
    Fail(UnexpectedEof());
  }
}

}  // namespace loadctl::net
