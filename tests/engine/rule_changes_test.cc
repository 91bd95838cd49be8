#include "engine/rule_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "engine/error.h"
#include "engine/rule_query.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"
#include "tests/engine/forwarding_store.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kMetrics[] =
    "metric messages: number default 0\nmetric channels: number default 0\n";
constexpr char kTeam[] = "rule team { when messages > 3 }\n";

// Server `i` of those on one store.
struct Replica {
  explicit Replica(const std::shared_ptr<RuleStore>& shared, const Clock* clock)
      : store(new ForwardingStore(shared)),
        engine(Limits(), clock, FunctionRegistry::Builtin(), std::unique_ptr<RuleStore>(store)) {}

  const RuleSetState* state(const std::string& id = "slack") {
    held = engine.rule_sets().snapshot();
    return held->Find(id);
  }
  int64_t revision(const std::string& id = "slack") {
    const RuleSetState* found = state(id);
    return found == nullptr ? 0 : found->revision;
  }

  ForwardingStore* const store;  // of engine
  Engine engine;
  std::shared_ptr<const Snapshot> held;
};

class RuleChangesTest : public ::testing::Test {
 protected:
  // What a change came to, as its caller gets it: the revision, and what changed.
  static std::string Encode(const ChangeResult& result) {
    std::string text = StrCat(result.revision);
    for (const StoredRuleChange& change : result.changes) StrAppend(&text, " ", change.rule);
    return text;
  }
  ChangeFrame Frame(ChangeOptions options = {}) {
    return {.rule_set = "slack",
            .options = std::move(options),
            .caller = {.identity = "ann", .peer = "192.0.2.7:1"},
            .encode = Encode};
  }
  std::string Answer(ChangeAnswer answer) {
    answer_ = std::move(answer);
    return answer_.status.ok() ? answer_.response : absl::StatusCodeToString(answer_.status.code());
  }
  std::string Apply(std::vector<SourceText> files, ChangeOptions options = {}) {
    return Answer(ApplyRuleSet(&a_.engine, Frame(std::move(options)), files));
  }
  std::string Create(const std::string& rule, const std::string& when, ChangeOptions options = {}) {
    return Answer(CreateRule(&a_.engine, Frame(std::move(options)),
                             {.rule = rule, .fields = {.when = when}}));
  }
  std::string Update(const std::string& rule, const std::string& when, std::string etag = "",
                     ChangeOptions options = {}) {
    return Answer(UpdateRule(
        &a_.engine, Frame(std::move(options)),
        {.rule = rule, .fields = {.when = when}, .mask = {"when"}, .etag = std::move(etag)}));
  }
  std::string Delete(const std::string& rule, ChangeOptions options = {}) {
    return Answer(DeleteRule(&a_.engine, Frame(std::move(options)), rule, ""));
  }
  std::string Rollback(int64_t revision, ChangeOptions options = {}) {
    return Answer(RollbackRuleSet(&a_.engine, Frame(std::move(options)), revision));
  }
  std::string Reason() {
    const auto reason = ReasonOf(answer_.status);
    return reason.has_value() ? reason->reason : "";
  }
  std::string Metadata(const std::string& key) {
    const auto reason = ReasonOf(answer_.status);
    if (!reason.has_value()) return "";
    for (const auto& [name, value] : reason->metadata) {
      if (name == key) return value;
    }
    return "";
  }
  std::string Message() { return std::string(answer_.status.message()); }
  std::vector<std::string> Rules() {
    std::vector<std::string> names;
    const RuleSetState* state = a_.state();
    if (state == nullptr || state->rule_set == nullptr) return names;
    for (const Rule& rule : state->rule_set->checked.rules) names.push_back(rule.name);
    return names;
  }
  StoredRevision Stored(int64_t number) {
    const auto revision = shared_->ReadRevision("slack", number);
    EXPECT_TRUE(revision.ok()) << revision.status();
    return revision.ok() ? *revision : StoredRevision();
  }
  void LoadFiles(const std::string& text) {
    a_.engine.rule_sets().Update(TreeOf({{"slack", text}}));
  }

