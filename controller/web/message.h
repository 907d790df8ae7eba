// Requests and answers of the web server: plain values. Any thread.
#pragma once

#include <memory>
#include <string>

#include "controller/web/stream.h"

namespace loadctl::web {

struct Request {
  std::string method;  ///< `GET`
  std::string path;    ///< `/v1/status`, its `%7B` decoded
  std::string query;   ///< behind the `?`, as it came
  std::string body;
};

struct Response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";  ///< empty: no Content-Type
  std::string body;
  /// Set: the body comes from here instead, piece by piece, until the stream is closed.
  std::shared_ptr<Stream> stream = nullptr;
};

}  // namespace loadctl::web
