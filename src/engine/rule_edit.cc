#include "engine/rule_edit.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "format/formatter.h"

namespace pql {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr std::string_view kSuffix = ".pql";

// Text fields, by the name of the field.
struct TextField {
  std::string_view name;
  std::string RuleFields::*value;
  std::optional<TextSyntax> RuleSyntax::*syntax;
};
constexpr TextField kTextFields[] = {
    {"title", &RuleFields::title, &RuleSyntax::title},
    {"description", &RuleFields::description, &RuleSyntax::description},
    {"owner", &RuleFields::owner, &RuleSyntax::owner}};

struct NameField {
  std::string_view name;
  std::string RuleFields::*value;
  std::optional<NameSyntax> RuleSyntax::*syntax;
};
constexpr NameField kNameFields[] = {{"stage", &RuleFields::stage, &RuleSyntax::stage},
                                     {"mode", &RuleFields::mode, &RuleSyntax::mode}};

struct CodeField {
  std::string_view name;
  std::string RuleFields::*value;
  ExpressionPtr RuleSyntax::*syntax;
};
constexpr CodeField kCodeFields[] = {
    {"when", &RuleFields::when, &RuleSyntax::when},
    {"unless", &RuleFields::unless, &RuleSyntax::unless},
    {"keep_while", &RuleFields::keep_while, &RuleSyntax::keep_while},
    {"score", &RuleFields::score, &RuleSyntax::score}};

struct TimeField {
  std::string_view name;
  std::optional<Timestamp> RuleFields::*value;
  ExpressionPtr RuleSyntax::*syntax;
};
constexpr TimeField kTimeFields[] = {
    {"active_from", &RuleFields::active_from, &RuleSyntax::active_from},
    {"active_until", &RuleFields::active_until, &RuleSyntax::active_until}};

bool IsGoodName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || FindInvalidUtf8(name).has_value()) {
    return false;
  }
  return name.find('`') == std::string_view::npos && EscapeUnprintable(name) == name &&
         ToNfc(name) == name;
}

absl::Status CheckName(std::string_view field, std::string_view name) {
  if (IsGoodName(name)) return absl::OkStatus();
  if (name.empty()) return InvalidField(field, "is required, as in \"slack_team\"");
  return InvalidField(field, StrCat("got \"", EscapeAndCut(name),
                                    "\", which can't be a name; take a word such as slack_team"));
}

void ForgetPlaces(Expression* expression) {
  WalkExpression(*expression, [](Expression& node) {
    node.range = {};
    node.operator_range = {};
  });
}

// Parses a text that stands alone; nothing when it has errors.
std::optional<RuleFile> ParseAlone(SourceSet* sources, std::string text) {
  DiagnosticSink sink;
  const FileId id = sources->AddFile("<rule>", std::move(text));
  RuleFile file = ParseRuleFile(*sources, id, ParseLimits(), &sink);
  if (sink.has_errors()) return std::nullopt;
  return file;
}

// Whether the text is these declarations, with as many comments.
bool IsSameText(const RuleFile& file, const std::string& text) {
  SourceSet sources;
  const std::optional<RuleFile> again = ParseAlone(&sources, text);
  return again.has_value() && SameRuleFile(file, *again) &&
         again->comments.size() == file.comments.size();
}

template <typename Syntax>
void SetText(const std::string& value, std::optional<Syntax>* out) {
  if (value.empty()) {
    out->reset();
  } else {
    out->emplace().text = value;
  }
}

void ParseCode(const RuleFields& fields, const ParseLimits& limits, SourceSet* sources,
               DiagnosticSink* sink, RuleClauses* clauses) {
  for (const CodeField& field : kCodeFields) {
    const std::string& text = fields.*field.value;
    if (!clauses->fields.contains(std::string(field.name)) || text.empty()) continue;
    const FileId file = sources->AddFile(StrCat("rule.", field.name), text);
    ExpressionPtr written = clauses->language->ParseCondition(*sources, file, limits, sink);
    ExpressionPtr expression = written->Clone();
    ForgetPlaces(expression.get());
    clauses->syntax.*field.syntax = std::move(expression);
    clauses->written[std::string(field.name)] = std::move(written);
  }
}

}  // namespace

