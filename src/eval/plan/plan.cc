#include "eval/plan/plan.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "eval/plan/plan_builder.h"
#include "eval/plan/plan_run.h"

namespace pql {

Plan::Plan(const CheckedRuleSet& rule_set)
    : rule_set_(rule_set),
      layout_(rule_set),
      rules_(rule_set.rules.size()),
      defines_(rule_set.defines.size()),
      scorecards_(rule_set.scorecards.size()),
      stages_(rule_set.rules.size()),
      chain_(rules_.size() + defines_.size() + scorecards_.size()) {
  Compile(rule_set.evaluation_order);
  FindAnswerItems();
}

std::unique_ptr<const Plan> Plan::After(const Plan& before, const RuleChanges& changes,
                                        const CheckedRuleSet& rule_set) {
  if (rule_set.values_name_rules) return nullptr;
  std::unique_ptr<const Plan> plan(new Plan(before, changes, rule_set));
  if (!plan->layout_.texts().CanFollow(before.layout_.texts())) return nullptr;
  return plan;
}

Plan::Plan(const Plan& before, const RuleChanges& changes, const CheckedRuleSet& rule_set)
    : rule_set_(rule_set),
      layout_(before.layout_, rule_set),
      segments_(before.segments_),
      rules_(rule_set.rules.size()),
      defines_(before.defines_),
      scorecards_(before.scorecards_),
      stages_(rule_set.rules.size()),
      answer_items_(before.answer_items_),
      stale_rules_(before.stale_rules_ + before.rules_.size()),
      chain_(rules_.size()),
      longest_chain_(before.longest_chain_) {
  chain_.insert(chain_.end(), before.chain_.begin() + static_cast<ptrdiff_t>(before.rules_.size()),
                before.chain_.end());
  std::vector<bool> is_new(rules_.size());
  for (uint32_t rule = 0; rule < rules_.size(); ++rule) {
    const uint32_t old_rule = changes.before[rule];
    is_new[rule] = old_rule == RuleChanges::kNone;
    if (is_new[rule]) continue;
    rules_[rule] = before.rules_[old_rule];
    stages_[rule] = before.stages_[old_rule];
    chain_[rule] = before.chain_[old_rule];
    --stale_rules_;
  }
  for (const uint32_t old_rule : before.holding_rules_) {
    const uint32_t rule = changes.now[old_rule];
    if (rule == RuleChanges::kNone) continue;
    if (rule == old_rule) {
      holding_rules_.push_back(rule);
    } else {
      is_new[rule] = true;
      ++stale_rules_;
    }
  }
  std::vector<Item> items;
  for (const Item item : rule_set.evaluation_order) {
    if (item.kind == Item::Kind::kRule && is_new[item.index]) items.push_back(item);
  }
  Compile(items);
}

size_t Plan::NumberOf(Item item) const {
  size_t number = item.index;
  if (item.kind != Item::Kind::kRule) number += rules_.size();
  if (item.kind == Item::Kind::kScorecard) number += defines_.size();
  return number;
}

void Plan::NoteChain(Item item, const PlanSegment& segment, NodeIndex first_node) {
  uint32_t chain = 0;
  for (size_t i = first_node; i < segment.nodes.nodes.size(); ++i) {
    const PlanNode& node = segment.nodes.nodes[i];
    switch (node.kind) {
      case PlanNode::Kind::kDefine:
        chain = std::max(chain, chain_[NumberOf({Item::Kind::kDefine, node.index})] + 1);
        break;
      case PlanNode::Kind::kScorecard:
        chain = std::max(chain, chain_[NumberOf({Item::Kind::kScorecard, node.index})] + 1);
        break;
      case PlanNode::Kind::kRule:
        chain = std::max(chain, chain_[NumberOf({Item::Kind::kRule, node.index})] + 1);
        break;
      default:
        break;
    }
  }
  chain_[NumberOf(item)] = chain;
  longest_chain_ = std::max(longest_chain_, chain);
}

void Plan::CompileItem(Item item, PlanBuilder* builder, PlanSegment* segment) {
  const auto first_node = static_cast<NodeIndex>(segment->nodes.nodes.size());
  switch (item.kind) {
    case Item::Kind::kDefine:
      defines_[item.index] = {.segment = segment,
                              .value = builder->Build(rule_set_.defines[item.index].value)};
      segment->owners.push_back(rule_set_.defines.handles()[item.index]);
      break;
    case Item::Kind::kScorecard: {
      ScorecardCode& code = scorecards_[item.index];
      code.segment = segment;
      for (const ScorecardLine& line : rule_set_.scorecards[item.index].lines) {
        code.lines.push_back(builder->Build(line.condition ? *line.condition : *line.per_value));
      }
      segment->owners.push_back(rule_set_.scorecards.handles()[item.index]);
      break;
    }
    case Item::Kind::kRule: {
      const Rule& rule = rule_set_.rules[item.index];
      RuleCode& code = rules_[item.index];
      code = {.segment = segment, .condition = builder->BuildCondition(item.index)};
      if (rule.score.has_value()) code.score = builder->Build(*rule.score);
      if (rule.keep_while.has_value()) holding_rules_.push_back(item.index);
      const bool gives_stage = rule.mode == RuleMode::kActive && rule.stage.has_value();
      stages_[item.index] = gives_stage ? *rule.stage + 1 : 0;
      segment->owners.push_back(rule_set_.rules.handles()[item.index]);
      break;
    }
  }
  NoteChain(item, *segment, first_node);
}

// Programs come last, when the layout knows all texts.
void Plan::Compile(std::span<const Item> items) {
  auto segment = std::make_shared<PlanSegment>();
  PlanBuilder nodes(rule_set_, &layout_, &segment->nodes);
  for (const Item item : items) CompileItem(item, &nodes, segment.get());
  std::sort(holding_rules_.begin(), holding_rules_.end());
  layout_.Seal();
  ProgramBuilder programs(layout_, segment->nodes, &segment->program);
  for (const Item item : items) {
    if (item.kind == Item::Kind::kRule) {
      rules_[item.index].begin = programs.Build(rules_[item.index].condition);
    } else if (item.kind == Item::Kind::kDefine &&
               rule_set_.defines[item.index].value.type.IsBool()) {
      defines_[item.index].is_condition = true;
      defines_[item.index].begin = programs.Build(defines_[item.index].value);
    }
  }
  segments_.push_back(std::move(segment));
}

// Against the order of evaluation, so that who depends on an item is known before it.
void Plan::FindAnswerItems() {
  std::vector<bool> needed(chain_.size());
  const auto needs = [&](const TypedExpression& expression) {
    WalkTyped(expression, [&](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kDefine) {
        needed[NumberOf({Item::Kind::kDefine, node.index})] = true;
      } else if (node.kind == TypedExpression::Kind::kScorecard) {
        needed[NumberOf({Item::Kind::kScorecard, node.index})] = true;
      } else if (node.kind == TypedExpression::Kind::kRule) {
        needed[NumberOf({Item::Kind::kRule, node.index})] = true;
      }
    });
  };
  const auto needs_if_any = [&](const std::optional<TypedExpression>& expression) {
    if (expression.has_value()) needs(*expression);
  };
  for (auto at = rule_set_.evaluation_order.rbegin(); at != rule_set_.evaluation_order.rend();
       ++at) {
    bool is_needed = needed[NumberOf(*at)];
    switch (at->kind) {
      case Item::Kind::kDefine: {
        const Define& define = rule_set_.defines[at->index];
        is_needed |= define.is_output;
        if (is_needed) needs(define.value);
        break;
      }
      case Item::Kind::kScorecard:
        is_needed = true;
        for (const ScorecardLine& line : rule_set_.scorecards[at->index].lines) {
          needs_if_any(line.condition);
          needs_if_any(line.per_value);
        }
        break;
      case Item::Kind::kRule: {
        if (!is_needed) break;
        const Rule& rule = rule_set_.rules[at->index];
        needs(rule.when);
        needs_if_any(rule.unless);
        needs_if_any(rule.keep_while);
        needs_if_any(rule.score);
        break;
      }
    }
    if (is_needed) answer_items_.push_back(*at);
  }
  std::reverse(answer_items_.begin(), answer_items_.end());
}

size_t Plan::MemoryBytes() const {
  const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof(vector[0]); };
  size_t sum = bytes(rules_) + bytes(defines_) + bytes(scorecards_) + bytes(chain_);
  sum += bytes(stages_) + bytes(answer_items_) + bytes(holding_rules_);
  for (const ScorecardCode& scorecard : scorecards_) sum += bytes(scorecard.lines);
  for (const auto& segment : segments_) {
    sum += bytes(segment->nodes.nodes) + bytes(segment->nodes.ranges);
    sum += bytes(segment->nodes.constants) + bytes(segment->owners);
    sum += bytes(segment->program.instructions) + bytes(segment->program.tests);
  }
  return sum;
}

Evaluation Evaluate(const Plan& plan, const EvaluationInput& input) {
  BoundAccounts accounts(plan.layout());
  accounts[0].Bind(*input.account);
  PlanRun run(plan);
  run.Begin(accounts[0], input.now, input.held);
  return run.Evaluate();
}

}  // namespace pql
