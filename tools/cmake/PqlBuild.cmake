# Compiler settings and the three functions that every folder uses:
#   pql_add_library(NAME [OWN_HEADERS] SRCS ... DEPS ...)  one library a folder of src/
#   pql_add_executable(NAME SRCS ... DEPS ...) a program, built to <build>/bin
#   pql_add_test(NAME [THREADS] SRCS ... DEPS ...)  a GoogleTest program, one ctest entry; with several
#                                              threads it has the label of those that TSan is for

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
endif()
set(PQL_SANITIZER "" CACHE STRING "Sanitizers to build with: address,undefined or thread")

option(PQL_PRECOMPILED_HEADERS "Third-party headers, parsed once instead of in every file" ON)

# Without this sloppiness ccache does not cache what is compiled with precompiled headers; those here
# hold no time macros.
find_program(PQL_CCACHE ccache)
if(PQL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${PQL_CCACHE}")
endif()

# The same bits on every machine and from every engine (language.md section 5).
add_compile_options(-ffp-contract=off -pthread)
if(PQL_SANITIZER)
  add_compile_options(-fsanitize=${PQL_SANITIZER} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${PQL_SANITIZER})
  add_compile_definitions(PQL_SANITIZED)
  if(PQL_SANITIZER MATCHES thread)
    # Protobuf's headers lay maps out in another way where they see this macro: not as Debian's library.
    add_compile_options(-U__SANITIZE_THREAD__)
    add_compile_definitions(PQL_TSAN)
  endif()
endif()

# Warnings are errors in our own code only; generated code and third-party headers are SYSTEM.
# gcc 12 sees -Wrestrict in its own std::string (gcc.gnu.org/PR105651), and overflows of short strings
# that are none, at -O1 and in what it precompiled; with sanitizers, uninitialized members
# of variants and of std::regex that are not there.
add_library(pql_warnings INTERFACE)
target_compile_options(pql_warnings INTERFACE
  -Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Wno-sign-compare -Wno-missing-field-initializers
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
if(PQL_SANITIZER AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(pql_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# Headers for many targets: the first one that names a set, by pql_precompile(NAME SET HEADERS ...),
# compiles it; programs and libraries cannot share one, for they differ in -fPIE and -fPIC.
function(pql_precompile name)
  cmake_parse_arguments(ARG "" "SET" "HEADERS" ${ARGN})
  if(NOT PQL_PRECOMPILED_HEADERS)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY PQL_PRECOMPILED_${ARG_SET})
  if(owner)
    target_precompile_headers(${name} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
    set_property(GLOBAL PROPERTY PQL_PRECOMPILED_${ARG_SET} ${name})
  endif()
endfunction()

# For what is mostly templates of others run once (tests, command lines): -O3 doubles the time that
# they take to compile and speeds up nothing.
function(pql_compile_fast name)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# Libraries share one set of precompiled headers; one with OWN_HEADERS names its own, or none.
function(pql_add_library name)
  cmake_parse_arguments(ARG "OWN_HEADERS" "" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE pql_warnings)
  if(NOT ARG_OWN_HEADERS)
    pql_precompile(${name} SET libraries HEADERS
      <algorithm> <cmath> <cstdint> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
      <string_view> <utility> <variant> <vector> <absl/status/statusor.h> <absl/time/time.h>)
  endif()
endfunction()

function(pql_add_executable name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} pql_warnings)
endfunction()

# Tests find the sources, testdata and built programs through these three definitions.
function(pql_add_test name)
  cmake_parse_arguments(ARG "THREADS" "" "SRCS;DEPS" ${ARGN})
  pql_add_executable(${name} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS} GTest::gmock_main)
  target_compile_definitions(${name} PRIVATE
    PQL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PQL_TESTDATA_DIR="${CMAKE_SOURCE_DIR}/tests/testdata"
    PQL_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  pql_precompile(${name} SET tests HEADERS
    <gmock/gmock.h> <gtest/gtest.h> <absl/status/statusor.h> <absl/time/time.h>)
  pql_compile_fast(${name})
  add_test(NAME ${name} COMMAND ${name})
  if(ARG_THREADS)
    set_property(TEST ${name} APPEND PROPERTY LABELS threads)
  endif()
endfunction()
