#include "eval/plan/plan.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "eval/plan/plan_builder.h"
#include "eval/plan/plan_run.h"

namespace pql {

Plan::Plan(const CheckedRuleSet& rule_set)
    : rule_set_(rule_set),
      layout_(rule_set),
      rules_(rule_set.rules.size()),
      defines_(rule_set.defines.size()),
      scorecards_(rule_set.scorecards.size()) {
  BuildNodes();
  layout_.Seal();
  BuildPrograms();
}

uint32_t& Plan::ChainOf(Item item) {
  size_t place = item.index;
  if (item.kind != Item::Kind::kRule) place += rules_.size();
  if (item.kind == Item::Kind::kScorecard) place += defines_.size();
  return chain_[place];
}

void Plan::NoteChain(Item item, NodeIndex first_node) {
  uint32_t chain = 0;
  for (size_t i = first_node; i < nodes_.nodes.size(); ++i) {
    const PlanNode& node = nodes_.nodes[i];
    switch (node.kind) {
      case PlanNode::Kind::kDefine:
        chain = std::max(chain, ChainOf({Item::Kind::kDefine, node.index}) + 1);
        break;
      case PlanNode::Kind::kScorecard:
        chain = std::max(chain, ChainOf({Item::Kind::kScorecard, node.index}) + 1);
        break;
      case PlanNode::Kind::kRule:
        chain = std::max(chain, ChainOf({Item::Kind::kRule, node.index}) + 1);
        break;
      default:
        break;
    }
  }
  ChainOf(item) = chain;
  longest_chain_ = std::max(longest_chain_, chain);
}

void Plan::BuildNodes() {
  PlanBuilder builder(rule_set_, &layout_, &nodes_);
  chain_.resize(rules_.size() + defines_.size() + scorecards_.size());
  for (const Item item : rule_set_.evaluation_order) {
    const auto first_node = static_cast<NodeIndex>(nodes_.nodes.size());
    switch (item.kind) {
      case Item::Kind::kDefine:
        defines_[item.index].value = builder.Build(rule_set_.defines[item.index].value);
        break;
      case Item::Kind::kScorecard:
        for (const ScorecardLine& line : rule_set_.scorecards[item.index].lines) {
          scorecards_[item.index].push_back(
              builder.Build(line.condition ? *line.condition : *line.per_value));
        }
        break;
      case Item::Kind::kRule: {
        const Rule& rule = rule_set_.rules[item.index];
        rules_[item.index].condition = builder.BuildCondition(item.index);
        if (rule.score.has_value()) rules_[item.index].score = builder.Build(*rule.score);
        break;
      }
    }
    NoteChain(item, first_node);
  }
}

void Plan::BuildPrograms() {
  ProgramBuilder builder(rule_set_, layout_, nodes_, &program_);
  for (RuleCode& rule : rules_) rule.begin = builder.Build(rule.condition);
  for (size_t i = 0; i < defines_.size(); ++i) {
    if (!rule_set_.defines[i].value.type.IsBool()) continue;
    defines_[i].is_condition = true;
    defines_[i].begin = builder.Build(defines_[i].value);
  }
}

size_t Plan::MemoryBytes() const {
  const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof(vector[0]); };
  size_t lines = 0;
  for (const auto& scorecard : scorecards_) lines += bytes(scorecard);
  return bytes(nodes_.nodes) + bytes(nodes_.ranges) + bytes(nodes_.constants) +
         bytes(program_.instructions) + bytes(program_.tests) + bytes(rules_) + bytes(defines_) +
         bytes(scorecards_) + bytes(chain_) + lines;
}

Evaluation Evaluate(const Plan& plan, const EvaluationInput& input) {
  BoundAccounts accounts(plan.layout());
  accounts[0].Bind(*input.account);
  PlanRun run(plan);
  run.Begin(accounts[0], input.now, input.held);
  return run.Evaluate();
}

}  // namespace pql
