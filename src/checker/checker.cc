#include "checker/checker.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "checker/declaration_checker.h"
#include "checker/declaration_table.h"
#include "checker/dependency_graph.h"
#include "checker/expression_checker.h"
#include "checker/scope.h"
#include "checker/test_checker.h"

namespace pql {
namespace {

// The pass over a whole rule set: names first, then the types of metrics, then everything that has
// a value, each after what it depends on.
class RuleSetChecker {
 public:
  RuleSetChecker(const SourceSet& sources, const DeclarationTable& table,
                 const FunctionRegistry& functions, const CheckLimits& limits, DiagnosticSink* sink)
      : sources_(sources), table_(table), functions_(functions), limits_(limits), sink_(sink) {}

  CheckedRuleSet Check() {
    DeclareNames();
    Scope scope(result_);
    for (const std::string& name : table_.repeated_names) scope.MarkDoubtful(name);
    ExpressionChecker expressions(sources_, result_, scope, functions_, limits_, sink_);
    CheckMetrics(&expressions);

    const DependencyGraph graph(table_, result_, scope);
    std::vector<DependencyGraph::Node> order;
    for (const auto& component : graph.Components()) {
      order.insert(order.end(), component.begin(), component.end());
      if (!graph.IsCycle(component)) continue;
      graph.ReportCycle(component, sink_);
      for (const auto node : component) scope.MarkDoubtful(graph.NameOf(node));
    }
    DeclarationChecker declarations(result_, &expressions);
    for (const auto node : order) {
      const Item item = graph.ItemOf(node);
      result_.evaluation_order.push_back(item);
      CheckItem(item, &declarations);
    }
    CheckNameless(&expressions, &declarations);
    graph.ReportInactiveDependencies(order, sink_);

    NoteMentions(graph, order);
    TestChecker tests(result_, scope, &expressions);
    for (const auto& declared : table_.tests) result_.tests.push_back(tests.Check(declared));
    return std::move(result_);
  }

 private:
  // Fills in what the scope needs, so that its views of names stay where they are.
  void DeclareNames() {
    if (table_.stages != nullptr) {
      result_.stages = CheckStages(*table_.stages, sink_);
      result_.stages_range = table_.stages_range;
    }
    for (const auto& declared : table_.metrics) {
      result_.metrics.push_back({.name = declared.syntax->name.text,
                                 .name_range = declared.syntax->name.range,
                                 .range = declared.range});
    }
    for (const auto& declared : table_.defines) {
      result_.defines.push_back({.name = declared.syntax->name.text,
                                 .is_output = declared.syntax->is_output,
                                 .name_range = declared.syntax->name.range,
                                 .range = declared.range});
    }
    for (const auto& declared : table_.scorecards) {
      result_.scorecards.push_back(ScorecardHead(declared));
    }
    for (const auto& declared : table_.rules) {
      result_.rules.push_back(CheckRuleHead(declared, sink_));
    }
  }

  static Scorecard ScorecardHead(const Declared<ScorecardSyntax>& declared) {
    Scorecard scorecard;
    scorecard.name = declared.syntax->name.text;
    if (declared.syntax->title) scorecard.title = declared.syntax->title->text;
    scorecard.name_range = declared.syntax->name.range;
    scorecard.range = declared.range;
    return scorecard;
  }

  void CheckMetrics(ExpressionChecker* expressions) {
    for (size_t i = 0; i < table_.metrics.size(); ++i) {
      CheckMetric(*table_.metrics[i].syntax, &result_.metrics.Edit(i), expressions);
    }
  }

  void CheckItem(Item item, DeclarationChecker* declarations) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        result_.defines.Edit(item.index).value =
            declarations->CheckDefine(*table_.defines[item.index].syntax);
        break;
      case Item::Kind::kScorecard:
        declarations->CheckScorecard(*table_.scorecards[item.index].syntax,
                                     &result_.scorecards.Edit(item.index));
        break;
      case Item::Kind::kRule:
        declarations->CheckRuleBody(*table_.rules[item.index].syntax,
                                    &result_.rules.Edit(item.index));
        break;
    }
  }

