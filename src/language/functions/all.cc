// The list of function families: a new family is one file here and one line below.

#include <cassert>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "language/function_registry.h"

namespace pql {

FunctionRegistry FunctionRegistry::WithBuiltins() {
  FunctionRegistry registry;
  for (auto* family :
       {NumberFunctions, TextFunctions, ListFunctions, TimeFunctions, MissingValueFunctions}) {
    for (FunctionDefinition& definition : family()) {
      const absl::Status added = registry.Add(std::move(definition));
      assert(added.ok());
      added.IgnoreError();  // function_registry_test holds that every definition is good
    }
  }
  return registry;
}

std::shared_ptr<const FunctionRegistry> FunctionRegistry::Builtin() {
  static const auto& builtin = *new std::shared_ptr<const FunctionRegistry>(
      std::make_shared<const FunctionRegistry>(WithBuiltins()));
  return builtin;
}

}  // namespace pql
