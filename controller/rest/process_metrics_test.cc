#include "controller/rest/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace loadctl::rest {
namespace {

double ValueOf(const std::string& page, const std::string& name) {
  const std::size_t at = page.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name << " is not in\n" << page;
  return at == std::string::npos ? -1 : std::strtod(&page[at + name.size() + 2], nullptr);
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const std::string page = ProcessMetrics();
  EXPECT_GT(ValueOf(page, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(ValueOf(page, "process_virtual_memory_bytes"),
            ValueOf(page, "process_resident_memory_bytes"));
  EXPECT_NEAR(ValueOf(page, "process_start_time_seconds"), static_cast<double>(std::time(nullptr)),
              300);
  EXPECT_GT(ValueOf(page, "process_max_fds"), 3);
  EXPECT_EQ(page.find("# HELP process_cpu_seconds_total "), 0u);
  EXPECT_NE(page.find("# TYPE process_cpu_seconds_total counter\n"), std::string::npos);
}

TEST(ProcessMetrics, CountDescriptorsAndCpu) {
  const std::string before = ProcessMetrics();
  const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 20;
  while (std::clock() < end) {
  }
  const std::string after = ProcessMetrics();
  close(descriptor);
  EXPECT_EQ(ValueOf(after, "process_open_fds"), ValueOf(before, "process_open_fds") + 1);
  EXPECT_GE(ValueOf(after, "process_cpu_seconds_total"),
            ValueOf(before, "process_cpu_seconds_total") + 0.04);
}

}  // namespace
}  // namespace loadctl::rest
