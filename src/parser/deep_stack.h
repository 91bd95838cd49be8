// Runs recursive code whatever the caller's stack holds.  Thread-safe.

#ifndef PQL_PARSER_DEEP_STACK_H_
#define PQL_PARSER_DEEP_STACK_H_

#include <cstddef>
#include <functional>

namespace pql {

// Calls `work` on a thread of its own with a stack of `bytes`, and returns when it is done.  When
// no thread can be had, false and nothing done.  `work` must not throw.
bool RunWithStack(size_t bytes, const std::function<void()>& work);

}  // namespace pql

#endif  // PQL_PARSER_DEEP_STACK_H_
