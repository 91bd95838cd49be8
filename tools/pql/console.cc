#include "tools/pql/console.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/strings.h"

namespace pql {
namespace {

std::string_view Escape(Paint paint) {
  switch (paint) {
    case Paint::kBold:
      return "\x1b[1m";
    case Paint::kDim:
      return "\x1b[2m";
    case Paint::kRed:
      return "\x1b[1;31m";
    case Paint::kGreen:
      return "\x1b[1;32m";
    case Paint::kYellow:
      return "\x1b[1;33m";
    case Paint::kCyan:
      return "\x1b[1;36m";
  }
  return "";
}

}  // namespace

Console Console::OfProcess() {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  Console console(&std::cin, &std::cout, &std::cerr);
  console.out_is_terminal_ = isatty(STDOUT_FILENO) == 1;
  console.err_is_terminal_ = isatty(STDERR_FILENO) == 1;
  return console;
}

void Console::AddColorOption(CLI::App* app) {
  app->add_option("--color", color_, "When to use colour: auto (on a terminal), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
}

bool Console::Colored(bool is_terminal) const {
  if (color_ != "auto") return color_ == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return is_terminal && (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string Console::OnOut(Paint paint, std::string_view text) const {
  return Painted(color_out(), paint, text);
}

int Console::Fail(std::string_view message) {
  out().flush();
  err() << Painted(color_err(), Paint::kRed, "pql:") << " " << message << std::endl;
  return kFailure;
}

int Console::Fail(const absl::Status& status) { return Fail(FromAbsl(status.message())); }

void Console::Note(std::string_view message) {
  out().flush();
  err() << Painted(color_err(), Paint::kYellow, "pql: note:") << " " << message << std::endl;
}

std::string Painted(bool color, Paint paint, std::string_view text) {
  return color ? StrCat(Escape(paint), text, "\x1b[0m") : std::string(text);
}

void SetUpSignals() {
  // A parent may have had these ignored; the default ends the process without a word.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace pql
