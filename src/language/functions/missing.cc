// Missing values: coalesce.

#include <vector>

#include "language/function_registry.h"

namespace pql {

std::vector<FunctionDefinition> MissingValueFunctions() {
  return {{
      .name = "coalesce",
      .family = "missing values",
      .parameter_names = {"a", "b"},
      .unit_rule = FunctionDefinition::UnitRule::kKeep,
      .missing = FunctionDefinition::Missing::kFirstPresent,
      .doc = "The first of its values that is present. Use it to say what to assume when a value "
             "was not sent.",
      .example = "coalesce(1 / 0, 5)",
      .example_result = "5",
  }};
}

}  // namespace pql
