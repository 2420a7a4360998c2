# `cmake --install`: libraries, public headers, the command, and how CMake (find_package(bylaw)) and pkg-config find them.
#
#   bylaw::engine     the runtime: no compiler, no ANTLR, no LLVM            components: runtime
#   bylaw::audit_log  records on disk, chained and signed; bylaw::rocks_store  durable
#                     keeps state on disk
#   bylaw::compiler   policy text to images (compiler/driver); LLVM is in     compiler
#                     libbylaw_jit.so, which a program opens when it compiles,
#                     Z3 in libbylaw_smt.so, which is opened when a condition needs it
#   bin/bylaw         the command                                            tools
#
# What is installed is computed here: the headers below and all they include, the libraries named and all they link.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(BYLAW_RUNTIME_HEADERS
    runtime/engine/engine.h runtime/review/desk.h runtime/audit/sink.h runtime/metrics/figures.h base/clock.h base/money.h)
set(BYLAW_DURABLE_HEADERS runtime/audit/log.h runtime/durable/rocks_store.h runtime/durable/tenant_data.h)
set(BYLAW_COMPILER_HEADERS compiler/driver/compare.h compiler/driver/compile.h compiler/driver/image.h
    compiler/diag/render.h)

# bylaw_header_closure(OUT header …): the headers and everything of ours that they include, relative to the source root.
function(bylaw_header_closure out)
  set(found "")
  set(pending ${ARGN})
  while(pending)
    list(POP_FRONT pending header)
    if(header IN_LIST found)
      continue()
    endif()
    list(APPEND found ${header})
    file(STRINGS ${CMAKE_SOURCE_DIR}/${header} includes REGEX "^#include \"")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" target "${include}")
      if(EXISTS ${CMAKE_SOURCE_DIR}/${target})
        list(APPEND pending ${target})
      endif()
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${header})
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(bylaw_install_headers component)
  bylaw_header_closure(headers ${ARGN})
  foreach(header IN LISTS headers)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${CMAKE_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bylaw/${folder} COMPONENT ${component})
  endforeach()
endfunction()

# bylaw_library_closure(OUT name …): our libraries of these names and all of ours that they link; who links another one comes first.
function(bylaw_library_closure out)
  set(found "")
  set(pending ${ARGN})
  while(pending)
    list(POP_FRONT pending name)
    list(REMOVE_ITEM found ${name})
    list(APPEND found ${name})
    get_target_property(links bylaw_${name} LINK_LIBRARIES)
    foreach(link IN LISTS links)
      if(link MATCHES "^bylaw::(.+)$")
        list(APPEND pending ${CMAKE_MATCH_1})
      endif()
    endforeach()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(bylaw_install_libraries component export)
  foreach(name IN LISTS ARGN)
    set_target_properties(bylaw_${name} PROPERTIES EXPORT_NAME ${name})
    install(TARGETS bylaw_${name} EXPORT ${export} COMPONENT ${component} DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endforeach()
  install(EXPORT ${export} NAMESPACE bylaw:: COMPONENT ${component} DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
endfunction()

function(bylaw_install)
  bylaw_install_headers(runtime ${BYLAW_RUNTIME_HEADERS})
  bylaw_install_headers(durable ${BYLAW_DURABLE_HEADERS})
  bylaw_install_headers(compiler ${BYLAW_COMPILER_HEADERS})
  bylaw_library_closure(runtime engine review metrics)
  bylaw_library_closure(durable audit_log rocks_store)
  bylaw_library_closure(compiler driver)
  list(REMOVE_ITEM durable ${runtime})
  list(REMOVE_ITEM compiler ${runtime})
  bylaw_install_libraries(runtime bylawRuntime ${runtime})
  bylaw_install_libraries(durable bylawDurable ${durable})
  bylaw_install_libraries(compiler bylawCompiler ${compiler})
  install(TARGETS bylaw_jit_object bylaw_smt_object COMPONENT compiler DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set_target_properties(bylaw PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS bylaw COMPONENT tools DESTINATION ${CMAKE_INSTALL_BINDIR})

  # The examples have threads, and are built against what is installed.
  add_dependencies(threads bylaw bylaw_jit_object)
  foreach(name IN LISTS runtime durable compiler)
    add_dependencies(threads bylaw_${name})
  endforeach()

  set(config ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/bylawConfig.cmake.in ${CMAKE_BINARY_DIR}/bylawConfig.cmake
                                INSTALL_DESTINATION ${config} PATH_VARS CMAKE_INSTALL_LIBDIR)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/bylawConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/bylawConfig.cmake ${CMAKE_BINARY_DIR}/bylawConfigVersion.cmake COMPONENT runtime
          DESTINATION ${config})

  set(libraries "")
  foreach(name IN LISTS runtime)
    get_target_property(type bylaw_${name} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      list(APPEND libraries ${name})
    endif()
  endforeach()
  list(TRANSFORM libraries PREPEND "-lbylaw_")
  list(JOIN libraries " " BYLAW_PC_LIBS)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/bylaw.pc.in ${CMAKE_BINARY_DIR}/bylaw.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/bylaw.pc COMPONENT runtime DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
