// Revisions for the tests of rule stores.  Thread-safe: no state.

#ifndef TESTS_STORE_REVISIONS_H_
#define TESTS_STORE_REVISIONS_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "store/rule_store.h"

namespace pql {

inline NewRevision MakeRevision(const std::string& rule_set, int64_t parent,
                                const std::string& text = "rule r { when true }\n") {
  NewRevision revision;
  revision.record.rule_set = rule_set;
  revision.record.digest = "digest of " + text.substr(0, 40);
  revision.record.create_time = absl::FromUnixMicros(1'700'000'000'000'000 + parent % 1'000'000);
  revision.record.cause = RevisionCause::kApply;
  revision.record.author = "ann@example.com";
  revision.record.peer = "192.0.2.7:50312";
  revision.sources = {{.path = "rules.pql", .text = text, .api_managed = true}};
  revision.parent = parent;
  return revision;
}

inline StoredRequest MakeRequest(const std::string& id, const std::string& fingerprint = "body",
                                 const std::string& author = "ann@example.com") {
  return {author, id, fingerprint, "response to " + id};
}

// Commits it on top of what there is.  The number it got; 0 when that failed, and so did the test.
inline int64_t MustCommit(RuleStore& store, NewRevision revision) {
  const absl::StatusOr<LatestNumbers> latest = store.ReadLatestNumbers();
  EXPECT_TRUE(latest.ok()) << latest.status();
  if (!latest.ok()) return 0;
  const auto found = latest->find(revision.record.rule_set);
  revision.parent = found == latest->end() ? 0 : found->second;
  const absl::StatusOr<CommitResult> result = store.Commit(revision);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->number : 0;
}

// A revision whose whole content is a function of its number, for tests that kill writers: what is
// read back is all there or it is not equal.
inline NewRevision NumberedRevision(const std::string& rule_set, int64_t number) {
  const std::string name = std::to_string(number);
  NewRevision revision = MakeRevision(rule_set, number - 1, "rule r { when x > " + name + " }\n");
  for (int i = 0; i < 5; ++i) {
    revision.sources.push_back({.path = "part" + std::to_string(i) + ".pql",
                                .text = std::string(2000, static_cast<char>('a' + i)) + name,
                                .api_managed = i % 2 == 0});
    revision.record.changes.push_back({.rule = "r" + std::to_string(i),
                                       .kind = RuleChangeKind::kModified,
                                       .old_source = "old " + name,
                                       .new_source = "new " + name,
                                       .changed_fields = {"when"}});
  }
  revision.request = MakeRequest("request " + name, "fingerprint " + name);
  return revision;
}

// Whether revision `number` is there, whole, with the request that made it.
inline void ExpectNumberedRevision(RuleStore& store, const std::string& rule_set, int64_t number) {
  const NewRevision expected = NumberedRevision(rule_set, number);
  const absl::StatusOr<StoredRevision> read = store.ReadRevision(rule_set, number);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->record, expected.record);
  ASSERT_EQ(read->sources.size(), expected.sources.size());
  for (size_t i = 1; i < expected.sources.size(); ++i) {
    EXPECT_EQ(read->sources[i - 1], expected.sources[i]);  // part0, part1, ... before rules
  }
  EXPECT_EQ(read->sources.back(), expected.sources.front());
  const auto request = store.FindRequest(expected.request->author, expected.request->id);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(*request, expected.request);
}

// Four revisions of rule set `slack` as a store of the first version may have them: sources that
// stay, change, go and come back.
inline std::vector<std::vector<StoredSource>> SourcesOfFirstVersion() {
  const StoredSource stays{"a.pql", "one", "pql", true};
  const StoredSource other{"a.pql", "one", "pql", false};
  const StoredSource before{"b.pql", "one", "pql", true};
  const StoredSource after{"b.pql", "two", "pql", true};
  const StoredSource comes_back{"c.pql", "two", "pql", false};
  return {{stays, before, comes_back}, {stays, before}, {stays, after, comes_back}, {other, stays}};
}

// That they are there, and that there can be more.
inline void ExpectSourcesOfFirstVersion(RuleStore& store) {
  const auto sources = SourcesOfFirstVersion();
  NewRevision next = MakeRevision("slack", 4, "new");
  next.keeps_others = true;
  next.removed = {sources[3][0]};
  EXPECT_EQ(MustCommit(store, next), 5);
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto revision = store.ReadRevision("slack", static_cast<int64_t>(i + 1));
    ASSERT_TRUE(revision.ok()) << revision.status();
    EXPECT_EQ(revision->sources, sources[i]) << "revision " << i + 1;
  }
  const auto latest = store.ReadLatest("slack");
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_EQ(latest->sources, (std::vector<StoredSource>{sources[3][1], next.sources[0]}));
}

}  // namespace pql

#endif  // TESTS_STORE_REVISIONS_H_
