// What one list has and another lacks.  Pure; thread-safe.  Private to eval/.

#ifndef PQL_EVAL_LIST_DIFFERENCE_H_
#define PQL_EVAL_LIST_DIFFERENCE_H_

#include <algorithm>
#include <iterator>

namespace pql {

// The elements of `b` that `a` lacks, in their order.
template <typename List>
List MissingFrom(const List& a, const List& b) {
  List rest;
  std::copy_if(b.begin(), b.end(), std::back_inserter(rest), [&a](const auto& element) {
    return std::find(a.begin(), a.end(), element) == a.end();
  });
  return rest;
}

}  // namespace pql

#endif  // PQL_EVAL_LIST_DIFFERENCE_H_
