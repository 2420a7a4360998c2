// Lists, maps and optionals.
#include "compiler/value/aggregate.h"

#include <algorithm>
#include <cmath>

#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

bool IsKey(const Value& key) {
  return key.is(Kind::kBool) || key.is(Kind::kInt) || key.is(Kind::kUint) || key.is(Kind::kString);
}

// The position that a number means in a list, or -1.
int64_t Position(const Value& index, uint64_t size) {
  double number = 0;
  switch (index.kind()) {
    case Kind::kInt:
      return index.integer >= 0 && static_cast<uint64_t>(index.integer) < size ? index.integer : -1;
    case Kind::kUint:
      return index.natural < size ? index.integer : -1;
    default:
      number = index.number;
      return number >= 0 && number < static_cast<double>(size) && number == std::floor(number)
                 ? static_cast<int64_t>(number)
                 : -1;
  }
}

Value At(const Value& whole, const Value& index) {
  if (whole.is(Kind::kList)) {
    if (!IsNumber(index)) return NoOverload();
    const int64_t position = Position(index, whole.list->size);
    return position < 0 ? Fail(Error::kIndexOutOfRange) : ItemAt(whole, static_cast<uint64_t>(position));
  }
  if (!whole.is(Kind::kMap)) return NoOverload();
  const Value* found = Find(*whole.map, index);
  return found == nullptr ? Fail(Error::kNoSuchKey) : *found;
}

Value Empty() { return OptionalOf(nullptr); }

// An optional of whatever is at `index`; other errors stay errors.
Value MaybeAt(const Value& whole, const Value& index, Arena& arena) {
  const Value found = At(whole, index);
  if (!found.is_error()) return Optional(found, arena);
  const bool absent = found.error() == Error::kNoSuchKey || found.error() == Error::kIndexOutOfRange;
  return absent ? Empty() : found;
}

bool IsZero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDuration:
    case Kind::kMoney:
      return value.integer == 0;
    case Kind::kDouble:
      return value.number == 0;
    case Kind::kString:
    case Kind::kBytes:
      return value.text().empty();
    case Kind::kList:
      return value.list->size == 0;
    case Kind::kMap:
      return value.map->size == 0;
    case Kind::kOptional:
      return value.held == nullptr;
    case Kind::kTimestamp:
      return value.integer == 0 && value.nanos() == 0;
    case Kind::kError:
    case Kind::kType:
      break;
  }
  return false;
}

}  // namespace

Value Optional(const Value& held, Arena& arena) {
  auto* kept = arena.Array<Value>(1);
  *kept = held;
  return OptionalOf(kept);
}

const Value* Find(const Map& map, const Value& key) {
  if (!IsKey(key) && !key.is(Kind::kDouble)) return nullptr;
  for (uint64_t i = 0; i < map.size; ++i) {
    if (Same(map.entries[i].key, key)) return &map.entries[i].value;
  }
  return nullptr;
}

Value SelectField(const Value& operand, const Value& name, Arena& arena) {
  if (operand.is(Kind::kOptional)) return SelectOptional(operand, name, arena);
  return operand.is(Kind::kMap) ? At(operand, name) : NoOverload();
}

Value SelectOptional(const Value& operand, const Value& name, Arena& arena) {
  if (operand.is(Kind::kOptional))
    return operand.held == nullptr ? operand : SelectOptional(*operand.held, name, arena);
  return operand.is(Kind::kMap) ? MaybeAt(operand, name, arena) : NoOverload();
}

Value HasField(const Value& operand, const Value& name, Arena& arena) {
  if (operand.is(Kind::kOptional))
    return Bool(operand.held != nullptr && HasField(*operand.held, name, arena).is_true());
  return operand.is(Kind::kMap) ? Bool(Find(*operand.map, name) != nullptr) : NoOverload();
}

Value HasKey(Args args, Arena& arena) { return HasField(args[0], args[1], arena); }

void ListBuilder::Push(const Value& item) {
  if (size_ == capacity_) {
    capacity_ = std::max<uint64_t>(8, capacity_ * 2);
    auto* grown = arena_.Array<Value>(capacity_);
    std::copy_n(items_, size_, grown);
    items_ = grown;
  }
  items_[size_++] = item;
}

