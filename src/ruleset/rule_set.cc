#include "ruleset/rule_set.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "eval/columns/shared_column_program.h"
#include "eval/plan/plan.h"

namespace pql {
namespace {

void SortByName(std::vector<SourceText>* sources) {
  std::sort(sources->begin(), sources->end(),
            [](const SourceText& a, const SourceText& b) { return a.name < b.name; });
}

// SHA-256 over each part with its length before it, so that no two lists of parts give the same
// bytes.
std::string DigestOfSorted(const std::vector<SourceText>& sources) {
  std::string bytes;
  for (const SourceText& source : sources) {
    for (const std::string& part : {std::cref(source.name), std::cref(source.text)}) {
      StrAppend(&bytes, part.size(), ":", part);
    }
  }
  return absl::BytesToHexString(Sha256(bytes));
}

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

}  // namespace

bool IsLintConfig(std::string_view source_name) {
  return source_name.substr(source_name.rfind('/') + 1) == kLintConfigName;
}

CompileResult CompileRuleSet(std::string id, std::vector<SourceText> sources,
                             const CompileOptions& options) {
  SortByName(&sources);
  auto rule_set = std::make_shared<RuleSet>();
  rule_set->id = std::move(id);
  rule_set->digest = DigestOfSorted(sources);
  rule_set->functions = options.functions;

  size_t total_bytes = 0;
  for (SourceText& source : sources) {
    total_bytes += source.text.size();
    rule_set->sources.AddFile(std::move(source.name), std::move(source.text));
  }

  DiagnosticSink sink(options.max_diagnostics);
  if (total_bytes > options.max_total_bytes) {
    sink.Add(DiagnosticKind::kRuleSetTooLarge, SourceRange{},
             {total_bytes, options.max_total_bytes});
  } else {
    for (FileId file = 0; file < rule_set->sources.size(); ++file) {
      if (IsLintConfig(rule_set->sources.file(file).name())) {
        rule_set->files.push_back(RuleFile{.file = file});
        continue;
      }
      rule_set->files.push_back(ParseRuleFile(rule_set->sources, file, options.parse, &sink));
    }
    rule_set->checked =
        CheckRuleSet(rule_set->sources, rule_set->files, *options.functions, options.check, &sink);
    rule_set->rule_syntax = IndexRules(*rule_set);
    if (!sink.has_errors()) {
      rule_set->plan = std::make_shared<const Plan>(rule_set->checked);
      rule_set->columns = std::make_shared<const SharedColumnProgram>(rule_set->plan);
    }
  }

  CompileResult result;
  result.error_count = sink.error_count();
  result.dropped = sink.dropped();
  result.diagnostics = sink.Take();
  result.rule_set = std::move(rule_set);
  return result;
}

std::string DigestOf(std::vector<SourceText> sources) {
  SortByName(&sources);
  return DigestOfSorted(sources);
}

}  // namespace pql
