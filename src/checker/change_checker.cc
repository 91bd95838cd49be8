#include "checker/change_checker.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "checker/declaration_checker.h"
#include "checker/declaration_table.h"
#include "checker/dependency_graph.h"
#include "checker/expression_checker.h"
#include "checker/scope.h"
#include "diagnostics/diagnostic.h"

namespace pql {
namespace {

constexpr uint32_t kGone = std::numeric_limits<uint32_t>::max();

class ChangeChecker {
 public:
  ChangeChecker(const SourceSet& sources, const RulesBefore& before,
                const FunctionRegistry& functions, const CheckLimits& limits)
      : sources_(sources), before_(before), functions_(functions), limits_(limits) {}

  // False: the whole has to be checked.
  bool Check(const ChangedFiles& files) {
    if (before_.checked.values_name_rules) return false;
    if (!FindGone(files.before) || !FindAdded(files.after)) return false;
    PutRules();
    const Scope scope(result_.checked);
    CheckRules(scope);
    return sink_.diagnostics().empty() && Order(scope) && KeepTests();
  }

  ChangedRules Take() { return std::move(result_); }

 private:
  // A rule to be checked.
  struct Todo {
    Declared<RuleSyntax> declared;
    uint32_t index = 0;  // in the result
  };

  bool FindGone(const std::vector<const RuleFile*>& files) {
    for (const RuleFile* file : files) {
      for (const Declaration& declaration : file->declarations) {
        const auto* rule = declaration.As<RuleSyntax>();
        if (rule == nullptr) return false;
        gone_.push_back(*before_.checked.FindRule(rule->name.text));
      }
    }
    std::sort(gone_.begin(), gone_.end());
    std::vector<uint32_t> again;
    for (const uint32_t rule : before_.checked.rules_naming_rules) {
      if (IsGone(rule)) continue;
      todo_.push_back({.declared = {before_.syntax[rule], before_.checked.rules[rule].range}});
      again.push_back(rule);
    }
    const auto middle = gone_.insert(gone_.end(), again.begin(), again.end());
    std::inplace_merge(gone_.begin(), middle, gone_.end());
    return true;
  }

  bool FindAdded(const std::vector<const RuleFile*>& files) {
    const Scope names(before_.checked);
    for (const RuleFile* file : files) {
      for (const Declaration& declaration : file->declarations) {
        const auto* rule = declaration.As<RuleSyntax>();
        if (rule == nullptr) return false;
        const std::string& name = rule->name.text;
        if (name.empty() || name == "now" || name == "stage") return false;
        const std::optional<Symbol> other = names.Find(name);
        const bool is_taken =
            other.has_value() && (other->kind != Symbol::Kind::kRule || !IsGone(other->index));
        if (is_taken) return false;
        todo_.push_back({.declared = {rule, declaration.range}});
      }
    }
    const auto name_of = [](const Todo& todo) -> const std::string& {
      return todo.declared.syntax->name.text;
    };
    std::sort(todo_.begin(), todo_.end(),
              [&](const Todo& a, const Todo& b) { return name_of(a) < name_of(b); });
    const bool twice =
        std::adjacent_find(todo_.begin(), todo_.end(), [&](const Todo& a, const Todo& b) {
          return name_of(a) == name_of(b);
        }) != todo_.end();
    const size_t rules = before_.checked.rules.size() - gone_.size() + todo_.size();
    return !twice && rules <= limits_.max_rules;
  }

  bool IsGone(uint32_t rule) const { return std::binary_search(gone_.begin(), gone_.end(), rule); }

  // Merges what stays with what is to be checked, in order of name.
  void PutRules() {
    const CheckedRuleSet& before = before_.checked;
    CheckedRuleSet& after = result_.checked;
    after.metrics = before.metrics;
    after.defines = before.defines;
    after.scorecards = before.scorecards;
    after.stages = before.stages;
    after.stages_range = before.stages_range;
    after.tests = before.tests;

    auto& rules = after.rules.handles();
    rules.reserve(before.rules.size() + todo_.size());
    result_.syntax.reserve(before.rules.size() + todo_.size());
    moved_to_.assign(before.rules.size(), kGone);
    uint32_t next = 0;
    auto gone = gone_.begin();
    const auto keep_until = [&](uint32_t end) {
      for (; next < end; ++next) {
        if (gone != gone_.end() && *gone == next) {
          ++gone;
          continue;
        }
        moved_to_[next] = static_cast<uint32_t>(rules.size());
        rules.push_back(before.rules.handles()[next]);
        result_.syntax.push_back(before_.syntax[next]);
      }
    };
    for (Todo& todo : todo_) {
      const std::string& name = todo.declared.syntax->name.text;
      const auto place = std::lower_bound(
          before.rules.begin(), before.rules.end(), name,
          [](const Rule& rule, const std::string& key) { return rule.name < key; });
      keep_until(static_cast<uint32_t>(place - before.rules.begin()));
      todo.index = static_cast<uint32_t>(rules.size());
      rules.push_back(std::make_shared<Rule>(CheckRuleHead(todo.declared, &sink_)));
      result_.syntax.push_back(todo.declared.syntax);
    }
    keep_until(static_cast<uint32_t>(before.rules.size()));
  }

