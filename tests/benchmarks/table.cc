#include "tests/benchmarks/table.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"

namespace pql::bench {
namespace {

struct Line {
  const char* work;  // benchmarks are named `work/engine`
  const char* ours;  // the engine
  double unit;       // in nanoseconds
  const char* unit_name;
  double goal;  // in units; 0: none
};

constexpr double kMicro = 1e3;
constexpr double kSecond = 1e9;

constexpr Line kLines[] = {
    {"R2/hot", "plan", 1, "ns", 5},
    {"R10/hot", "plan", 1, "ns", 22},
    {"R2/cold", "plan", 1, "ns", 0},
    {"R10/cold", "plan", 1, "ns", 30},
    {"bind", "by setters", 1, "ns", 0},
    {"compile", "R2", kMicro, "us", 3},
    {"compile", "R10", kMicro, "us", 20},
    {"load/parse and check", "100000", kSecond, "s", 15},
    {"load/compile", "100000", kSecond, "s", 0},
    {"load/index", "100000", kSecond, "s", 0},
    {"match 1000/narrow", "index", kMicro, "us", 0},
    {"match 1000/broad", "index", kMicro, "us", 0},
    {"match 10000/narrow", "index", kMicro, "us", 4},
    {"match 10000/broad", "index", kMicro, "us", 12},
    {"match 100000/narrow", "index", kMicro, "us", 30},
    {"match 100000/broad", "index", kMicro, "us", 120},
};

std::string Short(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), number < 10 ? "%.1f" : "%.0f", number);
  return text;
}

}  // namespace

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    const double seconds = run.cpu_accumulated_time / static_cast<double>(run.iterations);
    nanoseconds_[run.run_name.function_name].push_back(seconds * 1e9);
  }
}

double TableReporter::Median(const std::string& name) const {
  const auto found = nanoseconds_.find(name);
  if (found == nanoseconds_.end()) return 0;
  std::vector<double> sorted = found->second;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

std::string TableReporter::OthersOf(const std::string& work, double ours) const {
  std::string others;
  for (const auto& [name, unused] : nanoseconds_) {
    const size_t slash = name.rfind('/');
    if (slash == std::string::npos || name.substr(0, slash) != work) continue;
    const double median = Median(name);
    if (median == ours || work == "compile" || work.starts_with("load")) continue;
    StrAppend(&others, others.empty() ? "" : ", ", name.substr(slash + 1), " ",
              Short(median / ours), " x");
  }
  return others;
}

void TableReporter::PrintTable() const {
  std::printf("\n| work | ours | goal | others, in times of ours |\n|---|---|---|---|\n");
  for (const Line& line : kLines) {
    const double ours = Median(StrCat(line.work, "/", line.ours));
    if (ours == 0) continue;
    const std::string goal =
        line.goal == 0 ? "" : StrCat("<= ", Short(line.goal), " ", line.unit_name);
    const bool named_by_work = std::string_view(line.work).find("hot") != std::string_view::npos ||
                               std::string_view(line.work).find("cold") != std::string_view::npos ||
                               std::string_view(line.work).starts_with("match");
    std::printf(
        "| %s | %s %s | %s | %s |\n",
        (named_by_work ? std::string(line.work) : StrCat(line.work, ", ", line.ours)).c_str(),
        Short(ours / line.unit).c_str(), line.unit_name, goal.c_str(),
        OthersOf(line.work, ours).c_str());
  }
}

}  // namespace pql::bench
