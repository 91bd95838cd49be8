#include "parser/jsonlogic_builder.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Kind = JsonValue::Kind;
using Method = ExpressionPtr (JsonLogicBuilder::*)(const JsonLogicBuilder::Use& use);

constexpr size_t kAny = static_cast<size_t>(-1);

struct OperatorRow {
  std::string_view name;
  size_t min_arguments;
  size_t max_arguments;
  std::string_view takes;  // "two values"
  Method method;           // null: it has no counterpart
  std::string_view hint;   // of one without: what to do instead
};

constexpr OperatorRow kOperators[] = {
    {"var", 1, 2, "a name and at most one default", &JsonLogicBuilder::Variable, ""},
    {"missing", 0, kAny, "names", &JsonLogicBuilder::Missing, ""},
    {"missing_some", 2, 2, "a number and a list of names", &JsonLogicBuilder::MissingSome, ""},
    {"if", 3, kAny, "a condition, a value, and a value otherwise", &JsonLogicBuilder::If, ""},
    {"?:", 3, 3, "a condition, a value, and a value otherwise", &JsonLogicBuilder::If, ""},
    {"==", 2, 2, "two values", &JsonLogicBuilder::Equality, ""},
    {"===", 2, 2, "two values", &JsonLogicBuilder::Equality, ""},
    {"!=", 2, 2, "two values", &JsonLogicBuilder::Equality, ""},
    {"!==", 2, 2, "two values", &JsonLogicBuilder::Equality, ""},
    {"<", 2, 3, "two or three values", &JsonLogicBuilder::Ordering, ""},
    {"<=", 2, 3, "two or three values", &JsonLogicBuilder::Ordering, ""},
    {">", 2, 2, "two values", &JsonLogicBuilder::Ordering, ""},
    {">=", 2, 2, "two values", &JsonLogicBuilder::Ordering, ""},
    {"and", 1, kAny, "at least one condition", &JsonLogicBuilder::Junction, ""},
    {"or", 1, kAny, "at least one condition", &JsonLogicBuilder::Junction, ""},
    {"!", 1, 1, "one condition", &JsonLogicBuilder::Not, ""},
    {"!!", 1, 1, "one condition", &JsonLogicBuilder::NotNot, ""},
    {"max", 1, kAny, "at least one value", &JsonLogicBuilder::Call, ""},
    {"min", 1, kAny, "at least one value", &JsonLogicBuilder::Call, ""},
    {"+", 2, kAny, "at least two values", &JsonLogicBuilder::Arithmetic, ""},
    {"*", 2, kAny, "at least two values", &JsonLogicBuilder::Arithmetic, ""},
    {"/", 2, 2, "two values", &JsonLogicBuilder::Arithmetic, ""},
    {"-", 1, 2, "one or two values", &JsonLogicBuilder::Subtraction, ""},
    {"in", 2, 2, "a value and a list or text", &JsonLogicBuilder::In, ""},
    {"startsWith", 2, 2, "two texts", &JsonLogicBuilder::TextComparison, ""},
    {"endsWith", 2, 2, "two texts", &JsonLogicBuilder::TextComparison, ""},
    {"some", 2, 2, "a list and a condition", &JsonLogicBuilder::SomeOrNone, ""},
    {"none", 2, 2, "a list and a condition", &JsonLogicBuilder::SomeOrNone, ""},
    {"%", 0, kAny, "", nullptr, "there is no remainder of a division"},
    {"cat", 0, kAny, "", nullptr, "texts can be compared, not joined"},
    {"substr", 0, kAny, "", nullptr, "use `startsWith` or `endsWith`"},
    {"merge", 0, kAny, "", nullptr, "write the list out"},
    {"all", 0, kAny, "", nullptr, "ask with `none` for the values that are not allowed"},
    {"map", 0, kAny, "", nullptr, "what goes through a list is left out"},
    {"filter", 0, kAny, "", nullptr, "what goes through a list is left out"},
    {"reduce", 0, kAny, "", nullptr, "what goes through a list is left out"},
    {"log", 0, kAny, "", nullptr, "leave it out: `pql explain` shows every value"},
};

const OperatorRow* FindOperator(std::string_view name) {
  const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [name](const OperatorRow& row) { return row.name == name; });
  return found == std::end(kOperators) ? nullptr : found;
}

// A value that is no list stands for a list of one: {"!": x}.
std::span<const JsonValue> ArgumentsOf(const JsonValue& value) {
  const JsonValue& arguments = value.items[0];
  if (arguments.Is(Kind::kArray)) return arguments.items;
  return {&arguments, 1};
}