  FakeClock clock_;
  std::shared_ptr<RuleStore> shared_ = std::make_shared<MemoryRuleStore>(&clock_);
  Replica a_{shared_, &clock_};
  ChangeAnswer answer_;
};

TEST_F(RuleChangesTest, ApplyMakesARuleSetAndReplacesIt) {
  EXPECT_EQ(Apply({{"metrics.pql", kMetrics}, {"teams.pql", kTeam}}), "1 team");
  EXPECT_THAT(Rules(), ElementsAre("team"));
  EXPECT_EQ(Apply({{"metrics.pql", kMetrics}, {"b.pql", "rule other { when channels > 1 }"}}),
            "2 other team");
  EXPECT_THAT(Rules(), ElementsAre("other"));
  EXPECT_EQ(Apply({{"metrics.pql", kMetrics}, {"b.pql", "rule other { when channels > 1 }"}}), "2")
      << "nothing differs";
  const StoredRevision second = Stored(2);
  EXPECT_EQ(second.record.cause, RevisionCause::kApply);
  EXPECT_EQ(second.record.author, "ann");
  EXPECT_EQ(second.record.peer, "192.0.2.7:1");
  EXPECT_EQ(second.parent, 1);
  EXPECT_THAT(second.sources, SizeIs(2));
}

TEST_F(RuleChangesTest, ApplyOfNothingTakesTheRuleSetAway) {
  Apply({{"metrics.pql", kMetrics}, {"teams.pql", kTeam}});
  EXPECT_EQ(Apply({}), "2 team");
  EXPECT_EQ(a_.state(), nullptr);
  EXPECT_EQ(Apply({}), "2");
  EXPECT_EQ(Create("x", "messages > 1"), "NOT_FOUND");
  EXPECT_EQ(Apply({{"metrics.pql", kMetrics}}, {.expected_revision = 0}), "3")
      << "0: it does not exist";
  EXPECT_EQ(Rollback(1), "4 team");
}

TEST_F(RuleChangesTest, WrongSourcesChangeNothingAndAreExplained) {
  Apply({{"m.pql", kMetrics}, {"t.pql", kTeam}});
  EXPECT_EQ(Apply({{"m.pql", kMetrics}, {"t.pql", "rule team { when mesages > 3 }"}}),
            "INVALID_ARGUMENT");
  EXPECT_EQ(Reason(), "INVALID_SOURCE");
  EXPECT_EQ(Metadata("error_count"), "1");
  EXPECT_THAT(Message(), HasSubstr("t.pql:1:18"));
  ASSERT_TRUE(answer_.rejection.has_value());
  ASSERT_THAT(answer_.rejection->diagnostics, SizeIs(1));
  EXPECT_THAT(answer_.rejection->diagnostics[0].Message(), HasSubstr("`messages`"));
  EXPECT_EQ(a_.revision(), 1);
  EXPECT_THAT(Rules(), ElementsAre("team"));
}

TEST_F(RuleChangesTest, CreateUpdateDeleteOneRule) {
  Apply({{"m.pql", kMetrics}});
  EXPECT_EQ(Create("team", "messages>3 and channels>2"), "2 team");
  EXPECT_EQ(Stored(2).sources[1].path, "rules/team.pql");
  EXPECT_EQ(Stored(2).sources[1].text, "rule team {\n  when   messages > 3 and channels > 2\n}\n");
  EXPECT_EQ(Stored(2).record.cause, RevisionCause::kRuleChange);
  EXPECT_EQ(Create("team", "messages > 1"), "ALREADY_EXISTS");
  EXPECT_EQ(Metadata("file"), "rules/team.pql");
  EXPECT_EQ(Update("team", "messages > 4"), "3 team");
  EXPECT_EQ(Stored(3).record.changes[0].changed_fields, std::vector<std::string>{"when"});
  EXPECT_EQ(Update("team", "messages > 4"), "3") << "nothing differs";
  EXPECT_EQ(Update("nobody", "messages > 4"), "NOT_FOUND");
  EXPECT_EQ(Delete("team"), "4 team");
  EXPECT_EQ(Delete("team"), "NOT_FOUND");
  EXPECT_THAT(Rules(), IsEmpty());
  EXPECT_THAT(Stored(4).sources, SizeIs(1)) << "the file of the rule went with it";
}

