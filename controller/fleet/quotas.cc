#include "controller/fleet/quotas.h"

#include <charconv>
#include <optional>

#include "common/base/duration.h"

namespace loadctl::fleet {
namespace {

constexpr QuotaRow kRows[] = {
#define LOADCTL_QUOTA(id, key, kind, usual, least, most, help) \
  {key, QuotaRow::Kind::kind, usual, least, most, help},
#include "controller/fleet/quotas.inc"
#undef LOADCTL_QUOTA
};

struct Unit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr Unit kUnits[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}};

std::optional<std::int64_t> ParseCount(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  return count;
}

std::optional<std::int64_t> ParseBytes(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = ParseCount(text.substr(0, text.size() - unit.name.size()));
    constexpr std::int64_t kMost = std::int64_t{1} << 30;
    if (!count || *count > kMost) return std::nullopt;
    return *count * unit.bytes;
  }
  return ParseCount(text);
}

std::optional<std::int64_t> Parse(const QuotaRow& row, const std::string& text) {
  switch (row.kind) {
    case QuotaRow::Kind::kCount:
      return ParseCount(text);
    case QuotaRow::Kind::kBytes:
      return ParseBytes(text);
    case QuotaRow::Kind::kTime:
      break;
  }
  const auto time = ParseGoDuration(text);
  if (!time) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*time).count();
}

}  // namespace

std::span<const QuotaRow> QuotaRows() { return kRows; }

std::string ShowQuota(const QuotaRow& row, std::int64_t value) {
  if (row.kind == QuotaRow::Kind::kTime) return FormatGoDuration(std::chrono::milliseconds(value));
  if (row.kind == QuotaRow::Kind::kBytes) {
    for (const Unit& unit : kUnits)
      if (value >= unit.bytes && value % unit.bytes == 0)
        return std::to_string(value / unit.bytes) + std::string(unit.name);
  }
  return std::to_string(value);
}

Quotas::Quotas() {
  for (std::size_t i = 0; i < kQuotas; ++i) states_[i].most = kRows[i].usual;
}

Result<void> Quotas::Set(Quota quota, const std::string& text) {
  const QuotaRow& row = kRows[static_cast<std::size_t>(quota)];
  const auto value = Parse(row, text);
  if (value && *value >= row.least && *value <= row.most) {
    Set(quota, *value);
    return {};
  }
  const char* what = row.kind == QuotaRow::Kind::kTime    ? "a duration of "
                     : row.kind == QuotaRow::Kind::kBytes ? "a size of "
                                                          : "a number of ";
  return Fail("--" + std::string(row.key) + " must be " + what + ShowQuota(row, row.least) +
              " to " + ShowQuota(row, row.most) + ", not \"" + text + "\"");
}

}  // namespace loadctl::fleet
