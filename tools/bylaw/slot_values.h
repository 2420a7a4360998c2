// Values as policy files write them, as the engine takes them.
#ifndef BYLAW_TOOLS_BYLAW_SLOT_VALUES_H_
#define BYLAW_TOOLS_BYLAW_SLOT_VALUES_H_

#include <deque>
#include <optional>
#include <string>

#include "compiler/syntax/ast.h"
#include "runtime/abi/policy_image.h"
#include "runtime/engine/types.h"

namespace bylaw::cli {

// Keeps the texts of the values it makes: they live as long as it does.
class SlotValues {
 public:
  // The value of "amount" or "step.output" in `workflow`. What is wrong is said in *problem.
  std::optional<engine::Value> Make(const abi::PolicyImage& image, WorkflowId workflow, const std::string& name,
                                    const syntax::Value& value, std::string* problem);
  // The same for a `given` that states one; nothing, without a problem, for other givens.
  std::optional<engine::Value> Make(const abi::PolicyImage& image, WorkflowId workflow, const syntax::TestGiven& given,
                                    std::string* problem);

  // "amount" or "step.output", as image slots are called; "" for other givens.
  static std::string NameOf(const syntax::TestGiven& given);

 private:
  std::optional<abi::SlotValue> ToSlot(const abi::SlotInfo& slot, const syntax::Value& value);

  std::deque<std::string> bytes_;
  std::deque<abi::Text> texts_;
  std::deque<abi::TextList> lists_;
};

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SLOT_VALUES_H_
