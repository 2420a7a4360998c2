# Compiler, flags, launchers and third-party packages, in one place.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(BYLAW_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize= (address,undefined or thread)")
option(BYLAW_FUZZ "Build the fuzzers of tests/fuzz with libFuzzer; needs clang" OFF)
option(BYLAW_SOAK "Register the long tests as well, with the ctest label soak" OFF)
option(BYLAW_COVERAGE "Instrument for llvm-cov; needs clang" OFF)

set(CMAKE_CXX_FLAGS_RELEASE "-O2")

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header's time stamp says nothing about its content. Paths below the source root are hashed as relative ones, so that
  # two checkouts of the same text share what they compile.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(BYLAW_SANITIZE)
  # One fault ends the test. No vptr check: Debian's LLVM and ANTLR bring no type information for it.
  add_compile_options(-fsanitize=${BYLAW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  if(BYLAW_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=vptr)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      # Before a function's code clang looks for its type; the code of compiled policies has none.
      add_compile_options(-fno-sanitize=function)
    endif()
  endif()
  add_link_options(-fsanitize=${BYLAW_SANITIZE})
endif()
if(BYLAW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(BYLAW_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

find_package(absl REQUIRED)
find_package(fmt REQUIRED)
add_compile_definitions(FMT_SHARED)  # as fmt::fmt says; said to all, since precompiled headers are shared by all
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(CLI11 REQUIRED)
# Some packages add -pthread to their users: every file has it, so that one precompiled header fits all.
add_compile_options(-pthread)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
pkg_check_modules(ROCKSDB REQUIRED IMPORTED_TARGET rocksdb)
