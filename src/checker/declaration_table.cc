#include "checker/declaration_table.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "ast/rule_file.h"
#include "base/strings.h"

namespace pql {
namespace {

void SortByName(const SourceSet& sources, std::vector<const RuleFile*>* files) {
  std::sort(files->begin(), files->end(), [&](const RuleFile* a, const RuleFile* b) {
    return std::forward_as_tuple(sources.file(a->file).name(), a->file) <
           std::forward_as_tuple(sources.file(b->file).name(), b->file);
  });
}

class Collector {
 public:
  Collector(const CheckLimits& limits, DiagnosticSink* sink) : limits_(limits), sink_(sink) {}

  void Add(const Declaration& declaration) {
    if (const auto* metric = declaration.As<MetricSyntax>()) {
      AddNamed(declaration, *metric, "a metric", &table_.metrics);
    } else if (const auto* define = declaration.As<DefineSyntax>()) {
      AddNamed(declaration, *define, define->is_output ? "an output" : "a define", &table_.defines);
    } else if (const auto* scorecard = declaration.As<ScorecardSyntax>()) {
      AddNamed(declaration, *scorecard, "a scorecard", &table_.scorecards);
    } else if (const auto* rule = declaration.As<RuleSyntax>()) {
      AddNamed(declaration, *rule, "a rule", &table_.rules);
      if (table_.rules.size() == limits_.max_rules + 1) {
        sink_->Add(DiagnosticKind::kTooManyRules, rule->name.range, {limits_.max_rules});
      }
    } else if (const auto* stages = declaration.As<StagesSyntax>()) {
      AddStages(declaration, *stages);
    } else if (const auto* test = declaration.As<TestSyntax>()) {
      AddTest(declaration, *test);
    }
  }

  DeclarationTable Take() {
    const auto by_name = [](auto* declared) {
      std::sort(declared->begin(), declared->end(), [](const auto& a, const auto& b) {
        return a.syntax->name.text < b.syntax->name.text;
      });
    };
    by_name(&table_.metrics);
    by_name(&table_.defines);
    by_name(&table_.scorecards);
    by_name(&table_.rules);
    return std::move(table_);
  }

 private:
  struct First {
    SourceRange range;
    std::string_view what;
  };

  template <typename Syntax>
  void AddNamed(const Declaration& declaration, const Syntax& syntax, std::string_view what,
                std::vector<Declared<Syntax>>* declared) {
    const NameSyntax& name = syntax.name;
    if (name.text.empty()) {
      table_.nameless.push_back(&declaration);
      return;
    }
    if (name.text == "now" || name.text == "stage") {
      table_.nameless.push_back(&declaration);
      sink_->Add(DiagnosticKind::kReservedName, name.range, {name.text}).hint =
          name.text == "now" ? "`now` is the time of the evaluation; choose another name"
                             : "`stage` is the stage of an account; choose another name";
      return;
    }
    const auto [entry, is_first] = names_.emplace(name.text, First{name.range, what});
    if (is_first) {
      declared->push_back({&syntax, declaration.range});
      return;
    }
    table_.nameless.push_back(&declaration);
    table_.repeated_names.push_back(name.text);
    Diagnostic& finding = sink_->Add(DiagnosticKind::kDuplicateName, name.range, {name.text});
    finding.hint = "give one of the two another name";
    finding.related.push_back(
        {entry->second.range, StrCat("first declared here, as ", entry->second.what)});
  }

  void AddStages(const Declaration& declaration, const StagesSyntax& stages) {
    if (table_.stages == nullptr) {
      table_.stages = &stages;
      table_.stages_range = declaration.range;
      return;
    }
    Diagnostic& finding = sink_->Add(DiagnosticKind::kSecondStages, declaration.range);
    finding.hint = "list all stages in one line, from low to high";
    finding.related.push_back({table_.stages_range, "first declared here"});
  }

  void AddTest(const Declaration& declaration, const TestSyntax& test) {
    table_.tests.push_back({&test, declaration.range});
    const auto [entry, is_first] = tests_.emplace(test.name.text, test.name.range);
    if (is_first || test.name.range.begin == test.name.range.end) return;
    Diagnostic& finding =
        sink_->Add(DiagnosticKind::kDuplicateTest, test.name.range, {QuoteString(test.name.text)});
    finding.hint = "say what is special about this one";
    finding.related.push_back({entry->second, "the first one is here"});
  }

  const CheckLimits& limits_;
  DiagnosticSink* const sink_;
  DeclarationTable table_;
  std::unordered_map<std::string_view, First> names_;
  std::unordered_map<std::string_view, SourceRange> tests_;
};

}  // namespace

DeclarationTable CollectDeclarations(const SourceSet& sources, std::vector<const RuleFile*> files,
                                     const CheckLimits& limits, DiagnosticSink* sink) {
  SortByName(sources, &files);
  Collector collector(limits, sink);
  for (const RuleFile* file : files) {
    for (const Declaration& declaration : file->declarations) collector.Add(declaration);
  }
  return collector.Take();
}

}  // namespace pql
