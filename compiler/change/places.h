// Where a contract lets state, calls and reviewers be, before and after.
#ifndef BYLAW_COMPILER_CHANGE_PLACES_H_
#define BYLAW_COMPILER_CHANGE_PLACES_H_

#include <string>
#include <vector>

#include "compiler/change/change.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// Compares contracts of two worlds: every country and region that both know, with no certificate and with each one, at
// every instant from activation to the horizon at which either may change. Countries and regions are matched by name.
class PlacesComparison {
 public:
  // Outlived by both programs.
  PlacesComparison(const sema::Program& old_program, const sema::Program& new_program);

  void Compare(const sema::Terms& before, const sema::Terms& after, std::vector<Difference>& out);

 private:
  // One place that both worlds know, in each.
  struct Atom {
    std::string name;
    sema::Location before, after;
    bool region = false;
  };
  // A certificate by name on either side; the first is none at all.
  struct Certified {
    std::string name;
    std::vector<sema::Certificate> before, after;
  };
  // Atoms that are gained (or lost) at some instant, and the first such instant.
  struct Found {
    std::vector<const Atom*> atoms;
    TimeNs first = kForeverNs;
  };

  void FillAtoms();
  void FillCertificates();
  Found Find(sema::PlaceSubject subject, const sema::Terms& before, const sema::Terms& after,
             const Certified& certified, bool gained) const;
  std::vector<std::string> Names(const Found& found) const;
  std::string Tell(sema::PlaceSubject subject, const Found& found, const Certified& certified, bool gained) const;
  // "state stays anywhere → in EU", or nothing if both are written alike.
  std::string Contracts(sema::PlaceSubject subject, const sema::Terms& before, const sema::Terms& after) const;

  const sema::Program& old_program_;
  const sema::Program& new_program_;
  std::vector<TimeNs> instants_;
  bool same_world_ = false;
  std::vector<Atom> atoms_;  // filled when first needed
  std::vector<Certified> certificates_;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_PLACES_H_