Value ListBuilder::Finish() {
  auto* list = arena_.Array<List>(1);
  *list = {items_, size_};
  return ListOf(list);
}

Value MapBuilder::Insert(const Value& key, const Value& value) {
  if (!IsKey(key)) return Fail(Error::kBadKey);
  for (uint64_t i = 0; i < size_; ++i) {
    if (Same(entries_[i].key, key)) return Fail(Error::kRepeatedKey);
  }
  if (size_ == capacity_) {
    capacity_ = std::max<uint64_t>(8, capacity_ * 2);
    auto* grown = arena_.Array<MapEntry>(capacity_);
    std::copy_n(entries_, size_, grown);
    entries_ = grown;
  }
  entries_[size_++] = {key, value};
  return Null();
}

Value InsertAll(const Value& entries, MapBuilder& map) {
  if (!entries.is(Kind::kMap)) return NoOverload();
  for (uint64_t i = 0; i < entries.map->size; ++i) {
    const Value inserted = map.Insert(entries.map->entries[i].key, entries.map->entries[i].value);
    if (inserted.is_error()) return inserted;
  }
  return Null();
}

Value MapBuilder::Finish() {
  auto* map = arena_.Array<Map>(1);
  *map = {entries_, size_};
  return MapOf(map);
}

int64_t RangeSize(const Value& range) {
  if (range.is(Kind::kList)) return static_cast<int64_t>(range.list->size);
  return range.is(Kind::kMap) ? static_cast<int64_t>(range.map->size) : -1;
}

void RangeAt(const Value& range, int64_t index, bool two, Value* first, Value* second) {
  if (range.is(Kind::kMap)) {
    const MapEntry& entry = range.map->entries[index];
    *first = entry.key;
    if (two) *second = entry.value;
    return;
  }
  const Value item = ItemAt(range, static_cast<uint64_t>(index));
  *first = two ? Int(index) : item;
  if (two) *second = item;
}

Value Index(Args args, Arena& arena) {
  if (args.size() != 2) return NoOverload();
  if (args[0].is(Kind::kOptional)) return OptionalIndex(args, arena);
  return At(args[0], args[1]);
}

Value OptionalIndex(Args args, Arena& arena) {
  if (args.size() != 2) return NoOverload();
  if (!args[0].is(Kind::kOptional)) return MaybeAt(args[0], args[1], arena);
  return args[0].held == nullptr ? args[0] : MaybeAt(*args[0].held, args[1], arena);
}

Value Size(Args args, Arena&) {
  if (args.size() != 1) return NoOverload();
  switch (args[0].kind()) {
    case Kind::kString:
      return Int(static_cast<int64_t>(CodePointCount(args[0].text())));
    case Kind::kBytes:
      return Int(static_cast<int64_t>(args[0].text().size()));
    case Kind::kList:
    case Kind::kMap:
      return Int(RangeSize(args[0]));
    default:
      return NoOverload();
  }
}

Value OptionalOfValue(Args args, Arena& arena) { return Optional(args[0], arena); }
Value OptionalOfNonZero(Args args, Arena& arena) { return IsZero(args[0]) ? Empty() : Optional(args[0], arena); }
Value OptionalNone(Args, Arena&) { return Empty(); }

Value HasValue(Args args, Arena&) { return Are(args, Kind::kOptional) ? Bool(args[0].held != nullptr) : NoOverload(); }

Value HeldValue(Args args, Arena&) {
  if (!Are(args, Kind::kOptional)) return NoOverload();
  return args[0].held == nullptr ? Fail(Error::kAbsent) : *args[0].held;
}

Value UnwrapOptionals(Args args, Arena& arena) {
  if (!Are(args, Kind::kList)) return NoOverload();
  ListBuilder kept(arena, args[0].list->size);
  for (uint64_t i = 0; i < args[0].list->size; ++i) {
    const Value item = ItemAt(args[0], i);
    if (!item.is(Kind::kOptional)) return NoOverload();
    if (item.held != nullptr) kept.Push(*item.held);
  }
  return kept.Finish();
}

}  // namespace bylaw::value
