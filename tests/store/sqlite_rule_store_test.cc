// What only the SQLite rule store has: its file, and what can be wrong with it.  Rows 21 to 23 of
// README.md, "What hostile input gets".

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_schema.h"
#include "tests/store/killed_writer.h"
#include "tests/store/revisions.h"
#include "tests/store/store_place.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SqliteRuleStoreTest : public ::testing::Test {
 protected:
  // Makes the file, with some revisions in it.
  void MakeFile() {
    const std::unique_ptr<RuleStore> store = place_.Open();
    for (int64_t i = 1; i <= 50; ++i) {
      ASSERT_TRUE(store->Commit(NumberedRevision("slack", i)).ok());
    }
  }
  // Why the store can't be opened.
  absl::Status OpenError() const { return place_.TryOpen(&Clock::System()).status(); }
  // Runs SQL on the file, beside the store.
  void Execute(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(place_.file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void ExpectError(absl::StatusCode code, const std::string& text) const {
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("rules.db"), HasSubstr(text)));
  }

  const StorePlace place_{StoreKind::kSqlite};
};

TEST_F(SqliteRuleStoreTest, ASecondServerIsRefusedAndToldWhoHasIt) {
  std::unique_ptr<RuleStore> store = place_.Open();
  ExpectError(absl::StatusCode::kFailedPrecondition, "in use");
  ExpectError(absl::StatusCode::kFailedPrecondition, "process " + std::to_string(::getpid()));
  // By another name as well.
  const std::string link = place_.file() + ".link";
  std::filesystem::create_symlink(place_.file(), link);
  EXPECT_EQ(OpenRuleStore("sqlite:" + link, &Clock::System()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  store.reset();
  EXPECT_TRUE(OpenError().ok());
}

TEST_F(SqliteRuleStoreTest, KilledWriterLosesNothingAcknowledged) {
  testing::Random random(testing::TestSeed());
  KilledWriter writer(&place_);
  for (int round = 0; round < KillRounds(); ++round) {
    writer.Start();
    writer.Kill(&random);
    writer.ExpectAllThere();
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(writer.checked(), KillRounds());
}

TEST_F(SqliteRuleStoreTest, TheFileSaysWhatItIsAndIsSafeFromPowerLoss) {
  MakeFile();
  const auto connection = SqliteConnection::Open(place_.file());
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ(*(*connection)->ReadInt("PRAGMA application_id"), 0x50514c52);
  EXPECT_EQ(*(*connection)->ReadInt("PRAGMA user_version"), 2);
  SqliteQuery mode = (*connection)->Query("PRAGMA journal_mode");
  ASSERT_TRUE(*mode.Next());
  EXPECT_EQ(mode.Text(0), "wal");
  EXPECT_EQ(*(*connection)->ReadInt("SELECT count(*) FROM source_span"), 6 * 50);
  ASSERT_TRUE((*connection)->Execute("DELETE FROM source_span WHERE false").ok());
}

TEST_F(SqliteRuleStoreTest, TextsThatDoNotChangeAreKeptOnce) {
  {
    const std::unique_ptr<RuleStore> store = place_.Open();
    const std::string large(1 << 20, 'x');
    for (int i = 0; i < 20; ++i) MustCommit(*store, MakeRevision("slack", 0, large));
  }
  EXPECT_LT(std::filesystem::file_size(place_.file()), 3 << 20);
}

TEST_F(SqliteRuleStoreTest, ANewerVersionIsRefused) {
  MakeFile();
  Execute("PRAGMA user_version = 99");
  ExpectError(absl::StatusCode::kFailedPrecondition, "version 99");
}

TEST_F(SqliteRuleStoreTest, AVersionThatThereNeverWasIsRefused) {
  MakeFile();
  Execute("PRAGMA user_version = -5");
  ExpectError(absl::StatusCode::kDataLoss, "its version is not what was written (it is -5)");
}

TEST_F(SqliteRuleStoreTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  Execute("CREATE TABLE bookmark (url TEXT)");
  const auto size = std::filesystem::file_size(place_.file());
  ExpectError(absl::StatusCode::kFailedPrecondition, "something else");
  EXPECT_EQ(std::filesystem::file_size(place_.file()), size);
  Execute("PRAGMA application_id = 7; DROP TABLE bookmark");
  ExpectError(absl::StatusCode::kFailedPrecondition, "something else");
}

TEST_F(SqliteRuleStoreTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(place_.file()) << std::string(10'000, 'x');
  ExpectError(absl::StatusCode::kDataLoss, "not a SQLite database");
}

// Overwrites some bytes of the file at `offset` from its end.
void Spoil(const std::string& path, std::streamoff offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-offset, std::ios::end);
  file << std::string(3000, '\x55');
  ASSERT_TRUE(file.flush().good());
}

TEST_F(SqliteRuleStoreTest, ACorruptFileIsRefused) {
  MakeFile();
  const auto pages = static_cast<std::streamoff>(std::filesystem::file_size(place_.file()) / 4096);
  Spoil(place_.file(), (pages - 3) * 4096);
  ExpectError(absl::StatusCode::kDataLoss, "corrupt");
}

TEST_F(SqliteRuleStoreTest, ACutOffFileIsRefused) {
  MakeFile();
  std::filesystem::resize_file(place_.file(), std::filesystem::file_size(place_.file()) / 2);
  ExpectError(absl::StatusCode::kDataLoss, "corrupt");
}

TEST_F(SqliteRuleStoreTest, AChangedTextIsNoticedWhenItIsRead) {
  MakeFile();
  Execute(
      "UPDATE source_text SET text = CAST('rule r { when false }' AS BLOB)"
      " WHERE CAST(text AS TEXT) LIKE '%> 7 }%'");
  const std::unique_ptr<RuleStore> store = place_.Open();
  const absl::Status status = store->ReadRevision("slack", 7).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("rules.pql"));
  EXPECT_FALSE(store->health().ok);
  EXPECT_TRUE(store->ReadRevision("slack", 8).ok());
}

TEST_F(SqliteRuleStoreTest, WhatNoStoreWritesIsNoticedWhenItIsRead) {
  MakeFile();
  const std::string good = place_.file() + ".good";
  std::filesystem::copy_file(place_.file(), good);
  for (const std::string change :
       {"revision SET cause = 99", "revision SET author = CAST(x'ff' AS TEXT)",
        "revision SET peer = CAST(x'00' AS TEXT)", "revision SET create_time = 1 << 62",
        "revision SET rolled_back_to = -1", "rule_change SET kind = 0",
        "rule_change SET changed_fields = 'a,,b'", "source_span SET path = path || char(0)",
        "source_span SET language = CAST(x'ff' AS TEXT)"}) {
    std::filesystem::copy_file(good, place_.file(),
                               std::filesystem::copy_options::overwrite_existing);
    Execute("UPDATE " + change + " WHERE " + (change.find("source") == 0 ? "first" : "number") +
            " = 7");
    const std::unique_ptr<RuleStore> store = place_.Open();
    const absl::Status status = store->ReadRevision("slack", 7).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << change;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("rules.db"), HasSubstr("revision 7 of rule set `slack`")));
    EXPECT_TRUE(store->ReadRevision("slack", 8).ok()) << change;
  }
}

