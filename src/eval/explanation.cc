#include "eval/explanation.h"

#include <cmath>
#include <set>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

// Names are shown in place once; a second mention refers to the first.
class Explainer {
 public:
  Explainer(const SourceSet& sources, const CheckedRuleSet& rule_set, const EvaluationInput& input,
            const Evaluation& done)
      : sources_(sources), rule_set_(rule_set), input_(input), done_(done) {}

  ExplanationNode Explain(const TypedExpression& expression, std::string clause = "") {
    ExplanationNode node;
    node.clause = std::move(clause);
    node.source = SourceOf(expression);
    node.range = expression.range;
    node.value = ValueOf(expression);
    if (IsConnective(expression)) {
      for (const TypedExpression& child : expression.children) {
        node.children.push_back(Explain(child));
      }
      node.sentence = SentenceOf(expression, node.children);
    } else if (!Expand(expression, &node)) {
      std::set<std::string> named;
      CollectValues(expression, &named, &node.values);
      node.sentence = SentenceOf(node.values);
      ExpandScorecardsIn(expression, &node);
    }
    return node;
  }

  ExplanationNode ActiveWindow(const Rule& rule) {
    ExplanationNode node;
    node.clause = "active";
    node.range = rule.name_range;
    const bool early = rule.active_from.has_value() && input_.now < *rule.active_from;
    const bool late = rule.active_until.has_value() && input_.now >= *rule.active_until;
    node.value = Value::Bool(!early && !late);
    if (rule.active_from.has_value()) {
      node.source = StrCat("from ", FormatTimestampLiteral(rule.active_from->micros));
    }
    if (rule.active_until.has_value()) {
      StrAppend(&node.source, node.source.empty() ? "" : " ", "until ",
                FormatTimestampLiteral(rule.active_until->micros));
    }
    node.values.push_back({"now", Value::Time(input_.now), false});
    node.sentence = StrCat("the evaluation time is ", FormatTimestamp(input_.now.micros),
                           early  ? ", before the rule begins"
                           : late ? ", after the rule has ended"
                                  : "");
    return node;
  }

 private:
  static bool IsConnective(const TypedExpression& node) {
    return node.type.IsBool() &&
           (node.Is(Operator::kAnd) || node.Is(Operator::kOr) || node.Is(Operator::kNot) ||
            node.Is(Operator::kAtLeast) || node.Is(Operator::kIf));
  }

  // Source text on one line.
  std::string SourceOf(const TypedExpression& expression) const {
    std::string folded;
    bool in_comment = false;
    bool in_string = false;
    char previous = 0;
    for (const char c : sources_.Text(expression.range)) {
      if (c == '"' && previous != '\\' && !in_comment) in_string = !in_string;
      previous = c;
      if (c == '#' && !in_string) in_comment = true;
      if (c == '\n') in_comment = false;
      if (in_comment) continue;
      const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (!space) folded.push_back(c);
      if (space && in_string) folded.push_back(c);
      if (space && !in_string && !folded.empty() && folded.back() != ' ') folded.push_back(' ');
    }
    while (!folded.empty() && folded.back() == ' ') folded.pop_back();
    return folded;
  }

  Value ValueOf(const TypedExpression& expression) const {
    return EvaluateExpression(rule_set_, expression, input_, done_).value;
  }

  bool Expand(const TypedExpression& expression, ExplanationNode* node) {
    const bool first = shown_.insert({expression.kind, expression.index}).second;
    switch (expression.kind) {
      case TypedExpression::Kind::kDefine: {
        if (!expression.type.IsBool()) return false;
        const Define& define = rule_set_.defines[expression.index];
        node->clause = node->clause.empty() ? define.name : node->clause;
        if (first) {
          node->children.push_back(Explain(define.value));
        } else {
          node->sentence = "shown above";
        }
        return true;
      }
      case TypedExpression::Kind::kRule: {
        const Rule& rule = rule_set_.rules[expression.index];
        node->clause = node->clause.empty() ? rule.name : node->clause;
        if (first) {
          node->children = Clauses(expression.index);
        } else {
          node->sentence = "shown above";
        }
        return true;
      }
      default:
        return false;
    }
  }

 public:
  std::vector<ExplanationNode> Clauses(uint32_t index) {
    const Rule& rule = rule_set_.rules[index];
    std::vector<ExplanationNode> clauses;
    if (rule.active_from.has_value() || rule.active_until.has_value()) {
      clauses.push_back(ActiveWindow(rule));
    }
    clauses.push_back(Explain(rule.when, "when"));
    if (rule.keep_while.has_value() && index < input_.held.size() && input_.held[index]) {
      clauses.push_back(Explain(*rule.keep_while, "keep while"));
    }
    if (rule.unless.has_value()) clauses.push_back(Explain(*rule.unless, "unless"));
    return clauses;
  }

