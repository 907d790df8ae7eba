#include "controller/doctor/check.h"

#include <algorithm>

#include "common/text/json_writer.h"

namespace loadctl::doctor {
namespace {

const char* NameOf(State state) {
  switch (state) {
    case State::kOk:
      return "ok";
    case State::kWarn:
      return "warn";
    case State::kFail:
      return "fail";
  }
  return "";
}

/// What was found may be another machine's words.
std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return text;
}

}  // namespace

State Worst(const Checks& checks) {
  State worst = State::kOk;
  for (const Check& check : checks) worst = std::max(worst, check.state);
  return worst;
}

int ExitStatusOf(const Checks& checks) { return Worst(checks) == State::kFail ? 1 : 0; }

std::string ToText(const Checks& checks) {
  std::size_t width = 0;
  for (const Check& check : checks) width = std::max(width, check.name.size());
  std::string out;
  for (const Check& check : checks) {
    std::string state = NameOf(check.state);
    state.resize(4, ' ');
    out += state + "  " + check.name + std::string(width - check.name.size() + 2, ' ') +
           Printable(check.found) + "\n";
    if (!check.cure.empty()) out += std::string(6 + width + 2, ' ') + "-> " + check.cure + "\n";
  }
  return out;
}

std::string ToJson(const Checks& checks) {
  text::JsonWriter json(2);
  json.Object([&] {
    json.Key("state").String(NameOf(Worst(checks)));
    json.Key("checks").Array([&] {
      for (const Check& check : checks) {
        json.Element().Object([&] {
          json.Key("name").String(check.name);
          json.Key("state").String(NameOf(check.state));
          json.Key("found").String(check.found);
          json.Key("cure").String(check.cure);
        });
      }
    });
  });
  return json.Take() + "\n";
}

}  // namespace loadctl::doctor
