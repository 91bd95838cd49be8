#include "checker/dependency_graph.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "base/strings.h"

namespace pql {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
constexpr size_t kMaxShownNames = 8;

// Calls `visit(root, decides)`: whether the value, or the outcome, depends on the root.  A rule's
// score ranks its leads and decides nothing; what is no score comes first.
template <typename Visit>
void ForEachRootOf(const DefineSyntax& define, const Visit& visit) {
  visit(define.value, true);
}
template <typename Visit>
void ForEachRootOf(const ScorecardSyntax& scorecard, const Visit& visit) {
  for (const ScorecardLineSyntax& line : scorecard.lines) {
    visit(line.condition, true);
    visit(line.of, true);
  }
}
template <typename Visit>
void ForEachRootOf(const RuleSyntax& rule, const Visit& visit) {
  for (const auto* root : {&rule.when, &rule.unless, &rule.keep_while}) visit(*root, true);
  visit(rule.score, false);
}

bool HasPeriod(const DefineSyntax&) { return false; }
bool HasPeriod(const ScorecardSyntax&) { return false; }
bool HasPeriod(const RuleSyntax& rule) {
  return rule.active_from != nullptr || rule.active_until != nullptr;
}

Item ItemNamedBy(const Symbol& symbol) {
  const auto kind = symbol.kind == Symbol::Kind::kDefine      ? Item::Kind::kDefine
                    : symbol.kind == Symbol::Kind::kScorecard ? Item::Kind::kScorecard
                                                              : Item::Kind::kRule;
  return {kind, symbol.index};
}

// Calls `visit(symbol, node, decides)` for every mention of a define, scorecard or rule.  Returns
// whether the clock is mentioned, where that decides.
template <typename Syntax, typename Visit>
bool ForEachMention(const Syntax& syntax, const Scope& scope, const Visit& visit) {
  bool clock = HasPeriod(syntax);
  ForEachRootOf(syntax, [&](const ExpressionPtr& root, bool decides) {
    if (root == nullptr) return;
    WalkExpression(*root, [&](const Expression& node) {
      if (node.kind != Expression::Kind::kName) return;
      const std::optional<Symbol> symbol = scope.Find(node.name);
      if (!symbol.has_value() || symbol->kind == Symbol::Kind::kMetric) return;
      visit(*symbol, node, decides);
    });
    clock = clock || (decides && MentionsClock(*root));
  });
  return clock;
}

}  // namespace

RuleMentions MentionsOf(const RuleSyntax& rule, const Scope& scope) {
  RuleMentions mentions;
  mentions.clock =
      ForEachMention(rule, scope, [&](const Symbol& symbol, const Expression&, bool decides) {
        mentions.names.push_back({symbol, decides});
      });
  return mentions;
}

bool MentionsClock(const Expression& expression) {
  bool mentions = false;
  WalkExpression(expression, [&mentions](const Expression& node) {
    mentions = mentions || (node.kind == Expression::Kind::kName && node.name == "now") ||
               node.Is(Operator::kWithinLast) || node.Is(Operator::kWithinNext);
  });
  return mentions;
}

DependencyGraph::DependencyGraph(const DeclarationTable& table, const CheckedRuleSet& rule_set,
                                 const Scope& scope)
    : rule_set_(rule_set) {
  const size_t nodes = table.defines.size() + table.scorecards.size() + table.rules.size();
  edges_begin_.reserve(nodes + 1);
  edges_begin_.push_back(0);
  mentions_clock_.reserve(nodes);
  std::vector<uint32_t> last_mentioned_by(nodes, kNone);

  const auto add_nodes = [&](const auto& declarations) {
    for (const auto& declared : declarations) {
      const auto from = static_cast<uint32_t>(mentions_clock_.size());
      const bool clock = ForEachMention(
          *declared.syntax, scope, [&](const Symbol& symbol, const Expression& node, bool decides) {
            const Node to = NodeOf(ItemNamedBy(symbol));
            if (last_mentioned_by[to] == from) return;
            last_mentioned_by[to] = from;
            edges_.push_back({to, node.range, decides});
          });
      mentions_clock_.push_back(clock);
      edges_begin_.push_back(edges_.size());
    }
  };
  add_nodes(table.defines);
  add_nodes(table.scorecards);
  add_nodes(table.rules);
}

