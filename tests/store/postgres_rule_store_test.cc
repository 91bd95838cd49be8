// What only the PostgreSQL rule store has: other servers on the same database, and a database that
// comes and goes.  Row 24 of README.md, "What hostile input gets".

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/postgres_connection.h"
#include "store/postgres_schema.h"
#include "store/postgres_target.h"
#include "tests/store/killed_writer.h"
#include "tests/store/revisions.h"
#include "tests/store/store_place.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Remembers what it was told.  Thread-safe.
class Observer {
 public:
  StoreObserver callbacks() {
    return {.on_change =
                [this](const LatestNumbers& latest) {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  latest_ = latest;
                  changed_.notify_all();
                },
            .on_health =
                [this](const StoreHealth& health) {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  health_.push_back(health.ok);
                  changed_.notify_all();
                }};
  }
  // Whether it is told this number of the rule set before the time is over.
  bool SeesWithin(const std::string& rule_set, int64_t number,
                  std::chrono::milliseconds time = std::chrono::seconds(60)) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, time, [&] {
      const auto found = latest_.find(rule_set);
      return found != latest_.end() && found->second >= number;
    });
  }
  bool HearsOfHealth(const std::vector<bool>& history) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return health_ == history; });
  }
  LatestNumbers latest() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return latest_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  LatestNumbers latest_;
  std::vector<bool> health_;
};

class PostgresRuleStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.ok());
    place_.options().poll_interval = absl::Milliseconds(100);
    place_.options().reconnect_backoff = absl::Milliseconds(10);
  }
  // A connection beside the stores, with their schema.
  std::unique_ptr<PostgresConnection> Connect() {
    auto connection =
        PostgresConnection::Connect(*PostgresTarget::Parse(server_.conninfo()),
                                    {absl::Seconds(5), absl::Seconds(5), place_.schema()});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  // Ends the connections of all stores.
  void TerminateBackends() {
    server_.Execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pqld'");
  }

  PostgresServer& server_ = PostgresServer::Shared();
  StorePlace place_{StoreKind::kPostgres};
  Observer observer_;  // outlives the stores of a test, which tell it things until they end
};

TEST_F(PostgresRuleStoreTest, AnotherServerIsNotifiedAtOnce) {
  place_.options().poll_interval = absl::Hours(1);
  const std::unique_ptr<RuleStore> writer = place_.Open();
  const std::unique_ptr<RuleStore> reader = place_.Open();
  MustCommit(*writer, MakeRevision("slack", 0));
  reader->Watch(observer_.callbacks());
  ASSERT_TRUE(observer_.SeesWithin("slack", 1)) << "what was there before";
  for (int64_t number = 2; number <= 50; ++number) {
    MustCommit(*writer, MakeRevision("slack", 0));
    ASSERT_TRUE(observer_.SeesWithin("slack", number));
  }
  MustCommit(*writer, MakeRevision("facebook", 0));
  ASSERT_TRUE(observer_.SeesWithin("facebook", 1));
  reader->StopWatching();
  MustCommit(*writer, MakeRevision("slack", 0));
  EXPECT_EQ(observer_.latest().at("slack"), 50);
}

TEST_F(PostgresRuleStoreTest, ALostNotificationIsMadeUpForByPolling) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  MustCommit(*store, MakeRevision("slack", 0));
  store->Watch(observer_.callbacks());
  ASSERT_TRUE(observer_.SeesWithin("slack", 1));
  // A commit without its notification.
  ASSERT_TRUE(Connect()
                  ->Execute("UPDATE rule_set SET latest = 2; INSERT INTO revision SELECT rule_set,"
                            " 2, digest, create_time, cause, author, peer, comment, rolled_back_to"
                            " FROM revision")
                  .ok());
  EXPECT_TRUE(observer_.SeesWithin("slack", 2));
}