bool IsOperator(const JsonValue& value, std::string_view name) {
  return value.Is(Kind::kObject) && value.keys.size() == 1 && value.keys[0] == name;
}

// {"var": ""}: in `some` and `none`, the item of the list.
bool IsItem(const JsonValue& value) {
  if (!IsOperator(value, "var")) return false;
  const std::span<const JsonValue> arguments = ArgumentsOf(value);
  return arguments.size() == 1 && arguments[0].Is(Kind::kString) && arguments[0].text.empty();
}

// Whether every value that the expression can have is true or false, as far as the syntax says.
bool IsCondition(const Expression& expression) {
  if (expression.kind == Expression::Kind::kLiteral) {
    return expression.literal.kind == Literal::Kind::kBool;
  }
  if (expression.kind != Expression::Kind::kOperator) return false;
  switch (expression.op) {
    case Operator::kIf:
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
    case Operator::kDivide:
    case Operator::kNegate:
      return false;
    default:
      return true;
  }
}

}  // namespace

ExpressionPtr JsonLogicBuilder::Wrong(const JsonValue& value, std::string hint) {
  sink_->Add(DiagnosticKind::kJsonlogicValue, value.range, {value.Describe()}).hint =
      std::move(hint);
  return Expression::Error(value.range);
}

ExpressionPtr JsonLogicBuilder::NoCounterpart(const Use& use, std::string hint) {
  sink_->Add(DiagnosticKind::kNoCounterpart, use.name_range, {use.name}).hint = std::move(hint);
  return Expression::Error(use.whole.range);
}

ExpressionPtr JsonLogicBuilder::Copy(const Use& use, const Expression& expression,
                                     std::string_view what) {
  ExpressionPtr copy = copies_.Copy(expression);
  if (copy == nullptr && !std::exchange(copies_reported_, true)) {
    NoCounterpart(use, StrCat("it repeats ", what, ", which grows too large here"));
  }
  return copy;
}

ExpressionPtr JsonLogicBuilder::WrongCount(const Use& use, std::string_view takes) {
  sink_->Add(DiagnosticKind::kJsonlogicArguments, use.name_range,
             {use.name, takes, use.arguments.size()});
  return Expression::Error(use.whole.range);
}

ExpressionPtr JsonLogicBuilder::Operate(const Use& use, Operator op,
                                        std::vector<ExpressionPtr> operands) {
  ExpressionPtr expression = Expression::OfOperator(op, std::move(operands), use.whole.range);
  expression->operator_range = use.name_range;
  return expression;
}

ExpressionPtr JsonLogicBuilder::AsBool(const Use& use, ExpressionPtr condition) {
  if (use.as_condition || IsCondition(*condition)) return condition;
  std::vector<ExpressionPtr> inner;
  inner.push_back(std::move(condition));
  std::vector<ExpressionPtr> outer;
  outer.push_back(Operate(use, Operator::kNot, std::move(inner)));
  return Operate(use, Operator::kNot, std::move(outer));
}

ExpressionPtr JsonLogicBuilder::Build(const JsonValue& value, int depth, Wanted wanted) {
  if (depth > max_depth_) {
    sink_->Add(DiagnosticKind::kNestedTooDeeply, value.range, {max_depth_});
    return Expression::Error(value.range);
  }
  switch (value.kind) {
    case Kind::kNull:
      return Wrong(value, "`null` can be compared with `==` and `!=`");
    case Kind::kBool:
      return Expression::OfLiteral(Literal::Bool(value.boolean), value.range);
    case Kind::kString:
      return Expression::OfLiteral(Literal::String(value.text), value.range);
    case Kind::kArray:
      return Wrong(value, "a list stands behind `in`");
    case Kind::kObject:
      return BuildOperator(value, depth, wanted);
    case Kind::kNumber:
      break;
  }
  ExpressionPtr number =
      Expression::OfLiteral(Literal::Number(std::fabs(value.number)), value.range);
  if (!(value.number < 0)) return number;
  std::vector<ExpressionPtr> operands;
  operands.push_back(std::move(number));
  ExpressionPtr negative =
      Expression::OfOperator(Operator::kNegate, std::move(operands), value.range);
  negative->operator_range = {value.range.file, value.range.begin, value.range.begin + 1};
  return negative;
}

