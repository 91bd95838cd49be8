// What a command is given: the three streams, whether a person sits at them, colour, and the
// functions that rules may call.
//
// Results go to out(), everything else to err().  A Console keeps references to its streams.
// Not thread-safe.

#ifndef TOOLS_PQL_CONSOLE_H_
#define TOOLS_PQL_CONSOLE_H_

#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

namespace pql {

class FunctionRegistry;

// The exit status of every command.
enum ExitStatus : int {
  kFine = 0,
  kFindings = 1,  // the input has findings: lint errors, failing tests
  kFailure = 2,   // the command could not do its work: usage, unreadable file, unreachable server
};

enum class Paint { kBold, kDim, kRed, kGreen, kYellow, kCyan };

class Console {
 public:
  Console(std::istream* in, std::ostream* out, std::ostream* err) : in_(in), out_(out), err_(err) {}

  // Standard input, output and error of the process.
  static Console OfProcess();

  std::istream& in() { return *in_; }
  void set_in(std::istream* in) { in_ = in; }
  std::ostream& out() { return *out_; }
  std::ostream& err() { return *err_; }

  // `--color auto|always|never`, for `app` and everything below it.
  void AddColorOption(CLI::App* app);
  // By `--color`, NO_COLOR and whether the stream is a terminal.
  bool color_out() const { return Colored(out_is_terminal_); }
  bool color_err() const { return Colored(err_is_terminal_); }
  // Whether a progress line can be shown: nothing else is printed where it stands.
  bool shows_progress() const { return err_is_terminal_ && !out_is_terminal_; }

  // `text` in the colour, if out() has colours.
  std::string OnOut(Paint paint, std::string_view text) const;

  // Those of --plugin included; null: the built-in ones.
  const std::shared_ptr<const FunctionRegistry>& functions() const { return functions_; }
  void set_functions(std::shared_ptr<const FunctionRegistry> functions) {
    functions_ = std::move(functions);
  }

  // Prints "pql: MESSAGE" to err() and returns kFailure.
  int Fail(std::string_view message);
  int Fail(const absl::Status& status);
  // Prints "pql: note: MESSAGE" to err().
  void Note(std::string_view message);

 private:
  bool Colored(bool is_terminal) const;

  std::istream* in_;
  std::ostream* out_;
  std::ostream* err_;
  bool out_is_terminal_ = false;
  bool err_is_terminal_ = false;
  std::string color_ = "auto";
  std::shared_ptr<const FunctionRegistry> functions_;
};

// `text` in the colour, when `color` is set.
std::string Painted(bool color, Paint paint, std::string_view text);

// Makes a closed pipe (`| head`) and Ctrl-C end the process quietly, as its users' other tools do.
void SetUpSignals();

}  // namespace pql

#endif  // TOOLS_PQL_CONSOLE_H_
