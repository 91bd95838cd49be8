// The layers of the architecture: a folder of src/ includes only itself and what lies below it, and
// each third-party library stays where it belongs.

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace {

namespace fs = std::filesystem;

// From the bottom up; folders of one layer do not include each other.
const std::vector<std::vector<std::string>>& Layers() {
  static const auto* layers = new std::vector<std::vector<std::string>>{
      {"base"},
      {"diagnostics"},
      {"ast"},
      {"language"},
      {"parser", "checker", "format", "eval"},
      {"accounts"},
      {"ruleset"},
      {"lint", "store"},
      {"engine"},
      {"service"},
      {"server"},
  };
  return *layers;
}

// Headers of a library, and the folders of src/ that may see them.
struct Confined {
  const char* library;
  const char* pattern;
  std::set<std::string> folders;
};

const std::vector<Confined>& ConfinedLibraries() {
  static const auto* libraries = new std::vector<Confined>{
      {"ANTLR", R"((antlr4-runtime|antlr4|Pql\w*(Lexer|Parser))[./])", {"parser"}},
      {"gRPC", R"(grpc(pp)?/|\.grpc\.pb\.h)", {"service", "server"}},
      {"generated messages", R"(pql/v1/)", {"service", "server"}},
      {"Prometheus", R"(prometheus/)", {"server"}},
      {"SQL", R"(sqlite3\.h|libpq-fe\.h|pqxx)", {"store"}},
      {"ICU", R"(unicode/)", {"base"}},
  };
  return *libraries;
}

struct Include {
  fs::path file;
  std::string folder;  // of src/
  std::string target;
};

std::vector<Include> AllIncludes() {
  static const std::regex kInclude(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  const fs::path root = fs::path(PQL_SOURCE_DIR) / "src";
  std::vector<Include> includes;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc" && extension != ".def") continue;
    const fs::path relative = fs::relative(entry.path(), root);
    std::ifstream stream(entry.path());
    std::string line;
    while (std::getline(stream, line)) {
      std::smatch match;
      if (std::regex_search(line, match, kInclude)) {
        includes.push_back({relative, relative.begin()->string(), match[1]});
      }
    }
  }
  return includes;
}

std::map<std::string, int> LevelOfFolder() {
  std::map<std::string, int> level;
  for (size_t i = 0; i < Layers().size(); ++i) {
    for (const std::string& folder : Layers()[i]) level[folder] = static_cast<int>(i);
  }
  return level;
}

TEST(Layering, EveryFolderOfSrcHasALayer) {
  const auto level = LevelOfFolder();
  for (const auto& entry : fs::directory_iterator(fs::path(PQL_SOURCE_DIR) / "src")) {
    if (!entry.is_directory()) continue;
    EXPECT_TRUE(level.contains(entry.path().filename())) << entry.path();
  }
}

TEST(Layering, IncludesGoDownOnly) {
  const auto level = LevelOfFolder();
  const std::vector<Include> includes = AllIncludes();
  ASSERT_GT(includes.size(), 100u);
  for (const Include& include : includes) {
    const std::string target = include.target.substr(0, include.target.find('/'));
    if (target == include.folder || !level.contains(target)) continue;
    if (!level.contains(include.folder)) continue;
    EXPECT_LT(level.at(target), level.at(include.folder))
        << include.file << " includes " << include.target;
  }
}

TEST(Layering, LibrariesStayInTheirFolders) {
  for (const Confined& library : ConfinedLibraries()) {
    const std::regex pattern(library.pattern);
    for (const Include& include : AllIncludes()) {
      if (!std::regex_search(include.target, pattern)) continue;
      EXPECT_TRUE(library.folders.contains(include.folder))
          << library.library << " is seen by " << include.file << ": " << include.target;
    }
  }
}

}  // namespace