ExpressionPtr JsonLogicBuilder::BuildOperator(const JsonValue& value, int depth, Wanted wanted) {
  if (value.keys.size() != 1) {
    return Wrong(value, StrCat("an operator has one key, this has ", value.keys.size()));
  }
  const Use use{.whole = value,
                .name = value.keys[0],
                .name_range = value.key_ranges[0],
                .arguments = ArgumentsOf(value),
                .depth = depth,
                .as_condition = wanted == Wanted::kCondition};
  const OperatorRow* row = FindOperator(use.name);
  if (row == nullptr) {
    std::vector<std::string_view> known;
    for (const OperatorRow& each : kOperators) known.push_back(each.name);
    const std::string_view nearest = NearestWord(use.name, known);
    Diagnostic& finding = sink_->Add(DiagnosticKind::kUnknownJsonlogicOperator, use.name_range,
                                     {EscapeUnprintable(use.name)});
    if (!nearest.empty()) finding.hint = StrCat("did you mean `", nearest, "`?");
    return Expression::Error(value.range);
  }
  if (row->method == nullptr) return NoCounterpart(use, std::string(row->hint));
  if (use.arguments.size() < row->min_arguments || use.arguments.size() > row->max_arguments) {
    return WrongCount(use, row->takes);
  }
  return (this->*row->method)(use);
}

// A name of a metric: `plan`, `usage.messages`.
ExpressionPtr JsonLogicBuilder::Name(const JsonValue& value) {
  if (!value.Is(Kind::kString)) return Wrong(value, "the name of a metric is a text");
  if (value.text.empty()) return Wrong(value, "the name of a metric is not empty");
  const std::string name = ToNfc(value.text);
  const bool has_empty_part =
      name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos;
  if (has_empty_part || name.find('`') != std::string::npos || EscapeUnprintable(name) != name) {
    return Wrong(value, StrCat("`", EscapeUnprintable(value.text), "` can be no name of a metric"));
  }
  return Expression::OfName(name, value.range);
}

ExpressionPtr JsonLogicBuilder::Variable(const Use& use) {
  ExpressionPtr name = Name(use.arguments[0]);
  if (name->kind == Expression::Kind::kError) return name;
  name->range = use.whole.range;
  if (use.arguments.size() == 1 || use.arguments[1].Is(Kind::kNull)) return name;
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(name));
  arguments.push_back(Operand(use, 1));
  ExpressionPtr call = Expression::OfCall("coalesce", std::move(arguments), use.whole.range);
  call->operator_range = use.name_range;
  return call;
}

std::vector<ExpressionPtr> JsonLogicBuilder::Presence(const Use& use,
                                                      std::span<const JsonValue> names,
                                                      Operator op) {
  std::vector<ExpressionPtr> conditions;
  for (const JsonValue& value : names) {
    std::vector<ExpressionPtr> subject;
    subject.push_back(Name(value));
    conditions.push_back(Operate(use, op, std::move(subject)));
    conditions.back()->range = value.range;
  }
  return conditions;
}

// The list of what is missing, which is as good as true when it is not empty.
ExpressionPtr JsonLogicBuilder::Missing(const Use& use) {
  if (!use.as_condition) {
    return NoCounterpart(use, "its list can only be asked for being empty");
  }
  std::span<const JsonValue> names = use.arguments;
  if (names.size() == 1 && names[0].Is(Kind::kArray)) names = names[0].items;
  if (names.empty()) return WrongCount(use, "names");
  std::vector<ExpressionPtr> conditions = Presence(use, names, Operator::kIsMissing);
  if (conditions.size() == 1) return std::move(conditions[0]);
  return Operate(use, Operator::kOr, std::move(conditions));
}

ExpressionPtr JsonLogicBuilder::MissingSome(const Use& use) {
  if (!use.as_condition) {
    return NoCounterpart(use, "its list can only be asked for being empty");
  }
  const JsonValue& count = use.arguments[0];
  const JsonValue& names = use.arguments[1];
  if (!names.Is(Kind::kArray)) return Wrong(names, "a list of names is needed");
  if (!count.Is(Kind::kNumber) || count.number < 1 || count.number != std::floor(count.number) ||
      count.number > static_cast<double>(names.items.size())) {
    return Wrong(count, StrCat("a whole number from 1 to ", names.items.size(),
                               " is needed: how many of the names"));
  }
  std::vector<ExpressionPtr> at_least;
  at_least.push_back(
      Operate(use, Operator::kAtLeast, Presence(use, names.items, Operator::kIsPresent)));
  at_least[0]->count = static_cast<int>(count.number);
  return Operate(use, Operator::kNot, std::move(at_least));
}

