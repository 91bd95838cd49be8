// pql new: a rule set to start from.

#include <filesystem>
#include <system_error>

#include "base/file_system.h"
#include "base/strings.h"
#include "tools/pql/commands.h"

namespace pql {
namespace {

struct StarterFile {
  const char* name;
  const char* text;
};

// A test of this program checks that they lint clean and that their tests pass.
constexpr StarterFile kStarterFiles[] = {
    {"metrics.pql",
     R"(# What is known about an account. Your product sends these by name; what it does not send has the
# default, or is missing. Describe each metric: the next person will be glad.

metric projects_created: number default 0 kind product
  "Projects created since signing up"
metric teammates_invited: number default 0 kind product
  "Teammates invited, whether they joined or not"
metric active_days: number default 0 kind product
  "Days in the last two weeks on which somebody used the product"
metric plan: one of ("free", "trial", "paid") kind billing
  "What the account pays for today"
)"},
    {"rules.pql",
     R"(# Who is a product-qualified lead: an account that has seen the product's value, and does not pay yet.

stages mql < sql < pql < customer

define activated = projects_created >= 3 and teammates_invited >= 1

rule team_at_work {
  title  "A team that has put the product to work"
  owner  "growth@example.com"
  stage  pql
  when   activated and active_days >= 5
  unless plan == "paid"
}
)"},
    {"tests.pql",
     R"(# An example on each side of every limit. Run them with `pql test`.

test "a free team at work qualifies" {
  given  projects_created = 3, teammates_invited = 1, active_days = 5, plan = "free"
  expect team_at_work
  expect stage == "pql"
}

test "a team on four days is not there yet" {
  given  projects_created = 3, teammates_invited = 1, active_days = 4, plan = "free"
  expect not team_at_work
}

test "two projects are not enough" {
  given  projects_created = 2, teammates_invited = 1, active_days = 5, plan = "free"
  expect not team_at_work
}

test "somebody alone is no team" {
  given  projects_created = 3, teammates_invited = 0, active_days = 5, plan = "free"
  expect not team_at_work
}

test "a paying team is a customer already" {
  given  projects_created = 3, teammates_invited = 1, active_days = 5, plan = "paid"
  expect not team_at_work
}

test "a team whose plan nobody sent is undecided" {
  given  projects_created = 3, teammates_invited = 1, active_days = 5
  expect team_at_work is missing
}
)"},
};

class NewCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("new", "Make a rule set to start from");
    command->add_option("DIR", directory_, "Directory to make; its name names the rule set")
        ->required();
    command->footer("Example:\n  pql new rules/acme");
    return command;
  }

  int Run(Console* console) override {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(directory_, error)) {
      if (!fs::is_directory(directory_, error)) {
        return console->Fail(StrCat("`", directory_, "` exists and is no directory"));
      }
      const bool is_empty = fs::is_empty(directory_, error);
      if (error) return console->Fail(StrCat("`", directory_, "`: ", error.message()));
      if (!is_empty) {
        return console->Fail(StrCat("`", directory_, "` is not empty; name a new directory"));
      }
    }
    fs::create_directories(directory_, error);
    if (error) return console->Fail(StrCat("cannot make `", directory_, "`: ", error.message()));
    for (const StarterFile& file : kStarterFiles) {
      const std::string path = (fs::path(directory_) / file.name).string();
      if (const absl::Status status = WriteFileAtomically(path, file.text); !status.ok()) {
        return console->Fail(status);
      }
      console->out() << path << "\n";
    }
    console->out().flush();
    console->err() << "Next: pql lint " << directory_ << " && pql test " << directory_ << std::endl;
    return kFine;
  }

 private:
  std::string directory_;
};

}  // namespace

std::unique_ptr<Command> MakeNewCommand() { return std::make_unique<NewCommand>(); }

}  // namespace pql
