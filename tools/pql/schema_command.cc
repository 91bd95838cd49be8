// pql schema: the vocabulary of a rule set, for people and for programs.

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "ruleset/metric_dependencies.h"
#include "tools/pql/commands.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/json_text.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

// pql.v1.Metric.type: the type without its unit and its options.
std::string TypeName(const Type& type) {
  if (type.kind() == Type::Kind::kOneOf) return "one of";
  if (type.IsNumber()) return "number";
  return type.ToString();
}

class SchemaWriter {
 public:
  explicit SchemaWriter(const RuleSet& rule_set)
      : rule_set_(rule_set), dependencies_(FindMetricDependencies(rule_set.checked)) {}

  // pql.v1.Schema.
  Json Schema() const {
    const CheckedRuleSet& checked = rule_set_.checked;
    Json json = {{"name", StrCat("ruleSets/", rule_set_.id, "/schema")}};
    for (const pql::Metric& metric : checked.metrics) json["metrics"].push_back(Metric(metric));
    for (const std::string& stage : checked.stages) json["stages"].push_back(stage);
    for (uint32_t i = 0; i < checked.scorecards.size(); ++i) {
      json["scorecards"].push_back(Scorecard(i));
    }
    for (const Define& define : checked.defines) {
      if (define.is_output) json["outputs"].push_back(Output(define));
    }
    for (uint32_t i = 0; i < checked.rules.size(); ++i) {
      json["rules"].push_back(Rule(checked.rules[i]));
      for (const uint32_t metric : dependencies_.rules[i]) {
        json["metrics"][metric]["rules"].push_back(checked.rules[i].name);
      }
    }
    for (const FunctionDefinition* function : rule_set_.functions->All()) {
      json["functions"].push_back(Function(*function));
    }
    return json;
  }

 private:
  // Empty texts are left out, as the protobuf JSON mapping does.
  static void Set(Json* json, const char* name, const std::string& text) {
    if (!text.empty()) (*json)[name] = text;
  }
  Json Provenance(SourceRange range) const {
    const SourceFile& file = rule_set_.sources.file(range.file);
    return {{"file", {{"path", file.name()}, {"line", file.Locate(range.begin).line}}}};
  }
  Json Metric(const pql::Metric& metric) const {
    Json json = {{"name", metric.name}, {"type", TypeName(metric.type)}};
    for (const std::string& option : metric.type.options()) json["allowedValues"].push_back(option);
    Set(&json, "unit", metric.type.unit());
    if (metric.default_value) json["defaultValue"] = ValueToJson(*metric.default_value);
    Set(&json, "kind", std::string(MetricKindName(metric.kind)));
    Set(&json, "documentation", metric.doc);
    json["provenance"] = Provenance(metric.range);
    return json;
  }
  Json Scorecard(uint32_t index) const {
    const pql::Scorecard& scorecard = rule_set_.checked.scorecards[index];
    Json json = {{"name", scorecard.name}};
    Set(&json, "title", scorecard.title);
    if (scorecard.cap) json["cap"] = *scorecard.cap;
    if (scorecard.floor) json["floor"] = *scorecard.floor;
    json["source"] = rule_set_.sources.Text(scorecard.range);
    for (const uint32_t metric : dependencies_.scorecards[index]) {
      json["metrics"].push_back(rule_set_.checked.metrics[metric].name);
    }
    json["provenance"] = Provenance(scorecard.range);
    return json;
  }
  Json Output(const Define& output) const {
    Json json = {{"name", output.name}, {"type", TypeName(output.value.type)}};
    Set(&json, "unit", output.value.type.unit());
    json["source"] = rule_set_.sources.Text(output.value.range);
    json["provenance"] = Provenance(output.range);
    return json;
  }
  Json Rule(const pql::Rule& rule) const {
    Json json = {{"rule", rule.name}};
    Set(&json, "title", rule.title);
    if (rule.stage) json["stage"] = rule_set_.checked.stages[*rule.stage];
    json["mode"] = RuleModeName(rule.mode);
    return json;
  }
  static Json Function(const FunctionDefinition& function) {
    Json json = {{"name", function.name},
                 {"signatures", function.SignatureTexts()},
                 {"documentation", function.doc}};
    json["example"] = function.example_result.empty()
                          ? function.example
                          : StrCat(function.example, " == ", function.example_result);
    if (function.deterministic) json["deterministic"] = true;
    return json;
  }