Item DependencyGraph::ItemOf(Node node) const {
  const size_t defines = rule_set_.defines.size();
  const size_t scorecards = rule_set_.scorecards.size();
  if (node < defines) return {Item::Kind::kDefine, node};
  if (node < defines + scorecards) {
    return {Item::Kind::kScorecard, node - static_cast<Node>(defines)};
  }
  return {Item::Kind::kRule, node - static_cast<Node>(defines + scorecards)};
}

DependencyGraph::Node DependencyGraph::NodeOf(Item item) const {
  const auto defines = static_cast<Node>(rule_set_.defines.size());
  const auto scorecards = static_cast<Node>(rule_set_.scorecards.size());
  switch (item.kind) {
    case Item::Kind::kDefine:
      return item.index;
    case Item::Kind::kScorecard:
      return defines + item.index;
    case Item::Kind::kRule:
      return defines + scorecards + item.index;
  }
  return 0;
}

std::string_view DependencyGraph::NameOf(Node node) const {
  const Item item = ItemOf(node);
  switch (item.kind) {
    case Item::Kind::kDefine:
      return rule_set_.defines[item.index].name;
    case Item::Kind::kScorecard:
      return rule_set_.scorecards[item.index].name;
    case Item::Kind::kRule:
      return rule_set_.rules[item.index].name;
  }
  return "";
}

SourceRange DependencyGraph::NameRangeOf(Node node) const {
  const Item item = ItemOf(node);
  switch (item.kind) {
    case Item::Kind::kDefine:
      return rule_set_.defines[item.index].name_range;
    case Item::Kind::kScorecard:
      return rule_set_.scorecards[item.index].name_range;
    case Item::Kind::kRule:
      return rule_set_.rules[item.index].name_range;
  }
  return {};
}

// Tarjan's algorithm with a stack of its own.
std::vector<std::vector<DependencyGraph::Node>> DependencyGraph::Components() const {
  struct Frame {
    Node node;
    size_t next_edge;
  };
  std::vector<std::vector<Node>> components;
  std::vector<uint32_t> number(size(), kNone);
  std::vector<uint32_t> low(size(), 0);
  std::vector<bool> open(size(), false);  // on `path`
  std::vector<Node> path;
  std::vector<Frame> frames;
  uint32_t next_number = 0;

  const auto enter = [&](Node node) {
    number[node] = low[node] = next_number++;
    open[node] = true;
    path.push_back(node);
    frames.push_back({node, 0});
  };
  for (Node root = 0; root < size(); ++root) {
    if (number[root] != kNone) continue;
    enter(root);
    while (!frames.empty()) {
      const Node node = frames.back().node;
      const std::span<const Edge> edges = EdgesOf(node);
      if (frames.back().next_edge < edges.size()) {
        const Node to = edges[frames.back().next_edge++].to;
        if (number[to] == kNone) {
          enter(to);
        } else if (open[to]) {
          low[node] = std::min(low[node], number[to]);
        }
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) {
        const Node parent = frames.back().node;
        low[parent] = std::min(low[parent], low[node]);
      }
      if (low[node] != number[node]) continue;
      const auto first = std::find(path.rbegin(), path.rend(), node).base() - 1;
      components.emplace_back(first, path.end());
      for (const Node member : components.back()) open[member] = false;
      path.erase(first, path.end());
    }
  }
  return components;
}

bool DependencyGraph::IsCycle(const std::vector<Node>& component) const {
  if (component.size() > 1) return true;
  const std::span<const Edge> edges = EdgesOf(component[0]);
  return std::any_of(edges.begin(), edges.end(),
                     [&](const Edge& edge) { return edge.to == component[0]; });
}

std::vector<DependencyGraph::Edge> DependencyGraph::ShortestWayRound(
    Node start, const std::vector<Node>& component) const {
  struct Step {
    Node from;
    Edge edge;
  };
  std::vector<Node> members = component;
  std::sort(members.begin(), members.end());
  const auto place = [&members](Node node) -> std::optional<size_t> {
    const auto found = std::lower_bound(members.begin(), members.end(), node);
    if (found == members.end() || *found != node) return std::nullopt;
    return static_cast<size_t>(found - members.begin());
  };
  std::vector<std::optional<Step>> reached(members.size());
  std::vector<Node> queue = {start};
  const size_t goal = *place(start);
  for (size_t head = 0; head < queue.size() && !reached[goal]; ++head) {
    for (const Edge& edge : EdgesOf(queue[head])) {
      const std::optional<size_t> to = place(edge.to);
      if (!to || reached[*to]) continue;
      reached[*to] = Step{queue[head], edge};
      queue.push_back(edge.to);
    }
  }
  std::vector<Edge> way;
  Node node = start;
  do {
    const Step& step = *reached[*place(node)];
    way.push_back(step.edge);
    node = step.from;
  } while (node != start);
  std::reverse(way.begin(), way.end());
  return way;
}

