// What compiled expressions call: the functions on values, by the names under which the JIT knows them.
//
// Each is a thin door to compiler/value/ for plain pointers and numbers; values pass by address.
#ifndef BYLAW_COMPILER_CODEGEN_SUPPORT_H_
#define BYLAW_COMPILER_CODEGEN_SUPPORT_H_

#include <string>
#include <utility>
#include <vector>

namespace bylaw::codegen {

// Every name below with its address.
const std::vector<std::pair<std::string, const void*>>& SupportSymbols();

// Arguments as LLVM sees them: p a pointer, i an i64, n an i32; the result after the colon.
inline constexpr char kMatches[] = "bylaw_matches";           // p pattern, p data, i size: bool
inline constexpr char kContains[] = "bylaw_contains";         // p data, i size, p data, i size: bool
inline constexpr char kCodePoints[] = "bylaw_code_points";    // p data, i size: i
inline constexpr char kCompareBytes[] = "memcmp";             // p, p, i: n; LLVM knows it by this name
inline constexpr char kCall[] = "bylaw_call";                 // n function, p args, i count, p arena, p out
inline constexpr char kField[] = "bylaw_field";               // n op, p operand, p name, i size, p arena, p out
inline constexpr char kTimestampOf[] = "bylaw_timestamp";     // i low, i high (nanoseconds), p out
inline constexpr char kReadList[] = "bylaw_read_list";        // p texts, p out
inline constexpr char kNewListOf[] = "bylaw_list";            // p arena, i capacity: p builder
inline constexpr char kPush[] = "bylaw_list_push";            // p builder, p item
inline constexpr char kFinishList[] = "bylaw_list_finish";    // p builder, p out
inline constexpr char kNewMapOf[] = "bylaw_map";              // p arena, i capacity: p builder
inline constexpr char kInsert[] = "bylaw_map_insert";         // p builder, p key, p value: bool whether it is an error
inline constexpr char kInsertAll[] = "bylaw_map_insert_all";  // p builder, p entries: bool whether it is an error
inline constexpr char kFinishMap[] = "bylaw_map_finish";      // p builder, p out
inline constexpr char kRangeSize[] = "bylaw_range_size";      // p range: i, -1 if there is no going through it
inline constexpr char kRangeAt[] = "bylaw_range_at";          // p range, i index, n two, p first, p second
inline constexpr char kHold[] = "bylaw_optional";             // p value, p arena, p out
inline constexpr char kConditionArena[] = "bylaw_arena";      // : p arena, emptied

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_SUPPORT_H_
