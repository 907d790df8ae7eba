// What --har keeps of a hop. Not for measuring, nor for logs (http_debug.h). The worker's thread.
#pragma once

#include "agent/modules/http/script_request.h"
#include "agent/net/client/http_client.h"
#include "agent/vu/http_record.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

/// The hop as it went: the head as HTTP/1.1 writes it, bodies of 64 KiB and 256 fields at most.
[[nodiscard]] vu::HttpRecord RecordOf(vu::Vu& vu, const ScriptRequest& sent, const net::Hop& hop);

}  // namespace loadctl::modules::http
