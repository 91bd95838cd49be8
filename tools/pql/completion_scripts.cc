// The completion scripts of bash and zsh.

#include "base/strings.h"
#include "tools/pql/completion_table.h"

namespace pql {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) StrAppend(&text, text.empty() ? "" : " ", word);
  return text;
}

// In single quotes, for either shell.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

bool IsDirectlyBelow(const CompletionEntry& entry, const std::string& command) {
  if (entry.command.empty()) return false;
  const size_t space = entry.command.rfind(' ');
  return (space == std::string::npos ? "" : entry.command.substr(0, space)) == command;
}

std::string LastWord(const std::string& command) {
  const size_t space = command.rfind(' ');
  return space == std::string::npos ? command : command.substr(space + 1);
}

std::vector<std::string> CommandsBelow(const CompletionTable& table, const std::string& command) {
  std::vector<std::string> words;
  for (const CompletionEntry& entry : table) {
    if (IsDirectlyBelow(entry, command)) words.push_back(LastWord(entry.command));
  }
  return words;
}

// Options of the program can stand behind every command.
std::vector<CompletionOption> OptionsOf(const CompletionTable& table,
                                        const CompletionEntry& entry) {
  std::vector<CompletionOption> options = entry.options;
  if (entry.command.empty()) return options;
  for (const CompletionOption& option : table.front().options) {
    bool is_repeated = false;
    for (const CompletionOption& own : entry.options) {
      is_repeated = is_repeated || own.names == option.names;
    }
    if (!is_repeated) options.push_back(option);
  }
  return options;
}

// A `case` branch: what the value of the option before the cursor can be.
std::string BashValueCase(const CompletionEntry& entry, const CompletionOption& option) {
  std::string patterns;
  for (const std::string& name : option.names) {
    // Options of the program: whatever the command.
    const std::string pattern =
        StrCat(entry.command.empty() ? "*" : Quoted(entry.command), Quoted(":" + name));
    StrAppend(&patterns, patterns.empty() ? "" : "|", pattern);
  }
  std::string action = "compopt +o default +o bashdefault";
  if (!option.values.empty()) {
    action = StrCat("mapfile -t COMPREPLY < <(compgen -W ", Quoted(Joined(option.values)),
                    " -- \"$current\")");
  } else if (option.TakesPath()) {
    action = ":";
  }
  return StrCat("    ", patterns, ") ", action, "; return ;;\n");
}

std::string BashWordCase(const CompletionTable& table, const CompletionEntry& entry) {
  std::string options;
  std::string arguments = Joined(CommandsBelow(table, entry.command));
  for (const CompletionOption& option : OptionsOf(table, entry)) {
    if (!option.names.empty()) {
      StrAppend(&options, options.empty() ? "" : " ", Joined(option.names));
    }
    if (option.names.empty() && !option.values.empty()) arguments = Joined(option.values);
  }
  return StrCat("    ", Quoted(entry.command), ") options=", Quoted(options),
                " words=", Quoted(arguments), " ;;\n");
}

// A word of zsh's _describe and _arguments: colons and brackets separate there.
std::string ZshText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string ZshAction(const CompletionOption& option) {
  if (!option.values.empty()) return StrCat("(", Joined(option.values), ")");
  return option.TakesPath() ? "_files" : " ";
}

std::string ZshArguments(const CompletionTable& table, const CompletionEntry& entry) {
  std::string text;
  for (const CompletionOption& option : OptionsOf(table, entry)) {
    const std::string value =
        option.metavar.empty() ? "" : StrCat(":", ZshText(option.metavar), ":", ZshAction(option));
    for (const std::string& name : option.names) {
      // `*`: again and again, as several options can be given.
      StrAppend(&text, " \\\n        ",
                Quoted(StrCat("*", name,
                              option.metavar.empty() ? ""
                              : name.size() > 2      ? "="
                                                     : "",
                              "[", ZshText(option.help), "]", value)));
    }
    if (option.names.empty()) StrAppend(&text, " \\\n        ", Quoted("*" + value));
  }
  return text;
}

// A function that completes behind the command, and those of the commands below it.
void AppendZshFunctions(const CompletionTable& table, const CompletionEntry& entry,
                        std::string* script) {
  const auto function_of = [](std::string command) {
    for (char& c : command) {
      if (c == ' ' || c == '-') c = '_';
    }
    return command.empty() ? std::string("_pql") : "_pql_" + command;
  };
  const std::string arguments = ZshArguments(table, entry);
  StrAppend(script, "\n", function_of(entry.command), "() {\n");
  if (CommandsBelow(table, entry.command).empty()) {
    StrAppend(script, "  _arguments -S", arguments, "\n}\n");
    return;
  }
  StrAppend(script, "  local curcontext=$curcontext state line\n",
            "  local -a commands\n  typeset -A opt_args\n  _arguments -C", arguments,
            " \\\n        '1: :->command' '*:: :->rest'\n  case $state in\n    command)\n",
            "      commands=(\n");
  for (const CompletionEntry& each : table) {
    if (!IsDirectlyBelow(each, entry.command)) continue;
    StrAppend(script, "        ", Quoted(StrCat(LastWord(each.command), ":", ZshText(each.help))),
              "\n");
  }
  StrAppend(script, "      )\n      _describe -t commands command commands\n      ;;\n",
            "    rest)\n      case $line[1] in\n");
  for (const CompletionEntry& each : table) {
    if (!IsDirectlyBelow(each, entry.command)) continue;
    StrAppend(script, "        ", LastWord(each.command), ") ", function_of(each.command), " ;;\n");
  }
  StrAppend(script, "      esac\n      ;;\n  esac\n}\n");
}

}  // namespace

std::string BashCompletion(const CompletionTable& table) {
  std::string paths;
  std::string values;
  std::string words;
  for (const CompletionEntry& entry : table) {
    if (!entry.command.empty()) {
      StrAppend(&paths, paths.empty() ? "" : "|", Quoted(entry.command));
    }
    for (const CompletionOption& option : entry.options) {
      if (!option.names.empty() && !option.metavar.empty()) {
        StrAppend(&values, BashValueCase(entry, option));
      }
    }
    StrAppend(&words, BashWordCase(table, entry));
  }
  return StrCat(R"(# Completion of pql for bash.  Made by `pql completion bash`.
_pql() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  # bash takes `--format=json` for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local command='' word i options='' words=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${command:+$command }${COMP_WORDS[i]}
    case $word in
      )",
                paths, R"() command=$word ;;
    esac
  done
  COMPREPLY=()
  case $command:$previous in
)",
                values, R"(  esac
  case $command in
)",
                words, R"(  esac
  if [[ $current == -* ]]; then
    words=$options
  fi
  # No word: the names of files.
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -o bashdefault -o default -F _pql pql
)");
}

std::string ZshCompletion(const CompletionTable& table) {
  std::string script =
      "#compdef pql\n# Completion of pql for zsh.  Made by `pql completion zsh`.\n";
  for (const CompletionEntry& entry : table) AppendZshFunctions(table, entry, &script);
  // Read from a file of $fpath, or by `source`.
  StrAppend(&script,
            "\nif [[ $funcstack[1] == _pql ]]; then\n  _pql \"$@\"\nelse\n"
            "  compdef _pql pql\nfi\n");
  return script;
}

}  // namespace pql