std::set<std::string> FilledFields(const RuleFields& fields) {
  std::set<std::string> filled;
  const auto add = [&filled](std::string_view name, bool is_filled) {
    if (is_filled) filled.emplace(name);
  };
  for (const TextField& field : kTextFields) add(field.name, !(fields.*field.value).empty());
  for (const NameField& field : kNameFields) add(field.name, !(fields.*field.value).empty());
  for (const CodeField& field : kCodeFields) add(field.name, !(fields.*field.value).empty());
  for (const TimeField& field : kTimeFields) add(field.name, (fields.*field.value).has_value());
  add("tags", !fields.tags.empty());
  return filled;
}

absl::StatusOr<RuleClauses> ParseClauses(const RuleFields& fields, std::set<std::string> which,
                                         std::string_view language, const ParseLimits& limits,
                                         std::optional<Rejection>* rejection) {
  RuleClauses clauses{.fields = std::move(which)};
  clauses.language = language.empty() ? &PqlFrontend() : FindFrontend(language);
  if (clauses.language == nullptr) {
    return InvalidField("language", StrCat("got \"", EscapeAndCut(language),
                                           "\", which is no language of this server"));
  }
  if (clauses.fields.contains("when") && fields.when.empty()) {
    return InvalidField("rule.when", "is required");
  }
  if (!fields.mode.empty() && !FindRuleMode(fields.mode).has_value()) {
    return InvalidField("rule.mode", StrCat("got \"", EscapeAndCut(fields.mode),
                                            "\", expected \"active\", \"shadow\" or \"draft\""));
  }
  if (!fields.stage.empty()) PQL_RETURN_IF_ERROR(CheckName("rule.stage", fields.stage));
  for (const TextField& field : kTextFields) {
    SetText(fields.*field.value, &(clauses.syntax.*field.syntax));
  }
  for (const NameField& field : kNameFields) {
    SetText(fields.*field.value, &(clauses.syntax.*field.syntax));
  }
  for (const std::string& tag : fields.tags) clauses.syntax.tags.push_back({.text = tag});
  for (const TimeField& field : kTimeFields) {
    const std::optional<Timestamp>& time = fields.*field.value;
    if (!time.has_value()) continue;
    clauses.syntax.*field.syntax = Expression::OfLiteral(Literal::Timestamp(time->micros));
  }
  auto sources = std::make_shared<SourceSet>();
  DiagnosticSink sink;
  ParseCode(fields, limits, sources.get(), &sink, &clauses);
  clauses.sources = sources;
  if (sink.has_errors()) {
    Rejection found{.sources = sources, .dropped = sink.dropped()};
    found.error_count = sink.error_count();
    found.diagnostics = sink.Take();
    for (Diagnostic& finding : found.diagnostics) clauses.language->Localize(*sources, &finding);
    *rejection = std::move(found);
    return absl::InvalidArgumentError("an expression is not understood");
  }
  return clauses;
}

