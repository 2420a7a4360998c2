// How far apart the service of two tenants may drift while both have requests waiting.
//
// For tenants f and g that both wait throughout an interval, their service difference over it is |W_f/φ_f − W_g/φ_g|,
// W being the service each got in it. `max` is the largest over all pairs and intervals; `avg` the mean, over pairs and
// observations, of the difference since both began to wait.
#ifndef BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_
#define BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_

#include <cstdint>
#include <vector>

namespace bylaw::simulator {

class ServiceDifference {
 public:
  explicit ServiceDifference(std::vector<uint32_t> weights);

  // `service`: what each tenant got so far; `waits`: whether it has requests waiting, now and since the last call.
  void Observe(const std::vector<int64_t>& service, const std::vector<bool>& waits);

  double max() const { return max_; }
  double avg() const { return observations_ == 0 ? 0 : sum_ / static_cast<double>(observations_); }

 private:
  struct Pair {
    bool open = false;
    double base = 0, least = 0, most = 0;  // of W_f/φ_f − W_g/φ_g: when it was opened, and since then
  };

  std::vector<uint32_t> weights_;
  std::vector<Pair> pairs_;  // f < g, row by row
  double max_ = 0, sum_ = 0;
  uint64_t observations_ = 0;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SERVING_SERVICE_DIFFERENCE_H_
