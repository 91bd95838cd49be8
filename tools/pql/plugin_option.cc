#include "tools/pql/plugin_option.h"

#include <utility>

#include "base/strings.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {

void PluginOption::AddTo(CLI::App* app) {
  app->add_option("--plugin", paths_, "Shared object with further functions (repeatable)")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

int PluginOption::Load(Console* console) {
  faults_ = std::make_shared<PluginFaults>([console](const PluginFault& fault) {
    console->Fail(StrCat(fault.Message(), "; its result counts as missing"));
  });
  absl::StatusOr<PluginFunctions> loaded = LoadPlugins(paths_, faults_);
  if (!loaded.ok()) return console->Fail(loaded.status());
  console->set_functions(std::move(loaded->functions));
  return kFine;
}

int PluginOption::Final(int status, Console* console) const {
  const uint64_t faults = faults_ == nullptr ? 0 : faults_->count();
  if (faults == 0) return status;
  return console->Fail(StrCat(Counted(faults, "call"),
                              " of functions from plug-ins went wrong: what depends on them is not "
                              "to be relied on"));
}

}  // namespace pql
