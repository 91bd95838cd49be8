#include "checker/findings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/unicode.h"
#include "checker/literals.h"
#include "language/operators.h"

namespace pql {
namespace {

constexpr size_t kMaxQuotedBytes = 40;
constexpr size_t kMaxListedOptions = 8;

// Words of other languages and of everyday speech for `true` and `false`.
std::string_view BoolForWord(std::string_view word) {
  for (const std::string_view yes : {"true", "yes", "on"}) {
    if (EqualIgnoringCase(word, yes)) return "true";
  }
  for (const std::string_view no : {"false", "no", "off"}) {
    if (EqualIgnoringCase(word, no)) return "false";
  }
  return {};
}

bool IsWordForMissing(std::string_view word) {
  constexpr std::array<std::string_view, 7> kWords = {"null",      "none", "nil", "missing",
                                                      "undefined", "nan",  "na"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [word](std::string_view each) { return EqualIgnoringCase(word, each); });
}

// An example of a condition on a value of the type; `name` is how the value is written.
std::string ExampleCondition(const Type& type, std::string_view name) {
  switch (type.kind()) {
    case Type::Kind::kNumber:
      return StrCat(name, " > 0");
    case Type::Kind::kDuration:
      return StrCat(name, " > 7d");
    case Type::Kind::kTimestamp:
      return StrCat(name, " within last 7d");
    case Type::Kind::kOneOf:
      return StrCat(name, " == ", QuoteString(type.options().front()));
    case Type::Kind::kString:
      return StrCat(name, " == \"...\"");
    case Type::Kind::kStringList:
    case Type::Kind::kNumberList:
      return StrCat("size(", name, ") > 0");
    case Type::Kind::kUnknown:
    case Type::Kind::kBool:
      break;
  }
  return std::string(name);
}

// The length of the calendar's `week`, or empty.
std::string_view DurationForWord(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"second", "1s"},   {"minute", "1m"}, {"hour", "1h"},       {"day", "1d"},
      {"today", "1d"},    {"week", "7d"},   {"fortnight", "14d"}, {"month", "30d"},
      {"quarter", "90d"}, {"year", "365d"}};
  for (const auto& [name, duration] : kWords) {
    if (EqualIgnoringCase(word, name)) return duration;
  }
  return {};
}

std::string OptionList(const Type& one_of) {
  std::string out;
  const auto& options = one_of.options();
  for (size_t i = 0; i < options.size() && i < kMaxListedOptions; ++i) {
    StrAppend(&out, i == 0 ? "" : ", ", "`", QuoteString(options[i]), "`");
  }
  if (options.size() > kMaxListedOptions) {
    StrAppend(&out, " and ", options.size() - kMaxListedOptions, " more");
  }
  return out;
}

}  // namespace

void Suggest(const Guess& guess, std::string source_form, SourceRange range, std::string otherwise,
             Diagnostic* finding) {
  if (guess.empty()) {
    finding->hint = std::move(otherwise);
    return;
  }
  finding->hint = StrCat("did you mean `", source_form, "`?");
  finding->fix = Findings::Replace(range, std::move(source_form));
  finding->fix->safe = guess.is_evident;
}

std::string_view Findings::BoolForName(const Expression& expression) {
  return expression.kind == Expression::Kind::kName ? BoolForWord(expression.name)
                                                    : std::string_view();
}

bool Findings::IsNullWord(const Expression& expression) {
  return expression.kind == Expression::Kind::kName && IsWordForMissing(expression.name);
}

Fix Findings::Replace(SourceRange range, std::string replacement) {
  Fix fix;
  fix.title = StrCat("write `", replacement, "`");
  fix.edits.push_back({range, std::move(replacement)});
  return fix;
}

std::string Findings::Quote(const Expression& expression) const {
  if (expression.kind == Expression::Kind::kName) return StrCat("`", expression.name, "`");
  const std::string_view text = sources_.Text(expression.range);
  if (text.empty() || text.size() > kMaxQuotedBytes ||
      text.find_first_of("`\n\r\t") != std::string_view::npos) {
    return "this";
  }
  return StrCat("`", text, "`");
}

void Findings::Relate(Operand operand, Diagnostic* finding) const {
  if (operand.syntax.kind != Expression::Kind::kName) return;
  const std::optional<Symbol> symbol = scope_.Find(operand.syntax.name);
  if (!symbol.has_value()) return;
  finding->related.push_back(
      {scope_.NameRange(*symbol), StrCat("`", operand.syntax.name, "` is declared here")});
}

std::optional<Fix> Findings::RespellFix(const Expression& expression, const Type& wanted) const {
  if (expression.kind != Expression::Kind::kLiteral) return {};
  std::optional<std::string> spelling = Respell(expression.literal, wanted);
  if (!spelling) return {};
  return Replace(expression.range, *std::move(spelling));
}

