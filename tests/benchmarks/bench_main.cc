// Runs the benchmarks and prints the table.  Options are those of Google Benchmark; tools/bench
// gives those that make a run worth quoting.

#include "benchmark/benchmark.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/table.h"

int main(int argc, char** argv) {
  namespace bench = pql::bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::RegisterLeadBenchmarks();
  bench::RegisterCompileBenchmarks();
  bench::RegisterMatchBenchmarks();
  bench::RegisterSqliteBenchmarks();
#ifdef PQL_HAVE_LUAJIT
  bench::RegisterLuaJitBenchmarks();
#endif
#ifdef PQL_HAVE_MUPARSER
  bench::RegisterMuParserBenchmarks();
#endif
  bench::TableReporter reporter;
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) return 1;
  reporter.PrintTable();
  return 0;
}
