// A Parquet file of flat columns, written row by row: https://parquet.apache.org/docs/file-format.
// zstd, dictionaries for texts; docs/adr/0025 says why it is our own. Not for what is in the
// columns (parquet.cc). One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loadctl::output {

enum class ParquetType {
  kText,        ///< UTF-8
  kInt64,       ///<
  kDouble,      ///<
  kTimeMicros,  ///< since 1970, UTC
};

struct ParquetColumn {
  std::string name;
  ParquetType type = ParquetType::kText;
  bool optional = false;  ///< a row may have none
};

class ParquetFile final {
 public:
  /// Makes or empties the file, which no other run may write to meanwhile. Fails (kGeneric) in Go's
  /// words, as LineFile::Open() does. `program` is in the file as who wrote it.
  [[nodiscard]] static Result<std::unique_ptr<ParquetFile>> Create(
      const std::string& path, std::vector<ParquetColumn> columns, std::string program);
  ~ParquetFile();
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;

  // A row is a value for each column, in any order; a column without one has none there.
  void Text(std::size_t column, std::string_view value);
  void Int(std::size_t column, std::int64_t value);
  void Double(std::size_t column, double value);
  void EndRow();
  /// Rows that are not in the file yet.
  [[nodiscard]] std::size_t waiting() const { return rows_; }

  /// Puts the waiting rows into the file, which is whole and readable after each call. All of them
  /// or none: false then, problem() says why, the rows are lost, and later ones may succeed.
  [[nodiscard]] bool Flush();
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  /// What a column has collected for the next row group.
  struct Building {
    std::vector<bool> there;            // by row
    std::vector<std::uint32_t> places;  // of a text: in the dictionary
    std::vector<std::string> dictionary;
    std::unordered_map<std::string, std::uint32_t> known;
    std::string plain;  // of numbers: their bytes
  };
  struct Chunk {
    std::int64_t dictionary_at = -1, data_at = 0;
    std::int64_t values = 0, plain_size = 0, size = 0;
  };
  struct Group {
    std::vector<Chunk> chunks;
    std::int64_t rows = 0;
  };

  ParquetFile(std::string path, std::vector<ParquetColumn> columns, std::string program);
  void Put(Building& building);
  [[nodiscard]] Chunk AppendChunk(std::size_t column, std::int64_t at, std::string& out) const;
  [[nodiscard]] std::string Footer() const;
  bool Write(std::int64_t at, std::string_view bytes);

  const std::string path_;
  const std::vector<ParquetColumn> columns_;
  const std::string program_;
  int descriptor_ = -1;
  std::vector<Building> building_;
  std::size_t rows_ = 0;
  std::vector<Group> groups_;
  std::int64_t end_ = 0;  // of the groups in the file, where the footer begins
  std::string problem_;
};

/// Parquet's hybrid of runs and packed bits, for values of `width` bits.
[[nodiscard]] std::string RleBits(const std::vector<std::uint32_t>& values, int width);

}  // namespace loadctl::output
