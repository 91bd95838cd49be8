// Lines from a person at a terminal, edited with libedit, with history and completion; or from any
// other stream as they are.
//
// libedit keeps its state in the process: at most one LineEditor at a time.  Not thread-safe.

#ifndef TOOLS_PQL_LINE_EDITOR_H_
#define TOOLS_PQL_LINE_EDITOR_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pql/console.h"

namespace pql {

// What could stand in the place of `word`, which follows `before` on the line.
using Completer =
    std::function<std::vector<std::string>(std::string_view before, std::string_view word)>;

class LineEditor {
 public:
  // Edits only when standard input and output are a terminal; then the history is kept in
  // StateFile(history_name).
  LineEditor(Console* console, std::string_view history_name, Completer completer);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  bool is_interactive() const { return is_interactive_; }
  // The next line without its end; nothing at the end of the input.  Ctrl-C gives up the line that
  // is being typed: `*interrupted` is set and the line is empty.
  std::optional<std::string> Read(const std::string& prompt, bool* interrupted);

 private:
  std::optional<std::string> Edit(const std::string& prompt, bool* interrupted);
  void Remember(std::string line);

  Console* console_;
  std::string history_file_;
  std::string last_line_;
  bool is_interactive_ = false;
};

// `$XDG_STATE_HOME/pql/NAME`, by default `~/.local/state/pql/NAME` (XDG Base Directory
// Specification 0.8); its directory is made.  Empty when there is no such place.
std::string StateFile(std::string_view name);

}  // namespace pql

#endif  // TOOLS_PQL_LINE_EDITOR_H_
