// Functions from shared objects (plugin_api.h is the interface that their authors see).
//
// A plug-in is part of the process once it is loaded, for good. What it declares and what it
// returns is not trusted: it is copied and checked, and no exception of it gets past this boundary.

#ifndef PQL_LANGUAGE_PLUGIN_H_
#define PQL_LANGUAGE_PLUGIN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "language/function_registry.h"

namespace pql {

// A function that broke its word in a call: the result of that call counts as missing.
struct PluginFault {
  std::string plugin;  // its name
  std::string path;    // its file
  std::string function;
  std::string problem;  // "returned a string, where its signature says number"

  // "plug-in `acme` (./acme.so): function `f` returned ..."
  std::string Message() const;
};

// Counts faults; tells the first of each function, so that a log can't be flooded.  Thread-safe.
class PluginFaults {
 public:
  using Listener = std::function<void(const PluginFault& fault)>;
  // `listener` is called on the thread of the evaluation, one call at a time.
  explicit PluginFaults(Listener listener) : listener_(std::move(listener)) {}

  void Report(const PluginFault& fault);
  uint64_t count() const;

 private:
  const Listener listener_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, uint64_t> by_function_;  // path, function
  uint64_t count_ = 0;
};

struct LoadedPlugin {
  std::string path;
  std::string name;
  std::string version;
  std::vector<std::string> functions;
};

// Loads the shared object and adds its functions, whose family is the name of the plug-in.  A path
// without a slash is a file of the current directory.  FAILED_PRECONDITION, naming the file, when
// it is no plug-in, one of another version, or one whose declarations or examples are no good;
// `registry` may then have some of its functions and is to be thrown away.
absl::StatusOr<LoadedPlugin> LoadPlugin(const std::string& path, FunctionRegistry* registry,
                                        const std::shared_ptr<PluginFaults>& faults);

struct PluginFunctions {
  std::shared_ptr<const FunctionRegistry> functions;  // the built-in ones included
  std::vector<LoadedPlugin> plugins;
};

// The built-in functions and those of the plug-ins, in order.
absl::StatusOr<PluginFunctions> LoadPlugins(std::span<const std::string> paths,
                                            const std::shared_ptr<PluginFaults>& faults);

}  // namespace pql

#endif  // PQL_LANGUAGE_PLUGIN_H_
