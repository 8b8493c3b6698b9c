# An imported target made from the LibTorch folder: pse_libtorch (headers, libtorch_cpu, libc10).
# Sets PSE_LIBTORCH_MINOR, "2.13".
if(NOT EXISTS "${PSE_LIBTORCH}/include/ATen/ATen.h")
  message(FATAL_ERROR "PSE_LIBTORCH is '${PSE_LIBTORCH}', which is not a folder of LibTorch "
    "(no include/ATen/ATen.h). `npm run setup` brings one and passes it here.")
endif()

file(STRINGS "${PSE_LIBTORCH}/share/cmake/Torch/TorchConfigVersion.cmake" pse_version_line
  REGEX "set\\(PACKAGE_VERSION")
string(REGEX MATCH "[0-9]+\\.[0-9]+" PSE_LIBTORCH_MINOR "${pse_version_line}")
if(PSE_LIBTORCH_MINOR VERSION_LESS 2.11)
  message(FATAL_ERROR "LibTorch ${PSE_LIBTORCH_MINOR} in ${PSE_LIBTORCH}: 2.11 is the oldest that the sources fit")
endif()
message(STATUS "LibTorch ${PSE_LIBTORCH_MINOR} in ${PSE_LIBTORCH}")

add_library(pse_libtorch INTERFACE)
target_include_directories(pse_libtorch SYSTEM INTERFACE
  "${PSE_LIBTORCH}/include"
  "${PSE_LIBTORCH}/include/torch/csrc/api/include")
target_link_libraries(pse_libtorch INTERFACE
  "${PSE_LIBTORCH}/lib/libtorch_cpu.so"
  "${PSE_LIBTORCH}/lib/libc10.so")
