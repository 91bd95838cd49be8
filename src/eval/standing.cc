#include "eval/standing.h"

#include <algorithm>
#include <span>

namespace pql {
namespace {

bool IsBefore(const Value& a, const Value& b) { return CompareOrdered(a, b) < 0; }

}  // namespace

Standing::Standing(const TypedExpression& atom) : atom_(atom) {
  compares_ = atom.kind == TypedExpression::Kind::kOperator && ComparesValues(atom.op) &&
              atom.children[0].type.IsOrdered();
  if (!compares_) return;
  for (const TypedExpression& other : std::span(atom.children).subspan(1)) {
    if (other.kind == TypedExpression::Kind::kConstant) {
      constants_.push_back(other.constant);
    } else {
      others_.push_back(&other);
    }
  }
  std::sort(constants_.begin(), constants_.end(), IsBefore);
  constants_.erase(std::unique(constants_.begin(), constants_.end()), constants_.end());
}

double Standing::PlaceOf(const Value& subject) const {
  const auto place = std::lower_bound(constants_.begin(), constants_.end(), subject, IsBefore);
  const bool equal = place != constants_.end() && CompareOrdered(subject, *place) == 0;
  return static_cast<double>(place - constants_.begin()) + (equal ? 0.5 : 0);
}

}  // namespace pql