TEST_F(SqliteRuleStoreTest, NumbersThatNoStoreWritesAreNoticed) {
  MakeFile();
  Execute("UPDATE revision SET cause = 0 WHERE number = 50");
  {
    const std::unique_ptr<RuleStore> store = place_.Open();
    EXPECT_TRUE(absl::IsDataLoss(store->ListRevisions({.rule_set = "slack"}).status()));
    EXPECT_TRUE(absl::IsDataLoss(store->ReadRuleOrigins("slack", 50).status()));
  }
  for (const std::string latest : {"-9223372036854775808", "0", "9223372036854775807"}) {
    Execute("UPDATE rule_set SET latest = " + latest);
    EXPECT_TRUE(absl::IsDataLoss(place_.Open()->ReadLatestNumbers().status())) << latest;
  }
  NewRevision last = MakeRevision("other", std::numeric_limits<int64_t>::max() - 1);
  EXPECT_TRUE(absl::IsInvalidArgument(place_.Open()->Commit(last).status()));
}

TEST_F(SqliteRuleStoreTest, APathThatCannotBeOpenedIsNamed) {
  for (const std::string spec : {"sqlite:/no/such/directory/rules.db", "sqlite:/proc/rules.db"}) {
    const absl::Status status = OpenRuleStore(spec, &Clock::System()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), HasSubstr(spec.substr(7)));
  }
}

// The size that files may have, for as long as it lives: to the writer it is a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(SqliteRuleStoreTest, AFullDiskFailsChangesOnlyAndOnlyWhileItLasts) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  ASSERT_TRUE(store->Commit(NumberedRevision("slack", 1)).ok());
  NewRevision large = MakeRevision("slack", 1, std::string(4 << 20, 'x'));
  {
    const FileSizeLimit limit(1 << 20);
    for (int i = 0; i < 3; ++i) {
      const absl::Status status = store->Commit(large).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("rules.db"));
    }
    EXPECT_FALSE(store->health().ok);
    EXPECT_THAT(store->health().error, HasSubstr("rules.db"));
    ExpectNumberedRevision(*store, "slack", 1);
    EXPECT_FALSE(store->health().ok) << "that it can be read says nothing of writing";
  }
  EXPECT_TRUE(store->Commit(large).ok());
  EXPECT_TRUE(store->health().ok);
  EXPECT_EQ(store->ReadLatest("slack")->number, 2);
}

