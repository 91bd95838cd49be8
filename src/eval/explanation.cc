#include "eval/explanation.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/explanation_wording.h"

namespace pql {
namespace {

using Kind = TypedExpression::Kind;

constexpr size_t kMaxLeaves = 20;

bool IsBoolConnective(const TypedExpression& node) {
  return node.type.IsBool() && IsConnective(node);
}

// Something that is called by one word.
bool IsName(const TypedExpression& node) {
  return node.kind == Kind::kMetric || node.kind == Kind::kDefine ||
         node.kind == Kind::kScorecard || node.kind == Kind::kRule || node.kind == Kind::kNow ||
         node.kind == Kind::kStage;
}

bool IsBound(Operator op) {
  return op == Operator::kNotEqual || !ComparisonWord(op, Type::Bool()).empty();
}

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
    ++depth_;
    if (depth_ < kMaxExplanationDepth && IsBoolConnective(expression)) {
      ExplainParts(expression, &node);
    } else if (depth_ >= kMaxExplanationDepth || !ExplainName(expression, &node)) {
      ExplainAtom(expression, &node);
    }
    --depth_;
    return node;
  }

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
  struct KindOfValue {
    Type type;
    bool is_computed = false;
  };

  std::string SourceOf(const TypedExpression& expression) const {
    return FoldedSource(sources_.Text(expression.range));
  }

  Value ValueOf(const TypedExpression& expression) const {
    return EvaluateExpression(rule_set_, expression, input_, done_).value;
  }

  ExplanationNode ActiveWindow(const Rule& rule) const {
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
    node.sentence = StrCat("now is ", FormatTimestampLiteral(input_.now.micros),
                           early  ? ", before the rule begins"
                           : late ? ", after the rule has ended"
                                  : "");
    return node;
  }

  void ExplainParts(const TypedExpression& expression, ExplanationNode* node) {
    static constexpr const char* kIfParts[] = {"if", "then", "else"};
    const bool is_if = expression.Is(Operator::kIf);
    for (size_t i = 0; i < expression.children.size(); ++i) {
      node->children.push_back(Explain(expression.children[i], is_if ? kIfParts[i] : ""));
    }
    node->sentence = PartsSentence(expression, node->children);
  }

  // Of a name of a condition, what it stands for.
  bool ExplainName(const TypedExpression& expression, ExplanationNode* node) {
    if (expression.kind == Kind::kDefine && expression.type.IsBool()) {
      const Define& define = rule_set_.defines[expression.index];
      node->source = QuoteName(define.name);
      if (IsFirst(expression)) {
        node->children.push_back(Explain(define.value));
      } else {
        node->sentence = "shown above";
      }
      return true;
    }
    if (expression.kind != Kind::kRule) return false;
    node->source = QuoteName(rule_set_.rules[expression.index].name);
    if (IsFirst(expression)) {
      node->children = Clauses(expression.index);
      node->sentence = RuleSentence(node->children, done_.rules[expression.index].outcome);
    } else {
      node->sentence = "shown above";
    }
    return true;
  }

  bool IsFirst(const TypedExpression& name) {
    return shown_.insert({name.kind, name.index}).second;
  }

  // Where a condition meets data.
  void ExplainAtom(const TypedExpression& expression, ExplanationNode* node) {
    const bool compares = expression.kind == Kind::kOperator && !expression.type.IsUnknown() &&
                          !IsBoolConnective(expression);
    std::string sentence;
    if (compares && IsBound(expression.op)) {
      sentence = ComparisonSentence(expression, node);
    } else if (!expression.type.IsBool()) {
      AddOperand(expression, node, &sentence);
    } else if (compares) {
      for (const TypedExpression& operand : expression.children) {
        AddOperand(operand, node, &sentence);
      }
    }
    std::vector<SeenValue> made_of;
    CollectLeaves(expression, node->values, &made_of);
    std::string rest;
    for (const SeenValue& seen : made_of) StrAppend(&rest, rest.empty() ? "" : ", ", Fact(seen));
    node->sentence = sentence.empty() ? rest
                     : rest.empty()   ? sentence
                                      : StrCat(sentence, " (", rest, ")");
    std::move(made_of.begin(), made_of.end(), std::back_inserter(node->values));
    if (depth_ < kMaxExplanationDepth) ExpandItemsIn(expression, 0, node);
  }

