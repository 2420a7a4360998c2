// The parts of V1 that routes (residency.cc) and the other places (residency_places.cc) share.
#ifndef BYLAW_COMPILER_VERIFY_RESIDENCY_H_
#define BYLAW_COMPILER_VERIFY_RESIDENCY_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/sema/legality.h"
#include "compiler/verify/theorem.h"

namespace bylaw::verify {

// The first instant at which something is illegal.
struct PlaceFault {
  bool now = false;  // at activation; else from a date before the horizon
  TimeNs at = 0;
  sema::Legality legality;
};

// V1 for one shape: finds faults and notes what the legal places rely on.
class ShapeResidency {
 public:
  // Outlived by all it is given.
  ShapeResidency(const Facts& facts, ShapeId shape, Findings& findings);

  void CheckRoutes();
  void CheckServed();  // some endpoint may serve every step and rung, at every instant
  void CheckStores();
  void CheckPools();
  void CheckReviewers();

  TheoremResult TakeResult() { return std::move(result_); }
  // Adequacy decisions that legal places rely on.
  const std::set<ClauseId>& adequacies() const { return adequacies_; }

 private:
  struct Use {  // where a model or tool is called
    WorkflowId workflow;
    StepId step;
    bool probeable = false;
  };
  // How a promise is told: "<tenant>'s <what> outside the EU".
  struct Promise {
    sema::PlaceSubject subject = sema::PlaceSubject::kCalls;
    std::string what;
    source::Span span;
    diag::Kind kind_now = diag::Kind::kResidencyViolation;
  };
  using ClauseOf = std::function<std::optional<ClauseId>(const sema::Terms&)>;

  // The first instant at which `location` is illegal; if none, what it relies on joins the assumptions.
  std::optional<PlaceFault> FindFault(sema::PlaceSubject subject, const sema::Location& location,
                                      const std::string& name);
  std::optional<PlaceFault> FindReviewersFault(ReviewersId reviewers);
  void Rely(const sema::Legality& legality, const sema::Location& location, const std::string& name);
  // Members grouped by the sentence of their own that makes a promise.
  std::map<ClauseId, std::vector<TenantId>> MembersByClause(const ClauseOf& clause_of) const;

  Finding MakeFinding(const Promise& promise, const PlaceFault& fault, TenantId tenant) const;
  void AddConstraintNote(diag::Diagnostic& diagnostic, ClauseId constraint, TenantId tenant) const;
  const sema::PlaceConstraint* ConstraintOf(ClauseId clause) const;
  std::string FromDate(const PlaceFault& fault) const;
  void Refute(const Finding& finding);

  std::optional<Use> FindUse(ResourceId resource) const;
  void CheckRoute(const sema::Route& route);
  Finding RouteFinding(const sema::Route& route, size_t endpoint, const PlaceFault& fault, TenantId tenant) const;
  std::string OwnRoute(const sema::Route& route) const;
  void CheckOption(const Option& option, source::Span span, const Use& use, const std::string& rung,
                   std::set<ResourceId>& done);
  void WarnOfOneEndpoint(const Option& option, source::Span span);
  Finding UnservedFinding(const Option& option, source::Span span, const Use& use, const std::string& rung,
                          size_t instant) const;
  bool AlwaysLegal(EndpointId endpoint) const;

  void CheckStore(syntax::DataClass data);
  // `inside` are the names that would be legal.
  void CheckChosen(const Promise& promise, const PlaceFault& fault, const ClauseOf& clause_of, const std::string& name,
                   const std::vector<std::string>& inside);
  // No store or pool that is declared stays legal: reported at the clause that forbids the last of them. `form` is how
  // one is declared.
  void ReportNothingLegal(std::string_view noun, const std::string& what, const std::string& form,
                          const PlaceFault& fault);
  void CheckAsked(ReviewersId named, source::Span span, const std::string& what);

  const Facts& facts_;
  const sema::Program& program_;
  const ShapeId shape_id_;
  const ShapeFacts& shape_;
  const sema::Shape& members_;
  Findings& findings_;
  TheoremResult result_;
  std::set<ClauseId> adequacies_;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_RESIDENCY_H_
