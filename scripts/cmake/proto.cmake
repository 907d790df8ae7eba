# loadctl_proto(NAME FILE...): a library of the messages and gRPC services of .proto files.
function(loadctl_proto name)
  set(out ${CMAKE_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
  set(sources)
  foreach(file ${ARGN})
    string(REGEX REPLACE "^proto/(.*)\\.proto$" "\\1" base ${file})
    set(made ${out}/${base}.pb.cc ${out}/${base}.pb.h ${out}/${base}.grpc.pb.cc ${out}/${base}.grpc.pb.h)
    add_custom_command(OUTPUT ${made}
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR}/proto --cpp_out=${out}
              --grpc_out=${out} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}
              ${CMAKE_SOURCE_DIR}/${file}
      DEPENDS ${file} VERBATIM)
    list(APPEND sources ${out}/${base}.pb.cc ${out}/${base}.grpc.pb.cc)
  endforeach()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
endfunction()
