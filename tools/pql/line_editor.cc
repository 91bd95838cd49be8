#include "tools/pql/line_editor.h"

#include <editline/readline.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

constexpr int kMaxHistory = 1'000;

// What ends a word: names keep their dots, backticks and quotation marks.
char word_breaks[] = " \t\n<>=!(){}[],+-*/";

// libedit's functions take no context.
Completer* active_completer = nullptr;
std::vector<std::string>* candidates = nullptr;
volatile std::sig_atomic_t interrupted_by_user = 0;

void OnInterrupt(int /*signal*/) { interrupted_by_user = 1; }

struct FreeDeleter {
  void operator()(char* text) const { std::free(text); }
};

// The candidates one by one, null after the last; libedit frees them.
char* NextCandidate(const char* /*word*/, int state) {
  static size_t next = 0;
  if (state == 0) next = 0;  // a new round
  return next < candidates->size() ? ::strdup((*candidates)[next++].c_str()) : nullptr;
}

char** Complete(const char* word, int start, int /*end*/) {
  const std::string_view before =
      std::string_view(rl_line_buffer).substr(0, static_cast<size_t>(start));
  // Names of files, libedit's own completion, only where a file is asked for.
  const bool is_file = before.starts_with(":load ");
  rl_attempted_completion_over = is_file ? 0 : 1;
  if (is_file) return nullptr;
  std::vector<std::string> found = (*active_completer)(before, word);
  candidates = &found;
  char** matches = rl_completion_matches(word, NextCandidate);
  candidates = nullptr;
  return matches;
}

}  // namespace

LineEditor::LineEditor(Console* console, std::string_view history_name, Completer completer)
    : console_(console) {
  is_interactive_ =
      &console->in() == &std::cin && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  if (!is_interactive_) return;
  // Multi-byte characters are edited as such.
  std::setlocale(LC_CTYPE, "");
  active_completer = new Completer(std::move(completer));
  rl_readline_name = const_cast<char*>("pql");
  rl_basic_word_break_characters = word_breaks;
  rl_completer_word_break_characters = word_breaks;
  rl_attempted_completion_function = Complete;
  rl_catch_signals = 0;  // Ctrl-C is ours, see Edit
  using_history();
  stifle_history(kMaxHistory);
  history_file_ = StateFile(history_name);
  if (!history_file_.empty()) read_history(history_file_.c_str());
}

LineEditor::~LineEditor() {
  if (!is_interactive_) return;
  rl_attempted_completion_function = nullptr;
  delete std::exchange(active_completer, nullptr);
}

std::optional<std::string> LineEditor::Read(const std::string& prompt, bool* interrupted) {
  *interrupted = false;
  console_->out().flush();
  console_->err().flush();
  if (is_interactive_) return Edit(prompt, interrupted);
  std::string line;
  if (!std::getline(console_->in(), line)) return std::nullopt;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::optional<std::string> LineEditor::Edit(const std::string& prompt, bool* interrupted) {
  // Without SA_RESTART, so that the read ends.
  struct sigaction action = {};
  struct sigaction previous = {};
  action.sa_handler = OnInterrupt;
  interrupted_by_user = 0;
  sigaction(SIGINT, &action, &previous);
  const std::unique_ptr<char, FreeDeleter> line(readline(prompt.c_str()));
  sigaction(SIGINT, &previous, nullptr);
  if (interrupted_by_user != 0) {
    console_->out() << "\n";
    *interrupted = true;
    return "";
  }
  if (line == nullptr) {
    console_->out() << "\n";
    return std::nullopt;
  }
  Remember(line.get());
  return line.get();
}

// Written at once, so that nothing is lost however the session ends.
void LineEditor::Remember(std::string line) {
  line.erase(line.find_last_not_of(" \t") + 1);
  if (line.empty() || line == last_line_) return;
  last_line_ = line;
  add_history(line.c_str());
  if (history_file_.empty() || write_history(history_file_.c_str()) == 0) return;
  console_->Note(
      StrCat("the history cannot be kept in `", history_file_, "`: ", std::strerror(errno)));
  history_file_.clear();
}

std::string StateFile(std::string_view name) {
  std::filesystem::path directory;
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state == '/') {
    directory = state;
  } else if (home != nullptr && *home == '/') {
    directory = std::filesystem::path(home) / ".local" / "state";
  } else {
    return "";
  }
  directory /= "pql";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  return error ? "" : (directory / name).string();
}

}  // namespace pql
