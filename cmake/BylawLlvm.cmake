# bylaw::llvm: what code generation and the JIT link, and nobody else: LLVM 19's headers (as system headers) and the one
# shared libLLVM. Older LLVMs leak every executable mapping after ResourceTracker::remove(), so 19.1 is a floor.

# LLVM's own configuration looks for optional packages and says so; nobody here needs them.
set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)
unset(CMAKE_MESSAGE_LOG_LEVEL)

add_library(bylaw_llvm INTERFACE)
add_library(bylaw::llvm ALIAS bylaw_llvm)
# LLVM_DEFINITIONS (_GNU_SOURCE and __STDC_*_MACROS) say what g++ and C++20 say anyway, and would keep precompiled headers from being shared.
target_include_directories(bylaw_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(bylaw_llvm INTERFACE LLVM)
