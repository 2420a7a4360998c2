# bylaw_embed(NAME NAMESPACE ns FILES a.bylaw b.md …): library bylaw::NAME with the texts of the files inside the binary.
#
# Header "NAME.h" (in the build tree) declares, in namespace ns:
#   struct EmbeddedFile { std::string_view name; std::string_view text; };
#   std::span<const EmbeddedFile> EmbeddedFiles();     // in the order given; name is the file's name without its folder

function(bylaw_embed name)
  cmake_parse_arguments(ARG "" "NAMESPACE" "FILES" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embed_${name}/${name})
  set(paths "")
  foreach(file IN LISTS ARG_FILES)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND paths ${path})
  endforeach()
  string(REPLACE ";" "," joined "${paths}")
  add_custom_command(
    OUTPUT ${folder}.cc ${folder}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DNAMESPACE=${ARG_NAMESPACE} -DFILES=${joined} -DOUT=${folder}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  add_library(bylaw_${name} STATIC ${folder}.cc ${folder}.h)
  target_include_directories(bylaw_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_BINARY_DIR}/embed_${name}>)
  add_library(bylaw::${name} ALIAS bylaw_${name})
endfunction()
