// The abstract syntax tree: one node a sentence form, names unresolved, values with their units, every node with its
// span.
//
// A File holds declarations in source order. The tree keeps what was said, not what it means: `at most fifty workflows
// at once` is an AtOnce clause whose value is the *name* "fifty"; sema/ says that it is not a number. Every sentence
// that could not be read has produced a diagnostic and is absent. Trees are immutable after parsing and safe to read
// from several threads.
#ifndef BYLAW_COMPILER_SYNTAX_AST_H_
#define BYLAW_COMPILER_SYNTAX_AST_H_

#include <variant>
#include <vector>

#include "compiler/source/source.h"
#include "compiler/syntax/ast_contract.h"
#include "compiler/syntax/ast_rule.h"
#include "compiler/syntax/ast_test.h"
#include "compiler/syntax/ast_value.h"
#include "compiler/syntax/ast_work.h"
#include "compiler/syntax/ast_world.h"

namespace bylaw::syntax {

struct Decl {
  Span span;                // the whole declaration
  Span header;              // its first line
  bool incomplete = false;  // a sentence in it was reported and is absent: what seems missing may have been said there
  std::variant<EditionDecl, UseDecl, TimeZoneDecl, CountryDecl, RegionDecl, PlaceDecl, ModelPriceDecl, AdequacyDecl,
               EndpointDecl, StoreDecl, ReviewersDecl, PoolDecl, TierDecl, ClassDecl, RegulationDecl, OrgDecl,
               TenantDecl, TenantsFromDecl, SettingDecl, WorkflowDecl, LadderDecl, RuleDecl, WindowDecl, ExceptionDecl,
               GuaranteeDecl, TestDecl, ScenarioDecl>
      decl;
};

struct File {
  source::FileId file;
  std::vector<Decl> decls;
  std::vector<Name> unread;  // what declarations are called whose header was reported: not unknown, only unread
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_H_
