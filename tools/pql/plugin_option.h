// `--plugin PATH`: functions from shared objects, for every command that reads rules.
//
// Must outlive the commands; not thread-safe, but the faults of plug-ins may come from any thread.

#ifndef TOOLS_PQL_PLUGIN_OPTION_H_
#define TOOLS_PQL_PLUGIN_OPTION_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "language/plugin.h"
#include "tools/pql/console.h"

namespace pql {

class PluginOption {
 public:
  void AddTo(CLI::App* app);

  // Gives the console the functions.  kFailure, told, when a plug-in is no good.
  int Load(Console* console);

  // The exit status of a command that ended with `status`: answers that a broken function had a
  // part in are no success.
  int Final(int status, Console* console) const;

 private:
  std::vector<std::string> paths_;
  std::shared_ptr<PluginFaults> faults_;
};

}  // namespace pql

#endif  // TOOLS_PQL_PLUGIN_OPTION_H_
