// What every rule store promises (store/rule_store.h), tried on each of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/store/revisions.h"
#include "tests/store/store_place.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace std::string_literals;  // NOLINT: the one way to have NUL in a literal

class RuleStoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  RuleStoreContract() : place_(GetParam()), store_(place_.Open(&clock_)) {}
  void SetUp() override { ASSERT_NE(store_, nullptr); }

  int64_t Latest(const std::string& rule_set) {
    const absl::StatusOr<LatestNumbers> latest = store_->ReadLatestNumbers();
    EXPECT_TRUE(latest.ok()) << latest.status();
    const auto found = latest->find(rule_set);
    return found == latest->end() ? 0 : found->second;
  }
  std::vector<int64_t> Numbers(const RevisionQuery& query, bool* has_more = nullptr) {
    const absl::StatusOr<RevisionPage> page = store_->ListRevisions(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (has_more != nullptr) *has_more = page->has_more;
    std::vector<int64_t> numbers;
    for (const StoredRevision& revision : page->revisions) numbers.push_back(revision.number);
    return numbers;
  }

  FakeClock clock_;
  StorePlace place_;
  std::unique_ptr<RuleStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, RuleStoreContract,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kSqlite,
                                           StoreKind::kPostgres),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(RuleStoreContract, AnEmptyStoreHasNothing) {
  EXPECT_THAT(*store_->ReadLatestNumbers(), IsEmpty());
  EXPECT_EQ(store_->ReadLatest("slack").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ReadRevision("slack", 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*store_->FindRequest("ann", "1"), std::nullopt);
  EXPECT_THAT(Numbers({.rule_set = "slack"}), IsEmpty());
  EXPECT_THAT(*store_->ReadRuleOrigins("slack", 1), IsEmpty());
  EXPECT_TRUE(store_->health().ok);
  EXPECT_THAT(store_->description(), ::testing::Not(IsEmpty()));
}

TEST_P(RuleStoreContract, ARevisionIsReadBackWhole) {
  NewRevision revision = MakeRevision("カスタマー %/`x`", 0);
  revision.record.digest = std::string(64, 'f');
  revision.record.create_time = absl::FromUnixMicros(-1'234'567) + absl::Nanoseconds(999);
  revision.record.cause = RevisionCause::kRollback;
  revision.record.author = "זהבה \xF0\x9F\xA6\x84 'quoted\"\\";
  revision.record.peer = "[2001:db8::1]:50312";
  revision.record.comment = "line 1\nline 2\t; DROP TABLE revision; --";
  revision.record.rolled_back_to = int64_t{1} << 40;
  revision.record.changes = {
      {"zebra", RuleChangeKind::kDependencyModified, "", "", {}},
      {"émile", RuleChangeKind::kRemoved, "rule émile { when true }", "", {}},
      {"Zulu", RuleChangeKind::kAdded, "", "rule\0Zulu"s, {}},
      {"alpha", RuleChangeKind::kModified, "old", "new \xff", {"title", "when"}},
  };
  revision.sources = {
      {"z.pql", "", "pql", true},
      {"a b/{x}.pql", "nul\0, not UTF-8 \xff\xfe, \r\n"s, "jsonlogic", true},
      {"a b/{x}.pql", "a file of the same name", "pql", false},
      {"Ä.pql", "same", "pql", false},
      {"Z.pql", "same", "", false},
  };
  const absl::StatusOr<CommitResult> result = store_->Commit(revision);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->number, 1);
  EXPECT_FALSE(result->replayed);
  EXPECT_EQ(result->response, "");

  const absl::StatusOr<StoredRevision> read = store_->ReadRevision(revision.record.rule_set, 1);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->number, 1);
  EXPECT_EQ(read->parent, 0);
  RevisionRecord expected = revision.record;
  expected.create_time = absl::FromUnixMicros(-1'234'567);
  expected.changes = {revision.record.changes[2], revision.record.changes[3],
                      revision.record.changes[0], revision.record.changes[1]};
  EXPECT_EQ(read->record, expected);
  EXPECT_THAT(read->sources,
              ElementsAre(revision.sources[4], revision.sources[2], revision.sources[1],
                          revision.sources[0], revision.sources[3]));

  const absl::StatusOr<StoredRevision> latest = store_->ReadLatest(revision.record.rule_set);
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_EQ(latest->record, expected);
  EXPECT_EQ(latest->sources, read->sources);
}

