#include "ruleset/rule_set.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "checker/change_checker.h"
#include "eval/columns/shared_column_program.h"
#include "eval/plan/match_run.h"
#include "eval/plan/plan.h"
#include "eval/plan/rule_changes.h"
#include "eval/plan/rule_index.h"

namespace pql {
namespace {

// How many rules may be evaluated one by one beside the index, or be compiled in vain, before that
// is worth a compilation of the whole.
size_t MaxLooseRules(size_t rules) { return std::clamp<size_t>(rules / 16, 16, 256); }

// Smaller rule sets are compiled as a whole, which takes no time.
constexpr size_t kMinSharedRules = 256;

std::vector<const RuleSyntax*> IndexRules(const RuleSet& rule_set) {
  std::vector<const RuleSyntax*> index(rule_set.checked.rules.size());
  for (const RuleFile& file : rule_set.files) {
    for (const Declaration& declaration : file.declarations) {
      const auto* syntax = declaration.As<RuleSyntax>();
      if (syntax == nullptr) continue;
      const std::optional<uint32_t> rule = rule_set.checked.FindRule(syntax->name.text);
      if (rule.has_value() && rule_set.checked.rules[*rule].name_range == syntax->name.range) {
        index[*rule] = syntax;
      }
    }
  }
  return index;
}

void PrepareRuns(RuleSet* rule_set) {
  rule_set->columns = std::make_shared<const SharedColumnProgram>(rule_set->plan);
  rule_set->match_runs = std::make_shared<MatchRunPool>(*rule_set->plan, rule_set->index.get());
}

// What evaluates it.
void PrepareWhole(const CompileOptions& options, RuleSet* rule_set) {
  rule_set->plan = std::make_shared<const Plan>(rule_set->checked);
  if (options.index && rule_set->checked.rules.size() >= RuleIndex::kMinRules) {
    rule_set->index = std::make_shared<const RuleIndex>(*rule_set->plan);
  }
  PrepareRuns(rule_set);
}

// The same from what evaluates the rule set before, where all but few rules are in both.
bool PrepareAfter(const RuleSet& before, RuleSet* rule_set) {
  const CheckedRuleSet& was = before.checked;
  const CheckedRuleSet& is = rule_set->checked;
  if (is.rules.size() < kMinSharedRules || before.plan == nullptr || was.stages != is.stages ||
      !was.metrics.IsSameAs(is.metrics) || !was.defines.IsSameAs(is.defines) ||
      !was.scorecards.IsSameAs(is.scorecards)) {
    return false;
  }
  const RuleChanges changes = RuleChanges::Between(was.rules, is.rules);
  if (changes.added.size() > is.rules.size() / 8) return false;
  rule_set->plan = Plan::After(*before.plan, changes, is);
  if (rule_set->plan == nullptr) return false;
  if (before.index != nullptr) {
    rule_set->index = std::make_shared<const RuleIndex>(*before.index, changes, *rule_set->plan);
  }
  PrepareRuns(rule_set);
  return true;
}

// Puts the sources into a rule set: into the places that they have in the one before.
class SourcePlacement {
 public:
  SourcePlacement(const RuleSet* before, RuleSet* rule_set) : rule_set_(*rule_set) {
    if (before == nullptr) return;
    rule_set_.sources = before->sources;
    rule_set_.files = before->files;
    rule_set_.empty_places = before->empty_places;
    rule_set_.source_bytes = before->source_bytes;
    old_order_ = before->file_order;
  }

  // REQUIRES: in order of name.
  void Place(const SharedSources& sources) {
    rule_set_.file_order.reserve(sources.size());
    auto old = old_order_.begin();
    for (const auto& source : sources) {
      int order = -1;
      for (; old != old_order_.end(); ++old) {
        const auto& known = rule_set_.sources.handle(*old);
        order = known == source ? 0 : source->name().compare(known->name());
        if (order <= 0) break;
        gone_.push_back(*old);
        order = -1;
      }
      const FileId place = order == 0 ? *old++ : AddPlace();
      rule_set_.file_order.push_back(place);
      const auto& known = rule_set_.sources.handle(place);
      if (known == source || (order == 0 && known->text() == source->text())) continue;
      if (order == 0) before_.push_back(rule_set_.files.handles()[place]);
      rule_set_.source_bytes += source->text().size() - known->text().size();
      rule_set_.sources.ReplaceFile(place, source);
      changed_.push_back(place);
    }
    gone_.insert(gone_.end(), old, old_order_.end());
    for (const FileId place : gone_) {
      before_.push_back(rule_set_.files.handles()[place]);
      rule_set_.source_bytes -= rule_set_.sources.file(place).text().size();
      rule_set_.sources.RemoveFile(place);
      rule_set_.files.handles()[place] = std::make_shared<RuleFile>(RuleFile{.file = place});
    }
    rule_set_.empty_places.insert(rule_set_.empty_places.end(), gone_.begin(), gone_.end());
  }

  void Parse(const ParseLimits& limits, DiagnosticSink* sink) {
    for (const FileId place : changed_) {
      RuleFile file{.file = place};
      if (!IsLintConfig(rule_set_.sources.file(place).name())) {
        file = ParseRuleFile(rule_set_.sources, place, limits, sink);
      }
      rule_set_.files.handles()[place] = std::make_shared<RuleFile>(std::move(file));
    }
  }

