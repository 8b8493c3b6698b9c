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

# imported_library(<name> <file> [<target it needs>]): a library that was built elsewhere.
function(imported_library name file)
  add_library(${name} SHARED IMPORTED)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION "${PSE_LIBTORCH}/lib/${file}"
    INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

imported_library(pse_c10 libc10.so)
imported_library(pse_torch_cpu libtorch_cpu.so pse_c10)
add_library(pse_libtorch INTERFACE IMPORTED)
# Headers of an imported target are SYSTEM: their warnings are not ours.
target_include_directories(pse_libtorch INTERFACE
  "${PSE_LIBTORCH}/include"
  "${PSE_LIBTORCH}/include/torch/csrc/api/include")
target_link_libraries(pse_libtorch INTERFACE pse_torch_cpu pse_c10)

if(PSE_CUDA)
  # The root is given, not looked for: an nvcc on the PATH may be a wrapper that leads nowhere.
  if(NOT EXISTS "${PSE_CUDA_ROOT}/include/cuda_runtime.h")
    message(FATAL_ERROR "PSE_CUDA_ROOT is '${PSE_CUDA_ROOT}', which is not a CUDA toolkit (no include/cuda_runtime.h)")
  endif()
  if(NOT EXISTS "${PSE_LIBTORCH}/lib/libtorch_cuda.so")
    message(FATAL_ERROR "PSE_CUDA is on, but ${PSE_LIBTORCH} is a LibTorch for the CPU (no lib/libtorch_cuda.so)")
  endif()
  imported_library(pse_c10_cuda libc10_cuda.so pse_c10)
  imported_library(pse_torch_cuda libtorch_cuda.so pse_c10_cuda pse_torch_cpu)
  # What ATen/cuda includes: the toolkit's headers, and those of cuBLAS and the like beside a wheel.
  add_library(pse_libtorch_cuda INTERFACE IMPORTED)
  target_include_directories(pse_libtorch_cuda INTERFACE "${PSE_CUDA_ROOT}/include")
  get_filename_component(pse_nvidia "${PSE_LIBTORCH}/../nvidia/cu13/include" ABSOLUTE)
  if(EXISTS "${pse_nvidia}")
    target_include_directories(pse_libtorch_cuda INTERFACE "${pse_nvidia}")
  endif()
  target_link_libraries(pse_libtorch_cuda INTERFACE pse_libtorch pse_torch_cuda pse_c10_cuda)
endif()