TEST_F(PostgresRuleStoreTest, ManyServersMayStartAtOnceOnAnEmptyDatabase) {
  std::vector<std::unique_ptr<RuleStore>> stores(8);
  std::vector<std::thread> threads;
  for (auto& store : stores) {
    threads.emplace_back([this, &store] { store = place_.Open(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (int64_t number = 1; number <= 8; ++number) {
    ASSERT_NE(stores[static_cast<size_t>(number - 1)], nullptr);
    EXPECT_TRUE(
        stores[static_cast<size_t>(number - 1)]->Commit(NumberedRevision("slack", number)).ok());
  }
}

TEST_F(PostgresRuleStoreTest, EndedConnectionsAreMadeAgainWithoutACallFailing) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  store->Watch(observer_.callbacks());
  for (int64_t number = 1; number <= 5; ++number) {
    ASSERT_TRUE(store->Commit(NumberedRevision("slack", number)).ok());
    ExpectNumberedRevision(*store, "slack", number);
    TerminateBackends();
  }
  ExpectNumberedRevision(*store, "slack", 5);
  // The watcher listens again, or it would wait for the poll.
  const std::unique_ptr<RuleStore> other = place_.Open();
  MustCommit(*other, NumberedRevision("slack", 6));
  EXPECT_TRUE(observer_.SeesWithin("slack", 6));
}

TEST_F(PostgresRuleStoreTest, AStoppedDatabaseMakesCallsUnavailableUntilItIsBack) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  store->Watch(observer_.callbacks());
  ASSERT_TRUE(store->Commit(NumberedRevision("slack", 1)).ok());
  ASSERT_TRUE(observer_.SeesWithin("slack", 1));
  for (const bool crash : {false, true}) {
    SCOPED_TRACE(crash);
    if (crash) {
      server_.StopImmediately();
    } else {
      server_.Stop();
    }
    const auto begin = steady_clock::now();
    EXPECT_EQ(store->Commit(NumberedRevision("slack", 2)).status().code(),
              absl::StatusCode::kUnavailable);
    EXPECT_EQ(store->ReadLatest("slack").status().code(), absl::StatusCode::kUnavailable);
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_FALSE(store->health().ok);
    EXPECT_TRUE(observer_.HearsOfHealth(crash ? std::vector<bool>{false, true, false}
                                              : std::vector<bool>{false}));
    EXPECT_EQ(place_.TryOpen(&Clock::System()).status().code(), absl::StatusCode::kUnavailable);
    ASSERT_TRUE(server_.Start());
    // By itself, without a call.
    EXPECT_TRUE(observer_.HearsOfHealth(crash ? std::vector<bool>{false, true, false, true}
                                              : std::vector<bool>{false, true}));
    EXPECT_TRUE(store->health().ok);
    ExpectNumberedRevision(*store, "slack", 1);
  }
  ASSERT_TRUE(Eventually([&] { return store->Commit(NumberedRevision("slack", 2)).ok(); }));
  EXPECT_TRUE(observer_.SeesWithin("slack", 2));
}

TEST_F(PostgresRuleStoreTest, ChangesDuringAnOutageAreToldAfterwards) {
  place_.options().poll_interval = absl::Seconds(1);
  const std::unique_ptr<RuleStore> store = place_.Open();
  store->Watch(observer_.callbacks());
  MustCommit(*store, NumberedRevision("slack", 1));
  ASSERT_TRUE(observer_.SeesWithin("slack", 1));
  server_.StopImmediately();
  ASSERT_TRUE(server_.Start());
  // Of another server, perhaps before ours listens again.
  const std::unique_ptr<RuleStore> other = place_.Open();
  MustCommit(*other, NumberedRevision("slack", 2));
  EXPECT_TRUE(observer_.SeesWithin("slack", 2));
}

TEST_F(PostgresRuleStoreTest, ADatabaseThatHangsIsGivenUpInTime) {
  place_.options().statement_timeout = absl::Milliseconds(300);
  place_.options().connect_timeout = absl::Seconds(2);
  const std::unique_ptr<RuleStore> store = place_.Open();
  ASSERT_TRUE(store->Commit(NumberedRevision("slack", 1)).ok());
  server_.Freeze();
  const auto begin = steady_clock::now();
  EXPECT_EQ(store->Commit(NumberedRevision("slack", 2)).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
  server_.Thaw();
  ASSERT_TRUE(Eventually([&] { return store->Commit(NumberedRevision("slack", 2)).ok(); }));
  ExpectNumberedRevision(*store, "slack", 2);
}

TEST_F(PostgresRuleStoreTest, ACommitWhoseAnswerWasLostIsFoundOut) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  ASSERT_TRUE(store->Commit(NumberedRevision("slack", 1)).ok());
  // Commits wait for a standby that there is not, in vain: they are kept, and never acknowledged.
  server_.Execute("ALTER SYSTEM SET synchronous_standby_names TO 'nobody'");
  server_.Execute("SELECT pg_reload_conf()");
  ASSERT_TRUE(
      Eventually([this] { return !server_.Execute("SHOW synchronous_standby_names").empty(); }));
  absl::StatusOr<CommitResult> result;
  NewRevision revision = NumberedRevision("slack", 2);
  revision.request = std::nullopt;  // without the means to ask again
  std::thread writer([&] { result = store->Commit(revision); });
  const std::string waits = " FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  EXPECT_TRUE(Eventually([&] { return server_.Execute("SELECT count(*)" + waits) == "1"; }));
  server_.Execute("SELECT pg_terminate_backend(pid)" + waits);
  writer.join();
  server_.Execute("ALTER SYSTEM RESET synchronous_standby_names");
  server_.Execute("SELECT pg_reload_conf()");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->number, 2);
  EXPECT_EQ(store->ReadLatest("slack")->number, 2);
}

TEST_F(PostgresRuleStoreTest, AWriterThatHangsDoesNotHoldUpTheOthers) {
  place_.options().statement_timeout = absl::Seconds(2);
  const std::unique_ptr<RuleStore> store = place_.Open();
  MustCommit(*store, NumberedRevision("slack", 1));
  // Another server in the middle of its commit, that never goes on.
  const auto hanging = Connect();
  ASSERT_TRUE(hanging->Execute("SET idle_in_transaction_session_timeout TO 500").ok());
  ASSERT_TRUE(hanging->Execute("BEGIN; SELECT * FROM rule_set FOR UPDATE").ok());
  EXPECT_TRUE(store->Commit(NumberedRevision("slack", 2)).ok());
}

TEST_F(PostgresRuleStoreTest, KilledWriterLosesNothingAcknowledged) {
  testing::Random random(testing::TestSeed());
  KilledWriter writer(&place_);
  for (int round = 0; round < KillRounds(); ++round) {
    writer.Start();
    writer.Kill(&random);
    writer.ExpectAllThere();
    if (HasFatalFailure()) return;
  }
}

TEST_F(PostgresRuleStoreTest, KilledDatabaseLosesNothingAcknowledged) {
  testing::Random random(testing::TestSeed());
  KilledWriter writer(&place_);
  writer.Start();
  for (int round = 0; round < KillRounds() / 2; ++round) {
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(20'000)));
    const int64_t before = writer.Acknowledged();
    server_.StopImmediately();
    ASSERT_TRUE(server_.Start());
    ASSERT_TRUE(Eventually([&] { return writer.Acknowledged() > before; }))
        << "the writer goes on: " << writer.process().Err();
  }
  writer.Kill(&random);
  writer.ExpectAllThere();
}

TEST_F(PostgresRuleStoreTest, ANewerVersionIsRefused) {
  place_.Open();
  ASSERT_TRUE(Connect()->Execute("UPDATE schema_version SET version = 99").ok());
  const absl::Status status = place_.TryOpen(&Clock::System()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 99"));
}

TEST_F(PostgresRuleStoreTest, AVersionThatThereNeverWasIsRefused) {
  place_.Open();
  ASSERT_TRUE(Connect()->Execute("UPDATE schema_version SET version = -5").ok());
  EXPECT_TRUE(absl::IsDataLoss(place_.TryOpen(&Clock::System()).status()));
}

TEST_F(PostgresRuleStoreTest, RevisionsOfTheFirstVersionKeepTheirSources) {
  const auto connection = Connect();
  const std::vector<const char*> first = {PostgresMigrations()[0]};
  ASSERT_TRUE(MigratePostgres(connection.get(), place_.schema(), first, "x").ok());
  ASSERT_TRUE(connection
                  ->Execute("INSERT INTO source_text (hash, text)"
                            " SELECT sha256(text), text FROM unnest(ARRAY['one', 'two']::bytea[])"
                            " AS source (text);"
                            "INSERT INTO rule_set VALUES ('slack', 4)")
                  .ok());
  const auto sources = SourcesOfFirstVersion();
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto number = static_cast<int64_t>(i + 1);
    ASSERT_TRUE(
        connection
            ->Query("INSERT INTO revision VALUES ('slack', $1, '', now(), 1, '', '', '', 0)",
                    PostgresParameters(number))
            .ok());
    for (const StoredSource& source : sources[i]) {
      ASSERT_TRUE(
          connection
              ->Query("INSERT INTO revision_source VALUES ('slack', $1, $2, $3 <> 0, 'pql',"
                      " sha256($4))",
                      PostgresParameters(number, source.path, int64_t{source.api_managed ? 1 : 0},
                                         PostgresBytes{source.text}))
              .ok());
    }
  }
  const std::unique_ptr<RuleStore> store = place_.Open();
  ExpectSourcesOfFirstVersion(*store);
}

TEST_F(PostgresRuleStoreTest, AnOlderVersionGetsTheStepsThatItLacksOrNone) {
  {
    const std::unique_ptr<RuleStore> store = place_.Open();
    for (int64_t i = 1; i <= 5; ++i) ASSERT_TRUE(store->Commit(NumberedRevision("slack", i)).ok());
  }
  const auto connection = Connect();
  std::vector<const char*> steps(PostgresMigrations().begin(), PostgresMigrations().end());
  steps.push_back("ALTER TABLE revision ADD COLUMN ticket text NOT NULL DEFAULT 'none'");
  steps.push_back("UPDATE revision SET ticket = 'T' || nothing");
  EXPECT_FALSE(MigratePostgres(connection.get(), place_.schema(), steps, "x").ok());
  EXPECT_TRUE(place_.TryOpen(&Clock::System()).ok()) << "it has the version that it had";
  steps.back() = "UPDATE revision SET ticket = 'T' || number";
  ASSERT_TRUE(MigratePostgres(connection.get(), place_.schema(), steps, "x").ok());
  ASSERT_TRUE(MigratePostgres(connection.get(), place_.schema(), steps, "x").ok());
  const auto tickets = connection->Query("SELECT count(*) FROM revision WHERE ticket LIKE 'T%'");
  ASSERT_TRUE(tickets.ok()) << tickets.status();
  EXPECT_EQ(tickets->Int(0, 0), 5);
  EXPECT_EQ(place_.TryOpen(&Clock::System()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(PostgresRuleStoreTest, AUserWithoutTheRightToMakeTablesMayUseThem) {
  { const std::unique_ptr<RuleStore> store = place_.Open(); }
  const auto admin = Connect();
  const std::string schema = admin->Quoted(place_.schema());
  server_.Execute(
      "DROP ROLE IF EXISTS pqld_user; CREATE ROLE pqld_user LOGIN; GRANT USAGE ON"
      " SCHEMA " +
      schema +
      " TO pqld_user; GRANT SELECT, INSERT, UPDATE, DELETE ON"
      " ALL TABLES IN SCHEMA " +
      schema + " TO pqld_user");
  {
    const auto store =
        OpenRuleStore(place_.spec() + " user=pqld_user", &Clock::System(), place_.options());
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Commit(NumberedRevision("slack", 1)).ok());
  }
  server_.Execute("REVOKE ALL ON ALL TABLES IN SCHEMA " + schema + " FROM pqld_user");
  const absl::Status refused =
      OpenRuleStore(place_.spec() + " user=pqld_user", &Clock::System(), place_.options()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("permission denied"));
  server_.Execute("DROP OWNED BY pqld_user; DROP ROLE pqld_user");
}

TEST_F(PostgresRuleStoreTest, WhatNoStoreWritesIsNoticedWhenItIsRead) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  for (int64_t i = 1; i <= 5; ++i) MustCommit(*store, NumberedRevision("slack", i));
  ASSERT_TRUE(Connect()
                  ->Execute("UPDATE revision SET create_time = 'infinity' WHERE number = 1;"
                            "UPDATE revision SET create_time = '-infinity' WHERE number = 2;"
                            "UPDATE revision SET cause = 99 WHERE number = 3;"
                            "UPDATE rule_change SET kind = 0 WHERE number = 4")
                  .ok());
  for (int64_t number = 1; number <= 4; ++number) {
    const absl::Status status = store->ReadRevision("slack", number).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << number;
    EXPECT_THAT(std::string(status.message()), HasSubstr("of rule set `slack`"));
  }
  ExpectNumberedRevision(*store, "slack", 5);
  EXPECT_TRUE(absl::IsDataLoss(store->ListRevisions({.rule_set = "slack"}).status()));
  ASSERT_TRUE(Connect()->Execute("UPDATE rule_set SET latest = -1").ok());
  EXPECT_TRUE(absl::IsDataLoss(store->ReadLatestNumbers().status()));
}

TEST_F(PostgresRuleStoreTest, AReadOnlyDatabaseFailsChangesOnly) {
  const std::unique_ptr<RuleStore> store = place_.Open();
  MustCommit(*store, NumberedRevision("slack", 1));
  ASSERT_TRUE(
      Connect()->Execute("ALTER TABLE revision ADD CONSTRAINT full_disk CHECK (number < 2)").ok());
  const absl::Status status = store->Commit(NumberedRevision("slack", 2)).status();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(store->health().ok);
  ExpectNumberedRevision(*store, "slack", 1);
  EXPECT_FALSE(store->health().ok);
  ASSERT_TRUE(Connect()->Execute("ALTER TABLE revision DROP CONSTRAINT full_disk").ok());
  EXPECT_TRUE(store->Commit(NumberedRevision("slack", 2)).ok());
  EXPECT_TRUE(store->health().ok);
}

TEST_F(PostgresRuleStoreTest, ADatabaseThatIsNotInUtf8IsRefused) {
  server_.Execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  const absl::Status status =
      OpenRuleStore(place_.spec() + " dbname=latin", &Clock::System(), place_.options()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("LATIN1"), HasSubstr("UTF8")));
  server_.Execute("DROP DATABASE latin");
}

TEST_F(PostgresRuleStoreTest, ADatabaseThatIsCarelessByDefaultIsNotSoForUs) {
  server_.Execute("CREATE DATABASE careless; ");
  server_.Execute("ALTER DATABASE careless SET synchronous_commit TO off");
  {
    const auto target = PostgresTarget::Parse(server_.conninfo() + " dbname=careless");
    const auto connection =
        PostgresConnection::Connect(*target, {absl::Seconds(5), absl::Seconds(5), "public"});
    ASSERT_TRUE(connection.ok()) << connection.status();
    EXPECT_EQ((*connection)->Query("SHOW synchronous_commit")->Text(0, 0), "on");
  }
  server_.Execute("DROP DATABASE careless");
}

TEST(PostgresTargetTest, NoPasswordIsEverShown) {
  const std::string specs[] = {
      "postgres:host=/nowhere user=pqld password=hunter2 dbname=pql",
      "postgres:host=/nowhere user=pqld password='hun ter2' sslpassword=hunter2",
      "postgres://pqld:hunter2@localhost:1/pql",
      "postgresql://pqld:hunter2@localhost:1/pql?connect_timeout=1",
      "postgres:host=/nowhere password=x hunter2",  // malformed: the quotes are missing
      "postgres:host=/nowhere pasword=hunter2",     // malformed: no such keyword
      "postgres://pqld:hunter2@[localhost/pql",     // malformed URL
      "postgres//pqld:hunter2@localhost/pql",       // no such kind
      "mysql://pqld:hunter2@localhost/pql",         // no such kind
  };
  for (const std::string& spec : specs) {
    const absl::Status status = OpenRuleStore(spec, &Clock::System()).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.ToString(), AllOf(Not(HasSubstr("hunter")), Not(HasSubstr("ter2")))) << spec;
  }
  const auto target =
      PostgresTarget::Parse("host=db.example.com port=5433 user=pqld password=hunter2 dbname=pql");
  ASSERT_TRUE(target.ok());
  EXPECT_THAT(target->description(), AllOf(HasSubstr("host=db.example.com"), HasSubstr("port=5433"),
                                           HasSubstr("dbname=pql"), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(target->Redact("bad password \"hunter2\"\n\tat host\n"),
            "bad password \"***\" at host");
}

TEST(PostgresTargetTest, WhereItCouldNotConnectIsSaid) {
  const absl::Status status =
      OpenRuleStore("postgres:host=/nowhere dbname=pql", &Clock::System()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("host=/nowhere"), HasSubstr("pql")));
}

TEST(OpenRuleStoreTest, WhatIsNoStoreIsRefusedWithTheKindsThatThereAre) {
  for (const char* spec : {"", "sqlite", "Memory", "memory:", "redis://x", "/var/lib/rules.db"}) {
    const absl::Status status = OpenRuleStore(spec, &Clock::System()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << spec;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("memory"), HasSubstr("sqlite:PATH"), HasSubstr("postgres:")));
  }
  for (const char* spec : {"sqlite:", "sqlite::memory:"}) {
    EXPECT_EQ(OpenRuleStore(spec, &Clock::System()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace pql
