// The specification of the language, sentence by sentence: tests/testdata/spec/*.test, whose form
// is described in spec_file.h.  Each sentence is a test of its own, named after it.

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/spec/spec_file.h"
#include "tests/spec/spec_runner.h"

namespace pql {
namespace {

namespace fs = std::filesystem;

// Why a case failed, or empty.
std::string FailureOf(const SpecFile& file, const SpecCase& spec) {
  const std::string mismatch = RunSpecCase(spec);
  if (spec.known_bug.empty()) return mismatch;
  if (mismatch.empty()) return "passes now: remove its `known_bug` line";
  std::cout << "known bug, " << fs::path(file.path).filename().string() << ":" << spec.line << ": "
            << spec.known_bug << "\n  " << spec.subject.substr(0, 200) << "\n";
  return "";
}

class SentenceTest : public testing::Test {
 public:
  SentenceTest(std::shared_ptr<const SpecFile> file, size_t sentence)
      : file_(std::move(file)), sentence_(file_->sentences[sentence]) {}

  void TestBody() override {
    EXPECT_FALSE(sentence_.cases.empty() && sentence_.elsewhere.empty()) << "no case pins it down";
    for (const std::string& path : sentence_.elsewhere) {
      EXPECT_TRUE(fs::exists(StrCat(PQL_SOURCE_DIR, "/", path))) << path;
    }
    for (const SpecCase& spec : sentence_.cases) {
      if (spec.subject == "rendered" && std::getenv("PQL_UPDATE_TESTDATA") != nullptr) continue;
      const std::string failure = FailureOf(*file_, spec);
      EXPECT_EQ(failure, "") << file_->path << ":" << spec.line << ": "
                             << spec.subject.substr(0, 1000);
    }
  }

 private:
  const std::shared_ptr<const SpecFile> file_;
  const SpecSentence& sentence_;
};

class FormTest : public testing::Test {
 public:
  explicit FormTest(std::shared_ptr<const SpecFile> file) : file_(std::move(file)) {}
  void TestBody() override {
    EXPECT_THAT(file_->errors, testing::IsEmpty());
    EXPECT_FALSE(file_->sentences.empty());
    std::set<std::string> seen;
    for (const SpecSentence& sentence : file_->sentences) {
      EXPECT_TRUE(seen.insert(sentence.text).second) << "twice: " << sentence.text;
    }
  }

 private:
  const std::shared_ptr<const SpecFile> file_;
};

// `x is missing`: always true  ->  x_is_missing_always_true
std::string TestName(const SpecSentence& sentence) {
  std::string name;
  for (const char c : sentence.text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (name.ends_with('_')) name.pop_back();
  return StrCat(name.substr(0, 120), "_line_", sentence.line);
}

void RewriteRenderedBlocks(const SpecFile& file) {
  std::vector<std::string> lines = file.lines;
  // From the end, so that the line numbers in front stay right.
  for (auto sentence = file.sentences.rbegin(); sentence != file.sentences.rend(); ++sentence) {
    for (auto spec = sentence->cases.rbegin(); spec != sentence->cases.rend(); ++spec) {
      if (spec->subject != "rendered") continue;
      const auto old = std::count(spec->expected.begin(), spec->expected.end(), '\n');
      std::string rendered = RenderFindings(spec->context);
      if (rendered.ends_with('\n')) rendered.pop_back();
      lines.erase(lines.begin() + spec->line, lines.begin() + spec->line + old);
      lines.insert(lines.begin() + spec->line, rendered);
    }
  }
  std::ofstream out(file.path, std::ios::binary);
  for (const std::string& line : lines) out << line << "\n";
}

void RegisterFile(const fs::path& path) {
  auto file = std::make_shared<const SpecFile>(ReadSpecFile(path.string()));
  if (std::getenv("PQL_UPDATE_TESTDATA") != nullptr && file->errors.empty()) {
    RewriteRenderedBlocks(*file);
  }
  const std::string suite = "Section_" + path.stem().string();
  testing::RegisterTest(suite.c_str(), "FormOfTheFile", nullptr, nullptr, path.c_str(), 1,
                        [file]() -> testing::Test* { return new FormTest(file); });
  for (size_t i = 0; i < file->sentences.size(); ++i) {
    testing::RegisterTest(suite.c_str(), TestName(file->sentences[i]).c_str(), nullptr, nullptr,
                          path.c_str(), file->sentences[i].line,
                          [file, i]() -> testing::Test* { return new SentenceTest(file, i); });
  }
}

}  // namespace
}  // namespace pql

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PQL_TESTDATA_DIR) + "/spec")) {
    if (entry.path().extension() == ".test") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) pql::RegisterFile(path);
  return paths.empty() ? EXIT_FAILURE : RUN_ALL_TESTS();
}