TEST_F(RuleChangesTest, FindingsOfAConditionAreWhereItsAuthorWroteIt) {
  Apply({{"m.pql", kMetrics}});
  EXPECT_EQ(Create("team", "channels>1 and mesages>3"), "INVALID_ARGUMENT");
  EXPECT_THAT(Message(), HasSubstr("rule.when:1:16"));
  ASSERT_THAT(answer_.rejection->diagnostics, SizeIs(1));
  const Diagnostic& finding = answer_.rejection->diagnostics[0];
  EXPECT_EQ(answer_.rejection->sources->Text(finding.range), "mesages");
  ASSERT_TRUE(finding.fix.has_value());
  EXPECT_EQ(answer_.rejection->sources->Text(finding.fix->edits[0].range), "mesages");

  const ChangeAnswer json =
      CreateRule(&a_.engine, Frame(),
                 {.rule = "team",
                  .fields = {.when = R"({"and": [true, {">": [{"var": "mesages"}, 3]}]})"},
                  .language = "jsonlogic"});
  EXPECT_THAT(std::string(json.status.message()), HasSubstr("/and/1"));
  EXPECT_EQ(Create("team", "messages >"), "INVALID_ARGUMENT");
  EXPECT_THAT(Message(), HasSubstr("rule.when:1:"));
}

TEST_F(RuleChangesTest, DeletingWhatOthersNeedIsRejected) {
  Apply({{"m.pql", kMetrics}, {"t.pql", StrCat(kTeam, "rule more { when team }\n")}});
  EXPECT_EQ(Delete("team"), "INVALID_ARGUMENT");
  EXPECT_EQ(Reason(), "INVALID_SOURCE");
  EXPECT_THAT(Rules(), ElementsAre("more", "team"));
}

TEST_F(RuleChangesTest, FilesAndApiAreOneRuleSet) {
  LoadFiles(StrCat(kMetrics, kTeam));
  EXPECT_EQ(Create("own", "team and channels > 1"), "2 own");
  EXPECT_THAT(Rules(), ElementsAre("own", "team"));
  EXPECT_EQ(Update("team", "messages > 4"), "FAILED_PRECONDITION");
  EXPECT_EQ(Reason(), "MANAGED_IN_FILE");
  EXPECT_EQ(Metadata("file"), "slack/rules.pql");
  EXPECT_EQ(Metadata("line"), "3");
  EXPECT_EQ(Delete("team"), "FAILED_PRECONDITION");
  EXPECT_EQ(Create("team", "messages > 4"), "ALREADY_EXISTS");
  EXPECT_EQ(Apply({{"x.pql", kTeam}}), "INVALID_ARGUMENT") << "the name is taken on both sides";
  EXPECT_EQ(Apply({{"slack/rules.pql", ""}}), "INVALID_ARGUMENT") << "the path is";
  EXPECT_EQ(a_.revision(), 2);

  LoadFiles(StrCat(kMetrics, "rule team { when messages > 9 }\n"));
  EXPECT_EQ(a_.revision(), 3);
  EXPECT_THAT(Rules(), ElementsAre("own", "team"));
  EXPECT_EQ(Stored(3).record.cause, RevisionCause::kFiles);
  EXPECT_EQ(Stored(3).record.author, "");
  EXPECT_EQ(Stored(3).record.changes[0].rule, "own") << "by what it depends on";
  EXPECT_EQ(Stored(3).record.changes[0].kind, RuleChangeKind::kDependencyModified);
}

