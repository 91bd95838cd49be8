// The benchmarks, a function a file, which registers what it measures with Google Benchmark.
// bench_main.cc lists them; table.js says which of them stand for a line of the table.

#ifndef PQL_TESTS_BENCHMARKS_BENCHMARKS_H_
#define PQL_TESTS_BENCHMARKS_BENCHMARKS_H_

namespace pql::bench {

void RegisterLeadBenchmarks();     // R2 and R10: plan, interpreter, hand-written, binding
void RegisterCompileBenchmarks();  // compiling rules, loading many
void RegisterChangeBenchmarks();   // one rule of many, through the engine
void RegisterMatchBenchmarks();    // one account against many rules
void RegisterBatchBenchmarks();    // millions of accounts in columns

// The same work by others, where their libraries were found.
void RegisterSqliteBenchmarks();
#ifdef PQL_HAVE_LUAJIT
void RegisterLuaJitBenchmarks();
#endif
#ifdef PQL_HAVE_MUPARSER
void RegisterMuParserBenchmarks();
#endif

}  // namespace pql::bench

#endif  // PQL_TESTS_BENCHMARKS_BENCHMARKS_H_