// if C1 then V1 else if C2 then V2 else V
ExpressionPtr JsonLogicBuilder::If(const Use& use) {
  const size_t count = use.arguments.size();
  if (count % 2 == 0) {
    return WrongCount(use, "pairs of a condition and a value, and a value otherwise");
  }
  const auto levels = static_cast<int>(count / 2);
  const auto value = [&](size_t index, int below) {
    return use.as_condition ? ConditionOf(use, index, below) : Operand(use, index, below);
  };
  if (use.depth + levels > max_depth_) return Operand(use, 0, levels + 1);  // the finding
  ExpressionPtr otherwise = value(count - 1, levels);
  for (int branch = levels - 1; branch >= 0; --branch) {
    const size_t index = 2 * static_cast<size_t>(branch);
    std::vector<ExpressionPtr> operands;
    operands.push_back(ConditionOf(use, index, branch + 1));
    operands.push_back(value(index + 1, branch + 1));
    operands.push_back(std::move(otherwise));
    otherwise = Operate(use, Operator::kIf, std::move(operands));
  }
  return otherwise;
}

ExpressionPtr JsonLogicBuilder::Equality(const Use& use) {
  const bool equal = use.name == "==" || use.name == "===";
  std::vector<ExpressionPtr> operands;
  const bool left_is_null = use.arguments[0].Is(Kind::kNull);
  if (left_is_null || use.arguments[1].Is(Kind::kNull)) {
    operands.push_back(Operand(use, left_is_null ? 1 : 0));
    return Operate(use, equal ? Operator::kIsMissing : Operator::kIsPresent, std::move(operands));
  }
  operands.push_back(Operand(use, 0));
  operands.push_back(Operand(use, 1));
  return Operate(use, equal ? Operator::kEqual : Operator::kNotEqual, std::move(operands));
}

ExpressionPtr JsonLogicBuilder::Ordering(const Use& use) {
  const auto compare = [&](Operator op, ExpressionPtr left, ExpressionPtr right) {
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(left));
    operands.push_back(std::move(right));
    return Operate(use, op, std::move(operands));
  };
  if (use.arguments.size() == 2) {
    const Operator op = use.name == "<"    ? Operator::kLess
                        : use.name == "<=" ? Operator::kLessOrEqual
                        : use.name == ">"  ? Operator::kGreater
                                           : Operator::kGreaterOrEqual;
    return compare(op, Operand(use, 0), Operand(use, 1));
  }
  std::vector<ExpressionPtr> operands;
  if (use.name == "<=") {  // low, subject, high
    operands.push_back(Operand(use, 1));
    operands.push_back(Operand(use, 0));
    operands.push_back(Operand(use, 2));
    return Operate(use, Operator::kBetween, std::move(operands));
  }
  ExpressionPtr subject = Operand(use, 1, 2);
  ExpressionPtr again = Copy(use, *subject, "the value in the middle");
  if (again == nullptr) return Expression::Error(use.whole.range);
  operands.push_back(compare(Operator::kLess, Operand(use, 0, 2), std::move(subject)));
  operands.push_back(compare(Operator::kLess, std::move(again), Operand(use, 2, 2)));
  return Operate(use, Operator::kAnd, std::move(operands));
}

ExpressionPtr JsonLogicBuilder::Junction(const Use& use) {
  if (use.arguments.size() == 1) return AsBool(use, ConditionOf(use, 0, 3));
  std::vector<ExpressionPtr> operands;
  for (size_t i = 0; i < use.arguments.size(); ++i) operands.push_back(ConditionOf(use, i));
  return Operate(use, use.name == "and" ? Operator::kAnd : Operator::kOr, std::move(operands));
}

ExpressionPtr JsonLogicBuilder::Not(const Use& use) {
  ExpressionPtr condition = ConditionOf(use, 0);
  if (condition->Is(Operator::kIn)) {  // x not in (a, b)
    condition->op = Operator::kNotIn;
    condition->range = use.whole.range;
    return condition;
  }
  if (condition->Is(Operator::kNot)) return AsBool(use, std::move(condition->children[0]));
  std::vector<ExpressionPtr> operand;
  operand.push_back(std::move(condition));
  return Operate(use, Operator::kNot, std::move(operand));
}

ExpressionPtr JsonLogicBuilder::NotNot(const Use& use) {
  return AsBool(use, ConditionOf(use, 0, 3));
}

