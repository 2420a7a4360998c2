// Lists and maps: looking things up in them and building them.
#ifndef BYLAW_COMPILER_VALUE_AGGREGATE_H_
#define BYLAW_COMPILER_VALUE_AGGREGATE_H_

#include <cstdint>

#include "compiler/value/arena.h"
#include "compiler/value/value.h"

namespace bylaw::value {

// CEL's equality of any two values: numbers by their size, everything else only within its kind; never an error.
bool Same(const Value& a, const Value& b);

// The value of `key`, or null. A whole number in any kind finds an equal key of another kind.
const Value* Find(const Map& map, const Value& key);

// The field `name` of a map, or of an optional map (then optional again). An error if there is none.
Value SelectField(const Value& operand, const Value& name, Arena& arena);
// `has(operand.name)`: a bool, or an error if the operand has no fields.
Value HasField(const Value& operand, const Value& name, Arena& arena);
// `operand.?name`: an optional.
Value SelectOptional(const Value& operand, const Value& name, Arena& arena);

// Grows in the arena.
class ListBuilder {
 public:
  ListBuilder(Arena& arena, uint64_t capacity)
      : arena_(arena), items_(arena.Array<Value>(capacity)), capacity_(capacity) {}
  void Push(const Value& item);
  Value Finish();

 private:
  Arena& arena_;
  Value* items_;
  uint64_t size_ = 0;
  uint64_t capacity_;
};

class MapBuilder {
 public:
  MapBuilder(Arena& arena, uint64_t capacity)
      : arena_(arena), entries_(arena.Array<MapEntry>(capacity)), capacity_(capacity) {}
  // Null, or the error of a key that cannot be one or is there already.
  Value Insert(const Value& key, const Value& value);
  Value Finish();

 private:
  Arena& arena_;
  MapEntry* entries_;
  uint64_t size_ = 0;
  uint64_t capacity_;
};

// All entries of a map; null, or an error.
Value InsertAll(const Value& entries, MapBuilder& map);

Value Optional(const Value& held, Arena& arena);

// What a macro goes through: the items of a list or the keys of a map.
// -1 if the value is neither.
int64_t RangeSize(const Value& range);
// With one variable: the item or the key. With two: the index and the item, or the key and the value.
void RangeAt(const Value& range, int64_t index, bool two, Value* first, Value* second);

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_AGGREGATE_H_
