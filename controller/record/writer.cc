#include "controller/record/writer.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "controller/record/format.h"

namespace loadctl::record {
namespace {

using namespace std::chrono_literals;

constexpr auto kFlushEvery = 1s;
constexpr auto kProgressEvery = 1s;
constexpr int kCompression = 3;  // zstd's own default

bool WriteAll(int file, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

/// One whole frame.
std::string Compress(const std::string& text) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                        ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompression);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), text.data(), text.size());
  frame.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return frame;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Create(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return Fail("cannot record to '" + path + "': " + std::strerror(errno));
  std::unique_ptr<Writer> writer(new Writer(path, file));
  struct stat about {};
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode)) {
    const bool ours = flock(file, LOCK_EX | LOCK_NB) == 0;
    if (!ours && errno == EWOULDBLOCK)
      return Fail("cannot record to '" + path + "': another run writes to it");
    if (ftruncate(file, 0) != 0)
      return Fail("cannot record to '" + path + "': " + std::strerror(errno));
  }
  writer->waiting_ = kHeadLine;
  writer->Flush();
  if (!writer->problem_.empty()) return Fail(writer->problem_);
  return writer;
}

Writer::~Writer() {
  thinner_.Flush();
  Flush();
  close(file_);
}

void Writer::On(const v1::RunEvent& event) {
  if (!problem_.empty()) return;
  if (event.has_missed()) {
    missed_.set_logs(missed_.logs() + event.missed().logs());
    missed_.set_seconds(missed_.seconds() + event.missed().seconds());
    missed_.set_samples(missed_.samples() + event.missed().samples());
  }
  const auto now = Clock::now();
  if (event.has_progress()) {
    if (now < next_progress_) return;
    next_progress_ = now + kProgressEvery;
  }
  thinner_.On(event);
}

void Writer::Keep(const v1::RunEvent& event) {
  if (!problem_.empty()) return;
  {
    google::protobuf::io::StringOutputStream out(&waiting_);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(event, &out);
  }
  const bool whole = event.has_second() || event.has_outcome() || event.has_planned();
  if (whole || Clock::now() - flushed_ >= kFlushEvery || waiting_.size() >= kMostWaitingBytes)
    Flush();
}

void Writer::Flush() {
  flushed_ = Clock::now();
  if (waiting_.empty() || !problem_.empty()) return;
  const std::string frame = Compress(waiting_);
  waiting_.clear();
  if (!frame.empty() && WriteAll(file_, frame.data(), frame.size())) return;
  problem_ = "cannot record to '" + path_ + "': " + std::strerror(errno);
}

}  // namespace loadctl::record
