#include "compiler/codegen/support.h"

#include <re2/re2.h>

#include <cstring>
#include <new>
#include <string_view>

#include "compiler/cel/evaluate.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/value/aggregate.h"
#include "compiler/value/function.h"
#include "compiler/value/search.h"

namespace bylaw::codegen {
namespace {

using value::Arena;
using value::Value;

bool Matches(const re2::RE2* pattern, const char* data, uint64_t size) {
  return re2::RE2::PartialMatch(re2::StringPiece(data, size), *pattern);
}
bool Contains(const char* data, uint64_t size, const char* wanted, uint64_t wanted_size) {
  return value::Find({data, size}, {wanted, wanted_size}, 0) != std::string_view::npos;
}
int64_t CodePoints(const char* data, uint64_t size) {
  return static_cast<int64_t>(value::CodePointCount({data, size}));
}

void Call(uint32_t function, const Value* args, uint64_t count, Arena* arena, Value* out) {
  *out = value::Call(static_cast<value::Function>(function), {args, count}, *arena);
}
void Field(uint32_t op, const Value* operand, const char* name, uint64_t size, Arena* arena, Value* out) {
  const Value field = value::String({name, size});
  switch (static_cast<cel::Op>(op)) {
    case cel::Op::kSelect:
      *out = value::SelectField(*operand, field, *arena);
      break;
    case cel::Op::kHasField:
      *out = value::HasField(*operand, field, *arena);
      break;
    default:
      *out = value::SelectOptional(*operand, field, *arena);
  }
}
void TimestampOf(uint64_t low, int64_t high, Value* out) {
  *out = value::TimestampAt(static_cast<value::WideNs>(high) << 64 | low);
}
void ReadList(const abi::TextList* list, Value* out) { *out = cel::ReadList(*list); }

value::ListBuilder* NewList(Arena* arena, uint64_t capacity) {
  return new (arena->Array<value::ListBuilder>(1)) value::ListBuilder(*arena, capacity);
}
void Push(value::ListBuilder* list, const Value* item) { list->Push(*item); }
void FinishList(value::ListBuilder* list, Value* out) { *out = list->Finish(); }

value::MapBuilder* NewMap(Arena* arena, uint64_t capacity) {
  return new (arena->Array<value::MapBuilder>(1)) value::MapBuilder(*arena, capacity);
}
bool Insert(value::MapBuilder* map, const Value* key, const Value* value) {
  return map->Insert(*key, *value).is_error();
}
bool InsertAll(value::MapBuilder* map, const Value* entries) { return value::InsertAll(*entries, *map).is_error(); }
void FinishMap(value::MapBuilder* map, Value* out) { *out = map->Finish(); }

int64_t RangeSize(const Value* range) { return value::RangeSize(*range); }
void RangeAt(const Value* range, int64_t index, uint32_t two, Value* first, Value* second) {
  value::RangeAt(*range, index, two != 0, first, second);
}
void Hold(const Value* held, Arena* arena, Value* out) { *out = value::Optional(*held, *arena); }
Arena* ConditionArena() { return &plan::ConditionArena(); }

template <typename Function>
const void* Address(Function* function) {
  return reinterpret_cast<const void*>(function);
}

}  // namespace

const std::vector<std::pair<std::string, const void*>>& SupportSymbols() {
  static const auto* const kSymbols = new std::vector<std::pair<std::string, const void*>>{
      {kMatches, Address(&Matches)},
      {kContains, Address(&Contains)},
      {kCodePoints, Address(&CodePoints)},
      {kCompareBytes, Address(&std::memcmp)},
      {kCall, Address(&Call)},
      {kField, Address(&Field)},
      {kTimestampOf, Address(&TimestampOf)},
      {kReadList, Address(&ReadList)},
      {kNewListOf, Address(&NewList)},
      {kPush, Address(&Push)},
      {kFinishList, Address(&FinishList)},
      {kNewMapOf, Address(&NewMap)},
      {kInsert, Address(&Insert)},
      {kInsertAll, Address(&InsertAll)},
      {kFinishMap, Address(&FinishMap)},
      {kRangeSize, Address(&RangeSize)},
      {kRangeAt, Address(&RangeAt)},
      {kHold, Address(&Hold)},
      {kConditionArena, Address(&ConditionArena)},
  };
  return *kSymbols;
}

}  // namespace bylaw::codegen