  const RuleSet& rule_set_;
  const MetricDependencies dependencies_;
};

// Rows of cells in columns as wide as their widest cell, under a heading.
class Table {
 public:
  explicit Table(std::string heading) : heading_(std::move(heading)) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void Print(Console* console) const {
    if (rows_.empty()) return;
    std::vector<int> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
    console->out() << console->OnOut(Paint::kBold, heading_) << "\n";
    for (const auto& row : rows_) {
      std::string line = " ";
      for (size_t i = 0; i < row.size(); ++i) {
        StrAppend(&line, " ", row[i],
                  std::string(static_cast<size_t>(widths[i] - DisplayWidth(row[i]) + 1), ' '));
      }
      line.erase(line.find_last_not_of(' ') + 1);
      console->out() << line << "\n";
    }
    console->out() << "\n";
  }

 private:
  std::string heading_;
  std::vector<std::vector<std::string>> rows_;
};

class SchemaCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command = app->add_subcommand(
        "schema", "Show the metrics, stages, scorecards, rules and functions of a rule set");
    command->add_option("RULESET", path_, "Directory of the rule set")->required();
    command->add_option("--format", format_, "human or json")
        ->check(CLI::IsMember({"human", "json"}))
        ->type_name("FORMAT");
    command->footer("Example:\n  pql schema rules/slack");
    return command;
  }

  int Run(Console* console) override {
    int status = kFine;
    const std::shared_ptr<const RuleSet> rule_set = LoadRuleSet(path_, console, &status);
    if (rule_set == nullptr) return status;
    if (format_ == "json") {
      console->out() << PrettyJson(SchemaWriter(*rule_set).Schema()) << "\n";
    } else {
      PrintHuman(*rule_set, console);
    }
    return kFine;
  }

 private:
  static void PrintHuman(const RuleSet& rule_set, Console* console);

  std::string path_;
  std::string format_ = "human";
};

void SchemaCommand::PrintHuman(const RuleSet& rule_set, Console* console) {
  const CheckedRuleSet& checked = rule_set.checked;
  const auto shown = [](std::string_view text) { return EscapeUnprintable(text); };
  Table metrics("metrics");
  for (const Metric& metric : checked.metrics) {
    metrics.Add(
        {shown(metric.name), shown(metric.type.ToString()),
         metric.default_value ? StrCat("default ", shown(metric.default_value->ToSource())) : "",
         std::string(MetricKindName(metric.kind)), shown(metric.doc)});
  }
  metrics.Print(console);
  Table stages("stages, lowest first");
  for (const std::string& stage : checked.stages) stages.Add({shown(stage)});
  stages.Print(console);
  Table scorecards("scorecards");
  for (const Scorecard& scorecard : checked.scorecards) {
    scorecards.Add({shown(scorecard.name),
                    scorecard.floor ? StrCat("from ", FormatNumber(*scorecard.floor)) : "",
                    scorecard.cap ? StrCat("up to ", FormatNumber(*scorecard.cap)) : "",
                    shown(scorecard.title)});
  }
  scorecards.Print(console);
  Table outputs("outputs");
  for (const Define& define : checked.defines) {
    if (define.is_output) outputs.Add({shown(define.name), shown(define.value.type.ToString())});
  }
  outputs.Print(console);
  Table rules("rules");
  for (const Rule& rule : checked.rules) {
    rules.Add({shown(rule.name),
               rule.stage ? StrCat("stage ", shown(checked.stages[*rule.stage])) : "",
               std::string(RuleModeName(rule.mode)), shown(rule.title)});
  }
  rules.Print(console);
  Table functions("functions");
  for (const FunctionDefinition* function : rule_set.functions->All()) {
    for (const std::string& signature : function->SignatureTexts()) functions.Add({signature});
  }
  functions.Print(console);
}

}  // namespace

std::unique_ptr<Command> MakeSchemaCommand() { return std::make_unique<SchemaCommand>(); }

}  // namespace pql
