// A program that a test runs beside itself; its standard output and error go to files.
// Not thread-safe.

#ifndef TESTS_TESTING_SUBPROCESS_H_
#define TESTS_TESTING_SUBPROCESS_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/testing/temp_directory.h"

namespace pql {

// Tests on a busy machine need patience; one that waits for something that comes never waits long.
inline constexpr std::chrono::seconds kPatience{60};

// Whether `condition` became true before the patience ended.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

class Subprocess {
 public:
  // The program is looked up in PATH unless it has a slash.
  explicit Subprocess(const std::vector<std::string>& command, std::string_view input = "") {
    directory_.Write("in", input);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    Redirect("in", O_RDONLY, STDIN_FILENO);
    Redirect("out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    Redirect("err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ~Subprocess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  // REQUIRES: it runs.
  pid_t pid() const { return pid_; }
  // One that has ended gets no signal: its id is gone, and -1 would be everybody's.
  void Signal(int signal) const {
    ASSERT_GT(pid_, 0) << "it has ended: " << Err();
    ASSERT_EQ(::kill(pid_, signal), 0);
  }
  // The exit status, or 128 and the signal that ended it; -1 while it runs.
  int Poll() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return exit_;
    pid_ = -1;
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_;
  }
  int Wait() {
    EXPECT_TRUE(Eventually([this] { return Poll() >= 0; })) << "it did not end: " << Err();
    return exit_;
  }
  std::string Out() const { return Read("out"); }
  std::string Err() const { return Read("err"); }

 private:
  void Redirect(std::string_view name, int flags, int descriptor) const {
    const int fd = ::open(directory_.Path(name).c_str(), flags, 0600);
    if (fd < 0 || ::dup2(fd, descriptor) < 0) ::_exit(126);
  }
  std::string Read(std::string_view name) const {
    std::ifstream in(directory_.Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  TempDirectory directory_;
  pid_t pid_ = -1;
  int exit_ = -1;
};

// What a program that ran to its end came to.
struct Finished {
  int exit = 0;
  std::string out;
  std::string err;
};

inline Finished RunProgram(const std::vector<std::string>& command, std::string_view input = "") {
  Subprocess process(command, input);
  const int exit = process.Wait();
  return {exit, process.Out(), process.Err()};
}

}  // namespace pql

#endif  // TESTS_TESTING_SUBPROCESS_H_
