#include "common/text/go_json.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "common/text/json_writer.h"

namespace loadctl::text {
namespace json = boost::json;
namespace {

void WriteDouble(double value, JsonWriter& out) {
  if (value == 0 && std::signbit(value)) {
    out.Raw("-0");  // unlike JavaScript
  } else {
    out.Number(value);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): ParseJson bounds the depth
void Write(const json::value& value, JsonWriter& out) {
  switch (value.kind()) {
    case json::kind::null:
      return out.Null();
    case json::kind::bool_:
      return out.Bool(value.get_bool());
    case json::kind::int64:
      return out.Number(value.get_int64());
    case json::kind::uint64:
      return out.Number(value.get_uint64());
    case json::kind::double_:
      return WriteDouble(value.get_double(), out);
    case json::kind::string:
      return out.String(std::string_view(value.get_string()));
    case json::kind::array:
      return out.Array([&] {
        for (const json::value& item : value.get_array()) Write(item, out.Element());
      });
    case json::kind::object:
      return out.Object([&] {
        for (const auto& item : value.get_object()) {
          Write(item.value(), out.Key(std::string_view(item.key())));
        }
      });
  }
}

}  // namespace

std::string ToGoJson(const json::value& value, HtmlEscape html) {
  JsonWriter out(2, html == HtmlEscape::kYes ? JsonEscapes::kGoHtml : JsonEscapes::kGo);
  Write(value, out);
  return out.Take();
}

json::value SortKeys(const json::value& value) {  // NOLINT(misc-no-recursion): as Write()
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const json::value& item : *array) out.push_back(SortKeys(item));
    return out;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  std::vector<const json::key_value_pair*> items;
  for (const auto& item : *object) items.push_back(&item);
  std::sort(items.begin(), items.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  json::object out;
  for (const auto* item : items) out[item->key()] = SortKeys(item->value());
  return out;
}

}  // namespace loadctl::text
