#include "common/daemon/exhaustion.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

namespace loadctl::daemon {
namespace {

template <typename Exception>
void ThrowUncaught(const Exception& exception) {
  EndWhenExhausted("program", 7);
  try {
    throw exception;
  } catch (...) {
    std::terminate();  // as where nobody catches it
  }
}

TEST(EndWhenExhausted, SaysWhatThereIsNoMoreOf) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto error = [](int code) { return std::system_error(code, std::system_category()); };
  EXPECT_EXIT(ThrowUncaught(std::bad_alloc()), testing::ExitedWithCode(7), "program: .* memory");
  EXPECT_EXIT(ThrowUncaught(error(EAGAIN)), testing::ExitedWithCode(7), "no more threads");
  EXPECT_EXIT(ThrowUncaught(error(EMFILE)), testing::ExitedWithCode(7), "no more open files");
}

TEST(EndWhenExhausted, LeavesOtherExceptionsAlone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // As without it: the process aborts, of which AddressSanitizer may make an exit status of 1.
  const auto aborted = [](int status) {
    return testing::KilledBySignal(SIGABRT)(status) || testing::ExitedWithCode(1)(status);
  };
  EXPECT_EXIT(ThrowUncaught(std::runtime_error("x")), aborted, "");
}

void Limit(int resource, rlim_t most) {
  const rlimit limit{most, most};
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

TEST(CheckLimits, NamesTheLimit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_TRUE(CheckLimits(1));
  EXPECT_EXIT(
      {
        Limit(RLIMIT_NOFILE, 8);
        const auto good = CheckLimits(1);
        std::exit(!good && good.error().message.starts_with("no more than 8 files") ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // which take terabytes of addresses
  EXPECT_EXIT(
      {
        Limit(RLIMIT_AS, 1u << 30);
        const auto good = CheckLimits(std::uint64_t{2} << 30);
        std::exit(!good && good.error().message.starts_with("the address space") ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
#endif
}

}  // namespace
}  // namespace loadctl::daemon
