// Declarations of one rule file as written.  Plain values that own their expressions;
// thread-compatible.

#ifndef PQL_AST_RULE_FILE_H_
#define PQL_AST_RULE_FILE_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ast/expression.h"
#include "diagnostics/source.h"

namespace pql {

// A declared or mentioned name: NFC, dots included, without backticks.
struct NameSyntax {
  std::string text;
  SourceRange range;
};

// A string where the language asks for a text (title, doc), escapes resolved.
struct TextSyntax {
  std::string text;
  SourceRange range;
};

struct TypeSyntax {
  // As written: `number`, `bool`, `string`, `timestamp`, `duration`, `one of`, `list`.  Empty after
  // an error that is reported.
  std::string name;
  std::string element;              // of `list(...)`: `string` or `number`
  std::vector<TextSyntax> options;  // of `one of (...)`
  SourceRange range;
  SourceRange element_range;
};

// metric NAME: TYPE [unit U] [default LITERAL] [kind K] ["doc"]
struct MetricSyntax {
  NameSyntax name;
  TypeSyntax type;
  std::optional<NameSyntax> unit;
  ExpressionPtr default_value;  // may be null; the checker demands a literal
  std::optional<NameSyntax> kind;
  std::optional<TextSyntax> doc;
};

// define NAME = EXPR, output NAME = EXPR
struct DefineSyntax {
  bool is_output = false;
  NameSyntax name;
  ExpressionPtr value;
};

// add|subtract N when COND, add|subtract N per M of EXPR [up to K]
struct ScorecardLineSyntax {
  bool subtract = false;
  ExpressionPtr points;     // N
  ExpressionPtr condition;  // of a `when` line, else null
  ExpressionPtr per;        // M, of a `per` line, else null
  ExpressionPtr of;         // EXPR, of a `per` line
  ExpressionPtr up_to;      // K, may be null
  SourceRange range;
};

// scorecard NAME ["title"] [cap N] [floor N] { lines }
struct ScorecardSyntax {
  NameSyntax name;
  std::optional<TextSyntax> title;
  ExpressionPtr cap;    // may be null
  ExpressionPtr floor;  // may be null
  std::vector<ScorecardLineSyntax> lines;
};

// stages a < b < c
struct StagesSyntax {
  std::vector<NameSyntax> stages;
};

// rule NAME { clauses }: what is absent is null or empty.
struct RuleSyntax {
  NameSyntax name;
  std::optional<TextSyntax> title;
  std::optional<TextSyntax> description;
  std::optional<TextSyntax> owner;
  std::vector<TextSyntax> tags;
  std::optional<NameSyntax> stage;
  std::optional<NameSyntax> mode;
  ExpressionPtr when;  // null only after an error
  ExpressionPtr unless;
  ExpressionPtr keep_while;
  ExpressionPtr active_from;
  ExpressionPtr active_until;
  ExpressionPtr score;
};

// given NAME = VALUE: the value is a literal, `now`, `now - 3d` or `now + 30d`.
struct GivenSyntax {
  NameSyntax metric;
  ExpressionPtr value;
};

// test "name" { at ... given ... previously ... expect ... }
struct TestSyntax {
  TextSyntax name;
  ExpressionPtr at;  // may be null
  std::vector<GivenSyntax> given;
  std::vector<NameSyntax> previously;
  std::vector<ExpressionPtr> expects;
};

struct Declaration {
  std::variant<MetricSyntax, DefineSyntax, ScorecardSyntax, StagesSyntax, RuleSyntax, TestSyntax>
      body;
  SourceRange range;  // of the whole declaration

  template <typename T>
  const T* As() const { return std::get_if<T>(&body); }
};

// From `#` to before the end of the line, the `#` included.
struct Comment {
  SourceRange range;
  std::string text;
};

struct RuleFile {
  FileId file = 0;
  std::vector<Declaration> declarations;
  std::vector<Comment> comments;  // in order
};

// The same declarations in the same order with the same clauses; ranges and comments don't count.
bool SameRuleFile(const RuleFile& a, const RuleFile& b);

// Calls `visit(expression)` for every root expression of the declaration, in source order of the
// clauses' canonical form.
template <typename Visit>
void ForEachRoot(const Declaration& declaration, const Visit& visit);

// For golden tests: one declaration a paragraph, expressions in Lisp form.
std::string DumpRuleFile(const RuleFile& file);

// How a name is written in source: as it is when it is a dotted identifier and not reserved, in
// backticks otherwise.
std::string QuoteName(std::string_view name);
// A string literal with the escapes it needs.
std::string QuoteString(std::string_view text);

// and or not in is between true false if then else
bool IsReservedWord(std::string_view word);

// ---------------------------------------------------------------------------------------------

template <typename Visit>
void ForEachRoot(const Declaration& declaration, const Visit& visit) {
  const auto call = [&visit](const ExpressionPtr& root) {
    if (root != nullptr) visit(*root);
  };
  if (const auto* metric = declaration.As<MetricSyntax>()) {
    call(metric->default_value);
  } else if (const auto* define = declaration.As<DefineSyntax>()) {
    call(define->value);
  } else if (const auto* scorecard = declaration.As<ScorecardSyntax>()) {
    call(scorecard->cap);
    call(scorecard->floor);
    for (const ScorecardLineSyntax& line : scorecard->lines) {
      for (const auto* root : {&line.points, &line.condition, &line.per, &line.of, &line.up_to}) {
        call(*root);
      }
    }
  } else if (const auto* rule = declaration.As<RuleSyntax>()) {
    for (const auto* root : {&rule->when, &rule->unless, &rule->keep_while, &rule->active_from,
                             &rule->active_until, &rule->score}) {
      call(*root);
    }
  } else if (const auto* test = declaration.As<TestSyntax>()) {
    call(test->at);
    for (const GivenSyntax& given : test->given) call(given.value);
    for (const ExpressionPtr& expect : test->expects) call(expect);
  }
}

}  // namespace pql

#endif  // PQL_AST_RULE_FILE_H_