bool Findings::IsTextWithoutQuotes(const Expression& name, const Type& wanted) const {
  if (wanted.kind() == Type::Kind::kOneOf) {
    const auto& options = wanted.options();
    return std::find(options.begin(), options.end(), name.name) != options.end();
  }
  return wanted.IsText() && functions_.Find(name.name) == nullptr && !IsWordForMissing(name.name) &&
         scope_.Nearest(name.name).empty();
}

void Findings::UnknownName(const Expression& name, const Type& wanted) {
  if (IsTextWithoutQuotes(name, wanted)) {
    Diagnostic& finding = Add(DiagnosticKind::kUnknownMetric, name.range, {name.name});
    finding.fix = Replace(name.range, QuoteString(name.name));
    finding.hint = StrCat("a text stands in quotes: `", QuoteString(name.name), "`");
    return;
  }
  if (const FunctionDefinition* function = functions_.Find(name.name)) {
    Add(DiagnosticKind::kFunctionAsValue, name.range, {name.name}).hint =
        StrCat("for instance `", function->example, "`");
    return;
  }
  const std::string lower = ToLower(name.name);
  if (lower != name.name && (lower == "true" || lower == "false")) {
    Add(DiagnosticKind::kUpperCaseWord, name.range, {name.name, lower}).fix =
        Replace(name.range, lower);
    return;
  }
  const std::string_view bool_word = BoolForWord(name.name);
  const std::string_view span =
      wanted.kind() == Type::Kind::kDuration ? DurationForWord(name.name) : std::string_view();
  const bool answered = !bool_word.empty() || !span.empty() || IsWordForMissing(name.name);
  const Guess nearest = answered ? Guess() : scope_.Nearest(name.name);
  if (!answered && nearest.empty() && !IsFirstMention(name.name)) return;
  Diagnostic& finding = Add(DiagnosticKind::kUnknownMetric, name.range, {name.name});
  if (!bool_word.empty()) {
    finding.hint = StrCat("write `", bool_word, "`");
    finding.fix = Replace(name.range, std::string(bool_word));
  } else if (!span.empty()) {
    finding.hint = StrCat("write `", span, "`");
    finding.fix = Replace(name.range, std::string(span));
    finding.fix->safe = span.size() < 3;  // months and the like have no one length
  } else if (IsWordForMissing(name.name)) {
    finding.hint = "a value that nobody sent is asked for with `x is missing`";
  } else {
    Suggest(nearest, QuoteName(nearest.word), name.range,
            "it has to be declared in one of the files", &finding);
  }
}

void Findings::ListLiteral(const Expression& list, std::string hint, std::optional<Fix> fix) {
  Diagnostic& finding = Add(DiagnosticKind::kListLiteral, list.range);
  finding.hint = std::move(hint);
  finding.fix = std::move(fix);
}

void Findings::ListAsPart(const Expression& contains) {
  const Expression& list = *contains.children[1];
  const auto& elements = list.literal.elements;
  const std::string_view whole = sources_.Text(contains.children[0]->range);
  if (elements.empty()) {
    ListLiteral(list, "`contains` asks for one value");
    return;
  }
  const std::string first = StrCat(whole, " contains ", ValueOfLiteral(elements[0]).ToSource());
  if (elements.size() == 1) {
    ListLiteral(list, StrCat("write `", first, "`"),
                Replace(list.range, ValueOfLiteral(elements[0]).ToSource()));
    return;
  }
  ListLiteral(list, StrCat("join the questions with `and` or `or`: `", first, " and ", whole,
                           " contains ", ValueOfLiteral(elements[1]).ToSource(), "`"));
}

void Findings::ListAsOperand(const Expression& comparison, size_t index, const Type& other) {
  const Expression& list = *comparison.children[index];
  const auto& elements = list.literal.elements;
  const bool equality = comparison.op == Operator::kEqual || comparison.op == Operator::kNotEqual;
  const bool equal = comparison.op == Operator::kEqual;
  const Expression& subject = *comparison.children[0];
  const std::string_view text = sources_.Text(subject.range);
  if (!equality || index != 1) {
    ListLiteral(list, "a list is compared with nothing; ask `list contains x`");
  } else if (other.IsList() && elements.empty()) {
    std::string right = StrCat("size(", text, ")", equal ? " == 0" : " > 0");
    ListLiteral(list, StrCat("write `", right, "`"), Replace(comparison.range, right));
  } else if (other.IsList()) {
    ListLiteral(list, StrCat("ask what it holds: `", text, " contains ",
                             ValueOfLiteral(elements[0]).ToSource(), "`"));
  } else if (elements.empty()) {
    ListLiteral(list, "the values of `in` stand in parentheses: `plan in (\"free\", \"pro\")`");
  } else {
    std::string right = equal ? "in (" : "not in (";
    for (size_t i = 0; i < elements.size(); ++i) {
      StrAppend(&right, i > 0 ? ", " : "", ValueOfLiteral(elements[i]).ToSource());
    }
    right += ")";
    ListLiteral(list, StrCat("write `", text, " ", right, "`"),
                Replace(comparison.operator_range.To(list.range), right));
  }
}