TEST_P(RuleStoreContract, TimesFromTheFirstYearToTheLast) {
  for (const char* text : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"}) {
    absl::Time time;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr));
    NewRevision revision = MakeRevision("slack", Latest("slack"));
    revision.record.create_time = time;
    MustCommit(*store_, revision);
    EXPECT_EQ(store_->ReadLatest("slack")->record.create_time, time);
  }
  NewRevision revision = MakeRevision("slack", 2);
  for (const absl::Time time : {absl::InfiniteFuture(), absl::InfinitePast()}) {
    revision.record.create_time = time;
    EXPECT_EQ(store_->Commit(revision).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(RuleStoreContract, NumbersGrowByOneInEachRuleSet) {
  for (int64_t i = 1; i <= 3; ++i) EXPECT_EQ(MustCommit(*store_, MakeRevision("slack", 0)), i);
  EXPECT_EQ(MustCommit(*store_, MakeRevision("facebook", 0)), 1);
  EXPECT_EQ(MustCommit(*store_, MakeRevision("slack", 0)), 4);
  EXPECT_THAT(*store_->ReadLatestNumbers(), ElementsAre(Pair("facebook", 1), Pair("slack", 4)));
  EXPECT_EQ(store_->ReadRevision("slack", 3)->parent, 2);
  for (const int64_t number : {-1, 0, 5}) {
    EXPECT_EQ(store_->ReadRevision("slack", number).status().code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(store_->ReadRevision("Slack", 1).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(RuleStoreContract, AMovedParentIsAbortedAndNamesTheCurrentRevision) {
  MustCommit(*store_, MakeRevision("slack", 0));
  MustCommit(*store_, MakeRevision("slack", 0));
  for (const int64_t parent : {0, 1, 3}) {
    const absl::Status status = store_->Commit(MakeRevision("slack", parent)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), HasSubstr("2"));
    EXPECT_EQ(CurrentRevisionOf(status), 2);
  }
  const absl::Status status = store_->Commit(MakeRevision("facebook", 1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(CurrentRevisionOf(status), 0);
  EXPECT_EQ(CurrentRevisionOf(absl::AbortedError("another")), std::nullopt);
  EXPECT_THAT(*store_->ReadLatestNumbers(), ElementsAre(Pair("slack", 2)));
  EXPECT_TRUE(store_->health().ok);
}

TEST_P(RuleStoreContract, ARepeatedRequestGetsItsAnswerAndChangesNothing) {
  NewRevision revision = MakeRevision("slack", 0);
  revision.request = MakeRequest("id 1", "\0\xff body"s);
  revision.request->response = "\0\xff answer"s;
  ASSERT_TRUE(store_->Commit(revision).ok());
  MustCommit(*store_, MakeRevision("slack", 0));

  // Before the parent is looked at: the retry knows nothing of what came since.
  const absl::StatusOr<CommitResult> retry = store_->Commit(revision);
  ASSERT_TRUE(retry.ok()) << retry.status();
  EXPECT_TRUE(retry->replayed);
  EXPECT_EQ(retry->response, revision.request->response);
  EXPECT_EQ(Latest("slack"), 2);
  EXPECT_EQ(*store_->FindRequest("ann@example.com", "id 1"), revision.request);

  revision.request->fingerprint = "another body";
  revision.parent = 2;
  const absl::Status other = store_->Commit(revision).status();
  EXPECT_EQ(other.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other.message()), HasSubstr("id 1"));
  EXPECT_EQ(Latest("slack"), 2);

  // Of someone else it is another one, and so is it for another rule set with another body.
  revision.request->author = "bob@example.com";
  ASSERT_TRUE(store_->Commit(revision).ok());
  EXPECT_EQ(Latest("slack"), 3);
  EXPECT_EQ(*store_->FindRequest("carl@example.com", "id 1"), std::nullopt);
  NewRevision elsewhere = MakeRevision("facebook", 0);
  elsewhere.request = revision.request;
  elsewhere.request->fingerprint = "facebook";
  EXPECT_EQ(store_->Commit(elsewhere).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Latest("facebook"), 0);
}

TEST_P(RuleStoreContract, AFailedChangeIsNotRemembered) {
  NewRevision revision = MakeRevision("slack", 7);
  revision.request = MakeRequest("id 1");
  EXPECT_EQ(store_->Commit(revision).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*store_->FindRequest("ann@example.com", "id 1"), std::nullopt);
  revision.parent = 0;
  EXPECT_FALSE(store_->Commit(revision)->replayed);
}

TEST_P(RuleStoreContract, RequestsAreForgottenAfterMoreThanADay) {
  NewRevision revision = MakeRevision("slack", 0);
  revision.request = MakeRequest("id 1");
  ASSERT_TRUE(store_->Commit(revision).ok());
  clock_.Advance(absl::Hours(24) + absl::Minutes(59));
  EXPECT_TRUE(store_->Commit(revision)->replayed);
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(*store_->FindRequest("ann@example.com", "id 1"), std::nullopt);
  revision.parent = 1;
  revision.request->fingerprint = "another body";
  const absl::StatusOr<CommitResult> result = store_->Commit(revision);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->number, 2);
}

TEST_P(RuleStoreContract, AnAnswerWithoutARevisionIsRemembered) {
  const StoredRequest request = MakeRequest("id 1");
  EXPECT_EQ(*store_->RememberRequest(request), true);
  EXPECT_EQ(*store_->RememberRequest(request), false);
  EXPECT_EQ(*store_->FindRequest(request.author, "id 1"), request);
  EXPECT_EQ(store_->RememberRequest(MakeRequest("id 1", "another body")).status().code(),
            absl::StatusCode::kInvalidArgument);
  NewRevision revision = MakeRevision("slack", 0);
  revision.request = request;
  EXPECT_TRUE(store_->Commit(revision)->replayed);
  EXPECT_EQ(Latest("slack"), 0);
  EXPECT_EQ(store_->RememberRequest(MakeRequest("")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(RuleStoreContract, WhatIsNotValidIsRefusedByName) {
  struct Case {
    const char* named;
    void (*spoil)(NewRevision* revision);
  };
  const Case cases[] = {
      {"rule_set", [](NewRevision* r) { r->record.rule_set = ""; }},
      {"rule_set", [](NewRevision* r) { r->record.rule_set = "a\0b"s; }},
      {"comment", [](NewRevision* r) { r->record.comment = "a\0b"s; }},
      {"comment", [](NewRevision* r) { r->record.comment = "\xc3"; }},
      {"author", [](NewRevision* r) { r->record.author = "\xed\xa0\x80"; }},
      {"peer", [](NewRevision* r) { r->record.peer = "\xff"; }},
      {"digest", [](NewRevision* r) { r->record.digest = "\xff"; }},
      {"parent", [](NewRevision* r) { r->parent = -1; }},
      {"path", [](NewRevision* r) { r->sources[0].path = ""; }},
      {"path", [](NewRevision* r) { r->sources[0].path = "\xff"; }},
      {"language", [](NewRevision* r) { r->sources[0].language = "\xff"; }},
      {"rules.pql", [](NewRevision* r) { r->sources.push_back(r->sources[0]); }},
      {"rule", [](NewRevision* r) { r->record.changes.push_back({.rule = ""}); }},
      {"twice",
       [](NewRevision* r) {
         r->record.changes = {{.rule = "double"}, {.rule = "double"}};
       }},
      {"changed_fields",
       [](NewRevision* r) { r->record.changes = {{.rule = "r", .changed_fields = {"a,b"}}}; }},
      {"request_id", [](NewRevision* r) { r->request = MakeRequest(""); }},
      {"request_id", [](NewRevision* r) { r->request = MakeRequest("\xff"); }},
  };
  for (const Case& test : cases) {
    NewRevision revision = MakeRevision("slack", 0);
    test.spoil(&revision);
    const absl::Status status = store_->Commit(revision).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.named;
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.named));
  }
  EXPECT_EQ(Latest("slack"), 0);
  EXPECT_TRUE(store_->health().ok);
}

TEST_P(RuleStoreContract, HistoryComesInPagesNewestFirst) {
  for (int i = 0; i < 7; ++i) MustCommit(*store_, MakeRevision("slack", 0));
  MustCommit(*store_, MakeRevision("facebook", 0));
  bool has_more = false;
  EXPECT_THAT(Numbers({.rule_set = "slack"}, &has_more), ElementsAre(7, 6, 5, 4, 3, 2, 1));
  EXPECT_FALSE(has_more);
  EXPECT_THAT(Numbers({.rule_set = "slack", .limit = 3}, &has_more), ElementsAre(7, 6, 5));
  EXPECT_TRUE(has_more);
  EXPECT_THAT(Numbers({.rule_set = "slack", .before = 5, .limit = 3}, &has_more),
              ElementsAre(4, 3, 2));
  EXPECT_TRUE(has_more);
  EXPECT_THAT(Numbers({.rule_set = "slack", .before = 4, .limit = 3}, &has_more),
              ElementsAre(3, 2, 1));
  EXPECT_FALSE(has_more);
  EXPECT_THAT(Numbers({.rule_set = "slack", .before = 6, .after = 3}), ElementsAre(5, 4));
  EXPECT_THAT(Numbers({.rule_set = "slack", .before = 1}), IsEmpty());
  EXPECT_THAT(Numbers({.rule_set = "none"}), IsEmpty());
}

TEST_P(RuleStoreContract, ALongHistoryOfLargeChangesComesInSmallerPages) {
  for (int i = 0; i < 4; ++i) {
    NewRevision revision = MakeRevision("slack", 0);
    revision.record.changes = {{"r", RuleChangeKind::kAdded, std::string(1000, 'o'), "new", {}}};
    MustCommit(*store_, revision);
  }
  bool has_more = false;
  EXPECT_THAT(Numbers({.rule_set = "slack", .max_bytes = 1}, &has_more), ElementsAre(4));
  EXPECT_TRUE(has_more);
  // Each counts 1,000 bytes and some: the third goes beyond 2,000.
  EXPECT_THAT(Numbers({.rule_set = "slack", .max_bytes = 2100}, &has_more), ElementsAre(4, 3, 2));
  EXPECT_TRUE(has_more);
  const RevisionPage page = *store_->ListRevisions({.rule_set = "slack", .limit = 1});
  ASSERT_THAT(page.revisions, SizeIs(1));
  EXPECT_THAT(page.revisions[0].sources, IsEmpty());
  EXPECT_EQ(page.revisions[0].parent, 3);
  EXPECT_THAT(page.revisions[0].record.changes, SizeIs(1));
  EXPECT_EQ(page.revisions[0].record.author, "ann@example.com");
}

TEST_P(RuleStoreContract, HistoryByAuthorAndByRule) {
  const auto commit = [this](const std::string& author, const std::vector<std::string>& rules) {
    NewRevision revision = MakeRevision("slack", 0);
    revision.record.author = author;
    for (const std::string& rule : rules) revision.record.changes.push_back({.rule = rule});
    MustCommit(*store_, revision);
  };
  commit("", {"alpha", "beta"});
  commit("ann", {"beta"});
  commit("bob", {"alpha"});
  commit("ann", {"alpha", "gamma"});
  EXPECT_THAT(Numbers({.rule_set = "slack", .author = "ann"}), ElementsAre(4, 2));
  EXPECT_THAT(Numbers({.rule_set = "slack", .author = "an"}), IsEmpty());
  EXPECT_THAT(Numbers({.rule_set = "slack", .rule = "alpha"}), ElementsAre(4, 3, 1));
  EXPECT_THAT(Numbers({.rule_set = "slack", .author = "ann", .rule = "alpha"}), ElementsAre(4));
  bool has_more = false;
  EXPECT_THAT(Numbers({.rule_set = "slack", .rule = "alpha", .limit = 2}, &has_more),
              ElementsAre(4, 3));
  EXPECT_TRUE(has_more);
  EXPECT_THAT(Numbers({.rule_set = "slack", .before = 3, .rule = "alpha", .limit = 2}, &has_more),
              ElementsAre(1));
  EXPECT_FALSE(has_more);
}

TEST_P(RuleStoreContract, EachRuleHasTheRevisionThatMadeItWhatItIs) {
  const auto commit = [this](const std::string& author,
                             const std::map<std::string, RuleChangeKind>& changes) {
    NewRevision revision = MakeRevision("slack", 0);
    revision.record.author = author;
    revision.record.cause = RevisionCause::kRuleChange;
    for (const auto& [rule, kind] : changes) revision.record.changes.push_back({rule, kind});
    MustCommit(*store_, revision);
  };
  using enum RuleChangeKind;
  commit("ann", {{"alpha", kAdded}, {"beta", kAdded}, {"gamma", kAdded}});
  commit("bob", {{"beta", kModified}, {"gamma", kRemoved}});
  commit("carl", {{"alpha", kDependencyModified}, {"gamma", kAdded}});
  commit("dora", {{"beta", kRemoved}});
  const auto time = [this](int64_t number) {
    return store_->ReadRevision("slack", number)->record.create_time;
  };
  const RevisionCause cause = RevisionCause::kRuleChange;
  EXPECT_THAT(*store_->ReadRuleOrigins("slack", 4),
              ElementsAre(Pair("alpha", RuleOrigin{1, cause, "ann", time(1)}),
                          Pair("gamma", RuleOrigin{3, cause, "carl", time(3)})));
  EXPECT_THAT(*store_->ReadRuleOrigins("slack", 2),
              ElementsAre(Pair("alpha", RuleOrigin{1, cause, "ann", time(1)}),
                          Pair("beta", RuleOrigin{2, cause, "bob", time(2)})));
}

TEST_P(RuleStoreContract, OfTwoWritersOnOneParentExactlyOneWins) {
  const int rounds = 1'000;
  std::unique_ptr<RuleStore> second;
  if (place_.is_shared()) second = place_.Open(&clock_);
  RuleStore* stores[] = {store_.get(), second == nullptr ? store_.get() : second.get()};
  std::atomic<int> round{0}, arrived{0};
  std::vector<int> wins[2];
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < rounds; ++i) {
        // Both at once: the last to arrive opens the round.
        if (++arrived == 2 * (i + 1)) round = i + 1;
        while (round <= i) std::this_thread::yield();
        const absl::StatusOr<CommitResult> result =
            stores[writer]->Commit(MakeRevision("slack", i, "by " + std::to_string(writer)));
        if (result.ok()) {
          wins[writer].push_back(i);
        } else {
          EXPECT_EQ(result.status().code(), absl::StatusCode::kAborted) << result.status();
          EXPECT_GT(CurrentRevisionOf(result.status()).value_or(-1), i);
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::vector<int> all(wins[0]);
  all.insert(all.end(), wins[1].begin(), wins[1].end());
  std::sort(all.begin(), all.end());
  ASSERT_THAT(all, SizeIs(rounds));
  for (int i = 0; i < rounds; ++i) ASSERT_EQ(all[static_cast<size_t>(i)], i);
  EXPECT_EQ(Latest("slack"), rounds);
  for (int writer = 0; writer < 2; ++writer) {
    if (wins[writer].empty()) continue;
    const StoredRevision last = *store_->ReadRevision("slack", wins[writer].back() + 1);
    EXPECT_EQ(last.sources[0].text, "by " + std::to_string(writer)) << "the winner's content";
  }
}

TEST_P(RuleStoreContract, OneRequestSentManyTimesAtOnceIsOneRevision) {
  std::unique_ptr<RuleStore> second;
  if (place_.is_shared()) second = place_.Open(&clock_);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> written{0}, replayed{0};
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        NewRevision revision = MakeRevision("slack", round);
        revision.request = MakeRequest("id " + std::to_string(round));
        RuleStore& store = caller % 2 == 0 || second == nullptr ? *store_ : *second;
        const absl::StatusOr<CommitResult> result = store.Commit(revision);
        ASSERT_TRUE(result.ok()) << result.status();
        ++(result->replayed ? replayed : written);
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(written, 1);
    EXPECT_EQ(replayed, 3);
  }
  EXPECT_EQ(Latest("slack"), 20);
}

TEST_P(RuleStoreContract, OneIdForTwoRuleSetsAtOnceIsOneChange) {
  std::unique_ptr<RuleStore> second;
  if (place_.is_shared()) second = place_.Open(&clock_);
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> written{0}, refused{0};
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 2; ++caller) {
      callers.emplace_back([&, caller] {
        const std::string rule_set = std::to_string(caller) + " of " + std::to_string(round);
        NewRevision revision = MakeRevision(rule_set, 0);
        revision.request = MakeRequest("id " + std::to_string(round), rule_set);
        RuleStore& store = caller == 0 || second == nullptr ? *store_ : *second;
        const absl::StatusOr<CommitResult> result = store.Commit(revision);
        EXPECT_TRUE(result.ok() || absl::IsInvalidArgument(result.status())) << result.status();
        ++(result.ok() ? written : refused);
      });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(written, 1);
    EXPECT_EQ(refused, 1);
  }
}

TEST_P(RuleStoreContract, LargeSourcesAndMany) {
  NewRevision revision = MakeRevision("slack", 0);
  revision.sources.clear();
  std::string large(20 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  revision.sources.push_back({.path = "large.pql", .text = large});
  for (int i = 0; i < 2'000; ++i) {
    // Some with the same text: each is still a source of its own.
    revision.sources.push_back({.path = "many/" + std::to_string(i) + ".pql",
                                .text = "text " + std::to_string(i % 500),
                                .api_managed = true});
  }
  for (int i = 0; i < 2'000; ++i) revision.record.changes.push_back({.rule = std::to_string(i)});
  ASSERT_EQ(MustCommit(*store_, revision), 1);
  const StoredRevision read = *store_->ReadLatest("slack");
  ASSERT_THAT(read.sources, SizeIs(2'001));
  EXPECT_TRUE(read.sources[0].text == large);
  EXPECT_THAT(read.record.changes, SizeIs(2'000));
  for (const StoredSource& source : read.sources) {
    if (!source.api_managed) continue;
    const int number = std::atoi(source.path.c_str() + 5);
    ASSERT_EQ(source.text, "text " + std::to_string(number % 500));
  }
}

TEST_P(RuleStoreContract, ARevisionWithoutSources) {
  NewRevision revision = MakeRevision("slack", 0);
  revision.sources.clear();
  MustCommit(*store_, revision);
  EXPECT_THAT(store_->ReadLatest("slack")->sources, IsEmpty());
  EXPECT_EQ(Latest("slack"), 1);
}

TEST_P(RuleStoreContract, ARevisionCanKeepTheSourcesOfItsParent) {
  const StoredSource a{"a.pql", "one", "pql", true};
  const StoredSource b{"b.pql", "two", "pql", true};
  const StoredSource file_b{"b.pql", "two", "pql", false};
  const StoredSource c{"c.pql", "three", "pql", false};
  NewRevision first = MakeRevision("slack", 0);
  first.sources = {c, file_b, b, a};
  ASSERT_EQ(MustCommit(*store_, first), 1);
  NewRevision second = MakeRevision("slack", 1);
  StoredSource new_b = b;
  new_b.text = "new";
  second.keeps_others = true;
  second.sources = {new_b};
  second.removed = {{.path = "c.pql"}};
  ASSERT_EQ(MustCommit(*store_, second), 2);
  NewRevision third = MakeRevision("slack", 2);
  third.keeps_others = true;
  third.sources = {c};
  ASSERT_EQ(MustCommit(*store_, third), 3);
  EXPECT_EQ(store_->ReadRevision("slack", 1)->sources, (std::vector{a, file_b, b, c}));
  EXPECT_EQ(store_->ReadRevision("slack", 2)->sources, (std::vector{a, file_b, new_b}));
  EXPECT_EQ(store_->ReadLatest("slack")->sources, (std::vector{a, file_b, new_b, c}));
  // The first has no parent, whose sources it could keep.
  third.record.rule_set = "mail";
  ASSERT_EQ(MustCommit(*store_, third), 1);
  EXPECT_EQ(store_->ReadLatest("mail")->sources, std::vector{c});
}

TEST_P(RuleStoreContract, ReadersAndWritersAtOnce) {
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([this, &done] {
      int64_t seen = 0;
      while (!done) {
        const LatestNumbers latest = *store_->ReadLatestNumbers();
        const int64_t number = latest.contains("slack") ? latest.at("slack") : 0;
        ASSERT_GE(number, seen);
        seen = number;
        if (number > 0) ExpectNumberedRevision(*store_, "slack", number);
        EXPECT_TRUE(store_->health().ok);
      }
    });
  }
  for (int64_t number = 1; number <= 100; ++number) {
    ASSERT_TRUE(store_->Commit(NumberedRevision("slack", number)).ok());
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

// The memory store is so simple that it can be seen to be right: the others do the same.
TEST_P(RuleStoreContract, RandomHistoriesAreThoseOfTheMemoryStore) {
  const uint64_t seed = testing::TestSeed();
  testing::Random random(seed);
  const StorePlace model_place(StoreKind::kMemory);
  const std::unique_ptr<RuleStore> model = model_place.Open(&clock_);
  const std::vector<std::string> rule_sets = {"a", "b", "é"};
  const std::vector<std::string> rules = {"r1", "R2", "ä", "z"};
  const std::vector<std::string> authors = {"", "ann", "bob"};
  const int steps = 300 * testing::CasesFactor();
  for (int step = 0; step < steps; ++step) {
    SCOPED_TRACE("PQL_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    const std::string& rule_set = random.Of(rule_sets);
    const LatestNumbers latest = *model->ReadLatestNumbers();
    const int64_t current = latest.contains(rule_set) ? latest.at(rule_set) : 0;
    if (random.OneIn(2)) {
      NewRevision revision = MakeRevision(rule_set, current - (random.OneIn(5) ? 1 : 0));
      if (revision.parent < 0) revision.parent = 1;
      revision.record.author = random.Of(authors);
      for (const std::string& rule : rules) {
        if (random.OneIn(3)) {
          revision.record.changes.push_back(
              {rule, static_cast<RuleChangeKind>(random.Between(1, 4))});
        }
        if (random.OneIn(3)) {
          revision.sources.push_back({rule, std::to_string(random.Below(3)), "pql", false});
        }
      }
      revision.keeps_others = random.OneIn(2);
      for (const std::string& path : {std::string("rules.pql"), random.Of(rules)}) {
        if (random.OneIn(4)) revision.removed.push_back({.path = path});
      }
      if (random.OneIn(3)) {
        revision.request =
            MakeRequest(std::to_string(random.Below(10)), random.Of(rule_sets), random.Of(authors));
      }
      const absl::StatusOr<CommitResult> expected = model->Commit(revision);
      const absl::StatusOr<CommitResult> result = store_->Commit(revision);
      ASSERT_EQ(result.status(), expected.status());
      if (expected.ok()) {
        EXPECT_EQ(result->number, expected->number);
        EXPECT_EQ(result->replayed, expected->replayed);
        EXPECT_EQ(result->response, expected->response);
      }
    } else if (random.OneIn(20)) {
      clock_.Advance(absl::Hours(9));
    } else {
      const RevisionQuery query = {.rule_set = rule_set,
                                   .before = random.Between(0, 40),
                                   .after = random.Between(0, 10),
                                   .author = random.Of(authors),
                                   .rule = random.OneIn(2) ? random.Of(rules) : "",
                                   .limit = 1 + random.Below(20),
                                   .max_bytes = 1 + random.Below(100)};
      const RevisionPage expected = *model->ListRevisions(query);
      const RevisionPage page = *store_->ListRevisions(query);
      EXPECT_EQ(page.has_more, expected.has_more);
      ASSERT_EQ(page.revisions.size(), expected.revisions.size());
      for (size_t i = 0; i < page.revisions.size(); ++i) {
        EXPECT_EQ(page.revisions[i].number, expected.revisions[i].number);
        EXPECT_EQ(page.revisions[i].record, expected.revisions[i].record);
      }
      const int64_t number = random.Between(0, static_cast<int>(current) + 1);
      EXPECT_EQ(*store_->ReadRuleOrigins(rule_set, number),
                *model->ReadRuleOrigins(rule_set, number));
      const auto expected_revision = model->ReadRevision(rule_set, number);
      const auto revision = store_->ReadRevision(rule_set, number);
      ASSERT_EQ(revision.status(), expected_revision.status());
      if (!revision.ok()) continue;
      EXPECT_EQ(revision->sources, expected_revision->sources);
    }
  }
  EXPECT_EQ(*store_->ReadLatestNumbers(), *model->ReadLatestNumbers());
}

// Of those that outlive a process.
class DurableStoreContract : public RuleStoreContract {};

INSTANTIATE_TEST_SUITE_P(Stores, DurableStoreContract,
                         ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(DurableStoreContract, EverythingIsThereAfterReopening) {
  for (int64_t number = 1; number <= 5; ++number) {
    ASSERT_TRUE(store_->Commit(NumberedRevision("slack", number)).ok());
  }
  store_.reset();
  store_ = place_.Open(&clock_);
  ASSERT_NE(store_, nullptr);
  for (int64_t number = 1; number <= 5; ++number) ExpectNumberedRevision(*store_, "slack", number);
  EXPECT_TRUE(store_->Commit(NumberedRevision("slack", 3))->replayed);
  EXPECT_EQ(MustCommit(*store_, NumberedRevision("slack", 6)), 6);
}

}  // namespace
}  // namespace pql
