// A policy image made ready for an engine: everything of a reload that needs no engine, done before it.
//
// Prepare reads two immutable policies and may run on any thread while the engine works; what is left for
// Engine::Reload is to swap a pointer and to visit what has changed. The numbers that an engine and its callers use are
// those of names() (policy/directory.h): they stay the same over reloads. The image's own numbers are good only
// together with this image. Immutable, shared by pointer; an old policy, with its compiled code, is retired when
// the engine has dropped its last pin, and freed by the next Prepare, by FreeRetired or with the engine, not on the
// thread that serves.
#ifndef BYLAW_RUNTIME_ENGINE_POLICY_H_
#define BYLAW_RUNTIME_ENGINE_POLICY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "runtime/abi/policy_image.h"
#include "runtime/policy/directory.h"
#include "runtime/policy/retired.h"

namespace bylaw::engine {

class Policy {
 public:
  // `after`: the policy it shall replace; null for an engine's first. Fails if the image may not be published (it was
  // made to replay witnesses), if a limit or the time zone makes no sense, or if its money is of another currency than
  // the one before.
  static absl::StatusOr<std::shared_ptr<const Policy>> Prepare(std::shared_ptr<const abi::PolicyImage> image,
                                                               std::shared_ptr<const Policy> after = nullptr);
  ~Policy();

  const abi::PolicyImage& image() const { return *image_; }
  const std::shared_ptr<const abi::PolicyImage>& shared_image() const { return image_; }
  const policy::Directory& names() const { return *names_; }

  // Between the image's own numbers and names().
  struct Numberings {
    policy::Numbering<TenantId> tenants;
    policy::Numbering<OrgId> orgs;
    policy::Numbering<WorkflowId> workflows;
    policy::Numbering<ResourceId> resources;
    policy::Numbering<EndpointId> endpoints;
    policy::Numbering<RegionId> regions;
    policy::Numbering<PoolId> pools;
    policy::Numbering<StoreId> stores;
    policy::Numbering<ReviewersId> reviewers;
  };
  const Numberings& numberings() const { return numberings_; }
  // Whether any number that a decision has differs between the two.
  bool renumbered() const { return renumbered_; }

  // A decision in this image's own numbers, in those of names(). Its clause remains this image's.
  abi::Decision Known(const abi::Decision& own) const;
  // The reverse; what the image does not have is absent.
  abi::Decision Own(const abi::Decision& known) const;

  // Frees the policies that the engine of this one has dropped since the last Prepare, on this thread.
  void FreeRetired() const { retired_->Free(); }
  // For the engine: where it puts them.
  policy::Retired& retired() const { return *retired_; }

  // The engine's own derivations (policy_parts.h).
  struct Parts;
  const Parts& parts() const { return *parts_; }

 private:
  explicit Policy(std::shared_ptr<const abi::PolicyImage> image);
  void Number(const Policy* after);
  void Compare(const Policy* after);

  std::shared_ptr<const abi::PolicyImage> image_;
  std::shared_ptr<const policy::Directory> names_;
  std::shared_ptr<policy::Retired> retired_;  // one for all policies of an engine
  Numberings numberings_;
  bool renumbered_ = false;
  std::unique_ptr<Parts> parts_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_POLICY_H_
