# `cmake --install`: libraries, public headers, the command, and how CMake (find_package(bylaw)) and pkg-config find them.
#
#   bylaw::engine     the runtime: no compiler, no ANTLR, no LLVM            components: runtime
#   bylaw::audit_log  records on disk, chained and signed; bylaw::rocks_store  durable
#                     keeps state on disk
#   bylaw::compiler   policy text to images (compiler/driver); LLVM is in     compiler
#                     libbylaw_jit.so, which a program opens when it compiles
#   bin/bylaw         the command                                            tools
#
# What is public is what compiler/driver and the headers below include, and nothing else: the closure is computed here.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(BYLAW_RUNTIME_LIBRARIES base abi sched limit budget policy route audit durable metrics engine)
set(BYLAW_DURABLE_LIBRARIES files audit_log rocks_store)
set(BYLAW_COMPILER_LIBRARIES source diag grammar syntax value cel sema verify plan change jit stdlib driver)
set(BYLAW_RUNTIME_HEADERS
    runtime/engine/engine.h runtime/audit/sink.h runtime/metrics/figures.h base/clock.h base/money.h)
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
  bylaw_install_libraries(runtime bylawRuntime ${BYLAW_RUNTIME_LIBRARIES})
  bylaw_install_libraries(durable bylawDurable ${BYLAW_DURABLE_LIBRARIES})
  bylaw_install_libraries(compiler bylawCompiler ${BYLAW_COMPILER_LIBRARIES})
  install(TARGETS bylaw_jit_object COMPONENT compiler DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set_target_properties(bylaw PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS bylaw COMPONENT tools DESTINATION ${CMAKE_INSTALL_BINDIR})

  set(config ${CMAKE_INSTALL_LIBDIR}/cmake/bylaw)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/bylawConfig.cmake.in ${CMAKE_BINARY_DIR}/bylawConfig.cmake
                                INSTALL_DESTINATION ${config} PATH_VARS CMAKE_INSTALL_LIBDIR)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/bylawConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/bylawConfig.cmake ${CMAKE_BINARY_DIR}/bylawConfigVersion.cmake COMPONENT runtime
          DESTINATION ${config})

  # Static libraries name what needs them first.
  set(libraries ${BYLAW_RUNTIME_LIBRARIES})
  list(REVERSE libraries)
  list(TRANSFORM libraries PREPEND "-lbylaw_")
  list(JOIN libraries " " BYLAW_PC_LIBS)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/bylaw.pc.in ${CMAKE_BINARY_DIR}/bylaw.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/bylaw.pc COMPONENT runtime DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
