// How what is decided after a change stands to what was decided before.
#ifndef BYLAW_COMPILER_CHANGE_RELATION_H_
#define BYLAW_COMPILER_CHANGE_RELATION_H_

#include <cstdint>
#include <string_view>

namespace bylaw::change {

enum class Relation : uint8_t { kEqual, kStricter, kLooser, kIncomparable, kUndecided };
std::string_view RelationName(Relation relation);  // "equal", "stricter", …

// What has been seen of one decision kind, request by request. Joining is commutative.
struct Seen {
  bool stricter = false;
  bool looser = false;
  bool different = false;  // neither allows what the other does not: another endpoint, other reviewers
  bool undecided = false;  // the search ended before everything was compared

  Relation relation() const {
    if (different || (stricter && looser)) return Relation::kIncomparable;
    if (undecided) return Relation::kUndecided;
    if (stricter) return Relation::kStricter;
    return looser ? Relation::kLooser : Relation::kEqual;
  }
  Seen& operator|=(const Seen& other) {
    stricter = stricter || other.stricter;
    looser = looser || other.looser;
    different = different || other.different;
    undecided = undecided || other.undecided;
    return *this;
  }
  static Seen Of(Relation relation) {
    return {relation == Relation::kStricter, relation == Relation::kLooser, relation == Relation::kIncomparable,
            relation == Relation::kUndecided};
  }
};

// `sign` of after minus before, where more is looser.
inline Relation MoreIsLooser(int sign) {
  return sign == 0 ? Relation::kEqual : (sign > 0 ? Relation::kLooser : Relation::kStricter);
}
inline Relation Reversed(Relation relation) {
  if (relation == Relation::kStricter) return Relation::kLooser;
  return relation == Relation::kLooser ? Relation::kStricter : relation;
}

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_RELATION_H_
