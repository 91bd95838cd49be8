#include "lint/allow.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr std::string_view kPrefix = "lint:";
constexpr std::string_view kForm = "write `# lint: allow NAME because ...`";
constexpr int kMaxComments = 100;  // between an `allow` and what it is about
constexpr std::string_view kConfigForm = "write `allow NAME because ...`";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// The range without the spaces at its ends.
SourceRange Trimmed(const SourceSet& sources, SourceRange range) {
  const std::string_view text = sources.file(range.file).text();
  while (range.begin < range.end && IsSpace(text[range.begin])) ++range.begin;
  while (range.begin < range.end && IsSpace(text[range.end - 1])) --range.end;
  return range;
}

// The first word of the range, up to a space or comma.
SourceRange FirstWord(const SourceSet& sources, SourceRange range) {
  const std::string_view text = sources.Text(range);
  const size_t end = std::min(text.find_first_of(" \t\r,"), text.size());
  return {range.file, range.begin, range.begin + static_cast<uint32_t>(end)};
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// What stands behind `# lint:`; nothing when the comment is for people.
std::optional<SourceRange> WordsOf(const SourceSet& sources, SourceRange comment) {
  ++comment.begin;  // `#`
  const SourceRange words = Trimmed(sources, comment);
  const std::string_view text = sources.Text(words);
  if (!EqualsIgnoringCase(text.substr(0, kPrefix.size()), kPrefix)) return std::nullopt;
  return Trimmed(sources,
                 {words.file, words.begin + static_cast<uint32_t>(kPrefix.size()), words.end});
}

// Whether nothing but spaces stands before the offset on its line.
bool OpensLine(std::string_view text, uint32_t offset) {
  while (offset > 0 && text[offset - 1] != '\n') {
    if (!IsSpace(text[--offset])) return false;
  }
  return true;
}

// The comment with what would be left over without it: its line, or the spaces before it.
SourceRange WithSurroundings(const SourceFile& file, SourceRange comment) {
  const std::string_view text = file.text();
  const bool opens_line = OpensLine(text, comment.begin);
  while (comment.begin > 0 && IsSpace(text[comment.begin - 1])) --comment.begin;
  if (opens_line) {
    while (comment.end < text.size() && text[comment.end - 1] != '\n') ++comment.end;
  }
  return comment;
}

// Where `because` stands as a word of its own, and the end of the text if it does not.
size_t FindBecause(std::string_view text) {
  constexpr std::string_view kBecause = "because";
  for (size_t at = text.find(kBecause); at != std::string_view::npos;
       at = text.find(kBecause, at + 1)) {
    const size_t end = at + kBecause.size();
    if ((at == 0 || IsSpace(text[at - 1])) && (end == text.size() || IsSpace(text[end]))) return at;
  }
  return text.size();
}

std::vector<std::string_view> NamesOfWarnings() {
  std::vector<std::string_view> names;
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.severity != Severity::kError) names.push_back(info.name);
  }
  return names;
}

}  // namespace

AllowList::AllowList(const RuleSet& rule_set, std::vector<Diagnostic>* findings)
    : rule_set_(rule_set), findings_(findings) {
  for (FileId file = 0; file < rule_set.sources.size(); ++file) {
    if (IsLintConfig(rule_set.sources.file(file).name())) {
      ReadConfig(file);
    } else {
      ReadComments(file);
    }
  }
  findings_ = nullptr;
}

Diagnostic& AllowList::Report(DiagnosticKind kind, SourceRange range,
                              std::vector<DiagnosticArgument> arguments) {
  return findings_->emplace_back(
      Diagnostic{.kind = kind, .range = range, .arguments = std::move(arguments)});
}

void AllowList::ReadComments(FileId file) {
  for (const Comment& comment : rule_set_.files[file].comments) {
    const std::optional<SourceRange> words = WordsOf(rule_set_.sources, comment.range);
    if (!words) continue;
    Read({*words, WithSurroundings(rule_set_.sources.file(file), comment.range)},
         PlacesOf(file, comment));
  }
}

void AllowList::ReadConfig(FileId id) {
  const SourceFile& file = rule_set_.sources.file(id);
  for (int line = 1; line <= file.line_count(); ++line) {
    const std::string_view text = file.Line(line);
    const auto begin = static_cast<uint32_t>(file.LineBegin(line));
    const auto end = begin + static_cast<uint32_t>(std::min(text.find('#'), text.size()));
    const SourceRange words = Trimmed(rule_set_.sources, {id, begin, end});
    if (words.begin == words.end) continue;
    const auto next = static_cast<uint32_t>(line < file.line_count() ? file.LineBegin(line + 1)
                                                                     : file.text().size());
    Read({words, {id, begin, next}}, {Place{}});
  }
}

void AllowList::Read(const Instruction& instruction, const std::vector<Place>& places) {
  const SourceSet& sources = rule_set_.sources;
  const bool is_config = places.size() == 1 && places[0].extent == Extent::kRuleSet;
  const SourceRange verb = FirstWord(sources, instruction.words);
  if (sources.Text(verb) != "allow") {
    Report(DiagnosticKind::kMalformedAllow, instruction.words).hint =
        is_config ? kConfigForm : kForm;
    return;
  }
  const SourceRange rest = Trimmed(sources, {verb.file, verb.end, instruction.words.end});
  const std::string_view text = sources.Text(rest);
  const size_t because = FindBecause(text);
  const SourceRange names =
      Trimmed(sources, {rest.file, rest.begin, rest.begin + static_cast<uint32_t>(because)});
  if (names.begin == names.end) {
    Report(DiagnosticKind::kMalformedAllow, instruction.words).hint =
        is_config ? kConfigForm : kForm;
    return;
  }
  constexpr size_t kBecauseSize = 7;
  if (text.size() <= because + kBecauseSize) {
    Report(DiagnosticKind::kAllowWithoutReason, instruction.words,
           {EscapeUnprintable(sources.Text(names))})
        .hint = "say `because ...`, so that the next reader knows whether it still holds";
  }
  ReadNames(names, instruction, places);
}