TEST_F(RuleChangesTest, AFileThatTakesAnApiNameIsTheNewerOneAndFails) {
  LoadFiles(kMetrics);
  Create("team", "messages > 1");
  LoadFiles(StrCat(kMetrics, kTeam));
  EXPECT_EQ(a_.revision(), 2);
  ASSERT_NE(a_.state()->failure, nullptr);
  EXPECT_THAT(a_.state()->failure->diagnostics, SizeIs(1));
  EXPECT_EQ(Delete("team"), "3 team");
  EXPECT_EQ(a_.state()->failure, nullptr) << "now the file can be taken";
  EXPECT_EQ(a_.revision(), 4);
  EXPECT_THAT(Rules(), ElementsAre("team"));
}

TEST_F(RuleChangesTest, ChangesGoOnWhileFilesAreBroken) {
  LoadFiles(StrCat(kMetrics, kTeam));
  LoadFiles("rule team { when }");
  EXPECT_EQ(Create("own", "channels > 1"), "2 own");
  EXPECT_THAT(Rules(), ElementsAre("own", "team"));
  EXPECT_NE(a_.state()->failure, nullptr);
  LoadFiles(StrCat(kMetrics, "rule team { when messages > 9 }\n"));
  EXPECT_EQ(a_.state()->failure, nullptr);
  EXPECT_EQ(a_.revision(), 3);
}

TEST_F(RuleChangesTest, ExpectedRevisionIsChecked) {
  Apply({{"m.pql", kMetrics}}, {.expected_revision = 0});
  EXPECT_EQ(Create("a", "messages > 1", {.expected_revision = 1}), "2 a");
  EXPECT_EQ(Create("b", "messages > 1", {.expected_revision = 1}), "ABORTED");
  EXPECT_EQ(Reason(), "REVISION_MOVED");
  EXPECT_EQ(Metadata("expected_revision"), "1");
  EXPECT_EQ(Metadata("current_revision"), "2");
  EXPECT_EQ(Apply({}, {.expected_revision = 0}), "ABORTED") << "it exists";
  EXPECT_EQ(Create("b", "messages > 1", {.expected_revision = -1}), "INVALID_ARGUMENT");
}

TEST_F(RuleChangesTest, EtagIsChecked) {
  Apply({{"m.pql", kMetrics}});
  Create("a", "messages > 1");
  const std::string etag = RuleEtag(*a_.state()->rule_set, a_.state()->rule_set->checked.rules[0]);
  EXPECT_EQ(Update("a", "messages > 2", etag), "3 a");
  EXPECT_EQ(Update("a", "messages > 3", etag), "ABORTED");
  EXPECT_EQ(Reason(), "ETAG_MISMATCH");
}

TEST_F(RuleChangesTest, ValidateOnlyAnswersAndChangesNothing) {
  EXPECT_EQ(Apply({{"m.pql", kMetrics}, {"t.pql", kTeam}}, {.validate_only = true}), "0 team");
  EXPECT_EQ(a_.state(), nullptr);
  Apply({{"m.pql", kMetrics}});
  EXPECT_EQ(Create("a", "messages > 1", {.validate_only = true, .request_id = "r"}), "1 a");
  EXPECT_EQ(Create("a", "mesages > 1", {.validate_only = true}), "INVALID_ARGUMENT");
  EXPECT_THAT(Rules(), IsEmpty());
  EXPECT_EQ(Create("a", "messages > 1", {.request_id = "r", .fingerprint = "f"}), "2 a")
      << "a trial uses up no id";
}

TEST_F(RuleChangesTest, RetriedRequestGetsTheSameAnswerOnce) {
  Apply({{"m.pql", kMetrics}});
  const ChangeOptions options{.request_id = "r1", .fingerprint = "body 1"};
  EXPECT_EQ(Create("a", "messages > 1", options), "2 a");
  EXPECT_EQ(Create("a", "messages > 1", options), "2 a");
  EXPECT_EQ(a_.revision(), 2);
  EXPECT_EQ(Create("b", "messages > 1", {.request_id = "r1", .fingerprint = "body 2"}),
            "INVALID_ARGUMENT");
  EXPECT_EQ(Reason(), "REQUEST_ID_REUSED");
  const ChangeOptions nothing{.request_id = "r2", .fingerprint = "body 3"};
  EXPECT_EQ(Update("a", "messages > 1", "", nothing), "2");
  Update("a", "messages > 5");
  EXPECT_EQ(Update("a", "messages > 1", "", nothing), "2") << "what changed nothing is remembered";
  EXPECT_EQ(Create("b", "messages > 1", {.request_id = std::string(129, 'x')}), "INVALID_ARGUMENT");
  EXPECT_EQ(Create("b", "messages > 1", {.comment = std::string(4097, 'x')}), "INVALID_ARGUMENT");
}

