#include "base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kLimit = 1 << 20;

// Root reads and writes everything: while this lives, such a test runs as nobody.
class NotRoot {
 public:
  NotRoot() {
    if (::geteuid() == 0) is_changed_ = ::seteuid(kNobody) == 0;
  }
  ~NotRoot() {
    if (is_changed_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_changed_ = false;
};

class FileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "pql_file_system_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    ::chmod(root_.c_str(), 0755);
  }
  void TearDown() override {
    // Directories that a test made unreadable.
    for (const std::string& path : locked_) ::chmod(path.c_str(), 0700);
    std::filesystem::remove_all(root_);
  }

  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  std::string Write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << content;
    return Path(name);
  }
  std::string Link(const std::string& target, const std::string& name) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    EXPECT_EQ(::symlink(target.c_str(), Path(name).c_str()), 0);
    return Path(name);
  }
  void Lock(const std::string& path) {
    ::chmod(path.c_str(), 0);
    locked_.push_back(path);
  }

  // Hidden ones included.
  std::vector<std::string> Entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  // What must hold of every failure.
  static void ExpectError(const absl::Status& status, absl::StatusCode code,
                          const std::string& path, const std::string& what) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  }

  std::string root_;
  std::vector<std::string> locked_;
};

TEST_F(FileSystemTest, ReadsAnyBytes) {
  const std::string content("a\0\r\n\xFF", 5);
  EXPECT_EQ(*ReadFile(Write("a.pql", content), kLimit), content);
  EXPECT_EQ(*ReadFile(Write("empty", ""), kLimit), "");
  EXPECT_EQ(*ReadFile(Link(Path("a.pql"), "link.pql"), kLimit), content);
}

TEST_F(FileSystemTest, ReadsUpToTheLimit) {
  const std::string path = Write("a", std::string(1000, 'x'));
  EXPECT_EQ(ReadFile(path, 1000)->size(), 1000);
  ExpectError(ReadFile(path, 999).status(), absl::StatusCode::kResourceExhausted, path, "999");
  EXPECT_EQ(*ReadFile(Write("none", ""), 0), "");
}

TEST_F(FileSystemTest, AFileOfOneGigabyteIsNotRead) {
  const std::string path = Write("huge.pql", "");
  ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 30), 0);  // sparse
  ExpectError(ReadFile(path, kLimit).status(), absl::StatusCode::kResourceExhausted, path,
              "larger than the limit of 1048576 bytes");
}

TEST_F(FileSystemTest, AFileThatTellsNoSizeIsReadAndBounded) {
  EXPECT_GT(ReadFile("/proc/self/status", kLimit)->size(), 100);
  EXPECT_EQ(ReadFile("/proc/self/status", 100).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(FileSystemTest, NamesWhatIsNoFile) {
  using absl::StatusCode;
  const std::string missing = Path("missing.pql");
  ExpectError(ReadFile(missing, kLimit).status(), StatusCode::kNotFound, missing, "does not exist");
  ExpectError(ReadFile(root_, kLimit).status(), StatusCode::kInvalidArgument, root_,
              "is a directory, not a file");
  ExpectError(ReadFile("/dev/null", kLimit).status(), StatusCode::kInvalidArgument, "/dev/null",
              "is a device, not a file");
  const std::string dangling = Link("nowhere", "dangling.pql");
  ExpectError(ReadFile(dangling, kLimit).status(), StatusCode::kNotFound, dangling,
              "symbolic link to something that does not exist");
  const std::string loop = Link("loop.pql", "loop.pql");
  ExpectError(ReadFile(loop, kLimit).status(), StatusCode::kInvalidArgument, loop,
              "symbolic links lead in a circle");
  const std::string below = Write("a.pql", "x") + "/b.pql";
  EXPECT_FALSE(ReadFile(below, kLimit).ok());
  EXPECT_FALSE(ReadFile(Path(std::string(5000, 'x')), kLimit).ok());
  EXPECT_FALSE(ReadFile("", kLimit).ok());
}

TEST_F(FileSystemTest, AFifoIsNeverWaitedFor) {
  const std::string fifo = Path("pipe.pql");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ExpectError(ReadFile(fifo, kLimit).status(), absl::StatusCode::kInvalidArgument, fifo,
              "is a named pipe, not a file");
}

TEST_F(FileSystemTest, AFileWithoutPermissionSaysSo) {
  const std::string path = Write("secret.pql", "x");
  Lock(path);
  const NotRoot not_root;
  ExpectError(ReadFile(path, kLimit).status(), absl::StatusCode::kPermissionDenied, path,
              "cannot open it");
}

TEST_F(FileSystemTest, PathsInMessagesCannotFoolATerminal) {
  const absl::Status status = ReadFile(Path("\x1b[2J\u202E.pql"), kLimit).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("<U+001B>[2J<U+202E>.pql"));
}

TEST_F(FileSystemTest, WritesANewFileWithUsualPermissions) {
  const std::string path = Path("new.pql");
  ASSERT_TRUE(WriteFileAtomically(path, "content").ok());
  EXPECT_EQ(*ReadFile(path, kLimit), "content");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0666 & ~mask);
}

