#include "eval/gap_wording.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/list_difference.h"

namespace pql {
namespace {

// The widest range of values around the metric's present one with which the rule still qualifies.
KeyRange QualifyingRange(uint32_t metric, MetricCandidates* candidates, WorkingAccount* account) {
  const Metric& declared = account->cone().rule_set().metrics[metric];
  const Value value = account->account().Metric(metric);
  const std::vector<KeyRange> ranges = candidates->Ranges(metric, account);
  size_t own = 0;
  while (own + 1 < ranges.size() && !ranges[own].Contains(OrderedKey(value))) ++own;
  const auto qualifies = [&](size_t i) {
    return account->QualifiesIf(metric,
                                NearestValue(ranges[i], declared, value, account->input().now));
  };
  size_t first = own;
  size_t last = own;
  while (first > 0 && qualifies(first - 1)) --first;
  while (last + 1 < ranges.size() && qualifies(last + 1)) ++last;
  return {ranges[first].low, ranges[last].high};
}

// Whether a person would rather name `a` than its neighbour `b`.
bool IsRounder(const Value& a, const Value& b) {
  return a.ToSource().size() <= b.ToSource().size();
}

// An end of a range as a person would say it: `less than 3`, not `at most 2.9999999999999996`.
struct Bound {
  std::string words;
  Value value;
};
Bound LowerBound(const KeyRange& range, Type::Kind kind) {
  Value low = FromOrderedKey(range.low, kind);
  Value below = FromOrderedKey(range.low - 1, kind);
  return IsRounder(low, below) ? Bound{"at least", std::move(low)}
                               : Bound{"more than", std::move(below)};
}
Bound UpperBound(const KeyRange& range, Type::Kind kind) {
  Value high = FromOrderedKey(range.high, kind);
  Value above = FromOrderedKey(range.high + 1, kind);
  return IsRounder(high, above) ? Bound{"at most", std::move(high)}
                                : Bound{"less than", std::move(above)};
}

void DescribeOrdered(const Metric& metric, const KeyRange& range, GapChange* change) {
  const Type::Kind kind = metric.type.kind();
  const KeyRange full = FullRange(kind);
  const Value low = FromOrderedKey(range.low, kind);
  const Value high = FromOrderedKey(range.high, kind);
  const bool bounded_below = range.low > full.low;
  const bool bounded_above = range.high < full.high;
  if (low == high) {
    change->comparison = "exactly";
    change->needed = low;
  } else if (bounded_below != bounded_above) {
    Bound bound = bounded_below ? LowerBound(range, kind) : UpperBound(range, kind);
    change->comparison = bound.words;
    change->needed = std::move(bound.value);
  } else if (bounded_below) {
    change->comparison = "between";
    change->needed = change->proposed;
  } else {
    change->comparison = "any value";
    change->needed = change->proposed;
  }
}

std::string WithUnit(const Metric& metric, std::string text) {
  return metric.type.unit().empty() ? text : StrCat(text, " ", metric.type.unit());
}

std::string TimeWord(const std::string& comparison) {
  if (comparison == "at least") return "on or after";
  if (comparison == "more than") return "after";
  if (comparison == "at most") return "on or before";
  if (comparison == "less than") return "before";
  return comparison;
}

std::string OrderedNeed(const Metric& metric, const KeyRange& range, const GapChange& change) {
  const Type::Kind kind = metric.type.kind();
  if (change.comparison == "any value") return "needs a value";
  if (change.comparison == "between") {
    const Bound low = LowerBound(range, kind);
    const Bound high = UpperBound(range, kind);
    if (kind == Type::Kind::kTimestamp) {
      return StrCat("must be ", TimeWord(low.words), " ", low.value.ToSource(), " and ",
                    TimeWord(high.words), " ", high.value.ToSource());
    }
    return StrCat("needs ", low.words, " ", low.value.ToSource(), " and ", high.words, " ",
                  WithUnit(metric, high.value.ToSource()));
  }
  if (kind == Type::Kind::kTimestamp) {
    return StrCat("must be ", TimeWord(change.comparison), " ", change.needed.ToSource());
  }
  if (kind == Type::Kind::kNumber && change.delta.has_value() &&
      *change.delta == std::round(*change.delta)) {
    return StrCat("needs ", FormatGroupedNumber(std::abs(*change.delta)),
                  *change.delta > 0 ? " more" : " less");
  }
  return StrCat("needs ", change.comparison, " ", WithUnit(metric, change.needed.ToSource()));
}

// All options of a finite type with which the rule qualifies, joined by "or".
std::string WorkingOptions(uint32_t metric, WorkingAccount* account) {
  std::string text;
  for (const std::string& option : account->cone().rule_set().metrics[metric].type.options()) {
    if (!account->QualifiesIf(metric, Value::String(option))) continue;
    StrAppend(&text, text.empty() ? "" : " or ", QuoteString(option));
  }
  return text;
}

template <typename List>
std::string ListNeed(const List& before, const List& after) {
  const List added = MissingFrom(before, after);
  const List removed = MissingFrom(after, before);
  std::string need;
  if (!added.empty()) StrAppend(&need, "must also hold ", Value::List(added).ToSource());
  if (!removed.empty()) {
    StrAppend(&need, need.empty() ? "" : " and ", "must not hold ",
              Value::List(removed).ToSource());
  }
  return need.empty() ? "must be sent, if only as an empty list" : need;
}

// Elements that were made up, because it does not matter what they are, are counted and not named.
std::string StringListNeed(uint32_t metric, const Value::StringList& before,
                           const Value::StringList& after, WorkingAccount* account) {
  if (after.size() < before.size() || !std::equal(before.begin(), before.end(), after.begin())) {
    return ListNeed(before, after);
  }
  Value::StringList others = after;
  Value::StringList named;
  for (size_t i = before.size(); i < after.size(); ++i) {
    others[i] = StrCat("?", i);
    if (account->QualifiesIf(metric, Value::List(others))) continue;
    others[i] = after[i];
    named.push_back(after[i]);
  }
  const size_t made_up = after.size() - before.size() - named.size();
  if (made_up == 0) return ListNeed(before, after);
  return StrCat("must ", named.empty() ? "" : StrCat("also hold ", Value::List(named).ToSource()),
                named.empty() ? "hold " : " and ", made_up,
                made_up == 1 ? " more element" : " more elements", ", no matter which");
}

std::string Has(const Metric& metric, const Value& current) {
  if (current.IsMissing()) return "is not known";
  if (current.IsNumber()) return StrCat("has ", WithUnit(metric, current.ToSource()));
  return StrCat("is ", current.ToSource());
}

}  // namespace

GapChange DescribeChange(uint32_t index, const Value& current, MetricCandidates* candidates,
                         WorkingAccount* account) {
  const Metric& metric = account->cone().rule_set().metrics[index];
  GapChange change;
  change.metric = index;
  change.current = current;
  change.proposed = account->account().Metric(index);
  if (!current.IsMissing() && !change.proposed.IsMissing() && metric.type.IsOrdered()) {
    if (current.IsNumber()) {
      change.delta = change.proposed.number() - current.number();
    } else {
      change.delta = static_cast<double>(OrderedKey(change.proposed)) -
                     static_cast<double>(OrderedKey(current));
    }
  }
  std::string need;
  if (change.proposed.IsMissing()) {
    change.comparison = "not sent";
    need = "must not be sent";
  } else if (metric.type.IsOrdered()) {
    const KeyRange range = QualifyingRange(index, candidates, account);
    DescribeOrdered(metric, range, &change);
    need = OrderedNeed(metric, range, change);
  } else {
    change.comparison = "exactly";
    change.needed = change.proposed;
    if (metric.type.kind() == Type::Kind::kOneOf) {
      need = StrCat("must be ", WorkingOptions(index, account));
    } else if (change.proposed.IsStringList()) {
      need = StringListNeed(index, current.IsMissing() ? Value::StringList{} : current.strings(),
                            change.proposed.strings(), account);
    } else if (change.proposed.IsNumberList()) {
      need = ListNeed(current.IsMissing() ? Value::NumberList{} : current.numbers(),
                      change.proposed.numbers());
    } else if (current.IsString() && account->QualifiesIf(index, Value::String("")) &&
               account->QualifiesIf(index, Value::String(StrCat(current.string(), "?")))) {
      change.comparison = "other than";
      change.needed = current;
      need = StrCat("must be other than ", current.ToSource());
    } else {
      need = StrCat("must be ", change.proposed.ToSource());
    }
  }
  change.sentence = StrCat(QuoteName(metric.name), ": ", Has(metric, current), ", ", need);
  return change;
}

}  // namespace pql