void DependencyGraph::ReportCycle(const std::vector<Node>& component, DiagnosticSink* sink) const {
  const Node start = *std::min_element(component.begin(), component.end(),
                                       [this](Node a, Node b) { return NameOf(a) < NameOf(b); });
  const std::vector<Edge> way = ShortestWayRound(start, component);
  std::string text = StrCat("`", NameOf(start), "`");
  for (size_t i = 0; i < way.size(); ++i) {
    const bool skip = i + 1 >= kMaxShownNames && i + 1 < way.size();
    if (!skip) {
      StrAppend(&text, " needs `", NameOf(way[i].to), "`");
      if (i + 1 < way.size()) text += ", which";
    } else if (i + 1 == kMaxShownNames) {
      StrAppend(&text, " leads over ", way.size() - kMaxShownNames, " more to one that");
    }
  }
  Diagnostic& finding = sink->Add(DiagnosticKind::kCycle, way[0].mention, {NameOf(start), text});
  finding.related.push_back({NameRangeOf(start), StrCat("`", NameOf(start), "` is declared here")});
  for (size_t i = 1; i < way.size() && i < kMaxShownNames; ++i) {
    finding.related.push_back({way[i].mention, StrCat("`", NameOf(way[i - 1].to), "` needs `",
                                                      NameOf(way[i].to), "` here")});
  }
}

bool DependencyGraph::IsInactiveRule(Node node) const {
  const Item item = ItemOf(node);
  return item.kind == Item::Kind::kRule && rule_set_.rules[item.index].mode != RuleMode::kActive;
}

bool DependencyGraph::IsActiveRuleOrOutput(Node node) const {
  const Item item = ItemOf(node);
  if (item.kind == Item::Kind::kRule) return !IsInactiveRule(node);
  return item.kind == Item::Kind::kDefine && rule_set_.defines[item.index].is_output;
}

void DependencyGraph::ReportInactiveDependencies(std::span<const Node> order,
                                                 DiagnosticSink* sink) const {
  // For a define or scorecard: the edge that leads to a rule that is not active, if one does.
  // What an active rule or output depends on is reported there and not again above it.
  std::vector<const Edge*> leads(size(), nullptr);
  for (const Node node : order) {
    if (IsInactiveRule(node)) continue;
    for (const Edge& edge : EdgesOf(node)) {
      if (!IsInactiveRule(edge.to) && leads[edge.to] == nullptr) continue;
      if (!IsActiveRuleOrOutput(node)) {
        leads[node] = &edge;
        break;
      }
      const Edge* last = &edge;
      std::vector<const Edge*> way;
      while (!IsInactiveRule(last->to)) {
        last = leads[last->to];
        way.push_back(last);
      }
      const Rule& rule = rule_set_.rules[ItemOf(last->to).index];
      const bool is_rule = ItemOf(node).kind == Item::Kind::kRule;
      Diagnostic& finding =
          sink->Add(DiagnosticKind::kInactiveDependency, edge.mention,
                    {StrCat(is_rule ? "active rule `" : "output `", NameOf(node), "`"), rule.name,
                     RuleModeName(rule.mode)});
      finding.hint = StrCat("make `", rule.name, "` active, or leave it out here");
      if (way.size() > kMaxShownNames) way.erase(way.begin() + kMaxShownNames - 1, way.end() - 1);
      for (const Edge* step : way) {
        finding.related.push_back(
            {step->mention, StrCat("it leads to `", NameOf(step->to), "` here")});
      }
      finding.related.push_back({rule.name_range, StrCat("`", rule.name, "` is declared here")});
    }
  }
}

std::vector<bool> DependencyGraph::ClockReaders(std::span<const Node> order) const {
  std::vector<bool> reads = mentions_clock_;
  for (const Node node : order) {
    for (const Edge& edge : EdgesOf(node)) {
      if (edge.decides && reads[edge.to]) reads[node] = true;
    }
  }
  return reads;
}

}  // namespace pql
