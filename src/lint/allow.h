// `allow`: what the people who keep a rule set have decided to live with, and why.
//
//   # lint: allow NAME[, NAME...] because ...    for one place
//   allow NAME[, NAME...] because ...            a line of `.pqllint`: for the whole rule set
//
// A comment on a line of its own speaks for the next line, at the end of a line for that line;
// where the line begins a declaration, for the whole declaration.

#ifndef PQL_LINT_ALLOW_H_
#define PQL_LINT_ALLOW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "lint/linter.h"
#include "ruleset/rule_set.h"

namespace pql {

// Keeps a reference to the rule set, which must outlive it.  Thread-compatible.
class AllowList {
 public:
  // Reads the comments and the configuration of the rule set; what is wrong with them goes to
  // `findings`.
  AllowList(const RuleSet& rule_set, std::vector<Diagnostic>* findings);

  // Whether the finding is allowed where it stands; its `allow` counts as used from then on.
  bool Covers(const Diagnostic& finding);

  // A finding for each `allow` that was not used, but for those of the kinds that were not looked
  // for.
  void ReportUnused(const LintOptions& options, std::vector<Diagnostic>* findings) const;

 private:
  struct Entry {
    DiagnosticKind kind;
    SourceRange name;
    SourceRange removal;  // what to take away when it is not needed
    bool used = false;
  };
  // What an `allow` is in force for.
  enum class Extent : uint8_t { kRuleSet, kDeclaration, kLine };
  struct Place {
    Extent extent = Extent::kRuleSet;
    FileId file = 0;
    size_t number = 0;  // of the declaration in its file, or of the line
    friend auto operator<=>(const Place&, const Place&) = default;  // NOLINT: false alarm
  };
  // The words of one instruction, and the text they stand in.
  struct Instruction {
    SourceRange words;  // behind `# lint:`
    SourceRange whole;  // to be removed if nothing of it is needed
  };

  void ReadComments(FileId file);
  void ReadConfig(FileId file);
  void Read(const Instruction& instruction, const std::vector<Place>& places);
  // Entries of the names before `because`; what can't be understood is reported.
  void ReadNames(SourceRange names, const Instruction& instruction,
                 const std::vector<Place>& places);
  std::vector<Place> PlacesOf(FileId file, const Comment& comment) const;
  std::optional<size_t> DeclarationAt(FileId file, uint32_t offset) const;
  bool Use(DiagnosticKind kind, const Place& place);
  Diagnostic& Report(DiagnosticKind kind, SourceRange range,
                     std::vector<DiagnosticArgument> arguments = {});

  const RuleSet& rule_set_;
  std::vector<Diagnostic>* findings_;
  std::vector<Entry> entries_;
  std::map<std::pair<DiagnosticKind, Place>, std::vector<size_t>> by_place_;
};

}  // namespace pql

#endif  // PQL_LINT_ALLOW_H_
