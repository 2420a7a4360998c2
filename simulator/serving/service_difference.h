// How far apart the service of two tenants may drift while both have requests waiting.
//
// For tenants f and g that both wait throughout an interval, their service difference over it is |W_f/φ_f − W_g/φ_g|,
// W being the service each got in it (Y. Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024, which
// bounds it). `max` is the largest over all pairs and intervals; `avg` the mean, over pairs and observations, of the
// difference since both began to wait. An observation costs O(served × waiting) tenants.
#ifndef BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_
#define BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bylaw::simulator {

class ServiceDifference {
 public:
  explicit ServiceDifference(std::vector<uint32_t> weights);

  // The tenant begins to have requests waiting, and has none any more.
  void Begin(uint32_t tenant);
  void End(uint32_t tenant);
  // The tenant has got so much service more.
  void Serve(uint32_t tenant, int64_t units);
  // Compares those that wait now.
  void Observe();

  size_t waiting() const { return waiting_.size(); }
  double max() const { return max_; }
  double avg() const { return observations_ == 0 ? 0 : sum_ / static_cast<double>(observations_); }

 private:
  // Of W_f/φ_f − W_g/φ_g: when both began to wait, the least and the most since then, and its distance from the first.
  struct Pair {
    double base = 0, least = 0, most = 0, drift = 0;
  };
  // Tenants that wait have places, which are used again; a pair is that of its places.
  struct Waiting {
    uint32_t tenant = 0;
    uint32_t place = 0;
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  Pair& PairOf(uint32_t place, uint32_t other) { return place > other ? pairs_[place][other] : pairs_[other][place]; }
  void Compare(const Waiting& one, const Waiting& other);

  std::vector<uint32_t> weights_;
  std::vector<double> service_;      // W/φ, by tenant
  std::vector<uint32_t> positions_;  // in waiting_, by tenant; kNone: it does not wait
  std::vector<Waiting> waiting_;
  std::vector<uint32_t> free_places_;
  std::vector<std::vector<Pair>> pairs_;  // [higher place][lower place]
  std::vector<uint32_t> served_;          // tenants, since the last observation
  std::vector<bool> is_served_;           // by tenant
  double drift_ = 0;                      // over all pairs that wait
  double max_ = 0, sum_ = 0;
  uint64_t observations_ = 0;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_
