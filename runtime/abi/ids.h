// The dense ids that compiler and runtime share. Each indexes the table of the same name in PolicyImage.
#ifndef BYLAW_RUNTIME_ABI_IDS_H_
#define BYLAW_RUNTIME_ABI_IDS_H_

#include "base/ids.h"

namespace bylaw {

using RegionId = Id<struct RegionTag>;
using ResourceId = Id<struct ResourceTag>;  // models and tools: one namespace
using EndpointId = Id<struct EndpointTag>;
using StoreId = Id<struct StoreTag>;
using ReviewersId = Id<struct ReviewersTag>;
using PoolId = Id<struct PoolTag>;
using TierId = Id<struct TierTag>;
using ClassId = Id<struct ClassTag>;
using OrgId = Id<struct OrgTag>;
using TenantId = Id<struct TenantTag>;
using SettingId = Id<struct SettingTag>;
using WorkflowId = Id<struct WorkflowTag>;
using StepId = Id<struct StepTag>;    // within one workflow, in file order
using ShapeId = Id<struct ShapeTag>;  // a distinct non-numeric contract
using ClauseId = Id<struct ClauseTag>;
using LadderId = Id<struct LadderTag>;
using RuleId = Id<struct RuleTag>;

}  // namespace bylaw

#endif  // BYLAW_RUNTIME_ABI_IDS_H_