TEST_F(RuleChangesTest, RollbackBringsTheApiPartBack) {
  LoadFiles(StrCat(kMetrics, kTeam));
  Create("a", "messages > 1");
  Update("a", "messages > 2");
  LoadFiles(StrCat(kMetrics, "rule team { when messages > 9 }\n"));
  EXPECT_EQ(Rollback(2, {.comment = "too many leads"}), "5 a");
  const StoredRevision back = Stored(5);
  EXPECT_EQ(back.record.cause, RevisionCause::kRollback);
  EXPECT_EQ(back.record.rolled_back_to, 2);
  EXPECT_EQ(back.record.comment, "too many leads");
  EXPECT_THAT(back.sources[1].text, HasSubstr("messages > 9")) << "files stay";
  EXPECT_EQ(Rollback(2), "5") << "nothing differs";
  EXPECT_EQ(Rollback(99), "NOT_FOUND");
  EXPECT_EQ(Metadata("resource_name"), "ruleSets/slack/revisions/99");
  EXPECT_EQ(Rollback(0), "INVALID_ARGUMENT");
}

std::vector<std::string> ApiPaths(const RuleSetState& state) {
  std::vector<std::string> paths;
  for (const FileId file : state.rule_set->file_order) {
    if (state.api_managed[file]) paths.push_back(state.rule_set->sources.file(file).name());
  }
  return paths;
}

TEST_F(RuleChangesTest, OriginsOfRulesSurviveARestart) {
  LoadFiles(StrCat(kMetrics, kTeam));
  Create("a", "messages > 1");
  clock_.Advance(absl::Hours(1));
  Create("b", "messages > 1");
  LoadFiles(StrCat(kMetrics, "rule team { when messages > 9 }\n"));
  Replica restarted(shared_, &clock_);
  ASSERT_TRUE(restarted.engine.rule_sets().Sync().ok());
  const RuleSetState& before = *a_.state();
  const RuleSetState& after = *restarted.state();
  EXPECT_EQ(after.revision, 4);
  EXPECT_EQ(after.rule_origins, before.rule_origins);
  EXPECT_EQ(after.rule_origins[0].author, "ann");
  EXPECT_EQ(after.rule_origins[0].revision, 2);
  EXPECT_EQ(after.rule_origins[1].time, clock_.Now());
  EXPECT_EQ(after.rule_origins[2].revision, 4);
  EXPECT_EQ(after.api_origin, before.api_origin);
  EXPECT_EQ(ApiPaths(after), ApiPaths(before));

  std::vector<RuleSetChange::Kind> kinds;
  restarted.engine.rule_sets().set_listener(
      [&kinds](const RuleSetChange& change) { kinds.push_back(change.kind); });
  restarted.engine.rule_sets().Update(
      TreeOf({{"slack", StrCat(kMetrics, "rule team { when messages > 9 }\n")}}));
  EXPECT_THAT(kinds, IsEmpty()) << "the same files are no change";
}

TEST_F(RuleChangesTest, RestartWithoutTheFilesDropsThemOnly) {
  a_.engine.rule_sets().Update(TreeOf({{"slack", kMetrics}, {"facebook", kMetrics}}));
  Apply({{"t.pql", "metric own: number\nrule team { when own > 1 }"}});
  Replica restarted(shared_, &clock_);
  ASSERT_TRUE(restarted.engine.rule_sets().Sync().ok());
  restarted.engine.rule_sets().Update(RuleTree());
  EXPECT_EQ(restarted.revision("facebook"), 1) << "an empty directory is a mount that failed";
  EXPECT_NE(restarted.state("facebook")->failure, nullptr);

  Replica moved(shared_, &clock_);
  ASSERT_TRUE(moved.engine.rule_sets().Sync().ok());
  moved.engine.rule_sets().Update(TreeOf({{"elsewhere", kMetrics}}));
  EXPECT_EQ(moved.state("facebook"), nullptr);
  ASSERT_NE(moved.state("slack"), nullptr);
  EXPECT_EQ(moved.state("slack")->revision, 3);
  EXPECT_EQ(moved.state("slack")->rule_set->file_order.size(), 1);
}

