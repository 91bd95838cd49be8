#include "tools/pql/completion_table.h"

#include <algorithm>

#include "base/strings.h"

namespace pql {
namespace {

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string Join(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

// Tabs and line ends separate fields and entries.
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

CompletionOption ReadOption(const CLI::Option& option) {
  CompletionOption read;
  for (const std::string& name : option.get_lnames()) read.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) read.names.push_back("-" + name);
  read.help = OneLine(option.get_description());
  if (option.get_items_expected_max() == 0) return read;
  // CLI11 says `FORMAT:{human,json}`.
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open != std::string::npos && close != std::string::npos && open < close) {
    read.values = Split(std::string_view(type).substr(open + 1, close - open - 1), ',');
  }
  read.metavar = option.get_positional() && read.names.empty() ? option.get_name()
                                                               : type.substr(0, type.find(':'));
  if (read.metavar.empty()) read.metavar = "VALUE";
  return read;
}

// Groups are applications without a name; their options are the command's.
void ReadOptions(const CLI::App& app, std::vector<CompletionOption>* options) {
  for (const CLI::Option* option : app.get_options()) options->push_back(ReadOption(*option));
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (group->get_name().empty()) ReadOptions(*group, options);
  }
}

void ReadCommands(const CLI::App& app, const std::string& path, CompletionTable* table) {
  table->push_back({path, OneLine(app.get_description()), {}});
  ReadOptions(app, &table->back().options);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name().empty() || command->get_description().empty()) continue;
    ReadCommands(*command,
                 path.empty() ? command->get_name() : StrCat(path, " ", command->get_name()),
                 table);
  }
}

}  // namespace

bool CompletionOption::TakesPath() const {
  for (const std::string_view path : {"FILE", "PATH", "DIR", "RULESET", "OLD", "NEW"}) {
    if (metavar == path) return true;
  }
  return false;
}

CompletionTable ReadCompletionTable(const CLI::App& app) {
  CompletionTable table;
  ReadCommands(app, "", &table);
  return table;
}

std::string CompletionTableToText(const CompletionTable& table) {
  std::string text;
  for (const CompletionEntry& entry : table) {
    StrAppend(&text, "command\t", entry.command, "\t", entry.help, "\n");
    for (const CompletionOption& option : entry.options) {
      StrAppend(&text, "option\t", Join(option.names, ' '), "\t", option.metavar, "\t",
                Join(option.values, ' '), "\t", option.help, "\n");
    }
  }
  return text;
}

CompletionTable CompletionTableFromText(std::string_view text) {
  CompletionTable table;
  const auto words = [](const std::string& field) {
    return field.empty() ? std::vector<std::string>() : Split(field, ' ');
  };
  for (const std::string& line : Split(text, '\n')) {
    const std::vector<std::string> fields = Split(line, '\t');
    if (fields[0] == "command" && fields.size() == 3) {
      table.push_back({fields[1], fields[2], {}});
    } else if (fields[0] == "option" && fields.size() == 5 && !table.empty()) {
      table.back().options.push_back({words(fields[1]), fields[2], words(fields[3]), fields[4]});
    }
  }
  return table;
}

}  // namespace pql
