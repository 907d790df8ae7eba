#include "controller/output/parquet_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "controller/output/format.h"
#include "controller/output/thrift.h"

namespace loadctl::output {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr int kCompression = 3;

// Numbers of parquet.thrift.
enum PhysicalType { kInt64Type = 2, kDoubleType = 5, kByteArray = 6 };
enum Repetition { kRequired = 0, kOptional = 1 };
enum Encoding { kPlain = 0, kRle = 3, kRleDictionary = 8 };
enum PageType { kDataPage = 0, kDictionaryPage = 2 };
constexpr int kZstd = 6, kUtf8 = 0, kTimestampMicros = 10;

PhysicalType TypeOf(ParquetType type) {
  switch (type) {
    case ParquetType::kText:
      return kByteArray;
    case ParquetType::kDouble:
      return kDoubleType;
    default:
      return kInt64Type;
  }
}

void AppendLittle(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::string Compressed(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), kCompression);
  out.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

/// A page with its header; adds to the sizes of its chunk.
void AppendPage(PageType type, std::size_t values, Encoding encoding, const std::string& plain,
                std::string& out, std::int64_t& plain_size) {
  const std::string compressed = Compressed(plain);
  ThriftWriter header;
  header.Int32(1, type);
  header.Int32(2, static_cast<std::int32_t>(plain.size()));
  header.Int32(3, static_cast<std::int32_t>(compressed.size()));
  const auto count = static_cast<std::int32_t>(values);
  if (type == kDataPage) {
    header.Struct(5, [&] {
      header.Int32(1, count);
      header.Int32(2, encoding);
      header.Int32(3, kRle);
      header.Int32(4, kRle);
    });
  } else {
    header.Struct(7, [&] {
      header.Int32(1, count);
      header.Int32(2, encoding);
    });
  }
  const std::string head = header.Take();
  plain_size += static_cast<std::int64_t>(head.size() + plain.size());
  out += head + compressed;
}

void AppendVarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// `count` values, filled up to a multiple of 8 with zeros.
void AppendPacked(const std::uint32_t* values, std::size_t count, int width, std::string& out) {
  const std::size_t groups = (count + 7) / 8;
  AppendVarint((groups << 1) | 1, out);
  std::uint64_t bits = 0;
  int have = 0;
  for (std::size_t i = 0; i < groups * 8; ++i) {
    bits |= static_cast<std::uint64_t>(i < count ? values[i] : 0) << have;
    for (have += width; have >= 8; have -= 8, bits >>= 8) out += static_cast<char>(bits);
  }
}

}  // namespace

std::string RleBits(const std::vector<std::uint32_t>& values, int width) {
  constexpr std::size_t kLongRun = 16, kMostPacked = std::size_t{8} * 63;
  std::string out;
  std::size_t packed = 0;  // where values begin that are not written yet
  const auto flush = [&](std::size_t end) {
    for (; packed < end; packed += kMostPacked)
      AppendPacked(&values[packed], std::min(kMostPacked, end - packed), width, out);
    packed = end;
  };
  for (std::size_t at = 0; at < values.size();) {
    std::size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    // Only the last packed values may be no multiple of 8: the others borrow from the run.
    const std::size_t borrowed = (8 - (at - packed) % 8) % 8;
    if (end - at < kLongRun + borrowed) {
      at = end;
      continue;
    }
    flush(at + borrowed);
    AppendVarint((end - packed) << 1, out);
    AppendLittle(values[at], (width + 7) / 8, out);
    at = packed = end;
  }
  flush(values.size());
  return out;
}

ParquetFile::ParquetFile(std::string path, std::vector<ParquetColumn> columns, std::string program)
    : path_(std::move(path)),
      columns_(std::move(columns)),
      program_(std::move(program)),
      building_(columns_.size()) {}

ParquetFile::~ParquetFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<std::unique_ptr<ParquetFile>> ParquetFile::Create(const std::string& path,
                                                         std::vector<ParquetColumn> columns,
                                                         std::string program) {
  std::unique_ptr<ParquetFile> file(new ParquetFile(path, std::move(columns), std::move(program)));
  const auto fail = [&](const std::string& why) { return Fail("open " + path + ": " + why); };
  file->descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file->descriptor_ < 0) return fail(GoErrno(errno));
  struct stat info {};
  if (fstat(file->descriptor_, &info) != 0) return fail(GoErrno(errno));
  // Its end says where everything is, and is written anew as it grows.
  if (!S_ISREG(info.st_mode)) return fail("a Parquet file must be a regular file");
  if (flock(file->descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail("another run writes to it");
  if (ftruncate(file->descriptor_, 0) != 0) return fail(GoErrno(errno));
  file->end_ = static_cast<std::int64_t>(kMagic.size());
  if (!file->Write(0, kMagic) || !file->Write(file->end_, file->Footer()))
    return Fail(file->problem_);
  return file;
}

void ParquetFile::Put(Building& building) {
  // Rows before this one that have no value here.
  building.there.resize(rows_, false);
  building.there.push_back(true);
}

void ParquetFile::Text(std::size_t column, std::string_view value) {
  Building& building = building_[column];
  Put(building);
  const auto next = static_cast<std::uint32_t>(building.dictionary.size());
  const auto [known, added] = building.known.try_emplace(WellFormed(value), next);
  if (added) building.dictionary.push_back(known->first);
  building.places.push_back(known->second);
}

void ParquetFile::Int(std::size_t column, std::int64_t value) {
  Put(building_[column]);
  AppendLittle(static_cast<std::uint64_t>(value), 8, building_[column].plain);
}

void ParquetFile::Double(std::size_t column, double value) {
  Put(building_[column]);
  AppendLittle(std::bit_cast<std::uint64_t>(value), 8, building_[column].plain);
}

void ParquetFile::EndRow() {
  ++rows_;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (building_[i].there.size() == rows_ || columns_[i].optional) continue;
    // One that must be there, and was not given.
    --rows_;
    columns_[i].type == ParquetType::kText     ? Text(i, "")
    : columns_[i].type == ParquetType::kDouble ? Double(i, 0)
                                               : Int(i, 0);
    ++rows_;
  }
}

