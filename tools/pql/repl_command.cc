// pql repl: conditions, metrics and rules, tried out.

#include "base/strings.h"
#include "tools/pql/commands.h"
#include "tools/pql/line_editor.h"
#include "tools/pql/repl_session.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

class ReplCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command =
        app->add_subcommand("repl", "Try out conditions: set metrics, see values and explanations");
    command->add_option("RULESET", path_,
                        "Directory of the rule set (default: none, metrics are declared by hand)");
    command->footer(
        "Examples:\n"
        "  pql repl rules/slack\n"
        "  printf 'messages = 2500\\nactivated\\n' | pql repl rules/slack\n"
        "`:help` inside lists the commands.  Reading from a pipe, the exit status is 1 when an\n"
        "input was a mistake.");
    return command;
  }

  int Run(Console* console) override {
    std::shared_ptr<const RuleSet> rule_set;
    if (path_.empty()) {
      rule_set = CompileRuleSet("repl", {}, CompileOptionsOf(*console)).rule_set;
    } else {
      int status = kFine;
      rule_set = LoadRuleSet(path_, console, &status);
      if (rule_set == nullptr) return status;
    }
    ReplSession session(std::move(rule_set), console);
    LineEditor editor(console, "repl_history",
                      [&session](std::string_view before, std::string_view word) {
                        return session.Completions(before, word);
                      });
    if (editor.is_interactive()) {
      console->out() << "Type a condition, `messages = 2500` to set a metric, `:help` for more, "
                        "Ctrl-D to leave.\n";
    }
    Loop(&editor, &session);
    return !editor.is_interactive() && session.mistakes() > 0 ? kFindings : kFine;
  }

 private:
  static void Loop(LineEditor* editor, ReplSession* session) {
    std::string input;
    while (true) {
      bool interrupted = false;
      const std::optional<std::string> line =
          editor->Read(input.empty() ? "pql> " : "...> ", &interrupted);
      if (interrupted) {
        input.clear();
        continue;
      }
      if (line) StrAppend(&input, input.empty() ? "" : "\n", *line);
      // An empty line or the end of the input closes what stands open.
      if (line && !line->empty() && ReplSession::WantsMore(input)) continue;
      if (!session->Handle(input) || !line) return;
      input.clear();
    }
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<Command> MakeReplCommand() { return std::make_unique<ReplCommand>(); }

}  // namespace pql
