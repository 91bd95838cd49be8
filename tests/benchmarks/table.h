// The table that a run of the benchmarks ends with: ours, the goal, and the others as ratios.

#ifndef PQL_TESTS_BENCHMARKS_TABLE_H_
#define PQL_TESTS_BENCHMARKS_TABLE_H_

#include <map>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

namespace pql::bench {

// Shows runs as Google Benchmark does and remembers them.  The time is that of the processor, so
// that other programs on the machine matter less.
class TableReporter : public ::benchmark::ConsoleReporter {
 public:
  TableReporter() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override;
  // Prints the table of what was run, medians over the repetitions, in Markdown.
  void PrintTable() const;

 private:
  // 0 where it was not run.
  double Median(const std::string& name) const;
  std::string OthersOf(const std::string& work, double ours) const;

  std::map<std::string, std::vector<double>> nanoseconds_;  // by name of the benchmark
};

}  // namespace pql::bench

#endif  // PQL_TESTS_BENCHMARKS_TABLE_H_
