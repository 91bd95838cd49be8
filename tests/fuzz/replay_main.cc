// Runs a fuzz target on files: `parser_fuzz_replay FILE|DIRECTORY...`, directories with everything
// below them, in order of path.  What ctest runs, with any compiler; also the way to look at one
// input in a debugger.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    const size_t before = paths.size();
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
        if (entry.is_regular_file()) paths.push_back(entry.path());
      }
    } else {
      paths.emplace_back(argv[i]);
    }
    if (paths.size() == before) {
      std::cerr << argv[i] << " holds no file\n";
      return 2;
    }
  }
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    // Said before the run: the last line tells which input was fatal.
    std::cout << path.string() << std::endl;
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) {
      std::cerr << path << " cannot be read\n";
      return 2;
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
  std::cout << paths.size() << " inputs\n";
  return paths.empty() ? 2 : 0;
}