  // What who depends on an item may ask of it without its syntax.
  void NoteMentions(const DependencyGraph& graph, std::span<const DependencyGraph::Node> order) {
    const std::vector<bool> reads_clock = graph.ClockReaders(order);
    for (DependencyGraph::Node node = 0; node < graph.size(); ++node) {
      const Item item = graph.ItemOf(node);
      const std::span<const DependencyGraph::Edge> edges = graph.EdgesOf(node);
      const bool names_rules = std::any_of(edges.begin(), edges.end(), [&](const auto& edge) {
        return graph.ItemOf(edge.to).kind == Item::Kind::kRule;
      });
      switch (item.kind) {
        case Item::Kind::kDefine:
          result_.defines.Edit(item.index).reads_clock = reads_clock[node];
          result_.values_name_rules |= names_rules;
          break;
        case Item::Kind::kScorecard:
          result_.scorecards.Edit(item.index).reads_clock = reads_clock[node];
          result_.values_name_rules |= names_rules;
          break;
        case Item::Kind::kRule:
          result_.rules.Edit(item.index).reads_clock = reads_clock[node];
          if (names_rules) result_.rules_naming_rules.push_back(item.index);
          break;
      }
    }
  }

  // For their findings alone.
  void CheckNameless(ExpressionChecker* expressions, DeclarationChecker* declarations) {
    for (const Declaration* declaration : table_.nameless) {
      if (const auto* metric = declaration->As<MetricSyntax>()) {
        Metric ignored{.name = metric->name.text};
        CheckMetric(*metric, &ignored, expressions);
      } else if (const auto* define = declaration->As<DefineSyntax>()) {
        declarations->CheckDefine(*define);
      } else if (const auto* scorecard = declaration->As<ScorecardSyntax>()) {
        Scorecard ignored;
        declarations->CheckScorecard(*scorecard, &ignored);
      } else if (const auto* rule = declaration->As<RuleSyntax>()) {
        Rule ignored = CheckRuleHead({rule, declaration->range}, sink_);
        declarations->CheckRuleBody(*rule, &ignored);
      }
    }
  }

  const SourceSet& sources_;
  const DeclarationTable& table_;
  const FunctionRegistry& functions_;
  const CheckLimits& limits_;
  DiagnosticSink* const sink_;
  CheckedRuleSet result_;
};

bool HasErrorNode(const TypedExpression& expression) {
  bool has_error = false;
  WalkTyped(expression, [&has_error](const TypedExpression& node) {
    has_error = has_error || node.kind == TypedExpression::Kind::kError;
  });
  return has_error;
}

}  // namespace

CheckedRuleSet CheckRuleSet(const SourceSet& sources, std::vector<const RuleFile*> files,
                            const FunctionRegistry& functions, const CheckLimits& limits,
                            DiagnosticSink* sink) {
  const DeclarationTable table = CollectDeclarations(sources, std::move(files), limits, sink);
  return RuleSetChecker(sources, table, functions, limits, sink).Check();
}

CheckedRuleSet CheckRuleSet(const SourceSet& sources, std::span<const RuleFile> files,
                            const FunctionRegistry& functions, const CheckLimits& limits,
                            DiagnosticSink* sink) {
  std::vector<const RuleFile*> pointers;
  for (const RuleFile& file : files) pointers.push_back(&file);
  return CheckRuleSet(sources, std::move(pointers), functions, limits, sink);
}

TypedExpression CheckCondition(const SourceSet& sources, const Expression& condition,
                               const CheckedRuleSet& rule_set, const FunctionRegistry& functions,
                               const CheckLimits& limits, DiagnosticSink* sink, bool any_type) {
  const Scope scope(rule_set);
  ExpressionChecker checker(sources, rule_set, scope, functions, limits, sink);
  TypedExpression typed = any_type ? checker.Check(condition) : checker.CheckCondition(condition);
  return HasErrorNode(typed) ? ErrorNode(condition) : typed;
}

}  // namespace pql