void Findings::ComparedWithNull(const Expression& comparison) {
  const Expression& word = *comparison.children[1];
  Diagnostic& finding = Add(DiagnosticKind::kUnknownMetric, word.range, {word.name});
  const std::string_view form = comparison.op == Operator::kEqual ? "is missing" : "is present";
  finding.hint = StrCat("write `", sources_.Text(comparison.children[0]->range), " ", form, "`");
  finding.fix = Replace(comparison.operator_range.To(word.range), std::string(form));
}

void Findings::UnknownFunction(const Expression& call) {
  const SourceRange range = call.operator_range;
  if (const std::optional<Symbol> symbol = scope_.Find(call.name)) {
    Diagnostic& finding =
        Add(DiagnosticKind::kNameAsFunction, range, {call.name, scope_.Describe(*symbol)});
    finding.related.push_back({scope_.NameRange(*symbol), "declared here"});
    if (call.children.empty()) {
      finding.hint = "its name alone is its value";
      finding.fix = Replace(call.range, QuoteName(call.name));
    }
    return;
  }
  Diagnostic& finding = Add(DiagnosticKind::kUnknownFunction, range, {call.name});
  const Guess nearest = NearestOf(call.name, functions_.Names());
  Suggest(nearest, std::string(nearest.word), range,
          StrCat("the functions are ", ListWords(functions_.Names())), &finding);
}

void Findings::NotACondition(Operand operand) {
  const std::string quoted = Quote(operand.syntax);
  Diagnostic& finding = Add(DiagnosticKind::kNotACondition, operand.syntax.range,
                            {quoted, operand.typed.type.Describe()});
  finding.fix = RespellFix(operand.syntax, Type::Bool());
  if (operand.syntax.kind == Expression::Kind::kLiteral) {
    if (finding.fix) finding.hint = StrCat("write `", finding.fix->edits[0].replacement, "`");
    return;
  }
  if (quoted == "this") {
    finding.hint = "compare it with something";
  } else {
    const std::string_view text = std::string_view(quoted).substr(1, quoted.size() - 2);
    const bool is_name = operand.syntax.kind == Expression::Kind::kName;
    finding.hint = StrCat(
        "compare it, for instance `",
        ExampleCondition(operand.typed.type, is_name ? QuoteName(text) : std::string(text)), "`");
  }
  Relate(operand, &finding);
}

size_t Findings::NotACondition(const Expression& chain, size_t index, Operand operand) {
  const Expression* before = index > 0 ? chain.children[index - 1].get() : nullptr;
  const bool any = chain.op == Operator::kOr && before != nullptr && before->Is(Operator::kEqual);
  const bool none =
      chain.op == Operator::kAnd && before != nullptr && before->Is(Operator::kNotEqual);
  if ((!any && !none) || before->parenthesized ||
      before->children[1]->kind != Expression::Kind::kLiteral) {
    NotACondition(operand);
    return 1;
  }
  const Literal::Kind kind = before->children[1]->literal.kind;
  const auto repeats = [kind](const Expression& child) {
    return child.kind == Expression::Kind::kLiteral && child.literal.kind == kind &&
           !child.parenthesized;
  };
  size_t end = index;
  std::string members =
      StrCat(none ? "not in (" : "in (", sources_.Text(before->children[1]->range));
  while (end < chain.children.size() && repeats(*chain.children[end])) {
    StrAppend(&members, ", ", sources_.Text(chain.children[end]->range));
    ++end;
  }
  if (end == index) {
    NotACondition(operand);
    return 1;
  }
  members += ")";
  Diagnostic& finding = Add(DiagnosticKind::kNotACondition, operand.syntax.range,
                            {Quote(operand.syntax), operand.typed.type.Describe()});
  const std::string_view subject = sources_.Text(before->children[0]->range);
  finding.hint = StrCat("write `", subject, " ", members, "`");
  finding.fix =
      Replace(before->operator_range.To(chain.children[end - 1]->range), std::move(members));
  return end - index;
}

