// Lists: size.

#include <set>
#include <span>
#include <vector>

#include "language/function_registry.h"

namespace pql {
namespace {

template <typename Element>
Value CountDistinct(const std::vector<Element>& elements) {
  const std::set<Element> distinct(elements.begin(), elements.end());
  return Value::Number(static_cast<double>(distinct.size()));
}

Value Size(std::span<const Value> v) {
  return v[0].IsNumberList() ? CountDistinct(v[0].numbers()) : CountDistinct(v[0].strings());
}

}  // namespace

std::vector<FunctionDefinition> ListFunctions() {
  using Kind = Type::Kind;
  return {{
      .name = "size",
      .family = "lists",
      .signatures = {{{Kind::kStringList}, Kind::kNumber}, {{Kind::kNumberList}, Kind::kNumber}},
      .parameter_names = {"list"},
      .doc = "How many different elements a list has: an element that comes twice counts once.",
      .example = "size(features_used)",
      .body = Size,
  }};
}

}  // namespace pql
