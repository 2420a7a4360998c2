// A vector whose copies share one memory until one of them is edited: the tables of a plan and of the images made from
// it are the same hundred thousand rows.
//
// Reading is thread-safe, also through several copies; Edit is not, and takes a copy first if it shares.
#ifndef BYLAW_RUNTIME_ABI_SHARED_VECTOR_H_
#define BYLAW_RUNTIME_ABI_SHARED_VECTOR_H_

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace bylaw::abi {

template <typename T, typename Allocator = std::allocator<T>>
class SharedVector {
 public:
  using Vector = std::vector<T, Allocator>;
  using value_type = T;

  SharedVector() : vector_(std::make_shared<Vector>()) {}
  SharedVector(std::initializer_list<T> values) : vector_(std::make_shared<Vector>(values)) {}

  const T& operator[](size_t i) const { return (*vector_)[i]; }
  const T* data() const { return vector_->data(); }
  size_t size() const { return vector_->size(); }
  bool empty() const { return vector_->empty(); }
  typename Vector::const_iterator begin() const { return vector_->cbegin(); }
  typename Vector::const_iterator end() const { return vector_->cend(); }
  const Vector& vector() const { return *vector_; }

  Vector& Edit() {
    if (vector_.use_count() > 1) vector_ = std::make_shared<Vector>(*vector_);
    return *vector_;
  }

 private:
  std::shared_ptr<Vector> vector_;
};

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_SHARED_VECTOR_H_
