// What can be typed behind `pql`, read from the commands themselves: the source of the completion
// scripts, which so say no less and no more than `--help`.  Values; thread-safe when const.

#ifndef TOOLS_PQL_COMPLETION_TABLE_H_
#define TOOLS_PQL_COMPLETION_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"

namespace pql {

struct CompletionOption {
  std::vector<std::string> names;   // `--format`, `-h`; empty: an argument without a name
  std::string metavar;              // `FORMAT`; empty: takes no value
  std::vector<std::string> values;  // where only certain ones are allowed
  std::string help;

  // Whether the value is a file or a directory.
  bool TakesPath() const;
};

struct CompletionEntry {
  std::string command;  // "lint", "rules list"; empty: the program itself
  std::string help;
  std::vector<CompletionOption> options;  // those of the program are not repeated
};

using CompletionTable = std::vector<CompletionEntry>;

// The program first, then its commands, each followed by its own.  Commands without a line of help
// are hidden.
CompletionTable ReadCompletionTable(const CLI::App& app);

// As text and back, so that a program can ask another one: a line an entry or option, fields
// separated by tabs.  What is no such line is skipped.
std::string CompletionTableToText(const CompletionTable& table);
CompletionTable CompletionTableFromText(std::string_view text);

std::string BashCompletion(const CompletionTable& table);
std::string ZshCompletion(const CompletionTable& table);

}  // namespace pql

#endif  // TOOLS_PQL_COMPLETION_TABLE_H_
