# The CUDA backend: a module of its own (libseegrad_cuda.so) that programs open when a GPU is wanted. Sets SEEGRAD_HAS_CUDA.
# Needs nvcc, cuBLASLt and NVRTC; no GPU and no driver.
set(SEEGRAD_CUDA AUTO CACHE STRING "CUDA backend: AUTO (if a toolkit is found), ON (required) or OFF")
set_property(CACHE SEEGRAD_CUDA PROPERTY STRINGS AUTO ON OFF)
set(SEEGRAD_HAS_CUDA OFF)

# The toolkit is often off PATH. (check_language() would miss it then, and remember that.)
if(SEEGRAD_CUDA AND NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(SEEGRAD_NVCC nvcc PATHS ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda /opt/cuda PATH_SUFFIXES bin)
  mark_as_advanced(SEEGRAD_NVCC)
  if(SEEGRAD_NVCC)
    set(CMAKE_CUDA_COMPILER "${SEEGRAD_NVCC}" CACHE FILEPATH "nvcc")
  endif()
endif()

if(SEEGRAD_CUDA AND (CMAKE_CUDA_COMPILER OR DEFINED ENV{CUDACXX}))
  # Before enable_language, or nvcc's own default sticks. Ampere as machine code, Hopper also as PTX for what comes after it.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "GPUs to build for")
  endif()
  if(SEEGRAD_CCACHE AND NOT DEFINED CMAKE_CUDA_COMPILER_LAUNCHER)
    set(CMAKE_CUDA_COMPILER_LAUNCHER "${SEEGRAD_CCACHE}")
  endif()
  enable_language(CUDA)
  if(CMAKE_CUDA_COMPILER_ID STREQUAL "NVIDIA" AND NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION) # CMake before 3.25.2 does not know it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_COMPILE_FEATURES cuda_std_20)
    list(APPEND CMAKE_CUDA_COMPILE_FEATURES cuda_std_20)
  endif()
  find_package(CUDAToolkit 12.4)
  if(CUDAToolkit_FOUND AND TARGET CUDA::cublasLt AND TARGET CUDA::nvrtc)
    set(SEEGRAD_HAS_CUDA ON)
  endif()
endif()
if(SEEGRAD_CUDA STREQUAL "ON" AND NOT SEEGRAD_HAS_CUDA)
  message(FATAL_ERROR "SEEGRAD_CUDA=ON, but there is no CUDA toolkit 12.4 or newer with nvcc, cuBLASLt and NVRTC; set CUDA_HOME")
elseif(SEEGRAD_CUDA AND NOT SEEGRAD_HAS_CUDA)
  message(STATUS "No CUDA toolkit 12.4 or newer with cuBLASLt and NVRTC: seegrad is built for the CPU")
endif()

# Program and module agree on a stamp: the headers that both are compiled with, and the compiler.
function(seegrad_module_stamp result)
  set(text "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${SEEGRAD_SANITIZE}")
  foreach(name IN ITEMS tensor/backend tensor/shape tensor/dtype tensor/device activation/formula activation/program math/error)
    set(header "${PROJECT_SOURCE_DIR}/include/seegrad/${name}.hpp")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
    file(SHA256 "${header}" hash)
    string(APPEND text " ${hash}")
  endforeach()
  string(SHA256 stamp "${text}")
  set(${result} "${stamp}" PARENT_SCOPE)
endfunction()

# Adds the module, built on the static library `library`; tests link its objects (seegrad_cuda_objects) as well.
function(seegrad_add_cuda_module library)
  include(EmbedHeaders)
  seegrad_embed_headers("${SEEGRAD_GENERATED}/embedded_headers.cpp")
  seegrad_module_stamp(stamp)
  file(GLOB host_sources CONFIGURE_DEPENDS src/backend/cuda/*.cpp)
  file(GLOB device_sources CONFIGURE_DEPENDS src/backend/cuda/*.cu)
  set_property(SOURCE src/backend/cuda_module/loader.cpp src/backend/cuda/module.cpp APPEND PROPERTY COMPILE_DEFINITIONS
               SEEGRAD_MODULE_STAMP="${stamp}" SEEGRAD_CUDA_MODULE_BUILT="${PROJECT_BINARY_DIR}/libseegrad_cuda.so"
               SEEGRAD_CUDA_MODULE_INSTALLED="${CMAKE_INSTALL_FULL_LIBDIR}/seegrad/libseegrad_cuda.so")

  set(includes "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src" "${SEEGRAD_GENERATED}")
  add_library(${library}_cuda_host OBJECT ${host_sources} "${SEEGRAD_GENERATED}/embedded_headers.cpp")
  seegrad_configure(${library}_cuda_host)
  target_include_directories(${library}_cuda_host PRIVATE ${includes})
  target_include_directories(${library}_cuda_host SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
  target_link_libraries(${library}_cuda_host PRIVATE ${SEEGRAD_FMT})
  add_library(${library}_cuda_device OBJECT ${device_sources})
  target_include_directories(${library}_cuda_device PRIVATE ${includes})
  # A kernel that runs out of registers does not build.
  target_compile_options(${library}_cuda_device PRIVATE -Xcompiler=-Wall,-Wextra -Werror=all-warnings -Xptxas=--warn-on-spills)
  foreach(target IN ITEMS ${library}_cuda_host ${library}_cuda_device)
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON
                                               CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF)
  endforeach()

  add_library(${library}_cuda_objects INTERFACE)
  target_link_libraries(${library}_cuda_objects INTERFACE ${library} CUDA::cudart_static CUDA::cublasLt CUDA::nvrtc ${SEEGRAD_FMT})
  target_include_directories(${library}_cuda_objects SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
  target_sources(${library}_cuda_objects INTERFACE $<TARGET_OBJECTS:${library}_cuda_host> $<TARGET_OBJECTS:${library}_cuda_device>)

  add_library(${library}_cuda MODULE)
  target_link_libraries(${library}_cuda PRIVATE ${library}_cuda_objects)
  # Nothing of the library inside shows to the outside; --as-needed drops the driver's stub, which CUDA::nvrtc brings along and which
  # machines without a driver do not have.
  target_link_options(${library}_cuda PRIVATE LINKER:--as-needed LINKER:--exclude-libs,ALL
                                              $<$<NOT:$<BOOL:${SEEGRAD_SANITIZE}>>:LINKER:-z,defs>)
  set_target_properties(${library}_cuda PROPERTIES LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
                                                   INSTALL_RPATH_USE_LINK_PATH ON)
endfunction()
