# bylaw_antlr(NAME LEXER Lexer.g4 PARSER Parser.g4 PACKAGE ns::name): static library bylaw_NAME, alias bylaw::NAME, with the C++
# lexer and parser that ANTLR generates, and the ANTLR runtime. Users include "BylawLexer.h" and "BylawParser.h" (and "antlr4-runtime.h")
# as system headers. Debian's own antlr4_generate() looks for a jar that its package does not have.

find_program(BYLAW_ANTLR4 antlr4 REQUIRED)
find_package(Threads REQUIRED)
find_path(ANTLR4_RUNTIME_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
# The archive, not the shared library: every short-lived command would pay for relocating it.
find_library(ANTLR4_RUNTIME_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)

function(bylaw_antlr name)
  cmake_parse_arguments(ARG "" "LEXER;PARSER;PACKAGE" "" ${ARGN})
  foreach(kind IN ITEMS LEXER PARSER PACKAGE)
    if(NOT ARG_${kind})
      message(FATAL_ERROR "bylaw_antlr(${name}): say ${kind}")
    endif()
  endforeach()
  cmake_path(ABSOLUTE_PATH ARG_LEXER BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(ABSOLUTE_PATH ARG_PARSER BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET ARG_LEXER STEM lexer)
  cmake_path(GET ARG_PARSER STEM parser)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated)
  set(antlr ${BYLAW_ANTLR4} -Dlanguage=Cpp -no-listener -no-visitor -Werror -package ${ARG_PACKAGE} -Xexact-output-dir -o ${out})
  # The grammars are read from a copy, so that no path of this machine enters the generated text and compiler caches can share it.
  add_custom_command(
    OUTPUT ${out}/${lexer}.cpp ${out}/${lexer}.h ${out}/${lexer}.tokens
    COMMAND ${CMAKE_COMMAND} -E copy ${ARG_LEXER} ${out}/${lexer}.g4
    COMMAND ${antlr} ${lexer}.g4
    WORKING_DIRECTORY ${out}
    DEPENDS ${ARG_LEXER}
    COMMENT "ANTLR: ${lexer}" VERBATIM)
  add_custom_command(
    OUTPUT ${out}/${parser}.cpp ${out}/${parser}.h
    COMMAND ${CMAKE_COMMAND} -E copy ${ARG_PARSER} ${out}/${parser}.g4
    COMMAND ${antlr} -lib ${out} ${parser}.g4
    WORKING_DIRECTORY ${out}
    DEPENDS ${ARG_PARSER} ${out}/${lexer}.tokens
    COMMENT "ANTLR: ${parser}" VERBATIM)
  file(MAKE_DIRECTORY ${out})

  add_library(bylaw_${name} STATIC ${out}/${lexer}.cpp ${out}/${parser}.cpp)
  add_library(bylaw::${name} ALIAS bylaw_${name})
  # Generated text: no warnings, and ANTLR's UTF-8 literals are plain char.
  target_compile_options(bylaw_${name} PRIVATE -fno-char8_t -w)
  target_include_directories(bylaw_${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${out}> $<BUILD_INTERFACE:${ANTLR4_RUNTIME_INCLUDE}>)
  # Whoever uses an installed one finds the runtime anew (cmake/bylawConfig.cmake.in).
  target_link_libraries(bylaw_${name} PUBLIC $<BUILD_INTERFACE:${ANTLR4_RUNTIME_LIBRARY}> Threads::Threads)
endfunction()
