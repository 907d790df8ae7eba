# One helper each for a library, its unit tests and its fuzzers: a folder is a library.
#
#   loadctl_library(common/metrics DEPS common/base)
#
# makes the static library `common_metrics` of every *.cc in the folder, the program
# `common_metrics_test` of every *_test.cc (registered with ctest), and with LOADCTL_FUZZ one
# program for each *_fuzz.cc. A folder that does not exist yet is skipped, so that the list in
# CMakeLists.txt may be read as the map of the tree.

# What is built for which run (scripts/test):
#   unit_tests       every unit test
#   sanitized_tests  those without gRPC, for asan; ctest -L sanitized runs them
#   fuzzers          every fuzzer (LOADCTL_FUZZ)
add_custom_target(unit_tests)
add_custom_target(sanitized_tests)
add_custom_target(fuzzers)
# Folders that link gRPC: left out of the sanitizer builds, for compiling them takes long.
set(LOADCTL_GRPC_FOLDERS common/wire agent/session controller/service controller/bundle controller/cli
  controller/fleet controller/page controller/record controller/results controller/rest controller/run)

add_library(loadctl_flags INTERFACE)
target_include_directories(loadctl_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_features(loadctl_flags INTERFACE cxx_std_20)
target_compile_options(loadctl_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Werror -fno-omit-frame-pointer)

if(LOADCTL_SANITIZE STREQUAL "asan")
  # vptr is off because libnode is built without RTTI.
  target_compile_options(loadctl_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr -O1
    -fno-sanitize-recover=undefined)
  target_link_options(loadctl_flags INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr)
elseif(LOADCTL_SANITIZE STREQUAL "tsan")
  # GCC warns that TSan does not see the fences asio sets around handlers; it sees asio's mutexes.
  target_compile_options(loadctl_flags INTERFACE -fsanitize=thread -O1 -Wno-tsan
    # Instrumented, inlined std::string looks to GCC 12 as if it wrote beyond its end.
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict -Wno-maybe-uninitialized)
  target_link_options(loadctl_flags INTERFACE -fsanitize=thread)
endif()
if(LOADCTL_FUZZ)
  target_compile_options(loadctl_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=undefined -O1)
  target_link_options(loadctl_flags INTERFACE -fsanitize=address,undefined)
endif()

# Tests are compiled for compile time: GoogleTest's templates gain little from optimization.
set(LOADCTL_TEST_OPTIONS -O0)

function(loadctl_test target)
  target_compile_options(${target} PRIVATE ${LOADCTL_TEST_OPTIONS})
  loadctl_precompiled(${target} test)
endfunction()

function(_loadctl_target folder out)
  string(REPLACE "/" "_" name ${folder})
  set(${out} ${name} PARENT_SCOPE)
endfunction()

function(loadctl_library folder)
  cmake_parse_arguments(ARG "NO_TESTS" "" "DEPS;LINK;TEST_DEPS" ${ARGN})
  if(NOT IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${folder})
    return()
  endif()
  _loadctl_target(${folder} name)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB tests CONFIGURE_DEPENDS ${folder}/*_test.cc)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${folder}/*_fuzz.cc)
  file(GLOB benches CONFIGURE_DEPENDS ${folder}/*_bench.cc)
  list(REMOVE_ITEM sources ${tests} ${fuzzers} ${benches} "" ${CMAKE_SOURCE_DIR}/${folder}/main.cc)
  set(links)
  foreach(dep ${ARG_DEPS})
    _loadctl_target(${dep} target)
    list(APPEND links ${target})
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC loadctl_flags ${links} ${ARG_LINK})
    loadctl_precompiled(${name} library)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE loadctl_flags ${links} ${ARG_LINK})
  endif()
  if(tests AND NOT LOADCTL_FUZZ AND NOT ARG_NO_TESTS)
    set(testlinks)
    foreach(dep ${ARG_TEST_DEPS})
      _loadctl_target(${dep} target)
      list(APPEND testlinks ${target})
    endforeach()
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${testlinks} GTest::gmock GTest::gtest_main)
    loadctl_test(${name}_test)
    add_test(NAME ${name}_test COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    add_dependencies(unit_tests ${name}_test)
    if(NOT folder IN_LIST LOADCTL_GRPC_FOLDERS)
      add_dependencies(sanitized_tests ${name}_test)
      set_tests_properties(${name}_test PROPERTIES LABELS "unit;sanitized")
    else()
      set_tests_properties(${name}_test PROPERTIES LABELS unit)
    endif()
  endif()
  foreach(source ${benches})
    get_filename_component(bench ${source} NAME_WE)
    add_executable(${name}_${bench} ${source})
    target_link_libraries(${name}_${bench} PRIVATE ${name})
    loadctl_precompiled(${name}_${bench} library)
  endforeach()
  if(LOADCTL_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(fuzzer ${source} NAME_WE)
      add_executable(${name}_${fuzzer} ${source})
      target_link_libraries(${name}_${fuzzer} PRIVATE ${name})
      target_link_options(${name}_${fuzzer} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${name}_${fuzzer})
    endforeach()
  endif()
endfunction()
