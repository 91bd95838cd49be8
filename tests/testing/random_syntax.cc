#include "tests/testing/random_syntax.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql::testing {
namespace {

// Plain, soft words of the language, other scripts, namespaces, and those that need backticks.  Not
// `one`: behind `per x contains one of` it would be taken for the habit `contains one of (...)`.
constexpr std::array<std::string_view, 35> kNames = {
    "messages",
    "channels",
    "plan",
    "a",
    "b",
    "signed_up_at",
    "usage.messages",
    "_x1",
    "metric",
    "rule",
    "test",
    "when",
    "unless",
    "score",
    "at",
    "least",
    "of",
    "last",

    "list",
    "given",
    "expect",
    "until",
    "missing",
    "default",
    "stage",
    "größe",
    "رسائل",
    "名前",
    "Messages Sent",
    "and",
    "a-b",
    "if.else",
    "usage.if",
    "a_rather_long_name_of_a_metric_that_fills_its_line",
    "2nd"};
constexpr std::array<std::string_view, 14> kLiteralTexts = {
    "",
    "free",
    "pro",
    "a \"quoted\" word",
    "back\\slash",
    "line\nbreak",
    "tab\t",
    "# no comment",
    "größe",
    "日本語のテキスト",
    "e\u0301",
    "\u202e",
    "{ } ( ) , :",
    "A long text that leaves little room on its line for anything else that may want to stand "
    "there"};
constexpr std::array<std::string_view, 8> kTypes = {"number",   "bool",   "string", "timestamp",
                                                    "duration", "one of", "list",   "list"};

bool IsPunctuation(char c) { return std::string_view("()[]{},").find(c) != std::string_view::npos; }
bool IsSpace(char c) { return c == ' ' || c == '\n'; }

// Canonical text cut into its tokens.
std::vector<std::string> Tokens(std::string_view text) {
  std::vector<std::string> tokens;
  size_t i = 0;
  const auto is_colon = [&](size_t at) {
    return text[at] == ':' && (at + 1 == text.size() || IsSpace(text[at + 1]));
  };
  while (i < text.size()) {
    if (IsSpace(text[i])) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (text[i] == '"' || text[i] == '`') {
      while (text[end] != text[i]) end += text[end] == '\\' ? 2 : 1;
      ++end;
    } else if (!IsPunctuation(text[i]) && !is_colon(i)) {
      while (end < text.size() && !IsSpace(text[end]) && !IsPunctuation(text[end]) &&
             text[end] != '"' && text[end] != '`' && !is_colon(end)) {
        ++end;
      }
    }
    tokens.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

}  // namespace

std::string RandomSyntax::AnyName() {
  return std::string(kNames[static_cast<size_t>(Below(kNames.size()))]);
}
std::string RandomSyntax::AnyText() {
  return std::string(kLiteralTexts[static_cast<size_t>(Below(kLiteralTexts.size()))]);
}

Literal RandomSyntax::AnyNumber() {
  static constexpr std::array<double, 8> kNumbers = {0, 1, 0.1, 2000, 10000, 1234567.5, 1e21, 5e-7};
  const double number = OneIn(2) ? kNumbers[static_cast<size_t>(Below(kNumbers.size()))]
                                 : Below(1'000'000) / (OneIn(2) ? 1.0 : 64.0);
  return Literal::Number(number);
}

Literal RandomSyntax::AnyListLiteral() {
  Literal list;
  list.kind = Literal::Kind::kList;
  const bool numbers = OneIn(2);
  for (int i = Below(OneIn(4) ? 20 : 4); i > 0; --i) {
    list.elements.push_back(numbers ? AnyNumber() : Literal::String(AnyText()));
    if (numbers && list.elements.back().number != 0 && OneIn(3)) list.elements.back().number *= -1;
  }
  return list;
}

Literal RandomSyntax::AnyLiteral() {
  static constexpr std::array<std::pair<std::string_view, double>, 4> kSizes = {
      {{"KB", 1e3}, {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}}};
  switch (Below(9)) {
    case 0:
      return Literal::Bool(OneIn(2));
    case 1: {
      // Of two decimals at most, so that the nearest double is the quotient's.
      const std::string digits = FormatNumber(Below(100'000) / 4.0);
      Literal percent = Literal::Number(ParseNumber(StrCat(digits, "e-2")).value());
      percent.kind = Literal::Kind::kPercent;
      if (OneIn(2)) percent.spelling = StrCat(digits, OneIn(2) ? "%" : ".00%");
      if (digits.find('.') != std::string::npos) percent.spelling = StrCat(digits, "0%");
      return percent;
    }
    case 2: {
      const auto& [unit, factor] = kSizes[static_cast<size_t>(Below(kSizes.size()))];
      const int count = 1 + Below(20'000);
      Literal size = Literal::Number(count * factor);
      size.kind = Literal::Kind::kSize;
      if (OneIn(2)) size.spelling = StrCat(count, unit);
      return size;
    }
    case 3: {
      Literal duration = Literal::Duration(Below(1'000'000) * kMicrosPerSecond);
      if (OneIn(3)) duration = Literal::Duration(0);
      if (OneIn(3)) {
        const int weeks = 1 + Below(50);
        duration = Literal::Duration(weeks * (7 * kMicrosPerDay));
        duration.spelling = StrCat(weeks, "w");
      }
      return duration;
    }
    case 4: {
      const int64_t days = Below(40'000);
      return Literal::Timestamp(days * kMicrosPerDay + (OneIn(2) ? Below(1'000'000'000) : 0));
    }
    case 5:
    case 6:
      return Literal::String(AnyText());
    default:
      return AnyNumber();
  }
}

std::vector<ExpressionPtr> RandomSyntax::Operands(int count, int depth) {
  std::vector<ExpressionPtr> operands;
  for (int i = 0; i < count; ++i) operands.push_back(RandomExpression(depth));
  return operands;
}

ExpressionPtr RandomSyntax::AnyOperator(int depth) {
  const auto op = static_cast<Operator>(Below(kOperatorCount));
  switch (op) {
    case Operator::kIf:
    case Operator::kBetween:
      return Expression::OfOperator(op, Operands(3, depth));
    case Operator::kOr:
    case Operator::kAnd:
      return Expression::OfOperator(op, Operands(2 + Below(3), depth));
    case Operator::kNot:
    case Operator::kNegate:
    case Operator::kIsMissing:
    case Operator::kIsPresent:
      return Expression::OfOperator(op, Operands(1, depth));
    case Operator::kAtLeast: {
      ExpressionPtr result = Expression::OfOperator(op, Operands(1 + Below(3), depth));
      result->count = 1 + Below(OneIn(10) ? 20'000 : 3);
      return result;
    }
    case Operator::kIn:
    case Operator::kNotIn:
      return Expression::OfOperator(op, Operands(2 + Below(OneIn(4) ? 12 : 3), depth));
    default:
      return Expression::OfOperator(op, Operands(2, depth));
  }
}

ExpressionPtr RandomSyntax::RandomExpression(int depth) {
  ExpressionPtr result;
  const int choice = depth <= 1 ? Below(4) : Below(12);
  if (choice < 2) {
    result = Expression::OfName(AnyName());
  } else if (choice < 4) {
    result = Expression::OfLiteral(OneIn(8) ? AnyListLiteral() : AnyLiteral());
  } else if (choice == 4) {
    // Called `and` it would be a spreadsheet's AND.
    std::string name = AnyName();
    if (name == "and") name = "max";
    result = Expression::OfCall(std::move(name), Operands(Below(4), depth - 1));
  } else {
    result = AnyOperator(depth - 1);
  }
  result->parenthesized = OneIn(6);
  return result;
}

MetricSyntax RandomSyntax::AnyMetric() {
  MetricSyntax metric;
  metric.name = AnyNameSyntax();
  metric.type.name = kTypes[static_cast<size_t>(Below(kTypes.size()))];
  if (metric.type.name == "list") metric.type.element = OneIn(2) ? "string" : "number";
  if (metric.type.name == "one of") {
    for (int i = 1 + Below(8); i > 0; --i) metric.type.options.push_back(AnyTextSyntax());
  }
  if (OneIn(3)) metric.unit = AnyNameSyntax();
  if (OneIn(2)) metric.default_value = RandomExpression(2);
  if (OneIn(2)) metric.kind = AnyNameSyntax();
  if (OneIn(2)) metric.doc = AnyTextSyntax();
  return metric;
}

ScorecardSyntax RandomSyntax::AnyScorecard() {
  ScorecardSyntax scorecard;
  scorecard.name = AnyNameSyntax();
  if (OneIn(2)) scorecard.title = AnyTextSyntax();
  if (OneIn(2)) scorecard.cap = RandomExpression(2);
  if (OneIn(2)) scorecard.floor = RandomExpression(2);
  for (int i = Below(5); i > 0; --i) {
    ScorecardLineSyntax line;
    line.subtract = OneIn(3);
    line.points = RandomExpression(2);
    if (OneIn(2)) {
      line.condition = RandomExpression(4);
    } else {
      line.per = RandomExpression(2);
      line.of = RandomExpression(3);
      if (OneIn(2)) line.up_to = RandomExpression(2);
    }
    scorecard.lines.push_back(std::move(line));
  }
  return scorecard;
}

RuleSyntax RandomSyntax::AnyRule() {
  RuleSyntax rule;
  rule.name = AnyNameSyntax();
  if (OneIn(2)) rule.title = AnyTextSyntax();
  if (OneIn(4)) rule.description = AnyTextSyntax();
  if (OneIn(2)) rule.owner = AnyTextSyntax();
  if (OneIn(2)) {
    for (int i = 1 + Below(4); i > 0; --i) rule.tags.push_back(AnyTextSyntax());
  }
  if (OneIn(2)) rule.stage = AnyNameSyntax();
  if (OneIn(4)) rule.mode = AnyNameSyntax();
  rule.when = RandomExpression(6);
  if (OneIn(2)) rule.unless = RandomExpression(4);
  if (OneIn(3)) rule.keep_while = RandomExpression(4);
  if (OneIn(3)) rule.active_from = RandomExpression(2);
  if (OneIn(3)) rule.active_until = RandomExpression(2);
  if (OneIn(3)) rule.score = RandomExpression(3);
  return rule;
}

TestSyntax RandomSyntax::AnyTest() {
  TestSyntax test;
  test.name = AnyTextSyntax();
  if (OneIn(2)) test.at = RandomExpression(1);
  for (int i = Below(8); i > 0; --i) {
    test.given.push_back({AnyNameSyntax(), RandomExpression(2)});
  }
  for (int i = OneIn(3) ? 1 + Below(3) : 0; i > 0; --i) test.previously.push_back(AnyNameSyntax());
  for (int i = 1 + Below(3); i > 0; --i) test.expects.push_back(RandomExpression(4));
  return test;
}

Declaration RandomSyntax::RandomDeclaration() {
  Declaration declaration;
  switch (Below(7)) {
    case 0:
      declaration.body = AnyMetric();
      break;
    case 1:
      declaration.body = DefineSyntax{OneIn(2), AnyNameSyntax(), RandomExpression(6)};
      break;
    case 2:
      declaration.body = AnyScorecard();
      break;
    case 3: {
      StagesSyntax stages;
      for (int i = 1 + Below(OneIn(5) ? 12 : 4); i > 0; --i) {
        stages.stages.push_back(AnyNameSyntax());
      }
      declaration.body = std::move(stages);
      break;
    }
    case 4:
    case 5:
      declaration.body = AnyRule();
      break;
    default:
      declaration.body = AnyTest();
      break;
  }
  return declaration;
}

RuleFile RandomSyntax::RandomRuleFile(int declarations) {
  RuleFile file;
  for (int i = 0; i < declarations; ++i) file.declarations.push_back(RandomDeclaration());
  return file;
}

std::string RandomSyntax::Disturb(std::string_view text, std::vector<std::string>* comments) {
  static constexpr std::array<std::string_view, 7> kSpaces = {" ",      " ",    "\n",    "\r\n",
                                                              "\n\n\n", "\t  ", "\n    "};
  const int rarity = 2 + Below(40);  // of comments
  std::string out;
  const auto add_space = [&](bool needed) {
    const size_t begin = out.size();
    while (OneIn(rarity)) {
      if (OneIn(2)) out += kSpaces[static_cast<size_t>(Below(kSpaces.size()))];
      comments->push_back(StrCat(OneIn(2) ? "#" : "# ", "note ", ++comment_count_,
                                 OneIn(5) ? " \"{(" : "", OneIn(5) ? " größe" : ""));
      StrAppend(&out, comments->back(), OneIn(4) ? "  \t" : "", OneIn(4) ? "\r\n" : "\n");
    }
    if (OneIn(3)) out += kSpaces[static_cast<size_t>(Below(kSpaces.size()))];
    if (needed && begin == out.size()) out += ' ';
  };
  bool after_word = false;
  for (const std::string& token : Tokens(text)) {
    const bool word = !IsPunctuation(token[0]) && token != ":";
    add_space(word && after_word);
    out += token;
    after_word = word || token == ",";  // `2,000` would be a habit
  }
  add_space(false);
  return out;
}

std::string RandomSyntax::ShuffleClauses(std::string_view text) {
  std::vector<std::string> clauses;
  std::string head;
  std::string tail;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string_view line = text.substr(begin, end - begin);
    if (!line.starts_with("  ")) {
      (clauses.empty() ? head : tail) += line;
    } else if (line[2] != ' ') {
      clauses.emplace_back(line);
    } else if (!clauses.empty()) {
      clauses.back() += line;
    }
    begin = end;
  }
  const bool is_rule = text.starts_with("rule ");
  if (!is_rule && !text.starts_with("test ")) return std::string(text);
  // In a test the order of the `expect`s counts: only what stands before them moves.
  if (!is_rule) {
    size_t movable = 0;
    while (movable < clauses.size() && !clauses[movable].starts_with("  expect")) ++movable;
    std::rotate(clauses.begin(), clauses.begin() + Below(static_cast<int>(movable) + 1),
                clauses.end());
  } else {
    for (size_t i = clauses.size(); i > 1; --i) {
      std::swap(clauses[i - 1], clauses[static_cast<size_t>(Below(static_cast<int>(i)))]);
    }
  }
  std::string out = head;
  for (const std::string& clause : clauses) out += clause;
  return out + tail;
}

}  // namespace pql::testing
