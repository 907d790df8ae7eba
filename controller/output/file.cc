#include "controller/output/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <utility>

#include "controller/output/format.h"

namespace loadctl::output {

struct LineFile::Gzip {
  z_stream stream{};
  bool broken = false;  // what follows a gap cannot be read
};

LineFile::LineFile(std::string path) : path_(std::move(path)) {}

Result<std::unique_ptr<LineFile>> LineFile::Open(const std::string& path, const Context& context) {
  std::unique_ptr<LineFile> file(new LineFile(path));
  if (path.empty() || path == "-") {
    file->write_stdout_ = context.write_stdout;
    return file;
  }
  const auto fail = [&](const std::string& why) { return Fail("open " + path + ": " + why); };
  file->descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file->descriptor_ < 0) return fail(GoErrno(errno));
  struct stat info {};
  file->regular_ = fstat(file->descriptor_, &info) == 0 && S_ISREG(info.st_mode);
  if (file->regular_) {
    if (flock(file->descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      return fail("another run writes to it");
    if (ftruncate(file->descriptor_, 0) != 0) return fail(GoErrno(errno));
  }
  if (path.ends_with(".gz")) {
    file->gzip_ = std::make_unique<Gzip>();
    constexpr int kGzipWindow = 15 + 16;
    if (deflateInit2(&file->gzip_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return fail("no memory to compress it");
    }
  }
  return file;
}

LineFile::~LineFile() {
  if (gzip_) deflateEnd(&gzip_->stream);
  if (descriptor_ >= 0) close(descriptor_);
}

bool LineFile::WriteAll(std::string_view bytes) {
  if (write_stdout_) {
    write_stdout_(bytes);
    return true;
  }
  const off_t begin = regular_ ? lseek(descriptor_, 0, SEEK_CUR) : 0;
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      problem_ = "write " + path_ + ": " + GoErrno(errno);
      // No half lines.
      if (regular_ && ftruncate(descriptor_, begin) == 0) lseek(descriptor_, begin, SEEK_SET);
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool LineFile::Compress(std::string_view bytes, int flush) {
  if (gzip_->broken) return false;
  z_stream& stream = gzip_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 1 << 16> buffer;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    deflate(&stream, flush);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  if (WriteAll(out)) return true;
  gzip_->broken = true;
  return false;
}

// Compressed lines too are on disk after each flush, readable up to there if the program dies.
bool LineFile::Write(std::string_view lines) {
  if (lines.empty()) return true;
  return gzip_ ? Compress(lines, Z_SYNC_FLUSH) : WriteAll(lines);
}

bool LineFile::Close() {
  bool good = !gzip_ || Compress({}, Z_FINISH);
  if (descriptor_ >= 0 && close(std::exchange(descriptor_, -1)) != 0) {
    problem_ = "close " + path_ + ": " + GoErrno(errno);
    good = false;
  }
  return good;
}

}  // namespace loadctl::output