 private:
  // A scorecard in a comparison is shown by its lines.
  void ExpandScorecardsIn(const TypedExpression& expression, ExplanationNode* node) {
    WalkTyped(expression, [&](const TypedExpression& part) {
      if (part.kind != TypedExpression::Kind::kScorecard) return;
      if (!shown_.insert({part.kind, part.index}).second) return;
      node->children.push_back(ScorecardNode(part.index));
    });
  }

  ExplanationNode ScorecardNode(uint32_t index) {
    const Scorecard& scorecard = rule_set_.scorecards[index];
    ExplanationNode node;
    node.clause = scorecard.name;
    node.source = StrCat("scorecard ", QuoteName(scorecard.name));
    node.range = scorecard.name_range;
    node.value = Value::Number(done_.scorecards[index].value);
    node.sentence = StrCat("stands at ", FormatGroupedNumber(done_.scorecards[index].value),
                           done_.scorecards[index].incomplete ? ", incomplete" : "");
    for (const ScorecardLine& line : scorecard.lines) {
      ExplanationNode child =
          line.condition.has_value() ? Explain(*line.condition) : Explain(*line.per_value);
      child.clause =
          StrCat(line.points < 0 ? "subtract " : "add ", FormatGroupedNumber(std::abs(line.points)),
                 line.condition.has_value() ? " when" : " per");
      child.range = line.range;
      node.children.push_back(std::move(child));
    }
    return node;
  }

  void CollectValues(const TypedExpression& expression, std::set<std::string>* named,
                     std::vector<SeenValue>* values) const {
    WalkTyped(expression, [&](const TypedExpression& node) {
      SeenValue seen;
      switch (node.kind) {
        case TypedExpression::Kind::kMetric: {
          const Metric& metric = rule_set_.metrics[node.index];
          seen.source = QuoteName(metric.name);
          seen.is_default = metric.default_value.has_value() && !input_.account->WasSet(node.index);
          break;
        }
        case TypedExpression::Kind::kDefine:
          seen.source = QuoteName(rule_set_.defines[node.index].name);
          break;
        case TypedExpression::Kind::kScorecard:
          seen.source = QuoteName(rule_set_.scorecards[node.index].name);
          break;
        case TypedExpression::Kind::kRule:
          seen.source = QuoteName(rule_set_.rules[node.index].name);
          break;
        case TypedExpression::Kind::kNow:
          seen.source = "now";
          break;
        case TypedExpression::Kind::kStage:
          seen.source = "stage";
          break;
        default:
          return;
      }
      seen.value = ValueOf(node);
      if (named->insert(seen.source).second) values->push_back(std::move(seen));
    });
  }

  static std::string SentenceOf(const std::vector<SeenValue>& values) {
    std::string sentence;
    for (const SeenValue& seen : values) {
      StrAppend(&sentence, sentence.empty() ? "" : ", ", seen.source, " is ",
                seen.value.IsMissing() ? "not known" : seen.value.ToSource(),
                seen.is_default ? " (by default)" : "");
    }
    return sentence;
  }

  static std::string SentenceOf(const TypedExpression& expression,
                                const std::vector<ExplanationNode>& children) {
    int holding = 0;
    int undecided = 0;
    for (const ExplanationNode& child : children) {
      holding += child.value.IsTrue();
      undecided += child.value.IsMissing();
    }
    const std::string rest = undecided == 0 ? "" : StrCat(", ", undecided, " undecided");
    const std::string of = StrCat(holding, " of ", children.size());
    if (expression.Is(Operator::kAnd)) return StrCat(of, " hold", rest, "; all are needed");
    if (expression.Is(Operator::kOr)) return StrCat(of, " hold", rest, "; one is enough");
    if (expression.Is(Operator::kAtLeast)) {
      return StrCat(of, " hold", rest, "; ", expression.count, " are needed");
    }
    return "";
  }

  const SourceSet& sources_;
  const CheckedRuleSet& rule_set_;
  const EvaluationInput& input_;
  const Evaluation& done_;
  std::set<std::pair<TypedExpression::Kind, uint32_t>> shown_;
};

}  // namespace

RuleExplanation ExplainRule(const SourceSet& sources, const RuleCone& cone,
                            const EvaluationInput& input) {
  Evaluation done;
  cone.EvaluateRule(input, &done);
  RuleExplanation explanation;
  explanation.rule = cone.rule();
  explanation.result = done.rules[cone.rule()];
  explanation.held = cone.rule() < input.held.size() && input.held[cone.rule()];
  explanation.clauses = Explainer(sources, cone.rule_set(), input, done).Clauses(cone.rule());
  return explanation;
}

ExplanationNode ExplainCondition(const SourceSet& sources, const CheckedRuleSet& rule_set,
                                 const TypedExpression& condition, const EvaluationInput& input,
                                 const Evaluation& done) {
  return Explainer(sources, rule_set, input, done).Explain(condition);
}

}  // namespace pql
