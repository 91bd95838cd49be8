// The words of the checker's findings: what is said, underlined, pointed to and offered as a fix.
//
// Keeps references to its arguments, which must outlive it.  Thread-compatible.

#ifndef PQL_CHECKER_FINDINGS_H_
#define PQL_CHECKER_FINDINGS_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ast/expression.h"
#include "checker/scope.h"
#include "diagnostics/diagnostic.h"
#include "language/function_registry.h"
#include "language/typed_expression.h"

namespace pql {

class Findings {
 public:
  // An operand as written and as typed.
  struct Operand {
    const Expression& syntax;
    const TypedExpression& typed;
  };

  Findings(const SourceSet& sources, const Scope& scope, const FunctionRegistry& functions,
           DiagnosticSink* sink)
      : sources_(sources), scope_(scope), functions_(functions), sink_(sink) {}

  Diagnostic& Add(DiagnosticKind kind, SourceRange range,
                  std::vector<DiagnosticArgument> arguments = {}) {
    return sink_->Add(kind, range, std::move(arguments));
  }

  // A name that nothing has.  `wanted` is what stands on the other side of a comparison, so that
  // `plan == free` is answered with `"free"`.
  void UnknownName(const Expression& name, const Type& wanted);
  // False where a name that no declaration comes near has been reported before: what is missing is
  // its declaration, which is one mistake however often it is mentioned.
  bool IsFirstMention(const std::string& name) { return undeclared_.insert(name).second; }
  // `x == null`.  REQUIRES: children[1] is one of the words that other languages have for missing.
  void ComparedWithNull(const Expression& comparison);
  // A list in brackets where no literal is asked for; right behind `contains`; as the operand at
  // `index` of a comparison, where `other` is the type of the subject.
  void ListLiteral(const Expression& list, std::string hint, std::optional<Fix> fix = {});
  void ListAsPart(const Expression& contains);
  void ListAsOperand(const Expression& comparison, size_t index, const Type& other);
  void UnknownFunction(const Expression& call);
  void NotACondition(Operand operand);
  // A literal in an `or` behind a comparison: `plan == "free" or "pro"`; so too behind `!=` in an
  // `and`.  Answers the literals that follow it as well and returns how many children that are.
  // REQUIRES: `index` is that of a child of `chain` which is no condition.
  size_t NotACondition(const Expression& chain, size_t index, Operand operand);

  // Operands of a comparison whose types differ.
  void TypeMismatch(const Expression& comparison, Operand left, Operand right);
  // `verb`: "compared with", "added to".
  void UnitMismatch(SourceRange range, std::string_view verb, Operand left, Operand right);
  // `20%` where `other` counts percent.
  void PercentLiteral(const Expression& literal, std::string_view other);
  // A string that is none of the values.
  void UnknownOption(const Expression& literal, const Type& one_of, std::string_view owner);
  // Operands that an arithmetic operator does not take.
  void Arithmetic(const Expression& operation, Operand left, Operand right);

  // `write ...` for a literal that would be right if spelled as a `wanted`; nothing otherwise.
  std::optional<Fix> RespellFix(const Expression& expression, const Type& wanted) const;
  static Fix Replace(SourceRange range, std::string replacement);
  // Adds "declared here" for every operand that is a name.
  void Relate(Operand operand, Diagnostic* finding) const;

  // The expression in backticks as it was written, or `this` when it is long.
  std::string Quote(const Expression& expression) const;

  // `true` or `false` for a name that means it elsewhere (`TRUE`, `yes`), else empty.
  static std::string_view BoolForName(const Expression& expression);
  // Whether it is a name that other languages have for a missing value (`null`, `None`).
  static bool IsNullWord(const Expression& expression);

 private:
  // Adds to `fix` the same change for the literals behind `member` of an `in` or `between`.
  void RespellMembersAfter(const Expression& comparison, Operand member, const Type& wanted,
                           Fix* fix) const;
  bool IsTextWithoutQuotes(const Expression& name, const Type& wanted) const;

  const SourceSet& sources_;
  const Scope& scope_;
  const FunctionRegistry& functions_;
  DiagnosticSink* const sink_;
  std::unordered_set<std::string> undeclared_;
};

// Sets the hint "did you mean ..." and the fix that writes it, safe where it is evident, if there
// is a guess; otherwise the hint is `otherwise`.
void Suggest(const Guess& guess, std::string source_form, SourceRange range, std::string otherwise,
             Diagnostic* finding);

// "`a`, `b` or `c`".
template <typename Range>
std::string ListWords(const Range& words) {
  std::vector<std::string> quoted;
  for (const auto& word : words) quoted.push_back(StrCat("`", word, "`"));
  std::string out;
  for (size_t i = 0; i < quoted.size(); ++i) {
    if (i > 0) out += i + 1 == quoted.size() ? " or " : ", ";
    out += quoted[i];
  }
  return out;
}

}  // namespace pql

#endif  // PQL_CHECKER_FINDINGS_H_
