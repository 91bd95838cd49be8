#include "parser/copy_budget.h"

#include <algorithm>

namespace pql {
namespace {

// What a text takes beside the node that it belongs to.
size_t CostOf(const std::string& text) { return text.size() / 64; }

size_t CostOf(const Literal& literal) {
  size_t cost = CostOf(literal.text) + CostOf(literal.spelling);
  for (const Literal& element : literal.elements) cost += 1 + CostOf(element);
  return cost;
}

}  // namespace

// Looks at no more than may be copied, so that refusing costs no more than copying.
bool CopyBudget::Spend(const Expression& expression) {
  const size_t cost = 1 + CostOf(expression.name) + CostOf(expression.literal);
  if (cost > left_) {
    left_ = 0;
    return false;
  }
  left_ -= cost;
  return std::all_of(expression.children.begin(), expression.children.end(),
                     [this](const ExpressionPtr& child) { return Spend(*child); });
}

ExpressionPtr CopyBudget::Copy(const Expression& expression) {
  return Spend(expression) ? expression.Clone() : nullptr;
}

}  // namespace pql