namespace {

// A new value stands where the old one stood, so that the comments around it know their place.
void TakePlace(const std::optional<TextSyntax>& old, std::optional<TextSyntax>* now) {
  if (old.has_value() && now->has_value()) (*now)->range = old->range;
}
void TakePlace(const std::optional<NameSyntax>& old, std::optional<NameSyntax>* now) {
  if (old.has_value() && now->has_value()) (*now)->range = old->range;
}
// Its last word stands for all of the old expression: a comment behind that is one behind this.
void TakePlace(const ExpressionPtr& old, ExpressionPtr* now) {
  if (old == nullptr || *now == nullptr) return;
  Expression* last = now->get();
  while (!last->children.empty()) last = last->children.back().get();
  if (last->kind != Expression::Kind::kCall) last->range = old->range;
}

template <typename Value>
void Put(Value value, Value* slot) {
  TakePlace(*slot, &value);
  *slot = std::move(value);
}

// Takes over the clauses that are meant.
void Apply(const RuleClauses& clauses, RuleSyntax* rule) {
  const auto meant = [&clauses](std::string_view field) {
    return clauses.fields.contains(std::string(field));
  };
  for (const TextField& field : kTextFields) {
    if (meant(field.name)) Put(clauses.syntax.*field.syntax, &(rule->*field.syntax));
  }
  for (const NameField& field : kNameFields) {
    if (meant(field.name)) Put(clauses.syntax.*field.syntax, &(rule->*field.syntax));
  }
  const auto put = [&clauses, rule](ExpressionPtr RuleSyntax::*member) {
    const ExpressionPtr& from = clauses.syntax.*member;
    Put(from == nullptr ? ExpressionPtr() : from->Clone(), &(rule->*member));
  };
  for (const CodeField& field : kCodeFields) {
    if (meant(field.name)) put(field.syntax);
  }
  for (const TimeField& field : kTimeFields) {
    if (meant(field.name)) put(field.syntax);
  }
  if (meant("tags")) rule->tags = clauses.syntax.tags;
}

}  // namespace

absl::StatusOr<std::string> NewRuleSource(std::string_view name, const RuleClauses& clauses) {
  PQL_RETURN_IF_ERROR(CheckName("rule_id", name));
  RuleSyntax rule;
  rule.name.text = std::string(name);
  Apply(clauses, &rule);
  RuleFile file;
  file.declarations.push_back({.body = std::move(rule)});
  std::string text = FormatDeclaration(file.declarations[0]);
  if (!IsSameText(file, text)) {
    return InvalidField("rule",
                        "can't be written in the rules language; a name or a text in it "
                        "has characters that no rule file may have");
  }
  return text;
}

std::string NewRulePath(std::string_view name,
                        const std::function<bool(std::string_view path)>& is_taken) {
  std::string stem = "rules/";
  for (const char c : name) stem += c == '/' || c == '\\' || c == ' ' ? '_' : c;
  if (stem[6] == '.') stem[6] = '_';
  std::string path = StrCat(stem, kSuffix);
  for (int number = 2; is_taken(path); ++number) path = StrCat(stem, "_", number, kSuffix);
  return path;
}

absl::StatusOr<std::string> ChangeRule(std::string_view text, SourceRange range,
                                       const RuleClauses& clauses) {
  SourceSet sources;
  std::optional<RuleFile> file =
      ParseAlone(&sources, std::string(text.substr(range.begin, range.end - range.begin)));
  RuleSyntax* rule = nullptr;
  if (file.has_value() && file->declarations.size() == 1) {
    rule = std::get_if<RuleSyntax>(&file->declarations[0].body);
  }
  if (rule == nullptr) return absl::InternalError("the rule is not found where it should be");
  Apply(clauses, rule);
  std::string changed = FormatRuleFile(sources.file(0), *file);
  if (!IsSameText(*file, changed)) {
    return InvalidField("rule",
                        "can't be written in the rules language; a name or a text in it "
                        "has characters that no rule file may have");
  }
  while (changed.ends_with('\n')) changed.pop_back();
  return StrCat(text.substr(0, range.begin), changed, text.substr(range.end));
}