void Findings::RespellMembersAfter(const Expression& comparison, Operand member, const Type& wanted,
                                   Fix* fix) const {
  bool behind = false;
  for (const ExpressionPtr& child : comparison.children) {
    if (behind && child->kind == Expression::Kind::kLiteral &&
        TypeOfLiteral(child->literal).kind() == member.typed.type.kind()) {
      if (auto more = RespellFix(*child, wanted)) {
        StrAppend(&fix->title, ", `", more->edits[0].replacement, "`");
        fix->edits.push_back(std::move(more->edits[0]));
      }
    }
    behind = behind || child.get() == &member.syntax;
  }
}

void Findings::TypeMismatch(const Expression& comparison, Operand left, Operand right) {
  const auto is_literal = [](const Operand& operand) {
    return AsSignedLiteral(operand.syntax).has_value();
  };
  SourceRange range = comparison.operator_range;
  if (is_literal(right)) {
    range = right.syntax.range;
  } else if (is_literal(left)) {
    range = left.syntax.range;
  }
  Diagnostic& finding = Add(DiagnosticKind::kTypeMismatch, range,
                            {left.typed.type.Describe(), right.typed.type.Describe()});
  finding.fix = RespellFix(right.syntax, left.typed.type);
  if (finding.fix) {
    RespellMembersAfter(comparison, right, left.typed.type, &*finding.fix);
  } else {
    finding.fix = RespellFix(left.syntax, right.typed.type);
  }
  const auto either = [&](Type::Kind kind) {
    return left.typed.type.kind() == kind || right.typed.type.kind() == kind;
  };
  if (finding.fix) {
    finding.hint = finding.fix->title;
  } else if (either(Type::Kind::kDuration)) {
    finding.hint = "a duration is written like `14d` or `12h`";
  } else if (either(Type::Kind::kTimestamp)) {
    finding.hint = "a timestamp is written like `2026-03-01`";
  }
  Relate(left, &finding);
  Relate(right, &finding);
}

void Findings::UnitMismatch(SourceRange range, std::string_view verb, Operand left, Operand right) {
  Diagnostic& finding = Add(DiagnosticKind::kUnitMismatch, range,
                            {left.typed.type.Describe(), verb, right.typed.type.Describe()});
  Relate(left, &finding);
  Relate(right, &finding);
}

void Findings::PercentLiteral(const Expression& literal, std::string_view other) {
  const Literal& value = literal.literal;
  std::string number = value.spelling;
  if (number.ends_with('%')) {
    number.pop_back();
  } else {
    number = FormatGroupedNumber(value.number * 100);
  }
  Diagnostic& finding = Add(DiagnosticKind::kPercentLiteral, literal.range,
                            {StrCat(number, "%"), FormatNumber(value.number), std::string(other)});
  finding.hint = StrCat("write `", number, "`");
  finding.fix = Replace(literal.range, std::move(number));
}

void Findings::UnknownOption(const Expression& literal, const Type& one_of,
                             std::string_view owner) {
  const std::string& text = literal.literal.text;
  Diagnostic& finding =
      Add(DiagnosticKind::kUnknownOption, literal.range, {QuoteString(text), std::string(owner)});
  const Guess nearest = NearestOf(text, one_of.options());
  Suggest(nearest, QuoteString(nearest.word), literal.range,
          StrCat("the values are ", OptionList(one_of)), &finding);
}

void Findings::Arithmetic(const Expression& operation, Operand left, Operand right) {
  const Type& left_type = left.typed.type;
  const Type& right_type = right.typed.type;
  const bool additive = operation.op == Operator::kAdd || operation.op == Operator::kSubtract;
  const bool both_texts = left_type.IsText() && right_type.IsText();
  std::optional<Fix> fix;
  if (additive && left_type.IsOrdered() && right_type.IsOrdered()) {
    // Of a time and a number only the number can be wrong: `now - 3`.
    fix = RespellFix(left_type.IsNumber() ? left.syntax : right.syntax, Type::Duration());
  } else if (left_type.IsNumber() || right_type.IsNumber()) {
    fix = RespellFix(left_type.IsNumber() ? right.syntax : left.syntax, Type::Number());
  }
  Diagnostic& finding =
      Add(DiagnosticKind::kArithmeticMismatch, fix ? fix->edits[0].range : operation.operator_range,
          {InfoOf(operation.op).spelling,
           StrCat(left_type.Describe(), " and ", right_type.Describe())});
  if (fix) {
    finding.hint = StrCat("write `", fix->edits[0].replacement, "`");
    finding.fix = std::move(fix);
  } else if (additive && both_texts) {
    finding.hint = "strings can be compared but not joined";
  } else if (left_type.kind() == Type::Kind::kTimestamp && left_type == right_type) {
    finding.hint = "the time between two timestamps is written `a - b`";
  }
  Relate(left, &finding);
  Relate(right, &finding);
}

}  // namespace pql
