#include "eval/gap_bound.h"

#include <string>
#include <utility>

#include "eval/list_difference.h"

namespace pql {
namespace {

Value Element(const std::string& text) { return Value::String(text); }
Value Element(double number) { return Value::Number(number); }

// One element more or less is said as such; for any other difference the whole list.
template <typename List>
void DescribeList(const List& before, const List& after, GapBound* bound) {
  const List added = MissingFrom(before, after);
  const List removed = MissingFrom(after, before);
  if (added.size() == 1 && removed.empty()) {
    bound->comparison = "contains";
    bound->needed = Element(added.front());
  } else if (removed.size() == 1 && added.empty()) {
    bound->comparison = "not contains";
    bound->needed = Element(removed.front());
  }
}

}  // namespace

GapBound BoundOf(const Metric& metric, const GapChange& change) {
  GapBound bound{"==", change.proposed, Value::Missing()};
  if (change.proposed.IsMissing()) {
    bound.comparison = "is missing";
  } else if (change.comparison == "any value") {
    bound = {"is present", Value::Missing(), Value::Missing()};
  } else if (change.proposed.IsStringList()) {
    DescribeList(change.current.IsMissing() ? Value::StringList{} : change.current.strings(),
                 change.proposed.strings(), &bound);
  } else if (change.proposed.IsNumberList()) {
    DescribeList(change.current.IsMissing() ? Value::NumberList{} : change.current.numbers(),
                 change.proposed.numbers(), &bound);
  } else {
    static constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
        {"at least", ">="},         {"more than", ">"},       {"at most", "<="},
        {"less than", "<"},         {"other than", "!="},     {"starts with", "starts with"},
        {"ends with", "ends with"}, {"contains", "contains"}, {"matches", "matches"}};
    for (const auto& [words, symbol] : kOperators) {
      if (change.comparison == words) bound = {symbol, change.needed, Value::Missing()};
    }
  }
  if (change.delta.has_value()) {
    bound.delta =
        metric.type.IsNumber() ? Value::Number(*change.delta) : Value::RoundedSpan(*change.delta);
  }
  return bound;
}

}  // namespace pql
