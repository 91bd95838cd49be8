#include "tools/pql/evaluation_renderer.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "tools/pql/console.h"
#include "tools/pql/evaluation_parts.h"
#include "tools/pql/explanation_text.h"

namespace pql {
namespace {

// The entries of a map field in order of name.
std::map<std::string, Json> Entries(const Json& object, const char* name) {
  std::map<std::string, Json> entries;
  if (const Json* field = Field(object, name)) {
    for (const auto& entry : field->items()) entries.emplace(entry.key(), entry.value());
  }
  return entries;
}

constexpr const char* kPlainFields[] = {"accountId", "stage", "rules", "shadowRules"};
constexpr const char* kMapFields[] = {"scores", "outputs", "incompleteScores"};

// In the order of the contract, maps by name; fields that this program does not know come last.
Json InOrder(const Json& evaluation) {
  Json ordered = Json::object();
  for (const char* name : kPlainFields) {
    if (const Json* field = Field(evaluation, name)) ordered[name] = *field;
  }
  for (const char* name : kMapFields) {
    for (auto& [key, value] : Entries(evaluation, name)) ordered[name][key] = value;
  }
  for (const auto& entry : evaluation.items()) {
    const bool is_map = std::find(std::begin(kMapFields), std::end(kMapFields), entry.key()) !=
                        std::end(kMapFields);
    if (!is_map && !ordered.contains(entry.key())) ordered[entry.key()] = entry.value();
  }
  return ordered;
}

// An account's line or block for people in operations.
class HumanRenderer : public EvaluationRenderer {
 public:
  HumanRenderer(const RenderOptions& options, std::ostream* out) : options_(options), out_(*out) {}

  void Add(const Json& evaluation) override {
    out_ << AccountLine(TextOf(evaluation, "accountId"), TextOf(evaluation, "stage"),
                        options_.color);
    if (const Json* rules = Field(evaluation, "rules")) AddRules(*rules, "");
    if (const Json* rules = Field(evaluation, "shadowRules")) AddRules(*rules, "  (shadow)");
    if (options_.single || options_.all) AddValues(evaluation);
  }

 private:
  void AddRules(const Json& rules, std::string_view remark) {
    for (const Json& rule : rules) {
      const std::string outcome = TextOf(rule, "outcome");
      // Who merely does not qualify is no news in a list of accounts.
      if (outcome == "NOT_QUALIFIED" && !options_.single && !options_.all) continue;
      AddRule(rule, outcome, remark);
    }
  }

  void AddRule(const Json& rule, const std::string& outcome, std::string_view remark) {
    out_ << RuleHead(TextOf(rule, "rule"), outcome, options_.color) << remark;
    if (const Json* score = Field(rule, "score")) out_ << "  score " << CompactJson(*score);
    if (outcome == "UNKNOWN") {
      const Json* missing = Field(rule, "missing");
      out_ << UnknownReason(missing == nullptr ? Json::array() : *missing);
    }
    out_ << "\n"
         << DetailsText(rule, {.color = options_.color, .utf8 = options_.utf8, .indent = 4});
  }

  void AddValues(const Json& evaluation) {
    const auto incomplete = Entries(evaluation, "incompleteScores");
    for (const auto& [name, value] : Entries(evaluation, "scores")) {
      out_ << "  " << EscapeUnprintable(name) << " = " << ShownValue(value);
      const auto missing = incomplete.find(name);
      if (missing != incomplete.end()) {
        out_ << "  incomplete";
        if (!missing->second.empty()) out_ << ", missing: " << ShownValue(missing->second);
      }
      out_ << "\n";
    }
    for (const auto& [name, value] : Entries(evaluation, "outputs")) {
      out_ << "  " << EscapeUnprintable(name) << " = " << ShownValue(value) << "\n";
    }
  }

  RenderOptions options_;
  std::ostream& out_;
};

class JsonLinesRenderer : public EvaluationRenderer {
 public:
  explicit JsonLinesRenderer(std::ostream* out) : out_(*out) {}
  void Add(const Json& evaluation) override { out_ << CompactJson(InOrder(evaluation)) << "\n"; }

 private:
  std::ostream& out_;
};

// One account: its evaluation.  Many: `{"evaluations": [...]}`, as BatchEvaluateResponse.
class JsonRenderer : public EvaluationRenderer {
 public:
  JsonRenderer(bool single, std::ostream* out) : single_(single), out_(*out) {}
  void Begin() override {
    if (!single_) out_ << "{\"evaluations\": [";
  }
  void Add(const Json& evaluation) override {
    if (!single_) out_ << (first_ ? "\n" : ",\n");
    first_ = false;
    out_ << (single_ ? PrettyJson(InOrder(evaluation)) : CompactJson(InOrder(evaluation)));
  }
  void End() override { out_ << (single_ ? "\n" : first_ ? "]}\n" : "\n]}\n"); }

 private:
  bool single_;
  bool first_ = true;
  std::ostream& out_;
};

// One row an account.  `qualified` is a JSON array of names, so that the next run can read it as
// the column of rules that hold the account (`--held qualified`).
class CsvRenderer : public EvaluationRenderer {
 public:
  CsvRenderer(const RenderOptions& options, std::ostream* out) : options_(options), out_(*out) {}

  void Begin() override {
    std::vector<std::string> header = {"id", "stage", "qualified"};
    if (options_.all) {
      header.push_back("missing");
      header.insert(header.end(), options_.rules.begin(), options_.rules.end());
    }
    for (const std::string& rule : options_.scored_rules) header.push_back(StrCat(rule, ".score"));
    header.insert(header.end(), options_.scorecards.begin(), options_.scorecards.end());
    header.insert(header.end(), options_.outputs.begin(), options_.outputs.end());
    Row(header);
  }

