// Metrics that inputs are read against.

#ifndef PQL_TESTS_FUZZ_METRICS_OF_ALL_TYPES_H_
#define PQL_TESTS_FUZZ_METRICS_OF_ALL_TYPES_H_

namespace pql::fuzz {

// One of every type, one of them not in ASCII.
inline constexpr char kMetricsOfAllTypes[] = R"pql(
metric n: number default 0
metric b: bool
metric s: string
metric plan: one of ("free", "pro")
metric at: timestamp
metric span: duration
metric nums: list(number)
metric tags: list(string)
metric größe: number
)pql";

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_METRICS_OF_ALL_TYPES_H_