  // "channels is 2, not more than 2"
  std::string ComparisonSentence(const TypedExpression& expression, ExplanationNode* node) {
    const TypedExpression& left = expression.children[0];
    const TypedExpression& right = expression.children[1];
    std::string sentence;
    AddOperand(left, node, &sentence);
    AddOperand(right, node, &sentence);
    const std::string_view word = ComparisonWord(expression.op, left.type);
    if (node->value.IsFalse() && left.kind != Kind::kConstant && !word.empty()) {
      StrAppend(&sentence, ", not", word, ShownValue(ValueOf(right), right.type));
    }
    return sentence;
  }

  void AddOperand(const TypedExpression& operand, ExplanationNode* node, std::string* sentence) {
    if (operand.kind == Kind::kConstant) return;
    const SeenValue seen = Seen(operand);
    for (const SeenValue& before : node->values) {
      if (before.source == seen.source) return;
    }
    StrAppend(sentence, sentence->empty() ? "" : ", ", Fact(seen));
    node->values.push_back(seen);
  }

  SeenValue Seen(const TypedExpression& expression) {
    SeenValue seen{SourceOf(expression), ValueOf(expression), false};
    switch (expression.kind) {
      case Kind::kMetric: {
        const Metric& metric = rule_set_.metrics[expression.index];
        seen.source = QuoteName(metric.name);
        seen.is_default =
            metric.default_value.has_value() && !input_.account->WasSet(expression.index);
        break;
      }
      case Kind::kDefine:
        seen.source = QuoteName(rule_set_.defines[expression.index].name);
        break;
      case Kind::kScorecard:
        seen.source = QuoteName(rule_set_.scorecards[expression.index].name);
        break;
      case Kind::kRule:
        seen.source = QuoteName(rule_set_.rules[expression.index].name);
        break;
      default:
        break;
    }
    kinds_[seen.source] = {expression.type, !IsName(expression)};
    return seen;
  }

  // "channels is 2"
  std::string Fact(const SeenValue& seen) const {
    if (seen.source == "stage" && seen.value.IsMissing()) return "the account has no stage";
    const KindOfValue& kind = kinds_.at(seen.source);
    if (kind.is_computed && seen.value.IsMissing()) return StrCat(seen.source, " has no value");
    return StrCat(seen.source, " is ", ShownValue(seen.value, kind.type),
                  seen.is_default ? " (the default)" : "");
  }

  // The metrics and other names that an expression reads, through defines, but for those in
  // `known`; each once, and no more of them than a person reads.
  void CollectLeaves(const TypedExpression& expression, const std::vector<SeenValue>& known,
                     std::vector<SeenValue>* leaves) {
    const auto has = [](const std::vector<SeenValue>& values, const std::string& source) {
      return std::any_of(values.begin(), values.end(),
                         [&source](const SeenValue& seen) { return seen.source == source; });
    };
    std::set<uint32_t> defines;
    std::vector<const TypedExpression*> pending = {&expression};
    while (!pending.empty() && leaves->size() < kMaxLeaves) {
      const TypedExpression* root = pending.back();
      pending.pop_back();
      WalkTyped(*root, [&](const TypedExpression& node) {
        if (node.kind == Kind::kDefine && defines.insert(node.index).second) {
          pending.push_back(&rule_set_.defines[node.index].value);
        }
        if (node.Is(Operator::kWithinLast) || node.Is(Operator::kWithinNext)) AddNow(known, leaves);
        if (!IsName(node) || leaves->size() >= kMaxLeaves) return;
        SeenValue seen = Seen(node);
        if (!has(known, seen.source) && !has(*leaves, seen.source)) {
          leaves->push_back(std::move(seen));
        }
      });
    }
  }

  void AddNow(const std::vector<SeenValue>& known, std::vector<SeenValue>* leaves) {
    SeenValue seen{"now", Value::Time(input_.now), false};
    kinds_[seen.source] = {Type::Timestamp(), false};
    const auto is_now = [](const SeenValue& other) { return other.source == "now"; };
    if (std::any_of(known.begin(), known.end(), is_now)) return;
    if (std::any_of(leaves->begin(), leaves->end(), is_now)) return;
    leaves->push_back(std::move(seen));
  }

