// Runs one case of a specification file.  Thread-safe: no state.

#ifndef PQL_TESTS_SPEC_SPEC_RUNNER_H_
#define PQL_TESTS_SPEC_SPEC_RUNNER_H_

#include <string>

#include "tests/spec/spec_file.h"

namespace pql {

// Empty when the case comes out as expected, else what came instead.
std::string RunSpecCase(const SpecCase& spec);

// What a `rendered` block should hold.
std::string RenderFindings(const SpecContext& context);

}  // namespace pql

#endif  // PQL_TESTS_SPEC_SPEC_RUNNER_H_
