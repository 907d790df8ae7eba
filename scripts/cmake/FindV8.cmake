# V8 as Debian's libnode-dev ships it: installed, or unpacked under LOADCTL_NODE_PREFIX.
# Defines the target V8::V8 and V8_VERSION.
find_path(V8_INCLUDE_DIR v8.h
  HINTS ${LOADCTL_NODE_PREFIX}/usr/include/node PATH_SUFFIXES node)
# The inspector's header is among the sources of Node.js only.
find_path(V8_INSPECTOR_INCLUDE_DIR v8-inspector.h
  HINTS ${V8_INCLUDE_DIR} ${LOADCTL_NODE_PREFIX}/usr/include/nodejs/deps/v8/include
  PATH_SUFFIXES nodejs/deps/v8/include)
find_library(V8_LIBRARY node
  HINTS ${LOADCTL_NODE_PREFIX}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}
        ${LOADCTL_NODE_PREFIX}/usr/lib/x86_64-linux-gnu)
if(V8_INCLUDE_DIR)
  file(STRINGS ${V8_INCLUDE_DIR}/v8-version.h lines REGEX "define V8_(MAJOR|MINOR)_VERSION")
  string(REGEX REPLACE ".*MAJOR_VERSION ([0-9]+).*MINOR_VERSION ([0-9]+).*" "\\1.\\2" V8_VERSION "${lines}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(V8 REQUIRED_VARS V8_LIBRARY V8_INCLUDE_DIR V8_INSPECTOR_INCLUDE_DIR
  VERSION_VAR V8_VERSION)
if(V8_FOUND AND NOT TARGET V8::V8)
  add_library(V8::V8 SHARED IMPORTED)
  set_target_properties(V8::V8 PROPERTIES
    IMPORTED_LOCATION ${V8_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE_DIR})
endif()