TEST_F(SqliteRuleStoreTest, AProgramThatLocksTheFileFailsChangesClearly) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(place_.file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const absl::Status status = store->Commit(NumberedRevision("slack", 1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("locked by another process"));
  EXPECT_TRUE(store->ReadLatestNumbers().ok());
  sqlite3_close(other);
  EXPECT_TRUE(store->Commit(NumberedRevision("slack", 1)).ok());
}

TEST_F(SqliteRuleStoreTest, ABackupOfTheRunningStoreIsAStore) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  for (int64_t i = 1; i <= 5; ++i) ASSERT_TRUE(store->Commit(NumberedRevision("slack", i)).ok());
  const std::string copy = place_.file() + ".copy";
  Execute("VACUUM INTO '" + copy + "'");
  const auto restored = OpenRuleStore("sqlite:" + copy, &Clock::System());
  ASSERT_TRUE(restored.ok()) << restored.status();
  for (int64_t i = 1; i <= 5; ++i) ExpectNumberedRevision(**restored, "slack", i);
}

class SqliteMigrationTest : public SqliteRuleStoreTest {
 protected:
  absl::Status Migrate(const std::vector<const char*>& steps) {
    if (connection_ == nullptr) connection_ = *SqliteConnection::Open(place_.file());
    return MigrateSqlite(connection_.get(), steps, "rules.db");
  }
  int64_t Version() { return *connection_->ReadInt("PRAGMA user_version"); }

  std::unique_ptr<SqliteConnection> connection_;
};

TEST_F(SqliteMigrationTest, AnOlderVersionGetsTheStepsThatItLacks) {
  MakeFile();
  std::vector<const char*> steps(SqliteMigrations().begin(), SqliteMigrations().end());
  steps.push_back("ALTER TABLE revision ADD COLUMN ticket TEXT NOT NULL DEFAULT 'none'");
  steps.push_back("UPDATE revision SET ticket = 'T' || number");
  ASSERT_TRUE(Migrate(steps).ok());
  EXPECT_EQ(Version(), 4);
  EXPECT_EQ(*connection_->ReadInt("SELECT count(*) FROM revision WHERE ticket = 'T' || number"),
            50);
  ASSERT_TRUE(Migrate(steps).ok()) << "a second time there is nothing to do";
  connection_ = nullptr;
  ExpectError(absl::StatusCode::kFailedPrecondition, "version 4");
}

TEST_F(SqliteMigrationTest, RevisionsOfTheFirstVersionKeepTheirSources) {
  ASSERT_TRUE(Migrate({SqliteMigrations()[0]}).ok());
  for (const char* text : {"one", "two"}) {
    ASSERT_TRUE(connection_
                    ->Run("INSERT INTO source_text (hash, text) VALUES (?1, ?2)",
                          SqliteBlob{Sha256(text)}, SqliteBlob{text})
                    .ok());
  }
  ASSERT_TRUE(connection_->Execute("INSERT INTO rule_set VALUES ('slack', 4)").ok());
  const auto sources = SourcesOfFirstVersion();
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto number = static_cast<int64_t>(i + 1);
    ASSERT_TRUE(
        connection_
            ->Run("INSERT INTO revision VALUES ('slack', ?1, '', 0, 1, '', '', '', 0)", number)
            .ok());
    for (const StoredSource& source : sources[i]) {
      ASSERT_TRUE(connection_
                      ->Run("INSERT INTO revision_source VALUES ('slack', ?1, ?2, ?3, 'pql', ?4)",
                            number, source.path, source.api_managed ? 1 : 0,
                            SqliteBlob{Sha256(source.text)})
                      .ok());
    }
  }
  connection_ = nullptr;
  const std::unique_ptr<RuleStore> store = place_.Open();
  ExpectSourcesOfFirstVersion(*store);
}

TEST_F(SqliteMigrationTest, AStepThatFailsLeavesTheVersionBefore) {
  MakeFile();
  std::vector<const char*> steps(SqliteMigrations().begin(), SqliteMigrations().end());
  steps.push_back("CREATE TABLE ticket (id TEXT); DROP TABLE no_such_table");
  EXPECT_FALSE(Migrate(steps).ok());
  EXPECT_EQ(Version(), 2);
  EXPECT_EQ(*connection_->ReadInt("SELECT count(*) FROM sqlite_schema WHERE name = 'ticket'"), 0);
  connection_ = nullptr;
  const std::unique_ptr<RuleStore> store = place_.Open();
  ExpectNumberedRevision(*store, "slack", 50);
}

}  // namespace
}  // namespace pql