ExpressionPtr JsonLogicBuilder::Call(const Use& use) {
  std::vector<ExpressionPtr> arguments;
  for (size_t i = 0; i < use.arguments.size(); ++i) arguments.push_back(Operand(use, i));
  ExpressionPtr call = Expression::OfCall(use.name, std::move(arguments), use.whole.range);
  call->operator_range = use.name_range;
  return call;
}

// ((a + b) + c) + d
ExpressionPtr JsonLogicBuilder::Arithmetic(const Use& use) {
  const Operator op = use.name == "+"   ? Operator::kAdd
                      : use.name == "*" ? Operator::kMultiply
                                        : Operator::kDivide;
  const size_t count = use.arguments.size();
  if (count > static_cast<size_t>(max_depth_)) return Operand(use, 0, max_depth_);  // the finding
  ExpressionPtr result = Operand(use, 0, static_cast<int>(count) - 1);
  for (size_t i = 1; i < count; ++i) {
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(result));
    operands.push_back(Operand(use, i, static_cast<int>(count - i)));
    result = Operate(use, op, std::move(operands));
  }
  return result;
}

ExpressionPtr JsonLogicBuilder::Subtraction(const Use& use) {
  std::vector<ExpressionPtr> operands;
  for (size_t i = 0; i < use.arguments.size(); ++i) operands.push_back(Operand(use, i));
  const Operator op = operands.size() == 1 ? Operator::kNegate : Operator::kSubtract;
  return Operate(use, op, std::move(operands));
}

// A written list: `x in (a, b)`; what is a list or a text otherwise: `y contains x`.
ExpressionPtr JsonLogicBuilder::In(const Use& use) {
  const JsonValue& place = use.arguments[1];
  std::vector<ExpressionPtr> operands;
  if (!place.Is(Kind::kArray)) {
    operands.push_back(Operand(use, 1));
    operands.push_back(Operand(use, 0));
    return Operate(use, Operator::kContains, std::move(operands));
  }
  if (place.items.empty()) return Wrong(place, "nothing is in an empty list");
  operands.push_back(Operand(use, 0));
  for (const JsonValue& member : place.items) {
    operands.push_back(Build(member, use.depth + 1, Wanted::kValue));
  }
  return Operate(use, Operator::kIn, std::move(operands));
}

ExpressionPtr JsonLogicBuilder::TextComparison(const Use& use) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(Operand(use, 0));
  operands.push_back(Operand(use, 1));
  return Operate(use, use.name == "startsWith" ? Operator::kStartsWith : Operator::kEndsWith,
                 std::move(operands));
}

// Whether a list holds one of some values: {"some": [LIST, {"in": [{"var": ""}, [A, B]]}]} and
// {"some": [LIST, {"==": [{"var": ""}, A]}]}.
ExpressionPtr JsonLogicBuilder::SomeOrNone(const Use& use) {
  const JsonValue& test = use.arguments[1];
  const bool is_in = IsOperator(test, "in");
  const bool is_equal = IsOperator(test, "==") || IsOperator(test, "===");
  const std::span<const JsonValue> sides =
      is_in || is_equal ? ArgumentsOf(test) : std::span<const JsonValue>();
  if (sides.size() != 2 || !IsItem(sides[0]) || (is_in && !sides[1].Is(Kind::kArray))) {
    return NoCounterpart(use, "except for asking whether an item is one of a list of values");
  }
  const std::span<const JsonValue> values =
      is_in ? std::span<const JsonValue>(sides[1].items) : sides.subspan(1);
  if (values.empty()) return Wrong(sides[1], "nothing is in an empty list");
  ExpressionPtr list = Operand(use, 0, 3);
  std::vector<ExpressionPtr> contains;
  for (const JsonValue& value : values) {
    ExpressionPtr own = &value == &values.back() ? std::exchange(list, nullptr)
                                                 : Copy(use, *list, "the list for each value");
    if (own == nullptr) return Expression::Error(use.whole.range);
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(own));
    operands.push_back(Build(value, use.depth + 3, Wanted::kValue));
    contains.push_back(Operate(use, Operator::kContains, std::move(operands)));
  }
  ExpressionPtr any = contains.size() == 1 ? std::move(contains[0])
                                           : Operate(use, Operator::kOr, std::move(contains));
  if (use.name == "some") return any;
  std::vector<ExpressionPtr> operand;
  operand.push_back(std::move(any));
  return Operate(use, Operator::kNot, std::move(operand));
}

}  // namespace pql
