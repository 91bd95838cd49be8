// The report of a run, for people and for programs.  Pure functions.

#ifndef TOOLS_PQL_LOAD_REPORT_H_
#define TOOLS_PQL_LOAD_REPORT_H_

#include <string>
#include <string_view>

#include "tools/pql_load/load_run.h"

namespace pql {

struct ReportOn {
  std::string server;
  std::string rule_set;
  const Requests* requests = nullptr;
  const LoadPlan* plan = nullptr;
  const LoadResult* result = nullptr;
};

std::string_view ModeName(Mode mode);  // "unary", "batch", "stream"

std::string HumanReport(const ReportOn& on);
// One object; README.md says what its fields are.
std::string JsonReport(const ReportOn& on);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_REPORT_H_
