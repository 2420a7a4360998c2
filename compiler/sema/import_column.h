// The columns of an imported CSV file: which sentence each cell of a column stands for.
//
// Internal to sema/.
#ifndef BYLAW_COMPILER_SEMA_IMPORT_COLUMN_H_
#define BYLAW_COMPILER_SEMA_IMPORT_COLUMN_H_

#include <cstdint>
#include <string_view>

#include "base/csv.h"
#include "compiler/sema/context.h"

namespace bylaw::sema {

enum class ColumnKind : uint8_t {
  kTenant,
  kOrg,
  kClass,
  kState,
  kCalls,
  kData,
  kRegulations,
  kReviewers,
  kAtOnce,
  kBudgetWorkflow,
  kBudgetMonth,
  kRoute,  // route.MODEL
  kSet,    // set.NAME
  kUnknown,
};
struct Column {
  ColumnKind kind = ColumnKind::kUnknown;
  std::string_view title;
  syntax::Name subject;     // the model of route.MODEL, the setting of set.NAME
  bool text_value = false;  // the setting holds text
};

// The column that a cell of the header names; of kind kUnknown, with a report, if there is none. `context.import` is at
// the cell.
Column ColumnOf(Context& context, const CsvCell& cell, Span span);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_IMPORT_COLUMN_H_
