# Protobuf, gRPC and Abseil from their archives: 50 shared libraries fewer to find, map and relocate at each start, and
# loadctl starts an agent process for every run (docs/adr/0016-grpc-and-protobuf-from-archives.md).
#
# Makes loadctl_protobuf and, with LOADCTL_WITH_GRPC, loadctl_grpc. Libraries that libnode shares with us (OpenSSL,
# zlib, c-ares) stay shared.
find_package(PkgConfig REQUIRED)

function(_loadctl_archives target module)
  pkg_check_modules(${module} REQUIRED ${module})
  set(archives)
  set(shared)
  list(REMOVE_DUPLICATES ${module}_STATIC_LIBRARIES)
  foreach(name ${${module}_STATIC_LIBRARIES})
    if(name MATCHES "^(protobuf|grpc|gpr|upb|re2|address_sorting|absl_)")
      find_library(ARCHIVE_${name} NAMES lib${name}.a REQUIRED)
      mark_as_advanced(ARCHIVE_${name})
      list(APPEND archives ${ARCHIVE_${name}})
    else()
      list(APPEND shared ${name})
    endif()
  endforeach()
  add_library(${target} INTERFACE)
  target_link_libraries(${target} INTERFACE -Wl,--start-group ${archives} -Wl,--end-group ${shared})
endfunction()

_loadctl_archives(loadctl_protobuf protobuf)
if(LOADCTL_WITH_GRPC)
  _loadctl_archives(loadctl_grpc grpc++)
  target_link_libraries(loadctl_grpc INTERFACE loadctl_protobuf)
endif()
