// Which define, scorecard and rule depends on which: cycles, the order of evaluation, who reads the
// clock, and active rules that lean on rules that are not.
//
// Nodes are the items of a rule set.  No function here recurses along dependencies, so chains may
// be of any length.  Immutable after construction, then thread-safe.

#ifndef PQL_CHECKER_DEPENDENCY_GRAPH_H_
#define PQL_CHECKER_DEPENDENCY_GRAPH_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "checker/declaration_table.h"
#include "checker/scope.h"
#include "diagnostics/diagnostic.h"
#include "language/checked_rule_set.h"

namespace pql {

class DependencyGraph {
 public:
  using Node = uint32_t;
  struct Edge {
    Node to = 0;
    SourceRange mention;  // the first
    bool decides = true;  // false where only the score of a rule mentions it
  };

  // REQUIRES: the vectors of `rule_set` name what `table` declares, in the same order.  Keeps
  // references to `rule_set`.
  DependencyGraph(const DeclarationTable& table, const CheckedRuleSet& rule_set,
                  const Scope& scope);

  size_t size() const { return edges_begin_.size() - 1; }
  std::span<const Edge> EdgesOf(Node node) const {
    return std::span(edges_).subspan(edges_begin_[node],
                                     edges_begin_[node + 1] - edges_begin_[node]);
  }
  Item ItemOf(Node node) const;
  Node NodeOf(Item item) const;
  std::string_view NameOf(Node node) const;

  // The strongly connected components, each after those that it depends on; one with more than one
  // node, or whose node mentions itself, is a cycle.
  std::vector<std::vector<Node>> Components() const;
  bool IsCycle(const std::vector<Node>& component) const;

  // One finding that shows a shortest way round.  REQUIRES: IsCycle(component).
  void ReportCycle(const std::vector<Node>& component, DiagnosticSink* sink) const;

  // A finding for each mention, in an active rule or an output, of a rule in shadow or draft mode,
  // or of a define or scorecard that depends on one.  `order`: every node, dependencies first.
  void ReportInactiveDependencies(std::span<const Node> order, DiagnosticSink* sink) const;

  // For every node, whether its value (of a rule: its outcome, whatever its score) depends on
  // anything that mentions the clock.
  std::vector<bool> ClockReaders(std::span<const Node> order) const;

 private:
  SourceRange NameRangeOf(Node node) const;
  bool IsInactiveRule(Node node) const;
  bool IsActiveRuleOrOutput(Node node) const;
  // The edges of a shortest way from the node back to itself.
  std::vector<Edge> ShortestWayRound(Node start, const std::vector<Node>& component) const;

  const CheckedRuleSet& rule_set_;
  std::vector<Edge> edges_;           // by node, in order of mention
  std::vector<size_t> edges_begin_;   // one more than nodes
  std::vector<bool> mentions_clock_;  // by node, itself
};

// What a rule's clauses mention themselves.
struct RuleMentions {
  struct Name {
    Symbol symbol;
    bool decides = true;  // as of an edge
  };
  std::vector<Name> names;  // of defines, scorecards and rules, in order of mention
  bool clock = false;       // in what decides, or by a period
};
RuleMentions MentionsOf(const RuleSyntax& rule, const Scope& scope);

// Whether the expression mentions the clock itself: `now`, `within last`, `within next`.
bool MentionsClock(const Expression& expression);

}  // namespace pql

#endif  // PQL_CHECKER_DEPENDENCY_GRAPH_H_
