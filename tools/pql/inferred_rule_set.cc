#include "tools/pql/inferred_rule_set.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "accounts/metric_inference.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {

std::shared_ptr<const RuleSet> InferRuleSet(const std::string& file,
                                            const AccountReaderOptions& options,
                                            std::istringstream* replay, Console* console,
                                            int* status) {
  *status = kFailure;
  std::ifstream opened;
  std::istream* input = replay;
  if (file == "-") {
    replay->str(std::string(std::istreambuf_iterator<char>(console->in()),
                            std::istreambuf_iterator<char>()));
    console->set_in(replay);
  } else {
    if (!IsDirectory(file)) opened.open(file, std::ios::binary);
    if (!opened.is_open()) {
      console->Fail(StrCat("cannot read `", file,
                           "`: ", IsDirectory(file) ? "it is a directory" : std::strerror(errno)));
      return nullptr;
    }
    input = &opened;
  }
  const absl::StatusOr<std::vector<InferredMetric>> metrics = InferMetrics(input, options);
  if (!metrics.ok()) {
    console->Fail(metrics.status());
    return nullptr;
  }
  replay->clear();
  replay->seekg(0);
  CompileResult compiled = CompileRuleSet("accounts", {{"<metrics>", DeclareMetrics(*metrics)}},
                                          CompileOptionsOf(*console));
  *status = compiled.ok() ? kFine : ReportFindings(compiled, console);
  return compiled.ok() ? std::move(compiled.rule_set) : nullptr;
}

}  // namespace pql
