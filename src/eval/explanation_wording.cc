#include "eval/explanation_wording.h"

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr size_t kMaxShownCodePoints = 80;

// Cut between code points; the text is UTF-8, for it comes from ToSource.
std::string Cut(std::string text) {
  if (text.size() <= kMaxShownCodePoints) return text;
  size_t end = 0;
  for (size_t i = 0; i < kMaxShownCodePoints && end < text.size(); ++i) DecodeUtf8(text, &end);
  if (end >= text.size()) return text;
  text.resize(end);
  return text + "…";
}

const ExplanationNode* FindClause(const std::vector<ExplanationNode>& clauses,
                                  std::string_view name) {
  for (const ExplanationNode& clause : clauses) {
    if (clause.clause == name) return &clause;
  }
  return nullptr;
}

}  // namespace

std::string ShownValue(const Value& value, const Type& type) {
  if (value.IsMissing()) return "not known";
  std::string text = Cut(value.ToSource());
  return value.IsNumber() && !type.unit().empty() ? StrCat(text, " ", type.unit()) : text;
}

std::string_view ComparisonWord(Operator op, const Type& type) {
  const bool is_time = type.kind() == Type::Kind::kTimestamp;
  switch (op) {
    case Operator::kEqual:
      return " ";  // "not free"
    case Operator::kLess:
      return is_time ? " before " : " less than ";
    case Operator::kLessOrEqual:
      return is_time ? " on or before " : " at most ";
    case Operator::kGreater:
      return is_time ? " after " : " more than ";
    case Operator::kGreaterOrEqual:
      return is_time ? " on or after " : " at least ";
    default:
      return "";
  }
}

std::string PartsSentence(const TypedExpression& expression,
                          const std::vector<ExplanationNode>& parts) {
  int holding = 0;
  int undecided = 0;
  for (const ExplanationNode& part : parts) {
    holding += part.value.IsTrue() ? 1 : 0;
    undecided += part.value.IsMissing() ? 1 : 0;
  }
  const std::string count =
      StrCat(holding, " of ", parts.size(), holding == 1 ? " holds" : " hold",
             undecided == 0 ? std::string() : StrCat(", ", undecided, " undecided"));
  if (expression.Is(Operator::kAnd)) return StrCat(count, "; all are needed");
  if (expression.Is(Operator::kOr)) return StrCat(count, "; one is enough");
  if (expression.Is(Operator::kAtLeast)) {
    return StrCat(count, "; ", expression.count, expression.count == 1 ? " is" : " are", " needed");
  }
  return "";
}

std::string RuleSentence(const std::vector<ExplanationNode>& clauses, Outcome outcome) {
  const ExplanationNode* active = FindClause(clauses, "active");
  const ExplanationNode* when = FindClause(clauses, "when");
  const ExplanationNode* keep = FindClause(clauses, "keep while");
  const ExplanationNode* unless = FindClause(clauses, "unless");
  if (active != nullptr && !active->value.IsTrue()) return "the rule is not active at this time";
  switch (outcome) {
    case Outcome::kQualified: {
      std::string sentence = when->value.IsTrue()
                                 ? "`when` holds"
                                 : "the rule holds the account already, and `keep while` holds";
      if (unless != nullptr) StrAppend(&sentence, " and `unless` does not");
      return sentence;
    }
    case Outcome::kNotQualified:
      if (unless != nullptr && unless->value.IsTrue()) return "`unless` holds";
      return keep == nullptr ? "`when` does not hold"
                             : "neither `when` nor `keep while` holds any more";
    case Outcome::kUnknown: {
      const bool entered = when->value.IsTrue() || (keep != nullptr && keep->value.IsTrue());
      return entered ? "`unless` is undecided" : "`when` is undecided";
    }
  }
  return "";
}

std::string FoldedSource(std::string_view text) {
  std::string folded;
  bool in_comment = false;
  char quote = 0;  // of the text or the `name` that is open
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      folded.push_back(c);
      if (c == quote) quote = 0;
      if (c == '\\' && i + 1 < text.size()) folded.push_back(text[++i]);
      continue;
    }
    if (c == '\n') in_comment = false;
    if (c == '#') in_comment = true;
    if (in_comment) continue;
    if (c == '"' || c == '`') quote = c;
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_space) {
      folded.push_back(c);
    } else if (!folded.empty() && folded.back() != ' ') {
      folded.push_back(' ');
    }
  }
  while (folded.ends_with(' ')) folded.pop_back();
  return folded;
}

}  // namespace pql
