// Short names for values in tables of tests.

#ifndef TESTS_LANGUAGE_VALUES_H_
#define TESTS_LANGUAGE_VALUES_H_

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "language/value.h"

namespace pql {

inline constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

inline Value Num(double number) { return Value::Number(number); }
inline Value Str(std::string text) { return Value::String(std::move(text)); }
inline Value Micros(int64_t micros) { return Value::Span({micros}); }
inline Value Time(int64_t micros) { return Value::Time({micros}); }
inline const Value kMissing = Value::Missing();

}  // namespace pql

#endif  // TESTS_LANGUAGE_VALUES_H_
