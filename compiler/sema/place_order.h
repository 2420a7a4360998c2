// In which order places that are made of other places can be put together.
//
// Internal to sema/. Iterative: files are hostile, and a chain of places may be as long as a file.
#ifndef BYLAW_COMPILER_SEMA_PLACE_ORDER_H_
#define BYLAW_COMPILER_SEMA_PLACE_ORDER_H_

#include <cstddef>
#include <vector>

#include "compiler/syntax/ast.h"

namespace bylaw::sema {

// A member by way of which a place is made of itself.
struct PlaceCircle {
  size_t place = 0;
  const syntax::Name* member = nullptr;
};

struct PlaceOrder {
  std::vector<size_t> order;         // members before wholes, without what closes a circle; every place once
  std::vector<PlaceCircle> circles;  // one member for each circle
};

// Of places with distinct names. Members that are none of them (countries, regions, mistakes) do not matter.
PlaceOrder OrderPlaces(const std::vector<const syntax::PlaceDecl*>& places);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_PLACE_ORDER_H_