TEST_F(RuleChangesTest, ReplicasFollowOneHistory) {
  Replica b(shared_, &clock_);
  Apply({{"m.pql", kMetrics}});
  EXPECT_EQ(b.revision(), 0);
  ASSERT_TRUE(b.engine.rule_sets().Sync().ok());
  EXPECT_EQ(b.revision(), 1);
  // A change on a replica that has not heard yet starts from the latest revision all the same.
  Create("a", "messages > 1");
  const ChangeAnswer late = CreateRule(&b.engine, Frame(), {.rule = "b", .fields = {.when = "a"}});
  EXPECT_EQ(late.response, "3 b");
  EXPECT_EQ(b.revision(), 3);
  EXPECT_EQ(a_.revision(), 2);
  EXPECT_EQ(Create("c", "b"), "4 c");
}

TEST_F(RuleChangesTest, ReplicaThatCannotReadWhatIsNewIsBehindUntilItCan) {
  Replica b(shared_, &clock_);
  Apply({{"m.pql", kMetrics}});
  ASSERT_TRUE(b.engine.rule_sets().Sync().ok());
  EXPECT_EQ(b.engine.rule_sets().behind(), 0);
  Create("a", "messages > 1");
  // It hears of the revision, and does not get it.
  b.store->set_away(true);
  EXPECT_FALSE(b.engine.rule_sets().Sync(LatestNumbers{{"slack", 2}}).ok());
  EXPECT_EQ(b.engine.rule_sets().behind(), 1);
  EXPECT_EQ(b.revision(), 1) << "evaluation goes on";
  b.store->set_away(false);
  ASSERT_TRUE(b.engine.rule_sets().Sync().ok());
  EXPECT_EQ(b.engine.rule_sets().behind(), 0);
  EXPECT_EQ(b.revision(), 2);
}

TEST_F(RuleChangesTest, OvertakenChangeIsMadeAnewUnlessItExpectsARevision) {
  Replica b(shared_, &clock_);
  Apply({{"m.pql", kMetrics}});
  int commits = 0;
  a_.store->set_before_commit([&] {
    if (commits++ % 2 == 0) {
      CreateRule(&b.engine, Frame(),
                 {.rule = StrCat("b", commits), .fields = {.when = "messages > 1"}});
    }
  });
  EXPECT_EQ(Create("a", "messages > 1"), "3 a");
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(Create("c", "messages > 1", {.expected_revision = 3}), "ABORTED");
  EXPECT_EQ(Metadata("current_revision"), "4");
}

TEST_F(RuleChangesTest, StoreThatIsAwayRefusesChangesAndFilesWait) {
  LoadFiles(StrCat(kMetrics, kTeam));
  a_.store->set_away(true);
  EXPECT_EQ(Create("a", "messages > 1"), "UNAVAILABLE");
  EXPECT_EQ(Reason(), "STORE_UNAVAILABLE");
  LoadFiles(StrCat(kMetrics, "rule team { when messages > 9 }\n"));
  EXPECT_EQ(a_.revision(), 1) << "evaluation goes on";
  ASSERT_NE(a_.state()->failure, nullptr);
  EXPECT_THAT(a_.state()->failure->error, HasSubstr("the store is away"));
  EXPECT_TRUE(a_.engine.rule_sets().has_waiting_files());
  EXPECT_FALSE(a_.engine.rule_sets().Sync().ok());
  a_.engine.rule_sets().RetryFiles();
  EXPECT_EQ(a_.revision(), 1);
  a_.store->set_away(false);
  a_.engine.rule_sets().RetryFiles();
  EXPECT_EQ(a_.revision(), 2);
  EXPECT_EQ(a_.state()->failure, nullptr);
  EXPECT_FALSE(a_.engine.rule_sets().has_waiting_files());
}