ParquetFile::Chunk ParquetFile::AppendChunk(std::size_t column, std::int64_t at,
                                            std::string& out) const {
  const Building& building = building_[column];
  const auto here = [&] { return at + static_cast<std::int64_t>(out.size()); };
  const std::int64_t begin = here();
  Chunk chunk;
  chunk.values = static_cast<std::int64_t>(rows_);
  std::string data;
  if (columns_[column].optional) {
    std::vector<std::uint32_t> levels(building.there.begin(), building.there.end());
    levels.resize(rows_, 0);
    const std::string bits = RleBits(levels, 1);
    AppendLittle(bits.size(), 4, data);
    data += bits;
  }
  Encoding encoding = kPlain;
  if (columns_[column].type == ParquetType::kText) {
    encoding = kRleDictionary;
    chunk.dictionary_at = here();
    std::string words;
    for (const std::string& word : building.dictionary) {
      AppendLittle(word.size(), 4, words);
      words += word;
    }
    AppendPage(kDictionaryPage, building.dictionary.size(), kPlain, words, out, chunk.plain_size);
    const auto most = building.dictionary.empty() ? 0 : building.dictionary.size() - 1;
    const int width = std::max(1, static_cast<int>(std::bit_width(most)));
    data += static_cast<char>(width);
    data += RleBits(building.places, width);
  } else {
    data += building.plain;
  }
  chunk.data_at = here();
  AppendPage(kDataPage, rows_, encoding, data, out, chunk.plain_size);
  chunk.size = here() - begin;
  return chunk;
}

bool ParquetFile::Write(std::int64_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      problem_ = "write " + path_ + ": " + GoErrno(written < 0 ? errno : ENOSPC);
      return false;
    }
    at += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool ParquetFile::Flush() {
  if (rows_ == 0) return true;
  Group group;
  group.rows = static_cast<std::int64_t>(rows_);
  std::string bytes;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    group.chunks.push_back(AppendChunk(i, end_, bytes));
  building_.assign(columns_.size(), {});
  rows_ = 0;
  groups_.push_back(std::move(group));
  const std::int64_t size = static_cast<std::int64_t>(bytes.size());
  if (Write(end_, bytes + Footer())) {
    end_ += size;
    return true;
  }
  // The old footer takes its place again, for which there was room.
  groups_.pop_back();
  const std::string problem = problem_;
  static_cast<void>(ftruncate(descriptor_, end_) == 0 && Write(end_, Footer()));
  problem_ = problem;
  return false;
}

std::string ParquetFile::Footer() const {
  ThriftWriter out;
  out.Int32(1, 1);
  out.Structs(2, columns_.size() + 1, [&](std::size_t i) {
    if (i == 0) {
      out.Text(4, "schema");
      out.Int32(5, static_cast<std::int32_t>(columns_.size()));
      return;
    }
    const ParquetColumn& column = columns_[i - 1];
    out.Int32(1, TypeOf(column.type));
    out.Int32(3, column.optional ? kOptional : kRequired);
    out.Text(4, column.name);
    if (column.type == ParquetType::kText) {
      out.Int32(6, kUtf8);
      out.Struct(10, [&] { out.Struct(1, [] {}); });
    } else if (column.type == ParquetType::kTimeMicros) {
      out.Int32(6, kTimestampMicros);
      out.Struct(10, [&] {
        out.Struct(8, [&] {
          out.Bool(1, true);
          out.Struct(2, [&] { out.Struct(2, [] {}); });
        });
      });
    }
  });
  std::int64_t rows = 0;
  for (const Group& group : groups_) rows += group.rows;
  out.Int64(3, rows);
  out.Structs(4, groups_.size(), [&](std::size_t g) {
    const Group& group = groups_[g];
    std::int64_t plain = 0;
    out.Structs(1, group.chunks.size(), [&](std::size_t c) {
      const Chunk& chunk = group.chunks[c];
      const bool text = chunk.dictionary_at >= 0;
      plain += chunk.plain_size;
      out.Int64(2, text ? chunk.dictionary_at : chunk.data_at);
      out.Struct(3, [&] {
        out.Int32(1, TypeOf(columns_[c].type));
        constexpr std::int32_t kOfTexts[] = {kPlain, kRle, kRleDictionary};
        out.Int32s(2, text ? 3 : 2, [&](std::size_t e) { return kOfTexts[e]; });
        out.Texts(3, 1, [&](std::size_t) { return std::string_view(columns_[c].name); });
        out.Int32(4, kZstd);
        out.Int64(5, chunk.values);
        out.Int64(6, chunk.plain_size);
        out.Int64(7, chunk.size);
        out.Int64(9, chunk.data_at);
        if (text) out.Int64(11, chunk.dictionary_at);
      });
    });
    out.Int64(2, plain);
    out.Int64(3, group.rows);
  });
  out.Text(6, program_);
  std::string bytes = out.Take();
  AppendLittle(bytes.size(), 4, bytes);
  return bytes + std::string(kMagic);
}

}  // namespace loadctl::output
