# loadctl_messages(NAME FILE...): a library of the messages of .proto files.
# loadctl_services(NAME FILE...): one of their messages and gRPC services.
function(_loadctl_proto name plugin)
  set(out ${CMAKE_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  set(sources)
  foreach(file ${ARGN})
    string(REGEX REPLACE "^proto/(.*)\\.proto$" "\\1" base ${file})
    set(made ${out}/${base}.pb.cc ${out}/${base}.pb.h)
    set(options)
    if(plugin)
      list(APPEND made ${out}/${base}.grpc.pb.cc ${out}/${base}.grpc.pb.h)
      set(options --grpc_out=${out} --plugin=protoc-gen-grpc=${plugin})
    endif()
    add_custom_command(OUTPUT ${made}
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR}/proto --cpp_out=${out} ${options}
              ${CMAKE_SOURCE_DIR}/${file}
      DEPENDS ${file} VERBATIM)
    list(FILTER made INCLUDE REGEX "\\.cc$")
    list(APPEND sources ${made})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC loadctl_protobuf)
endfunction()

function(loadctl_messages name)
  _loadctl_proto(${name} "" ${ARGN})
endfunction()

function(loadctl_services name)
  find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
  _loadctl_proto(${name} ${GRPC_CPP_PLUGIN} ${ARGN})
  target_link_libraries(${name} PUBLIC loadctl_grpc)
endfunction()