namespace {

std::string_view Trim(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

size_t LineBegin(std::string_view text, size_t offset) {
  const size_t end = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  return end == std::string_view::npos ? 0 : end + 1;
}
// Behind its line end.
size_t LineEnd(std::string_view text, size_t offset) {
  const size_t end = text.find('\n', offset);
  return end == std::string_view::npos ? text.size() : end + 1;
}
std::string_view Line(std::string_view text, size_t begin) {
  std::string_view line = text.substr(begin, LineEnd(text, begin) - begin);
  if (line.ends_with('\n')) line.remove_suffix(1);
  return Trim(line);
}

}  // namespace

std::string RemoveDeclaration(std::string_view text, SourceRange range) {
  size_t begin = range.begin;
  size_t end = range.end;
  const size_t line = LineBegin(text, begin);
  const bool starts_line = Trim(text.substr(line, begin - line)).empty();
  const std::string_view rest = Line(text, end);
  const bool ends_line = rest.empty() || rest.front() == '#';
  if (starts_line && ends_line) {
    begin = line;
    while (begin > 0 && Line(text, LineBegin(text, begin - 1)).starts_with('#')) {
      begin = LineBegin(text, begin - 1);
    }
    end = LineEnd(text, end);
    const bool blank_above = begin == 0 || Line(text, LineBegin(text, begin - 1)).empty();
    while (blank_above && end < text.size() && Line(text, end).empty()) end = LineEnd(text, end);
    // At the end of the file the empty line above goes.
    while (end == text.size() && begin > 0 && Line(text, LineBegin(text, begin - 1)).empty()) {
      begin = LineBegin(text, begin - 1);
    }
  } else {
    while (text.substr(end).starts_with(' ')) ++end;
  }
  return StrCat(text.substr(0, begin), text.substr(end));
}

namespace {

using Moves = std::map<SourceRange, SourceRange>;

// The same tree, written in two places.
void Pair(const Expression& from, const Expression& to, FileId first_file, Moves* moves) {
  const auto shifted = [first_file](SourceRange range) {
    return SourceRange{range.file + first_file, range.begin, range.end};
  };
  moves->emplace(from.range, shifted(to.range));
  moves->emplace(from.operator_range, shifted(to.operator_range));
  const size_t children = std::min(from.children.size(), to.children.size());
  for (size_t i = 0; i < children; ++i) {
    Pair(*from.children[i], *to.children[i], first_file, moves);
  }
}

const RuleSyntax* FindSyntax(const RuleSet& rule_set, std::string_view rule) {
  for (const RuleFile& file : rule_set.files) {
    for (const Declaration& declaration : file.declarations) {
      const auto* syntax = declaration.As<RuleSyntax>();
      if (syntax != nullptr && syntax->name.text == rule) return syntax;
    }
  }
  return nullptr;
}

bool Move(const Moves& moves, SourceRange* range) {
  const auto found = moves.find(*range);
  if (found == moves.end()) return false;
  *range = found->second;
  return true;
}

}  // namespace

void MoveToClauses(const RuleClauses& clauses, std::string_view rule, const RuleSet& compiled,
                   Rejection* rejection) {
  const RuleSyntax* syntax = FindSyntax(compiled, rule);
  if (syntax == nullptr || clauses.written.empty()) return;
  auto sources = std::make_shared<SourceSet>();
  for (const SourceSet* from : {&compiled.sources, clauses.sources.get()}) {
    for (FileId id = 0; id < from->size(); ++id) {
      sources->AddFile(from->handle(id));
    }
  }
  const auto first_file = static_cast<FileId>(compiled.sources.size());
  Moves moves;
  for (const CodeField& field : kCodeFields) {
    const auto written = clauses.written.find(std::string(field.name));
    const ExpressionPtr& now = syntax->*field.syntax;
    if (written == clauses.written.end() || now == nullptr) continue;
    Pair(*now, *written->second, first_file, &moves);
  }
  for (Diagnostic& finding : rejection->diagnostics) {
    if (!Move(moves, &finding.range)) continue;
    for (RelatedRange& related : finding.related) Move(moves, &related.range);
    const auto moved = [&moves](TextEdit& edit) { return Move(moves, &edit.range); };
    if (finding.fix.has_value() &&
        !std::all_of(finding.fix->edits.begin(), finding.fix->edits.end(), moved)) {
      finding.fix.reset();
    }
    clauses.language->Localize(*sources, &finding);
  }
  rejection->sources = std::move(sources);
}

}  // namespace pql
