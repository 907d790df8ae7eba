// What stands in a request's line and head, judged: the target taken apart, and whether a browser
// was led here by another site. Not for what paths mean (mounts). Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace loadctl::web {

struct Target {
  std::string path;   ///< `%7B` decoded
  std::string query;  ///< behind the `?`, as it came
};

/// `/a%7Bb?x=1`; nullopt if an escape is broken.
[[nodiscard]] std::optional<Target> ParseTarget(std::string_view target);

/// How a connection came in.
enum class Reach {
  kSocket,    ///< a Unix socket: its file's permissions decide
  kLoopback,  ///< at an address of this machine alone
  kNetwork,
};

/// Fields of a request's head that a page cannot choose; empty if missing.
struct Provenance {
  std::string_view host;
  std::string_view origin;
  std::string_view site;  ///< `Sec-Fetch-Site`
  std::string_view mode;  ///< `Sec-Fetch-Mode`
};

/// Why a request is refused, for people; "" if it is not.
///
/// A page of another site may make a browser send requests here. It cannot hide where it comes from
/// (`Origin`, which must be this server's, and `Sec-Fetch-Site`, which must be this server's or
/// nobody's), nor the name it had resolved to this machine's loopback address (`Host`, which must
/// be `localhost` or such an address there: DNS rebinding). A link of another site may be followed:
/// a `GET` that navigates and has no `Origin`.
[[nodiscard]] std::string ForeignRequest(Reach reach, std::string_view method,
                                         const Provenance& from);

}  // namespace loadctl::web