  // What Place and Parse came to.
  ChangedFiles Changes() const {
    ChangedFiles changes;
    for (const auto& file : before_) changes.before.push_back(file.get());
    for (const FileId place : changed_) changes.after.push_back(&rule_set_.files[place]);
    return changes;
  }

 private:
  FileId AddPlace() {
    if (!rule_set_.empty_places.empty()) {
      const FileId place = rule_set_.empty_places.back();
      rule_set_.empty_places.pop_back();
      return place;
    }
    const FileId place = rule_set_.sources.AddFile("", "");
    rule_set_.files.push_back(RuleFile{.file = place});
    return place;
  }

  RuleSet& rule_set_;
  std::vector<FileId> old_order_;
  std::vector<FileId> changed_;
  std::vector<FileId> gone_;
  std::vector<std::shared_ptr<const RuleFile>> before_;  // what changed or is gone
};

std::vector<const RuleFile*> Pointers(const SharedList<RuleFile>& files) {
  std::vector<const RuleFile*> pointers;
  for (const RuleFile& file : files) pointers.push_back(&file);
  return pointers;
}

// Places do not follow names any more where sources came and went.
void SortByFileName(const SourceSet& sources, std::vector<Diagnostic>* diagnostics) {
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [&](const Diagnostic& a, const Diagnostic& b) {
                     return sources.file(a.range.file).name() < sources.file(b.range.file).name();
                   });
}

}  // namespace

bool IsLintConfig(std::string_view source_name) {
  return source_name.substr(source_name.rfind('/') + 1) == kLintConfigName;
}

CompileResult CompileRuleSet(std::string id, std::vector<SourceText> sources,
                             const CompileOptions& options) {
  return CompileAfter(nullptr, std::move(id), Share(std::move(sources)), options);
}

CompileResult CompileAfter(const RuleSet* before, std::string id, const SharedSources& sources,
                           const CompileOptions& options) {
  if (before != nullptr && (!before->is_clean || before->functions != options.functions)) {
    before = nullptr;
  }
  auto rule_set = std::make_shared<RuleSet>();
  rule_set->id = std::move(id);
  rule_set->digest = DigestOfShared(sources);
  rule_set->functions = options.functions;
  SourcePlacement placement(before, rule_set.get());
  placement.Place(sources);

  DiagnosticSink sink(options.max_diagnostics);
  if (rule_set->source_bytes > options.max_total_bytes) {
    sink.Add(DiagnosticKind::kRuleSetTooLarge, SourceRange{},
             {rule_set->source_bytes, options.max_total_bytes});
  } else {
    placement.Parse(options.parse, &sink);
    std::optional<ChangedRules> changed;
    if (before != nullptr && sink.diagnostics().empty()) {
      changed = CheckChange(rule_set->sources, {before->checked, before->rule_syntax},
                            placement.Changes(), *options.functions, options.check);
    }
    if (changed.has_value()) {
      rule_set->checked = std::move(changed->checked);
      rule_set->rule_syntax = std::move(changed->syntax);
    } else {
      rule_set->checked = CheckRuleSet(rule_set->sources, Pointers(rule_set->files),
                                       *options.functions, options.check, &sink);
      rule_set->rule_syntax = IndexRules(*rule_set);
    }
    const bool may_share = changed.has_value();
    if (!sink.has_errors() && !(may_share && PrepareAfter(*before, rule_set.get()))) {
      PrepareWhole(options, rule_set.get());
    }
  }

  CompileResult result;
  rule_set->is_clean = sink.diagnostics().empty();
  result.error_count = sink.error_count();
  result.dropped = sink.dropped();
  result.diagnostics = sink.Take();
  if (before != nullptr) SortByFileName(rule_set->sources, &result.diagnostics);
  result.rule_set = std::move(rule_set);
  return result;
}

SharedSources Share(std::vector<SourceText> sources) {
  SharedSources shared;
  for (SourceText& source : sources) {
    shared.push_back(
        std::make_shared<const SourceFile>(std::move(source.name), std::move(source.text)));
  }
  std::stable_sort(shared.begin(), shared.end(),
                   [](const auto& a, const auto& b) { return a->name() < b->name(); });
  return shared;
}

std::string DigestOfShared(const SharedSources& sources) {
  std::string digests;
  digests.reserve(sources.size() * 32);
  for (const auto& source : sources) digests += source->digest();
  return absl::BytesToHexString(Sha256(digests));
}

std::string DigestOf(const std::vector<SourceText>& sources) {
  return DigestOfShared(Share(sources));
}

std::shared_ptr<const RuleSet> Consolidate(const RuleSet& rule_set, const CompileOptions& options) {
  auto consolidated = std::make_shared<RuleSet>(rule_set);
  consolidated->index = nullptr;
  PrepareWhole(options, consolidated.get());
  return consolidated;
}

bool IsWorthConsolidating(const RuleSet& rule_set) {
  if (rule_set.plan == nullptr) return false;
  const size_t loose = rule_set.index == nullptr ? 0 : rule_set.index->loose_rules();
  return std::max(loose, rule_set.plan->stale_rules()) >
         MaxLooseRules(rule_set.checked.rules.size());
}

std::shared_ptr<const RuleSet> EvaluatedAfter(const RuleSet& consolidated,
                                              const RuleSet& rule_set) {
  auto evaluated = std::make_shared<RuleSet>(rule_set);
  if (!PrepareAfter(consolidated, evaluated.get())) return nullptr;
  return evaluated;
}

}  // namespace pql
