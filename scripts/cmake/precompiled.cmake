# Precompiled headers: the standard library is most of what every source reads, and GoogleTest of what every test
# reads, so both are parsed once a build. Measured (docs/benchmarks.md, "Building"): Boost.JSON, Asio, gRPC and V8 in
# them, or unity builds, pay less than they cost.
#
#   loadctl_precompiled(TARGET library|test)
#
# A source still includes what it uses: CI compiles without precompiled headers, too (headers alone, the fuzzers and
# clang-tidy). CMAKE_DISABLE_PRECOMPILE_HEADERS=ON turns them off.

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
else()
  # So that ccache, which looks at preprocessed sources, sees the header as used.
  target_compile_options(loadctl_flags INTERFACE -fpch-preprocess)
endif()

set(LOADCTL_STANDARD_HEADERS <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <condition_variable> <cstdint>
  <deque> <filesystem> <fstream> <functional> <iostream> <map> <memory> <mutex> <optional> <random> <set> <span>
  <sstream> <string> <string_view> <thread> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <tl/expected.hpp>)

file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/generated/precompiled.cc CONTENT "// Carries the precompiled headers.\n")
foreach(kind library test)
  add_library(precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/generated/precompiled.cc)
  target_link_libraries(precompiled_${kind} PRIVATE loadctl_flags)
endforeach()
target_precompile_headers(precompiled_library PRIVATE ${LOADCTL_STANDARD_HEADERS})
target_compile_options(precompiled_test PRIVATE ${LOADCTL_TEST_OPTIONS})
target_link_libraries(precompiled_test PRIVATE GTest::gmock)
target_precompile_headers(precompiled_test PRIVATE ${LOADCTL_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)

function(loadctl_precompiled target kind)
  target_precompile_headers(${target} REUSE_FROM precompiled_${kind})
endfunction()