  void CheckRules(const Scope& scope) {
    ExpressionChecker expressions(sources_, result_.checked, scope, functions_, limits_, &sink_);
    DeclarationChecker declarations(result_.checked, &expressions);
    for (const Todo& todo : todo_) {
      declarations.CheckRuleBody(*todo.declared.syntax, &result_.checked.rules.Edit(todo.index));
    }
  }

  // False: there is a cycle, or an active rule depends on one that is not.
  bool Order(const Scope& scope) {
    CheckedRuleSet& after = result_.checked;
    std::vector<RuleMentions> mentions;
    std::vector<std::vector<uint32_t>> users(todo_.size());  // who names it, by place in todo_
    std::vector<size_t> waits_for(todo_.size());
    for (uint32_t place = 0; place < todo_.size(); ++place) {
      const Todo& todo = todo_[place];
      mentions.push_back(MentionsOf(*todo.declared.syntax, scope));
      bool names_rules = false;
      for (const RuleMentions::Name& name : mentions.back().names) {
        if (name.symbol.kind != Symbol::Kind::kRule) continue;
        names_rules = true;
        if (after.rules[todo.index].mode == RuleMode::kActive &&
            after.rules[name.symbol.index].mode != RuleMode::kActive) {
          return false;
        }
        const std::optional<uint32_t> named = PlaceOf(name.symbol.index);
        if (!named.has_value()) continue;
        users[*named].push_back(place);
        ++waits_for[place];
      }
      if (names_rules) after.rules_naming_rules.push_back(todo.index);
    }
    OrderWhatStays();
    std::vector<uint32_t> ready;
    for (uint32_t place = 0; place < todo_.size(); ++place) {
      if (waits_for[place] == 0) ready.push_back(place);
    }
    for (size_t head = 0; head < ready.size(); ++head) {
      const uint32_t index = todo_[ready[head]].index;
      after.rules.Edit(index).reads_clock = ReadsClock(mentions[ready[head]]);
      after.evaluation_order.push_back({Item::Kind::kRule, index});
      for (const uint32_t user : users[ready[head]]) {
        if (--waits_for[user] == 0) ready.push_back(user);
      }
    }
    return ready.size() == todo_.size();
  }

  void OrderWhatStays() {
    result_.checked.evaluation_order.reserve(before_.checked.evaluation_order.size() +
                                             todo_.size());
    for (Item item : before_.checked.evaluation_order) {
      if (item.kind == Item::Kind::kRule) item.index = moved_to_[item.index];
      if (item.index != kGone) result_.checked.evaluation_order.push_back(item);
    }
  }

  std::optional<uint32_t> PlaceOf(uint32_t rule) const {
    const auto found =
        std::lower_bound(todo_.begin(), todo_.end(), rule,
                         [](const Todo& todo, uint32_t index) { return todo.index < index; });
    if (found == todo_.end() || found->index != rule) return std::nullopt;
    return static_cast<uint32_t>(found - todo_.begin());
  }

  bool ReadsClock(const RuleMentions& mentions) const {
    const CheckedRuleSet& rule_set = result_.checked;
    return mentions.clock ||
           std::any_of(mentions.names.begin(), mentions.names.end(), [&](const auto& name) {
             const uint32_t index = name.symbol.index;
             switch (name.symbol.kind) {
               case Symbol::Kind::kDefine:
                 return name.decides && rule_set.defines[index].reads_clock;
               case Symbol::Kind::kScorecard:
                 return name.decides && rule_set.scorecards[index].reads_clock;
               default:
                 return name.decides && rule_set.rules[index].reads_clock;
             }
           });
  }

  // Tests are as they were where their rules have the same indices and read the clock as before.
  bool KeepTests() const {
    if (before_.checked.tests.empty()) return true;
    if (before_.checked.rules.size() != result_.checked.rules.size()) return false;
    return std::all_of(todo_.begin(), todo_.end(), [this](const Todo& todo) {
      const Rule& was = before_.checked.rules[todo.index];
      const Rule& is = result_.checked.rules[todo.index];
      return was.name == is.name && was.reads_clock == is.reads_clock &&
             (!is.reads_clock || (was.stage == is.stage && was.mode == is.mode));
    });
  }

  const SourceSet& sources_;
  const RulesBefore& before_;
  const FunctionRegistry& functions_;
  const CheckLimits& limits_;
  DiagnosticSink sink_;
  std::vector<uint32_t> gone_;      // of the rules before: those that do not stay, ascending
  std::vector<Todo> todo_;          // in order of name
  std::vector<uint32_t> moved_to_;  // by rule before: its index in the result
  ChangedRules result_;
};

}  // namespace

std::optional<ChangedRules> CheckChange(const SourceSet& sources, const RulesBefore& before,
                                        const ChangedFiles& files,
                                        const FunctionRegistry& functions,
                                        const CheckLimits& limits) {
  ChangeChecker checker(sources, before, functions, limits);
  if (!checker.Check(files)) return std::nullopt;
  return checker.Take();
}

}  // namespace pql