void AllowList::ReadNames(SourceRange names, const Instruction& instruction,
                          const std::vector<Place>& places) {
  const SourceSet& sources = rule_set_.sources;
  std::vector<SourceRange> words;
  for (SourceRange rest = names; rest.begin < rest.end;) {
    const SourceRange word = FirstWord(sources, rest);
    if (word.begin < word.end) words.push_back(word);
    rest.begin = std::min(word.end + 1, rest.end);
    rest = Trimmed(sources, rest);
  }
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view name = sources.Text(words[i]);
    const DiagnosticInfo* info = FindDiagnostic(name);
    if (info == nullptr || info->severity == Severity::kError) {
      Diagnostic& finding =
          Report(DiagnosticKind::kUnknownAllow, words[i], {EscapeUnprintable(name)});
      const std::vector<std::string_view> known = NamesOfWarnings();
      const std::string_view nearest = NearestWord(name, known);
      if (info != nullptr) {
        finding.hint = "it is an error, which can't be allowed";
      } else if (!nearest.empty()) {
        finding.hint = StrCat("did you mean `", nearest, "`?");
        finding.fix = Fix{StrCat("write `", nearest, "`"),
                          {{words[i], std::string(nearest)}},
                          IsEvident(nearest, name, known)};
      }
      continue;
    }
    SourceRange removal = instruction.whole;
    if (words.size() > 1) {
      removal = i == 0 ? SourceRange{names.file, words[0].begin, words[1].begin}
                       : SourceRange{names.file, words[i - 1].end, words[i].end};
    }
    for (const Place& place : places) by_place_[{info->kind, place}].push_back(entries_.size());
    entries_.push_back({info->kind, words[i], removal});
  }
}

std::vector<AllowList::Place> AllowList::PlacesOf(FileId id, const Comment& comment) const {
  const SourceFile& file = rule_set_.sources.file(id);
  const std::string_view text = file.text();
  auto line = static_cast<size_t>(file.Locate(comment.range.begin).line);
  std::vector<Place> places = {{Extent::kLine, id, line}};
  uint32_t code = static_cast<uint32_t>(file.LineBegin(static_cast<int>(line)));
  if (OpensLine(text, comment.range.begin)) {
    // The next line, and if that is a comment, the first one behind it that is none.
    code = comment.range.end;
    bool is_next = true;
    for (int comments = 0; comments < kMaxComments && code < text.size();) {
      if (IsSpace(text[code]) || text[code] == '\n') {
        ++code;
      } else if (text[code] == '#') {
        if (std::exchange(is_next, false)) {
          places.push_back({Extent::kLine, id, static_cast<size_t>(file.Locate(code).line)});
        }
        ++comments;
        while (code < text.size() && text[code] != '\n') ++code;
      } else {
        places.push_back({Extent::kLine, id, static_cast<size_t>(file.Locate(code).line)});
        break;
      }
    }
  } else {
    while (code < text.size() && IsSpace(text[code])) ++code;
  }
  const std::optional<size_t> declaration = DeclarationAt(id, code);
  if (declaration && rule_set_.files[id].declarations[*declaration].range.begin == code) {
    places.push_back({Extent::kDeclaration, id, *declaration});
  }
  return places;
}

std::optional<size_t> AllowList::DeclarationAt(FileId file, uint32_t offset) const {
  const std::vector<Declaration>& declarations = rule_set_.files[file].declarations;
  const auto behind = std::upper_bound(declarations.begin(), declarations.end(), offset,
                                       [](uint32_t place, const Declaration& declaration) {
                                         return place < declaration.range.begin;
                                       });
  if (behind == declarations.begin()) return std::nullopt;
  const Declaration& declaration = *std::prev(behind);
  if (offset >= declaration.range.end) return std::nullopt;
  return static_cast<size_t>(std::prev(behind) - declarations.begin());
}

bool AllowList::Use(DiagnosticKind kind, const Place& place) {
  const auto found = by_place_.find({kind, place});
  if (found == by_place_.end()) return false;
  entries_[found->second.front()].used = true;
  return true;
}

bool AllowList::Covers(const Diagnostic& finding) {
  const FileId file = finding.range.file;
  const auto line =
      static_cast<size_t>(rule_set_.sources.file(file).Locate(finding.range.begin).line);
  if (Use(finding.kind, {Extent::kLine, file, line})) return true;
  const std::optional<size_t> declaration = DeclarationAt(file, finding.range.begin);
  if (declaration && Use(finding.kind, {Extent::kDeclaration, file, *declaration})) return true;
  return Use(finding.kind, Place{});
}

void AllowList::ReportUnused(const LintOptions& options, std::vector<Diagnostic>* findings) const {
  for (const Entry& entry : entries_) {
    const bool was_looked_for =
        !options.allowed.contains(entry.kind) &&
        (entry.kind != DiagnosticKind::kExpiredRule || options.now.has_value());
    if (entry.used || !was_looked_for) continue;
    Diagnostic& finding =
        findings->emplace_back(Diagnostic{.kind = DiagnosticKind::kUnusedAllow,
                                          .range = entry.name,
                                          .arguments = {InfoOf(entry.kind).name}});
    finding.hint = "take it away";
    finding.fix = Fix{"take it away", {{entry.removal, ""}}};
  }
}

}  // namespace pql
