# The four kinds of target: library, program, test, benchmark. Warnings are errors in our code, silent in others'.

set(BYLAW_WARNINGS -Wall -Wextra -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++-12 is wrong about std::string and std::vector in these (GCC bugs 105651, 105329, 107852).
  list(APPEND BYLAW_WARNINGS -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  if(BYLAW_SANITIZE)
    list(APPEND BYLAW_WARNINGS -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # libstdc++-12's std::stable_sort calls what it has deprecated itself.
  list(APPEND BYLAW_WARNINGS -Wno-deprecated-declarations)
endif()
include(BylawPch)

# Headers are named from the source root; installed ones from include/bylaw.
set(BYLAW_INCLUDE_ROOT $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include/bylaw>)

# bylaw_library(NAME SRCS a.cc … [DEPS bylaw::x …] [PUBLIC_DEPS …]): static library bylaw_NAME, alias bylaw::NAME.
function(bylaw_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;PUBLIC_DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(bylaw_${name} STATIC ${ARG_SRCS})
    target_compile_options(bylaw_${name} PRIVATE ${BYLAW_WARNINGS})
    target_include_directories(bylaw_${name} PUBLIC ${BYLAW_INCLUDE_ROOT})
    target_link_libraries(bylaw_${name} PRIVATE ${ARG_DEPS} PUBLIC ${ARG_PUBLIC_DEPS})
    bylaw_use_pch(bylaw_${name} bylaw_library_pch)
  else()
    add_library(bylaw_${name} INTERFACE)
    target_include_directories(bylaw_${name} INTERFACE ${BYLAW_INCLUDE_ROOT})
    target_link_libraries(bylaw_${name} INTERFACE ${ARG_DEPS} ${ARG_PUBLIC_DEPS})
  endif()
  add_library(bylaw::${name} ALIAS bylaw_${name})
endfunction()

# bylaw_planted_library(NAME): bylaw::NAME_planted, the same sources with the bugs of runtime/abi/planted_bug.h in reach, for tests. It links the
# planted kinds of the libraries that NAME links, as far as there are any. A program links one kind or the other.
function(bylaw_planted_library name)
  get_target_property(sources bylaw_${name} SOURCES)
  get_target_property(private bylaw_${name} LINK_LIBRARIES)
  get_target_property(public bylaw_${name} INTERFACE_LINK_LIBRARIES)
  list(FILTER public EXCLUDE REGEX "LINK_ONLY")
  foreach(links IN ITEMS private public)
    set(planted "")
    foreach(link IN LISTS ${links})
      list(APPEND planted $<IF:$<TARGET_EXISTS:${link}_planted>,${link}_planted,${link}>)
    endforeach()
    set(${links} ${planted})
  endforeach()
  bylaw_library(${name}_planted SRCS ${sources} DEPS ${private} PUBLIC_DEPS ${public})
  target_compile_definitions(bylaw_${name}_planted PUBLIC BYLAW_PLANTED_BUGS)
endfunction()

# bylaw_program(NAME SRCS … DEPS …): build/bin/NAME.
function(bylaw_program name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_compile_options(${name} PRIVATE ${BYLAW_WARNINGS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# What has threads, and nothing else: what the tsan preset builds and tests.
add_custom_target(threads)

# bylaw_test(NAME SRCS … DEPS … [LABELS …]): a GoogleTest program run by ctest as one test, from the source root.
function(bylaw_test name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;LABELS" ${ARGN})
  bylaw_program(${name} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  bylaw_use_pch(${name} bylaw_test_pch)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
  if(threads IN_LIST ARG_LABELS)
    add_dependencies(threads ${name})
  endif()
endfunction()

# bylaw_benchmark(NAME SRCS … DEPS …): build/bin/NAME; never run by ctest.
function(bylaw_benchmark name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  bylaw_program(${name} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS} benchmark::benchmark)
endfunction()