TEST_F(RuleChangesTest, FilesThatNoRoomIsLeftForWaitUntilThereIs) {
  Engine engine({.max_rule_sets = 1}, &clock_);
  ASSERT_TRUE(ApplyRuleSet(&engine, Frame(), {{"m.pql", kMetrics}}).status.ok());
  engine.rule_sets().Update(TreeOf({{"other", kMetrics}}));
  const auto other = [&engine] {
    const std::shared_ptr<const Snapshot> snapshot = engine.rule_sets().snapshot();
    const RuleSetState* state = snapshot->Find("other");
    return state == nullptr ? RuleSetState() : *state;
  };
  ASSERT_NE(other().failure, nullptr);
  EXPECT_THAT(other().failure->error, HasSubstr("--max-rule-sets=1"));
  engine.rule_sets().RetryFiles();
  EXPECT_EQ(other().rule_set, nullptr);
  ASSERT_TRUE(ApplyRuleSet(&engine, Frame(), {}).status.ok());
  EXPECT_TRUE(engine.rule_sets().has_waiting_files());
  engine.rule_sets().RetryFiles();
  EXPECT_NE(other().rule_set, nullptr);
  EXPECT_EQ(other().failure, nullptr);
  EXPECT_FALSE(engine.rule_sets().has_waiting_files());
}

TEST_F(RuleChangesTest, RevisionThatDoesNotCompileHereIsShownAndTheLastGoodStays) {
  Apply({{"m.pql", kMetrics}});
  // Committed by a server with functions that this one does not have.
  NewRevision foreign{.record = {.rule_set = "slack",
                                 .digest = "d",
                                 .create_time = clock_.Now(),
                                 .cause = RevisionCause::kApply,
                                 .author = "bob"},
                      .sources = {{.path = "m.pql",
                                   .text = StrCat(kMetrics, "rule x { when crm_score() > 1 }"),
                                   .api_managed = true}},
                      .parent = 1};
  ASSERT_TRUE(shared_->Commit(foreign).ok());
  ASSERT_TRUE(a_.engine.rule_sets().Sync().ok());
  EXPECT_EQ(a_.revision(), 1);
  ASSERT_NE(a_.state()->failure, nullptr);
  EXPECT_THAT(a_.state()->failure->diagnostics, SizeIs(1));
  EXPECT_EQ(Delete("x"), "FAILED_PRECONDITION");
  EXPECT_EQ(Apply({{"m.pql", kMetrics}}), "3") << "which no rule's text shows";
  EXPECT_EQ(a_.state()->failure, nullptr);
}

TEST_F(RuleChangesTest, TwoWritersWithOneExpectedRevisionOneWins) {
  Replica b(shared_, &clock_);
  Apply({{"m.pql", kMetrics}});
  constexpr int kRounds = 100;
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  for (int round = 1; round <= kRounds; ++round) {
    const auto write = [&](Engine* engine, const std::string& name) {
      const ChangeAnswer answer =
          CreateRule(engine, Frame({.expected_revision = round}),
                     {.rule = StrCat(name, round), .fields = {.when = "messages > 1"}});
      if (answer.status.ok()) ++won;
      if (answer.status.code() == absl::StatusCode::kAborted) ++lost;
    };
    std::thread other([&] { write(&b.engine, "b"); });
    write(&a_.engine, "a");
    other.join();
  }
  EXPECT_EQ(won, kRounds);
  EXPECT_EQ(lost, kRounds);
}

TEST_F(RuleChangesTest, IdOfANewRuleSetIsOnePartOfAPath) {
  for (const std::string id : {"", "a/b", "..", ".hidden", "a\nb"}) {
    ChangeFrame frame = Frame();
    frame.rule_set = id;
    EXPECT_EQ(Answer(ApplyRuleSet(&a_.engine, frame, {})), "INVALID_ARGUMENT") << id;
  }
}

}  // namespace
}  // namespace pql
