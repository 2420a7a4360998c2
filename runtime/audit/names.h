// Which text stands for which id: what makes a log readable after the policy that decided is gone.
//
// Each segment of a log has its own texts, written before the first record that needs them, each once. Ids are those of
// the image of a record's epoch. Not thread-safe.
#ifndef BYLAW_RUNTIME_AUDIT_NAMES_H_
#define BYLAW_RUNTIME_AUDIT_NAMES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "runtime/abi/policy_image.h"
#include "runtime/audit/record.h"

namespace bylaw::audit {

class Names {
 public:
  // Called with each text that a segment needs for the first time; texts are numbered in this order.
  using Define = std::function<void(std::string_view)>;

  void BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image);
  void EndEpoch(uint32_t epoch);
  // A new segment knows no texts, or these.
  void BeginSegment(const std::vector<std::string>& texts);
  // The record with positions of texts instead of ids. Of an epoch that was not begun, ids are told as numbers.
  Record Translate(const Record& record, const Define& define);

 private:
  enum class Kind : uint8_t {
    kTenant,
    kWorkflow,
    kStep,
    kResource,
    kEndpoint,
    kRegion,
    kStore,
    kReviewers,
    kClause,
    kBasis,
    kException
  };
  struct Epoch {
    std::shared_ptr<const abi::PolicyImage> image;
    absl::flat_hash_map<uint64_t, uint32_t> positions;  // by kind and id
  };

  uint32_t PositionOf(Epoch& epoch, Kind kind, uint32_t id, uint32_t workflow, const Define& define);
  static std::string TextOf(const abi::PolicyImage* image, Kind kind, uint32_t id, uint32_t workflow);
  uint32_t PositionOfBasis(Epoch& epoch, const Record& record, const abi::TenantRecord& contract, const Define& define);
  uint32_t PositionOfText(std::string text, const Define& define);

  absl::flat_hash_map<uint32_t, Epoch> epochs_;
  absl::flat_hash_map<std::string, uint32_t> positions_;  // of this segment
};

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_NAMES_H_
