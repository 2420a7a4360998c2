// `bylaw verify --cache DIR`: what was proved is not proved again.
//
// A cache folder keeps, for each question (paths, dates, forms of the answer), the texts that were last judged and what
// was said of them. The same texts get the same words. After an edit of a few tenants and of nothing else, these alone
// are judged in the same world (policy_units.h), before the edit and after it. If both judgements say the same, and
// whatever the theorems read of other tenants is the same too (`Judged::shared`), the edit changes nothing for anybody
// and the old words stand: theorems judge each tenant by its own terms and by what all share. In every other case the
// whole policy is judged afresh.
// INVARIANT(cache-says-the-same): what is printed is what a run without the cache prints.
//
// An entry is written whole beside its place and moved there, carries its own SHA-256, and names the very build of
// `bylaw` that wrote it; anything unexpected in it is as if it were not there. Entries are the user's own: who can
// write to the folder can make `verify` say anything, as who can write to the policy can.
#ifndef BYLAW_TOOLS_BYLAW_VERIFY_CACHE_H_
#define BYLAW_TOOLS_BYLAW_VERIFY_CACHE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/driver/compile.h"

namespace bylaw::cli {

// What was said of a policy.
struct Judged {
  int code = 0;
  std::map<std::string, std::string> forms;   // the answer in each form that was asked for
  std::string everything;                     // all of it, in one form that leaves nothing out
  std::vector<driver::TextFile> texts;        // everything that was read, in order, the standard library apart
  std::map<std::string, std::string> shared;  // by tenant: what theorems about others read of it
  bool worth_keeping = true;
};
// Judges the policy of `options`; an error is one of the environment. `tenants`: whose `shared` is wanted.
using JudgeFn = std::function<absl::StatusOr<Judged>(const driver::CompileOptions& options,
                                                     const std::vector<std::string>& tenants)>;

enum class Found : uint8_t { kNothing, kSame, kEdit };  // how the answer was come by

struct Answer {
  int code = 0;
  std::map<std::string, std::string> forms;
  Found found = Found::kNothing;
};
// `question` is everything that the answer depends on besides the texts.
absl::StatusOr<Answer> JudgeWithCache(const std::string& folder, const std::string& question,
                                      const driver::CompileOptions& options, const JudgeFn& judge);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_VERIFY_CACHE_H_