  void Add(const Json& evaluation) override {
    Json qualified = Json::array();
    std::map<std::string, Json> rules;
    std::map<std::string, bool> missing_names;
    if (const Json* list = Field(evaluation, "rules")) {
      for (const Json& rule : *list) {
        if (TextOf(rule, "outcome") == "QUALIFIED") qualified.push_back(TextOf(rule, "rule"));
        if (const Json* names = Field(rule, "missing")) {
          for (const Json& name : *names) missing_names[name.get<std::string>()] = true;
        }
        rules.emplace(TextOf(rule, "rule"), rule);
      }
    }
    std::vector<std::string> row = {TextOf(evaluation, "accountId"), TextOf(evaluation, "stage"),
                                    CompactJson(qualified)};
    if (options_.all) {
      Json missing = Json::array();
      for (const auto& [name, unused] : missing_names) missing.push_back(name);
      row.push_back(CompactJson(missing));
      for (const std::string& rule : options_.rules) row.push_back(TextOf(rules[rule], "outcome"));
    }
    for (const std::string& rule : options_.scored_rules) {
      const Json* score = Field(rules[rule], "score");
      row.push_back(score == nullptr ? "" : CompactJson(*score));
    }
    AddCells(options_.scorecards, Entries(evaluation, "scores"), &row);
    AddCells(options_.outputs, Entries(evaluation, "outputs"), &row);
    Row(row);
  }

 private:
  static void AddCells(const std::vector<std::string>& names,
                       const std::map<std::string, Json>& values, std::vector<std::string>* row) {
    for (const std::string& name : names) {
      const auto found = values.find(name);
      row->push_back(found == values.end() ? "" : CsvValue(found->second));
    }
  }

  // With the line end that other tools of a command line expect.
  void Row(const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      AppendCsvCell(cells[i], &line);
    }
    out_ << line << '\n';
  }

  RenderOptions options_;
  std::ostream& out_;
};

// The summary is not a matter of single accounts.
class NoRenderer : public EvaluationRenderer {
 public:
  void Add(const Json& /*evaluation*/) override {}
};

struct Format {
  std::string_view name;
  std::unique_ptr<EvaluationRenderer> (*make)(const RenderOptions& options, std::ostream* out);
};

// The formats of `--format`: to add one, add a line.
const Format kFormats[] = {
    {"human",
     [](const RenderOptions& options, std::ostream* out) -> std::unique_ptr<EvaluationRenderer> {
       return std::make_unique<HumanRenderer>(options, out);
     }},
    {"json",
     [](const RenderOptions& options, std::ostream* out) -> std::unique_ptr<EvaluationRenderer> {
       return std::make_unique<JsonRenderer>(options.single, out);
     }},
    {"jsonl",
     [](const RenderOptions& /*options*/,
        std::ostream* out) -> std::unique_ptr<EvaluationRenderer> {
       return std::make_unique<JsonLinesRenderer>(out);
     }},
    {"csv",
     [](const RenderOptions& options, std::ostream* out) -> std::unique_ptr<EvaluationRenderer> {
       return std::make_unique<CsvRenderer>(options, out);
     }},
    {"summary",
     [](const RenderOptions& /*options*/, std::ostream* /*out*/)
         -> std::unique_ptr<EvaluationRenderer> { return std::make_unique<NoRenderer>(); }},
};

}  // namespace

std::vector<std::string> EvaluationFormats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

bool WantsAllRules(std::string_view format, const RenderOptions& options) {
  return options.all || format == "human";
}

std::unique_ptr<EvaluationRenderer> MakeEvaluationRenderer(std::string_view format,
                                                           const RenderOptions& options,
                                                           std::ostream* out) {
  const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                   [format](const Format& each) { return each.name == format; });
  return found->make(options, out);
}

void OutcomeSummary::Count(std::string_view rule, std::string_view outcome, uint64_t times) {
  // Every account has the same rules in the same order: the next one is nearly always the one.
  if (next_ >= rules_.size() || rules_[next_].rule != rule) {
    next_ = static_cast<size_t>(
        std::find_if(rules_.begin(), rules_.end(),
                     [rule](const Counts& counts) { return counts.rule == rule; }) -
        rules_.begin());
    if (next_ == rules_.size()) rules_.push_back({std::string(rule)});
  }
  Counts& counts = rules_[next_];
  if (outcome == "QUALIFIED") counts.qualified += times;
  if (outcome == "NOT_QUALIFIED") counts.not_qualified += times;
  if (outcome == "UNKNOWN") counts.unknown += times;
  next_ = (next_ + 1) % rules_.size();
}

void OutcomeSummary::Print(bool color, std::ostream* out) const {
  int width = 4;
  for (const Counts& counts : rules_) {
    width = std::max(width, DisplayWidth(EscapeUnprintable(counts.rule)));
  }
  const auto pad = [width](std::string_view name) {
    return std::string(static_cast<size_t>(width - DisplayWidth(name)), ' ');
  };
  if (!rules_.empty()) {
    *out << Painted(color, Paint::kBold,
                    StrCat("rule", pad("rule"), "  qualified  not qualified  unknown"))
         << "\n";
  }
  for (const Counts& counts : rules_) {
    const std::string name = EscapeUnprintable(counts.rule);
    *out << name << pad(name) << "  " << std::setw(9) << counts.qualified << "  " << std::setw(13)
         << counts.not_qualified << "  " << std::setw(7) << counts.unknown << "\n";
  }
  *out << accounts_ << (accounts_ == 1 ? " account" : " accounts");
  if (skipped_ > 0) {
    *out << ", " << skipped_ << (skipped_ == 1 ? " bad row" : " bad rows") << " skipped";
  }
  *out << std::endl;
}

}  // namespace pql
