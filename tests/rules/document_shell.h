// Runs the commands that a document shows, in a directory of their own, with the built programs on
// the path.  The directory goes when the object does.  Thread-compatible.

#ifndef PQL_TESTS_RULES_DOCUMENT_SHELL_H_
#define PQL_TESTS_RULES_DOCUMENT_SHELL_H_

#include <string>
#include <string_view>

namespace pql {

class DocumentShell {
 public:
  DocumentShell();
  ~DocumentShell();
  DocumentShell(const DocumentShell&) = delete;
  DocumentShell& operator=(const DocumentShell&) = delete;

  const std::string& directory() const { return directory_; }

  // Writes a file below the directory, and the directories that it needs.
  void Write(std::string_view path, std::string_view text) const;

  // What the command prints on both outputs, and `[exit N]` behind it when N is not 0 or 1: those
  // are how the tool answers.
  std::string Run(const std::string& command) const;

  // A `console` block with its commands (`$ ...`) run and the output of each put behind it anew.
  std::string Replay(std::string_view block) const;

 private:
  std::string directory_;
};

}  // namespace pql

#endif  // PQL_TESTS_RULES_DOCUMENT_SHELL_H_
