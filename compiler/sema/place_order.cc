#include "compiler/sema/place_order.h"

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "compiler/sema/context.h"

namespace bylaw::sema {
namespace {

class Orderer {
 public:
  explicit Orderer(const std::vector<const syntax::PlaceDecl*>& places)
      : places_(places), waits_for_(places.size()), wanted_by_(places.size()), placed_(places.size()) {
    for (size_t i = 0; i < places.size(); ++i) at_.emplace(places[i]->name.text, i);
    for (size_t i = 0; i < places.size(); ++i) {
      for (const syntax::Name& member : places[i]->members) {
        const auto found = at_.find(member.text);
        if (found == at_.end()) continue;
        ++waits_for_[i];
        wanted_by_[found->second].push_back(i);
      }
    }
  }

  PlaceOrder Run() {
    for (size_t i = 0; i < places_.size(); ++i) {
      if (waits_for_[i] == 0 && !placed_[i]) Place(i);
    }
    for (size_t i = 0; i < places_.size(); ++i) {
      while (!placed_[i]) BreakCircleFrom(i);
    }
    BYLAW_CHECK(result_.order.size() == places_.size(), "every place is put in order");
    return std::move(result_);
  }

 private:
  // Puts it in order, and everything that waited for nothing else.
  void Place(size_t first) {
    std::vector<size_t> ready = {first};
    while (!ready.empty()) {
      const size_t at = ready.back();
      ready.pop_back();
      placed_[at] = true;
      result_.order.push_back(at);
      for (const size_t whole : wanted_by_[at]) {
        if (waits_for_[whole] > 0 && --waits_for_[whole] == 0) ready.push_back(whole);
      }
    }
  }

  const syntax::Name* UnplacedMember(size_t place, size_t* member) const {
    for (const syntax::Name& name : places_[place]->members) {
      const auto found = at_.find(name.text);
      if (found == at_.end() || placed_[found->second]) continue;
      *member = found->second;
      return &name;
    }
    return nullptr;
  }

  // Every place left waits for one that is left: going on to it must come round.
  void BreakCircleFrom(size_t place) {
    std::vector<bool> seen(places_.size());
    for (;;) {
      seen[place] = true;
      size_t next = 0;
      const syntax::Name* member = UnplacedMember(place, &next);
      BYLAW_CHECK(member != nullptr, "a place waits for its members only");
      if (seen[next]) {
        result_.circles.push_back({place, member});
        waits_for_[place] = 0;
        return Place(place);
      }
      place = next;
    }
  }

  const std::vector<const syntax::PlaceDecl*>& places_;
  std::vector<size_t> waits_for_;
  std::vector<std::vector<size_t>> wanted_by_;
  std::vector<bool> placed_;
  absl::flat_hash_map<std::string_view, size_t, ViewHash> at_;
  PlaceOrder result_;
};

}  // namespace

PlaceOrder OrderPlaces(const std::vector<const syntax::PlaceDecl*>& places) { return Orderer(places).Run(); }

}  // namespace bylaw::sema
