// The world: places and adequacy, and what can be used there: endpoints, stores, reviewers, pools.
#ifndef BYLAW_COMPILER_SYNTAX_AST_WORLD_H_
#define BYLAW_COMPILER_SYNTAX_AST_WORLD_H_

#include <optional>
#include <variant>
#include <vector>

#include "compiler/syntax/ast_value.h"

namespace bylaw::syntax {

struct EditionDecl {
  Value year;
};
struct UseDecl {
  Name module;
};  // std.places
struct TimeZoneDecl {
  Value zone;
};
struct CountryDecl {
  std::vector<Name> countries;
};  // `country DE, FR`: atoms, stated by std.places
struct ModelPriceDecl {
  Name model;
  Value input_per_million, output_per_million;
};  // the price of a model at every endpoint that states none
struct RegionDecl {
  Name name;
  Name place;
};
struct PlaceDecl {
  Name name;
  std::vector<Name> members;
};
struct AdequacyDecl {
  Name from, to;
  std::vector<Value> basis;
  std::vector<Name> certified_by;
  std::vector<Value> since, until, review_by;  // more than one is `repeated-term`
};

struct CertifiedTerm {
  Name certificate;
  std::optional<Value> checked;
  Span span;
};

struct EndpointTerm {
  struct Serves {
    bool model = false;
    Name resource;
  };
  struct In {
    Name place;
  };
  struct Provider {
    Name provider;
  };
  struct CostPerCall {
    Value at_most;
  };
  struct CostPerToken {
    Value input_per_million, output_per_million;
  };
  struct TakesAbout {
    Value duration;
  };
  struct TakesAtMost {
    Value duration;
  };
  Span span;
  std::variant<Serves, In, Provider, CostPerCall, CostPerToken, TakesAbout, TakesAtMost, RateTerm, CertifiedTerm> term;
};
struct EndpointDecl {
  Name name;
  std::vector<EndpointTerm> terms;
};

struct StoreTerm {
  struct Keeps {
    std::vector<DataClass> data;
  };
  struct In {
    Name place;
  };
  Span span;
  std::variant<Keeps, In, CertifiedTerm> term;
};
struct StoreDecl {
  Name name;
  std::vector<StoreTerm> terms;
};

struct ReviewersItem {
  struct BasedIn {
    std::vector<Name> places;
  };
  struct Staff {
    Value count;
  };
  struct ReviewTakes {
    Value about;
  };
  struct ServesTiers {
    std::vector<Name> tiers;
  };  // in that order
  Span span;
  std::variant<BasedIn, Staff, ReviewTakes, ServesTiers, CertifiedTerm> term;
};
struct ReviewersDecl {
  Name name;
  std::vector<ReviewersItem> terms;
};

struct PoolDecl {  // pool P in R has N slots with room for M waiting [{ certified by … }]
  Name name;
  Name place;
  Value slots;
  std::optional<Value> room;
  std::vector<CertifiedTerm> certified;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_WORLD_H_
