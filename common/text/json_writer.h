// JSON as text: texts in quotes, numbers, and a writer of values. Not for reading (json_text.h cuts
// values out of text, common/plan/json_reader.h reads options). Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace loadctl::text {

/// What is escaped in a text beside quotes, backslashes and control characters.
enum class JsonEscapes {
  kJs,      ///< nothing, as JSON.stringify(); each byte that is not UTF-8 becomes U+FFFD
  kGo,      ///< U+2028 and U+2029, and each byte that is not UTF-8 is `\ufffd`, as Go's encoder
  kGoHtml,  ///< also `<`, `>` and `&`, as Go's encoder does unless told not to
};

/// The text with its quotes.
void AppendJsonString(std::string_view text, JsonEscapes escapes, std::string& out);
[[nodiscard]] std::string JsonString(std::string_view text, JsonEscapes escapes = JsonEscapes::kJs);

/// What `JSON.stringify(value)` gives for a number: JsNumber(), but `null` for NaN and infinities.
[[nodiscard]] std::string JsonNumber(double value);

/// Writes values as JSON.stringify(value, null, indent) does, and as Go's encoder, which lays them
/// out alike.
class JsonWriter final {
 public:
  explicit JsonWriter(int indent = 0, JsonEscapes escapes = JsonEscapes::kJs)
      : indent_(indent), escapes_(escapes) {}

  void Number(double value) { out_ += JsonNumber(value); }
  void Number(std::int64_t value) { out_ += std::to_string(value); }
  void Number(std::uint64_t value) { out_ += std::to_string(value); }
  void String(std::string_view value) { AppendJsonString(value, escapes_, out_); }
  void Bool(bool value) { out_ += value ? "true" : "false"; }
  void Null() { out_ += "null"; }
  /// A value that is written already, white space and all.
  void Raw(std::string_view value) { out_ += value; }

  /// `write()` calls Key() before each value.
  void Object(const std::function<void()>& write) { Enclose('{', '}', write); }
  /// `write()` calls Element() before each value.
  void Array(const std::function<void()>& write) { Enclose('[', ']', write); }

  JsonWriter& Key(std::string_view key);
  JsonWriter& Element();

  /// Text that is JSON without errors, its white space replaced by this writer's.
  void Json(std::string_view text);

  /// What was written, moved out.
  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  void Open(char bracket);
  void Close(char bracket);
  void Enclose(char open, char close, const std::function<void()>& write);
  void NewLine();

  const int indent_;
  const JsonEscapes escapes_;
  int depth_ = 0;
  bool empty_ = true;
  std::string out_;
};

}  // namespace loadctl::text