TEST_F(FileSystemTest, ReplacesAFileAndKeepsItsPermissions) {
  const std::string path = Write("a.pql", "old");
  ::chmod(path.c_str(), 0640);
  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  EXPECT_EQ(*ReadFile(path, kLimit), "new");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_THAT(Entries(), ElementsAre("a.pql")) << "no temporary file is left";
}

TEST_F(FileSystemTest, WritesThroughASymbolicLink) {
  const std::string target = Write("real/a.pql", "old");
  const std::string link = Link("real/a.pql", "link.pql");
  ASSERT_TRUE(WriteFileAtomically(link, "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(*ReadFile(target, kLimit), "new");
}

TEST_F(FileSystemTest, AReaderSeesTheOldOrTheNewContentOnly) {
  const std::string path = Write("a.pql", std::string(100'000, 'a'));
  std::thread writer([&path] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(WriteFileAtomically(path, std::string(100'000, i % 2 ? 'a' : 'b')).ok());
    }
  });
  for (int i = 0; i < 200; ++i) {
    const std::string content = *ReadFile(path, kLimit);
    EXPECT_EQ(content.size(), 100'000);
    EXPECT_EQ(content.find_first_not_of(content[0]), std::string::npos);
  }
  writer.join();
}

TEST_F(FileSystemTest, AFailedWriteLeavesEverythingAsItWas) {
  ExpectError(WriteFileAtomically(Path("no/such/a.pql"), "x"), absl::StatusCode::kNotFound,
              Path("no/such/a.pql"), "cannot write");
  ExpectError(WriteFileAtomically(root_, "x"), absl::StatusCode::kInvalidArgument, root_,
              "is a directory, not a file");
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  ExpectError(WriteFileAtomically("/dev/full", "x"), absl::StatusCode::kInvalidArgument,
              "/dev/full", "is a device, not a file");
}

TEST_F(FileSystemTest, AReadOnlyDirectoryRefusesToBeWrittenTo) {
  const std::string path = Write("a.pql", "old");
  ::chmod(root_.c_str(), 0555);
  {
    const NotRoot not_root;
    ExpectError(WriteFileAtomically(path, "new"), absl::StatusCode::kPermissionDenied, path,
                "cannot write");
  }
  ::chmod(root_.c_str(), 0755);
  EXPECT_EQ(*ReadFile(path, kLimit), "old");
  EXPECT_THAT(Entries(), ElementsAre("a.pql"));
}

TEST_F(FileSystemTest, ListsFilesAtAnyDepthInOrder) {
  for (const char* name : {"b.pql", "a.pql", "deep/er/c.pql", "deep/a.pql", "ä.pql", "a.pql.bak",
                           "README.md", ".hidden.pql", ".git/d.pql", "a-b.pql"}) {
    Write(name, "");
  }
  EXPECT_THAT(*ListFiles(root_, ".pql"),
              ElementsAre("a-b.pql", "a.pql", "b.pql", "deep/a.pql", "deep/er/c.pql", "ä.pql"));
  EXPECT_THAT(*ListFiles(root_, ".pql", 2),
              ElementsAre("a-b.pql", "a.pql", "b.pql", "deep/a.pql", "ä.pql"));
  EXPECT_THAT(*ListFiles(root_, ".pql", 1), ElementsAre("a-b.pql", "a.pql", "b.pql", "ä.pql"));
  EXPECT_THAT(*ListFiles(root_ + "/", ".md"), ElementsAre("README.md"));
  EXPECT_THAT(*ListFiles(root_, ".json"), IsEmpty());
}

TEST_F(FileSystemTest, ListsWhatIsNoFileSoThatReadingItSaysWhatIsWrong) {
  Link("nowhere", "dangling.pql");
  Link("loop.pql", "loop.pql");
  Link("nowhere", "ignored.txt");
  ASSERT_EQ(::mkfifo(Path("pipe.pql").c_str(), 0600), 0);
  EXPECT_THAT(*ListFiles(root_, ".pql"), ElementsAre("dangling.pql", "loop.pql", "pipe.pql"));
}

TEST_F(FileSystemTest, ADirectoryNamedLikeAFileIsSearched) {
  Write("odd.pql/a.pql", "");
  EXPECT_THAT(*ListFiles(root_, ".pql"), ElementsAre("odd.pql/a.pql"));
}

TEST_F(FileSystemTest, FollowsLinksToDirectoriesAndCutsLoops) {
  Write("real/a.pql", "");
  Link("..", "real/up");
  Link("real", "another_name");
  const std::string outside = Path("outside");
  std::filesystem::create_directories(Path("set"));
  Write("outside/b.pql", "");
  Link("../outside", "set/linked");
  EXPECT_THAT(*ListFiles(root_, ".pql"), ElementsAre("outside/b.pql", "real/a.pql"))
      << "each directory once, by its real name";
  EXPECT_THAT(*ListFiles(Path("set"), ".pql"), ElementsAre("linked/b.pql"));
}

TEST_F(FileSystemTest, ALatticeOfLinksIsListedInNoTime) {
  // Each directory holds two links to the next: 2^40 paths.
  for (int i = 0; i < 40; ++i) {
    const std::string next = StrCat("../d", i + 1);
    Link(next, StrCat("d", i, "/x"));
    Link(next, StrCat("d", i, "/y"));
  }
  Write("d40/a.pql", "");
  EXPECT_THAT(*ListFiles(Path("d0"), ".pql", 100), ElementsAre(StrCat(
                                                       [] {
                                                         std::string path;
                                                         for (int i = 0; i < 40; ++i) path += "x/";
                                                         return path;
                                                       }(),
                                                       "a.pql")));
}

TEST_F(FileSystemTest, ADirectoryOfFarTooManyFilesIsNotSearched) {
  for (const char* name : {"a.pql", "b.txt", "deep/c.txt", "deep/d.pql"}) Write(name, "");
  constexpr size_t kEntries = 5;  // with `deep` itself
  EXPECT_THAT(*ListFiles(root_, ".pql", 16, kEntries), ElementsAre("a.pql", "deep/d.pql"));
  for (size_t max_entries = 0; max_entries < kEntries; ++max_entries) {
    ExpectError(ListFiles(root_, ".pql", 16, max_entries).status(),
                absl::StatusCode::kResourceExhausted, root_, "files and directories lie in it");
  }
}

TEST_F(FileSystemTest, ListingWhatIsNoDirectoryIsAnError) {
  using absl::StatusCode;
  const std::string file = Write("a.pql", "");
  ExpectError(ListFiles(file, ".pql").status(), StatusCode::kInvalidArgument, file,
              "is not a directory");
  ExpectError(ListFiles(Path("none"), ".pql").status(), StatusCode::kNotFound, Path("none"),
              "does not exist");
  ExpectError(ListDirectories(file).status(), StatusCode::kInvalidArgument, file,
              "is not a directory");
  ExpectError(ListDirectories(Path("none")).status(), StatusCode::kNotFound, Path("none"),
              "does not exist");
}

TEST_F(FileSystemTest, AnUnreadableDirectoryIsAnErrorNotAnEmptyOne) {
  Write("locked/a.pql", "");
  Lock(Path("locked"));
  const NotRoot not_root;
  ExpectError(ListFiles(root_, ".pql").status(), absl::StatusCode::kPermissionDenied,
              Path("locked"), "cannot list it");
}

TEST_F(FileSystemTest, ListsDirectories) {
  Write("slack/a.pql", "");
  Write("facebook/a.pql", "");
  Write(".git/x", "");
  Write("README.md", "");
  Link("slack", "linked");
  Link("nowhere", "dangling");
  EXPECT_THAT(*ListDirectories(root_), ElementsAre("facebook", "linked", "slack"));
}

TEST_F(FileSystemTest, KnowsDirectories) {
  const std::string file = Write("a.pql", "");
  EXPECT_TRUE(IsDirectory(root_));
  EXPECT_TRUE(IsDirectory(Link(".", "here")));
  EXPECT_FALSE(IsDirectory(file));
  EXPECT_FALSE(IsDirectory(Path("none")));
}

}  // namespace
}  // namespace pql
