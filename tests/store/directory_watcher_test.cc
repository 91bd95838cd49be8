#include "store/directory_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing/subprocess.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kQuiet{100};
constexpr milliseconds kMaxDelay{2000};

// Follows a directory and keeps what it is told.
class Follower {
 public:
  explicit Follower(const std::string& root, bool notifications = true) {
    DirectoryWatcher::Options options;
    options.timings = {.quiet = kQuiet,
                       .max_delay = kMaxDelay,
                       .poll = seconds(60),  // what is noticed is noticed by notification
                       .poll_alone = milliseconds(50)};
    watcher_ = std::make_unique<DirectoryWatcher>(
        root, options, notifications ? MakeFileEvents(root) : MakeSleepingFileEvents(),
        [this](const absl::StatusOr<RuleTree>& tree) {
          const std::lock_guard<std::mutex> lock(mutex_);
          trees_.push_back(tree);
          changed_.notify_all();
        });
    first_ = watcher_->Start();
  }

  DirectoryWatcher& watcher() { return *watcher_; }
  const absl::StatusOr<RuleTree>& first() const { return first_; }
  // Whether it was told `count` times within a generous time.
  bool WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] { return trees_.size() >= count; });
  }
  size_t count() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return trees_.size();
  }
  absl::StatusOr<RuleTree> latest() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return trees_.back();
  }
  // Long enough for a second, unwanted report to come.
  void Settle() { std::this_thread::sleep_for(milliseconds(500)); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<absl::StatusOr<RuleTree>> trees_;
  absl::StatusOr<RuleTree> first_;
  std::unique_ptr<DirectoryWatcher> watcher_;
};

std::string TextOf(const absl::StatusOr<RuleTree>& tree, const std::string& id) {
  return tree.ok() && tree->contains(id) && tree->at(id).ok() ? tree->at(id)->front().text : "";
}

TEST(DirectoryWatcherTest, FirstReadIsTheResultOfStart) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path());
  EXPECT_EQ(TextOf(follower.first(), "slack"), "one");
  follower.Settle();
  EXPECT_EQ(follower.count(), 0);
}

TEST(DirectoryWatcherTest, WriteIsReported) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path());
  directory.Write("slack/a.pql", "two");
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

TEST(DirectoryWatcherTest, EditorsSaveByRenameIsOneReport) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path());
  directory.Write("slack/.a.pql.swp", "two");
  std::filesystem::rename(directory.path() + "/slack/a.pql", directory.path() + "/slack/a.pql~");
  std::filesystem::rename(directory.path() + "/slack/.a.pql.swp",
                          directory.path() + "/slack/a.pql");
  std::filesystem::remove(directory.path() + "/slack/a.pql~");
  ASSERT_TRUE(follower.WaitFor(1));
  follower.Settle();
  EXPECT_EQ(follower.count(), 1);
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

TEST(DirectoryWatcherTest, CheckoutOfManyFilesIsOneReportOfAllOfThem) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path());
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  Clock::time_point last = begin;
  Clock::duration longest{};
  for (int i = 0; i < 500; ++i) {
    directory.Write("slack/part" + std::to_string(i) + "/rules.pql", std::to_string(i));
    longest = std::max(longest, Clock::now() - last);
    last = Clock::now();
  }
  ASSERT_TRUE(follower.WaitFor(1));
  follower.Settle();
  // Unless this checkout was as slow as the watcher is patient, the machine being busy.
  if (longest < kQuiet / 2 && last - begin < kMaxDelay) {
    EXPECT_EQ(follower.count(), 1);
  }
  EXPECT_TRUE(Eventually([&] {
    const absl::StatusOr<RuleTree> tree = follower.latest();
    return tree.ok() && tree->at("slack").ok() && tree->at("slack")->size() == 501;
  }));
}

TEST(DirectoryWatcherTest, NewRuleSetsAndNewDirectoriesAreFollowed) {
  const TempDirectory directory;
  Follower follower(directory.path());
  directory.Write("slack/deep/a.pql", "one");
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "one");
  directory.Write("slack/deep/a.pql", "two");
  ASSERT_TRUE(follower.WaitFor(2));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

// A ConfigMap volume: files are links through `..data`, which is replaced in one rename.
TEST(DirectoryWatcherTest, SwapOfALinkedDirectoryIsOneReport) {
  const TempDirectory directory;
  directory.Write("slack/..v1/a.pql", "one");
  directory.Write("slack/..v2/a.pql", "two");
  const std::string slack = directory.path() + "/slack";
  std::filesystem::create_directory_symlink("..v1", slack + "/..data");
  std::filesystem::create_symlink("..data/a.pql", slack + "/a.pql");
  Follower follower(directory.path());
  EXPECT_EQ(TextOf(follower.first(), "slack"), "one");
  std::filesystem::create_directory_symlink("..v2", slack + "/..data_tmp");
  std::filesystem::rename(slack + "/..data_tmp", slack + "/..data");
  std::filesystem::remove_all(slack + "/..v1");
  ASSERT_TRUE(follower.WaitFor(1));
  follower.Settle();
  EXPECT_EQ(follower.count(), 1);
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

TEST(DirectoryWatcherTest, SwapOfALinkedRootIsNoticed) {
  const TempDirectory directory;
  directory.Write("v1/slack/a.pql", "one");
  directory.Write("v2/slack/a.pql", "two");
  const std::string root = directory.path() + "/current";
  std::filesystem::create_directory_symlink("v1", root);
  Follower follower(root);
  EXPECT_EQ(TextOf(follower.first(), "slack"), "one");
  std::filesystem::create_directory_symlink("v2", directory.path() + "/next");
  std::filesystem::rename(directory.path() + "/next", root);
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

TEST(DirectoryWatcherTest, WithoutNotificationsItCompares) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path(), /*notifications=*/false);
  follower.Settle();
  EXPECT_EQ(follower.count(), 0);
  directory.Write("slack/a.pql", "two");
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "two");
}

TEST(DirectoryWatcherTest, DirectoryThatVanishesIsReportedAsAnErrorAndComesBack) {
  const TempDirectory directory;
  const std::string root = directory.path() + "/rules";
  directory.Write("rules/slack/a.pql", "one");
  Follower follower(root, /*notifications=*/false);
  std::filesystem::rename(root, root + ".away");
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_FALSE(follower.latest().ok());
  std::filesystem::rename(root + ".away", root);
  ASSERT_TRUE(follower.WaitFor(2));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "one");
}

TEST(DirectoryWatcherTest, RequestedReloadReadsWithoutAChange) {
  const TempDirectory directory;
  directory.Write("slack/a.pql", "one");
  Follower follower(directory.path());
  follower.watcher().RequestReload();
  ASSERT_TRUE(follower.WaitFor(1));
  EXPECT_EQ(TextOf(follower.latest(), "slack"), "one");
}

}  // namespace
}  // namespace pql