  // Scorecards that a condition compares are shown by their lines, and the account's stage by the
  // rules that give one.
  void ExpandItemsIn(const TypedExpression& expression, int defines, ExplanationNode* node) {
    WalkTyped(expression, [&](const TypedExpression& part) {
      if (part.kind == Kind::kScorecard && IsFirst(part)) {
        node->children.push_back(ScorecardNode(part.index));
      } else if (part.kind == Kind::kStage) {
        for (uint32_t i = 0; i < rule_set_.rules.size(); ++i) AddStage(i, node);
      } else if (part.kind == Kind::kDefine && !part.type.IsBool() &&
                 defines < kMaxExplanationDepth && IsFirst(part)) {
        ExpandItemsIn(rule_set_.defines[part.index].value, defines + 1, node);
      }
    });
  }

  void AddStage(uint32_t index, ExplanationNode* node) {
    const Rule& rule = rule_set_.rules[index];
    if (rule.mode != RuleMode::kActive || !rule.stage.has_value()) return;
    ExplanationNode part;
    part.source = QuoteName(rule.name);
    part.range = rule.name_range;
    const Outcome outcome = done_.rules[index].outcome;
    if (outcome != Outcome::kUnknown) part.value = Value::Bool(outcome == Outcome::kQualified);
    part.sentence = StrCat("gives the stage ", QuoteString(rule_set_.stages[*rule.stage]));
    node->children.push_back(std::move(part));
  }

  ExplanationNode ScorecardNode(uint32_t index) {
    const Scorecard& scorecard = rule_set_.scorecards[index];
    const ScorecardResult& result = done_.scorecards[index];
    ExplanationNode node;
    node.source = QuoteName(scorecard.name);
    node.range = scorecard.name_range;
    node.value = Value::Number(result.value);
    node.is_condition = false;
    node.sentence = StrCat("stands at ", FormatGroupedNumber(result.value),
                           result.incomplete ? ", incomplete" : "");
    ++depth_;
    for (const ScorecardLine& line : scorecard.lines) node.children.push_back(LineNode(line));
    --depth_;
    return node;
  }

  ExplanationNode LineNode(const ScorecardLine& line) {
    const std::string points = FormatGroupedNumber(std::abs(line.points));
    const std::string_view verb = line.points < 0 ? "subtract " : "add ";
    ExplanationNode node;
    if (line.condition.has_value()) {
      node = Explain(*line.condition, StrCat(verb, points, " when"));
    } else {
      node = Explain(*line.per_value, StrCat(verb, points, " per ", PerText(line), " of"));
      node.is_condition = false;
    }
    node.range = line.range;
    return node;
  }

  static std::string PerText(const ScorecardLine& line) {
    return line.per_value->type.kind() == Type::Kind::kDuration
               ? FormatDuration(static_cast<int64_t>(line.per))
               : FormatGroupedNumber(line.per);
  }

  const SourceSet& sources_;
  const CheckedRuleSet& rule_set_;
  const EvaluationInput& input_;
  const Evaluation& done_;
  std::set<std::pair<Kind, uint32_t>> shown_;
  std::map<std::string, KindOfValue> kinds_;  // by SeenValue::source
  int depth_ = 0;
};

}  // namespace

RuleExplanation ExplainRule(const SourceSet& sources, const RuleCone& cone,
                            const EvaluationInput& input) {
  Evaluation done;
  cone.EvaluateRule(input, &done);
  RuleExplanation explanation;
  explanation.rule = cone.rule();
  explanation.result = done.rules[cone.rule()];
  explanation.clauses = Explainer(sources, cone.rule_set(), input, done).Clauses(cone.rule());
  explanation.sentence = RuleSentence(explanation.clauses, explanation.result.outcome);
  return explanation;
}

ExplanationNode ExplainCondition(const SourceSet& sources, const CheckedRuleSet& rule_set,
                                 const TypedExpression& condition, const EvaluationInput& input,
                                 const Evaluation& done) {
  return Explainer(sources, rule_set, input, done).Explain(condition);
}

}  // namespace pql
