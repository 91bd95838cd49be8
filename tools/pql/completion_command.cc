// pql completion: the scripts with which a shell completes commands, options and values.

#include "tools/pql/completion_command.h"

#include <algorithm>
#include <utility>

#include "tools/pql/completion_table.h"

namespace pql {
namespace {

class CompletionCommand : public Command {
 public:
  explicit CompletionCommand(std::function<std::string()> more) : more_(std::move(more)) {}

  CLI::App* AddTo(CLI::App* app) override {
    app_ = app;
    CLI::App* command = app->add_subcommand("completion", "Print the completion script of a shell");
    command->add_option("SHELL", shell_, "bash or zsh; table: what they are made of")
        ->check(CLI::IsMember({"bash", "zsh", "table"}))
        ->required();
    command->footer(
        "Examples:\n"
        "  source <(pql completion bash)       # in ~/.bashrc\n"
        "  source <(pql completion zsh)        # in ~/.zshrc, behind compinit");
    return command;
  }

  int Run(Console* console) override {
    CompletionTable table = ReadCompletionTable(*app_);
    if (more_ != nullptr) {
      for (const CompletionEntry& entry : CompletionTableFromText(more_())) Merge(entry, &table);
    }
    console->out() << (shell_ == "bash"  ? BashCompletion(table)
                       : shell_ == "zsh" ? ZshCompletion(table)
                                         : CompletionTableToText(table));
    return kFine;
  }

 private:
  // Only commands that the program lists, and what is below them.
  static void Merge(const CompletionEntry& entry, CompletionTable* table) {
    if (entry.command.empty() || entry.command == "completion") return;
    const auto same = std::find_if(table->begin(), table->end(), [&entry](const auto& each) {
      return each.command == entry.command;
    });
    if (same != table->end()) {
      same->options = entry.options;
    } else if (entry.command.find(' ') != std::string::npos) {
      table->push_back(entry);
    }
  }

  CLI::App* app_ = nullptr;
  std::function<std::string()> more_;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand(std::function<std::string()> more) {
  return std::make_unique<CompletionCommand>(std::move(more));
}

}  // namespace pql
