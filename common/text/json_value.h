// JSON as values of Boost.JSON, with numbers as they stand in the text: what Boost 1.81 makes of
// the digits of a number may be one bit beside the nearest double. Any thread.
#pragma once

#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <string_view>

namespace loadctl::text {

/// As boost::json::parse(); null with an error.
[[nodiscard]] boost::json::value ReadJson(std::string_view text, boost::system::error_code& error,
                                          const boost::json::parse_options& options = {});

}  // namespace loadctl::text
