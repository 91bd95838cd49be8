// Random choices for property tests: the same on every machine for the same seed.
// Not thread-safe.

#ifndef PQL_TESTS_TESTING_RANDOM_H_
#define PQL_TESTS_TESTING_RANDOM_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "base/shared_list.h"

namespace pql::testing {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // 0 .. bound - 1.  REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  // low .. high, both included.
  int Between(int low, int high) {
    return low + static_cast<int>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  // True in one of `n` cases.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }
  template <typename T>
  const T& Of(const SharedList<T>& choices) {
    return choices[Below(choices.size())];
  }
  template <typename T>
  T Of(std::initializer_list<T> choices) {
    return *(choices.begin() + Below(choices.size()));
  }

 private:
  std::mt19937_64 engine_;
};

// The seed of a property test: PQL_SEED of the environment, so that a failure can be repeated, else
// a fixed one, so that CI always tests the same cases.
inline uint64_t TestSeed(uint64_t fixed = 20'261'121) {
  const char* given = std::getenv("PQL_SEED");
  return given == nullptr ? fixed : std::strtoull(given, nullptr, 10);
}

// How many times more cases than usual: PQL_CASES_FACTOR of the environment, 1 by default.
inline int CasesFactor() {
  const char* given = std::getenv("PQL_CASES_FACTOR");
  return given == nullptr ? 1 : std::max(1, std::atoi(given));
}

}  // namespace pql::testing

#endif  // PQL_TESTS_TESTING_RANDOM_H_
