// A policy's texts taken apart: tenants (declarations and rows of tables), and the world that they share.
//
// Purely textual and deliberately narrow: what is not surely one tenant by itself belongs to the world, and an edit
// that touches the world is no UnitEdit. A file is taken apart only if it has no conditions (no parenthesis outside
// strings and comments); a table only if it has no quotes and begins with the column `tenant`.
#ifndef BYLAW_TOOLS_BYLAW_POLICY_UNITS_H_
#define BYLAW_TOOLS_BYLAW_POLICY_UNITS_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"

namespace bylaw::cli {

// An edit of a few tenants and of nothing else. Both policies hold the whole world, the edited tenants before (after)
// the edit, and every tenant that the world names; no other one.
struct UnitEdit {
  std::vector<std::string> tenants;  // the same before and after
  std::vector<driver::TextFile> before, after;
  std::string path;    // of the file that was edited
  bool moves = false;  // lines behind the edit have other numbers now
};

// Tenants that one edit may touch.
inline constexpr size_t kEditedTenantsMax = 16;

// Both lists name the same files in the same order, else there is no such edit.
std::optional<UnitEdit> FindUnitEdit(const std::vector<driver::TextFile>& before,
                                     const std::vector<driver::TextFile>& after);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_POLICY_UNITS_H_
