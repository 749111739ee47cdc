# What seegrad needs from elsewhere. Each library is taken from the system where it is installed, else fetched (internet
# needed); optional ones are left out with a word. The versions named here are Debian 12's, with which seegrad is tested.
include(FetchContent)
set(FETCHCONTENT_QUIET OFF)

find_package(Threads REQUIRED)

# fmt: message and table text; used in sources only, so users of the library never meet its headers.
FetchContent_Declare(fmt GIT_REPOSITORY https://github.com/fmtlib/fmt.git GIT_TAG 9.1.0 GIT_SHALLOW TRUE
                     FIND_PACKAGE_ARGS 8)
# CLI11 and nlohmann-json: header-only, included by one source each.
FetchContent_Declare(CLI11 GIT_REPOSITORY https://github.com/CLIUtils/CLI11.git GIT_TAG v2.1.2 GIT_SHALLOW TRUE
                     FIND_PACKAGE_ARGS)
set(JSON_BuildTests OFF)
set(JSON_Install OFF)
FetchContent_Declare(nlohmann_json GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.2 GIT_SHALLOW TRUE
                     FIND_PACKAGE_ARGS 3)
FetchContent_MakeAvailable(fmt CLI11 nlohmann_json)

# A fetched fmt is compiled into our own objects, so that an installed seegrad does not ask for it.
if(fmt_FOUND)
  set(SEEGRAD_FMT fmt::fmt)
else()
  set(SEEGRAD_FMT $<BUILD_INTERFACE:fmt::fmt-header-only>)
endif()

# zlib: its own build names no ZLIB::ZLIB, so the fetched one is wrapped.
find_package(ZLIB QUIET)
set(SEEGRAD_ZLIB ZLIB::ZLIB)
if(NOT ZLIB_FOUND)
  set(SKIP_INSTALL_ALL ON)
  FetchContent_Declare(zlib GIT_REPOSITORY https://github.com/madler/zlib.git GIT_TAG v1.2.13 GIT_SHALLOW TRUE)
  FetchContent_MakeAvailable(zlib)
  target_include_directories(zlibstatic INTERFACE $<BUILD_INTERFACE:${zlib_SOURCE_DIR}>
                                                  $<BUILD_INTERFACE:${zlib_BINARY_DIR}>)
  set(SEEGRAD_ZLIB zlibstatic)
endif()

# stb: PNG, JPEG and BMP files, by headers that one source each includes. They are not ours to lint: a system include folder.
find_path(SEEGRAD_STB_DIR stb_image_write.h PATH_SUFFIXES stb)
if(NOT SEEGRAD_STB_DIR)
  FetchContent_Declare(stb GIT_REPOSITORY https://github.com/nothings/stb.git
                       GIT_TAG 8b5f1f37b5b75829fc72d38e7b5d4bcbf8a26d55)
  FetchContent_MakeAvailable(stb)
  set(SEEGRAD_STB_DIR "${stb_SOURCE_DIR}" CACHE PATH "Folder of stb_image_write.h" FORCE)
endif()

# xsimd: the SIMD batches. AUTO: used where installed, else the kernels are built from plain scalar code.
set(SEEGRAD_SIMD AUTO CACHE STRING "Vector kernels through xsimd: AUTO (if installed), ON (fetch if need be) or OFF")
set_property(CACHE SEEGRAD_SIMD PROPERTY STRINGS AUTO ON OFF)
set(SEEGRAD_XSIMD "")
if(SEEGRAD_SIMD STREQUAL "AUTO")
  find_package(xsimd 8 QUIET)
elseif(SEEGRAD_SIMD)
  FetchContent_Declare(xsimd GIT_REPOSITORY https://github.com/xtensor-stack/xsimd.git GIT_TAG 8.1.0 GIT_SHALLOW TRUE
                       FIND_PACKAGE_ARGS 8)
  FetchContent_MakeAvailable(xsimd)
endif()
if(SEEGRAD_SIMD AND TARGET xsimd)
  set(SEEGRAD_XSIMD xsimd)
endif()

# oneDNN: matrix products. Too large to fetch; without it the plain blocked product stands in.
set(SEEGRAD_ONEDNN AUTO CACHE STRING "Matrix products through oneDNN: AUTO (if installed), ON (required) or OFF")
set_property(CACHE SEEGRAD_ONEDNN PROPERTY STRINGS AUTO ON OFF)
set(SEEGRAD_HAS_ONEDNN OFF)
if(SEEGRAD_ONEDNN STREQUAL "AUTO")
  find_package(oneDNN QUIET)
elseif(SEEGRAD_ONEDNN)
  find_package(oneDNN REQUIRED)
endif()
if(SEEGRAD_ONEDNN AND oneDNN_FOUND)
  set(SEEGRAD_HAS_ONEDNN ON)
endif()

if(SEEGRAD_BUILD_TESTS)
  set(CATCH_BUILD_STATIC_LIBRARY ON)
  FetchContent_Declare(Catch2 GIT_REPOSITORY https://github.com/catchorg/Catch2.git GIT_TAG v2.13.10 GIT_SHALLOW TRUE
                       FIND_PACKAGE_ARGS 2.13)
  FetchContent_MakeAvailable(Catch2)
endif()

if(SEEGRAD_BUILD_BENCHMARKS)
  find_package(benchmark QUIET)
endif()
