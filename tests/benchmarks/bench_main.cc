// Runs the benchmarks.  Options are those of Google Benchmark; tools/bench gives those that make a
// run worth quoting, and makes a table of what they print.

#include "benchmark/benchmark.h"
#include "tests/benchmarks/benchmarks.h"

int main(int argc, char** argv) {
  namespace bench = pql::bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::RegisterLeadBenchmarks();
  bench::RegisterCompileBenchmarks();
  bench::RegisterChangeBenchmarks();
  bench::RegisterMatchBenchmarks();
  bench::RegisterBatchBenchmarks();
  bench::RegisterSqliteBenchmarks();
#ifdef PQL_HAVE_LUAJIT
  bench::RegisterLuaJitBenchmarks();
#endif
#ifdef PQL_HAVE_MUPARSER
  bench::RegisterMuParserBenchmarks();
#endif
  return benchmark::RunSpecifiedBenchmarks() == 0 ? 1 : 0;
}
