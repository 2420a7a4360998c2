#include "runtime/engine/run.h"

#include <algorithm>

namespace bylaw::engine {

void BlockPool::Grow(size_t lines) {
  const size_t blocks = next_chunk_blocks_;
  next_chunk_blocks_ = std::min<size_t>(next_chunk_blocks_ * 2, 65'536);
  chunks_.emplace_back(blocks * lines);
  Line* chunk = chunks_.back().data();
  for (size_t i = blocks; i-- > 0;) free_[lines].push_back(chunk[i * lines].words.data());
}

void BlockPool::Reserve(uint32_t words, size_t count) {
  const size_t lines = LinesOf(words);
  if (lines >= free_.size()) free_.resize(lines + 1);
  if (free_[lines].size() >= count) return;
  next_chunk_blocks_ = std::max(next_chunk_blocks_, count - free_[lines].size());
  Grow(lines);
}

uint32_t RunSlab::Allocate() {
  ++in_use_;
  if (free_ == kNoRun) {
    runs_.emplace_back();
    return static_cast<uint32_t>(runs_.size() - 1);
  }
  const uint32_t index = free_;
  Run& run = runs_[index];
  free_ = run.list_previous;
  const uint32_t generation = run.generation;
  run = Run();
  run.generation = generation;
  return index;
}

void RunSlab::Free(uint32_t index) {
  Run& run = runs_[index];
  BYLAW_CHECK(run.state != RunState::kGone, "a run ends once");
  run.state = RunState::kGone;
  ++run.generation;
  run.list_previous = free_;
  free_ = index;
  --in_use_;
}

}  // namespace bylaw::engine
