// What unicode*.cc, which alone see ICU, share.

#ifndef PQL_BASE_ICU_H_
#define PQL_BASE_ICU_H_

#include <unicode/umachine.h>

namespace pql {

inline UChar32 Icu(char32_t code_point) { return static_cast<UChar32>(code_point); }

}  // namespace pql

#endif  // PQL_BASE_ICU_H_
