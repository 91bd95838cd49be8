#include "eval/gap_wording.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "eval/list_difference.h"
#include "eval/pattern_example.h"
#include "re2/re2.h"

namespace pql {
namespace {

// Whether a person would rather name `a` than its neighbour `b`.
bool IsRounder(const Value& a, const Value& b) {
  return a.ToSource().size() <= b.ToSource().size();
}

// The number that a person would name for an end of a range that rounding errors moved a little.
Value BesideBound(const Metric& metric, const KeyRange& range, const Value& end,
                  const Value& outside) {
  if (!end.IsNumber()) return end;
  Value nice = NearestValue(range, metric, outside, Timestamp());
  const bool is_beside = RelativeDistance(end, nice) < 1e-9;
  return is_beside && nice.ToSource().size() < end.ToSource().size() ? nice : end;
}

// An end of a range as a person would say it: `less than 3`, not `at most 2.9999999999999996`.
struct Bound {
  std::string words;
  Value value;
};
Bound LowerBound(const Metric& metric, const KeyRange& range) {
  const Type::Kind kind = metric.type.kind();
  const Value below = FromOrderedKey(range.low - 1, kind);
  const Value low = BesideBound(metric, range, FromOrderedKey(range.low, kind), below);
  return IsRounder(low, below) ? Bound{"at least", low} : Bound{"more than", below};
}
Bound UpperBound(const Metric& metric, const KeyRange& range) {
  const Type::Kind kind = metric.type.kind();
  const Value above = FromOrderedKey(range.high + 1, kind);
  const Value high = BesideBound(metric, range, FromOrderedKey(range.high, kind), above);
  return IsRounder(high, above) ? Bound{"at most", high} : Bound{"less than", above};
}

// No amount of anything: past it, calculations overflow.
bool IsBeyondMeaning(const Value& bound) {
  constexpr double kLargest = 1e30;
  return bound.IsNumber() && std::abs(bound.number()) > kLargest;
}

void DescribeOrdered(const Metric& metric, const KeyRange& range, GapChange* change) {
  const Type::Kind kind = metric.type.kind();
  const KeyRange full = FullRange(kind);
  const Value low = FromOrderedKey(range.low, kind);
  const Value high = FromOrderedKey(range.high, kind);
  const bool bounded_below = range.low > full.low && !IsBeyondMeaning(low);
  const bool bounded_above = range.high < full.high && !IsBeyondMeaning(high);
  if (low == high) {
    change->comparison = "exactly";
    change->needed = low;
  } else if (bounded_below != bounded_above) {
    Bound bound = bounded_below ? LowerBound(metric, range) : UpperBound(metric, range);
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

std::string WithUnit(const Metric& metric, std::string_view text) {
  return StrCat(text, metric.type.unit().empty() ? "" : " ", metric.type.unit());
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
    const Bound low = LowerBound(metric, range);
    const Bound high = UpperBound(metric, range);
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

// An element that no rule mentions.
void MakeUp(size_t i, std::string* element) { *element = StrCat("?", i); }
void MakeUp(size_t i, double* element) { *element = -987'654.5 - static_cast<double>(i); }

// Elements that were made up, because it does not matter what they are, are counted and not named.
template <typename List>
std::string ElementsNeed(uint32_t metric, const List& before, const List& after,
                         WorkingAccount* account) {
  if (after.size() < before.size() || !std::equal(before.begin(), before.end(), after.begin())) {
    return ListNeed(before, after);
  }
  List others = after;
  List named;
  for (size_t i = before.size(); i < after.size(); ++i) {
    MakeUp(i, &others[i]);
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

// A test of the bare metric's text that the rule makes, and how to say that it has to be passed.
struct TextTest {
  Operator op;
  std::string_view comparison;
  std::string_view words;
  std::string_view before;  // what may stand around the text that is asked for
  std::string_view behind;
};
constexpr TextTest kTextTests[] = {
    {Operator::kStartsWith, "starts with", "must start with ", "", "?"},
    {Operator::kEndsWith, "ends with", "must end with ", "?", ""},
    {Operator::kContains, "contains", "must contain ", "?", "?"},
    {Operator::kMatches, "matches", "must match ", "", ""},
};

// Whether any text that passes the test is enough, as far as trying some can tell.
bool IsEnough(const TextTest& test, const TypedExpression& node, const std::string& part,
              uint32_t metric, WorkingAccount* account) {
  const auto qualifies = [&](std::string text) {
    return account->QualifiesIf(metric, Value::String(std::move(text)));
  };
  if (test.op != Operator::kMatches) return qualifies(StrCat(test.before, part, test.behind));
  const std::optional<std::string> example = ExampleOf(*node.pattern);
  if (!example.has_value() || !qualifies(*example)) return false;
  for (const std::string& text : {StrCat("?", *example), StrCat(*example, "?")}) {
    if (re2::RE2::PartialMatch(text, *node.pattern) && !qualifies(text)) return false;
  }
  return true;
}

// "must end with "@example.com"": where the rule asks for a part of the text only.
std::optional<std::string> PartNeed(uint32_t metric, WorkingAccount* account, GapChange* change) {
  for (const size_t index : account->cone().UsersOf(metric).atoms) {
    const Atom& atom = account->cone().atoms()[index];
    const TypedExpression& node = *atom.expression;
    for (const TextTest& test : kTextTests) {
      if (!node.Is(test.op) || !IsMetric(node.children[0], metric)) continue;
      const Value part = account->PartOf(atom, node.children[1]);
      if (!account->ValueOf(node).IsTrue() || !part.IsString() || part.string().empty()) continue;
      if (!IsEnough(test, node, part.string(), metric, account)) continue;
      change->comparison = test.comparison;
      change->needed = part;
      const bool pattern = test.op == Operator::kMatches;
      return StrCat(test.words, part.ToSource(),
                    pattern ? StrCat(", such as ", change->proposed.ToSource()) : "");
    }
  }
  return std::nullopt;
}

// "must have at least 5 characters": where the rule asks for nothing but a length.
std::optional<std::string> LengthNeed(uint32_t metric, const std::string& text,
                                      WorkingAccount* account) {
  const auto qualifies = [&](size_t length) {
    return account->QualifiesIf(metric, Value::String(std::string(length, '?')));
  };
  const size_t length = CountCodePoints(text);
  if (length == 0 || !qualifies(length)) return std::nullopt;
  const std::string_view words = qualifies(length + 1)   ? "at least "
                                 : qualifies(length - 1) ? "at most "
                                                         : "";
  return StrCat("must have ", words, length, length == 1 ? " character" : " characters");
}

std::string TextNeed(uint32_t metric, WorkingAccount* account, GapChange* change) {
  const auto qualifies = [&](std::string text) {
    return account->QualifiesIf(metric, Value::String(std::move(text)));
  };
  const Value& current = change->current;
  const std::string present = current.IsString() ? current.string() : "";
  if (qualifies("") && qualifies(StrCat(present, "?")) && qualifies("?")) {
    change->comparison = current.IsMissing() ? "any value" : "other than";
    if (current.IsMissing()) return "needs a value";
    change->needed = current;
    return StrCat("must be other than ", current.ToSource());
  }
  if (const auto part = PartNeed(metric, account, change)) return *part;
  if (const auto length = LengthNeed(metric, change->proposed.string(), account)) return *length;
  return StrCat("must be ", change->proposed.ToSource());
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
    const KeyRange range = candidates->QualifyingRange(index, account);
    DescribeOrdered(metric, range, &change);
    need = OrderedNeed(metric, range, change);
  } else {
    change.comparison = "exactly";
    change.needed = change.proposed;
    if (metric.type.kind() == Type::Kind::kOneOf) {
      need = StrCat("must be ", WorkingOptions(index, account));
    } else if (change.proposed.IsStringList()) {
      need = ElementsNeed(index, current.IsMissing() ? Value::StringList{} : current.strings(),
                          change.proposed.strings(), account);
    } else if (change.proposed.IsNumberList()) {
      need = ElementsNeed(index, current.IsMissing() ? Value::NumberList{} : current.numbers(),
                          change.proposed.numbers(), account);
    } else if (change.proposed.IsString()) {
      need = TextNeed(index, account, &change);
    } else {
      need = StrCat("must be ", change.proposed.ToSource());
    }
  }
  change.sentence = StrCat(QuoteName(metric.name), ": ", Has(metric, current), ", ", need);
  return change;
}

}  // namespace pql
