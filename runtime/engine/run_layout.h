// How the words of a kept run are to be read, by name: what lets a later process, with another policy, take it up.
//
// A kept run is a fixed header and the words of its block, as they are in memory; the layout, kept once for all runs of
// a workflow under a policy, says which step, value, endpoint and counter each number stands for. Texts are kept apart.
#ifndef BYLAW_RUNTIME_ENGINE_RUN_LAYOUT_H_
#define BYLAW_RUNTIME_ENGINE_RUN_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"
#include "runtime/durable/run_name.h"
#include "runtime/engine/tables.h"

namespace bylaw::engine {

struct RunLayout {
  std::string workflow;
  std::vector<std::string> steps;      // by StepId
  std::vector<std::string> slots;      // by slot
  std::vector<uint8_t> slot_types;     // abi::SlotType
  std::vector<std::string> endpoints;  // by EndpointId
  std::vector<std::string> counters;   // by counter: the step whose replans it counts
  uint32_t values_at = 0, used_at = 0, counters_at = 0, block_words = 0;
};

RunLayout LayoutOf(const abi::PolicyImage& image, const WorkflowPlan& plan);
std::string Encode(const RunLayout& layout);
std::optional<RunLayout> DecodeLayout(std::string_view bytes);

// What is kept of a run besides its block. Wall-clock times, since monotonic ones end with the machine.
struct KeptHeader {
  uint32_t layout = 0;
  uint32_t step = 0;  // StepId; none: every step is done
  uint32_t attempt = 1;
  uint32_t visit = 0;
  uint8_t lane = 0;
  uint8_t approved = 0;
  uint8_t ended = 0;
  uint8_t zero = 0;
  uint32_t also_zero = 0;
  int64_t spent_max_micros = 0;  // of the workflow's budget, at most
  TimeNs submitted_wall_ns = 0;
  TimeNs suspended_wall_ns = 0;    // 0: it has proceeded since
  TimeNs erase_after_wall_ns = 0;  // if ended
};

struct KeptState {
  KeptHeader header;
  std::vector<uint64_t> block;
};
std::string Encode(const KeptHeader& header, const uint64_t* block, uint32_t words);
std::optional<KeptState> DecodeState(std::string_view bytes);

// A run as a later process finds it.
struct FoundRun {
  durable::RunName name;
  KeptState state;
  const RunLayout* layout = nullptr;
  std::vector<std::pair<std::string, std::vector<std::string>>> texts;  // by the value's name
};

// The texts of one value: one, or those of a list.
std::string Encode(const std::vector<std::string>& texts);
std::optional<std::vector<std::string>> DecodeTexts(std::string_view bytes);

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_RUN_LAYOUT_H_
