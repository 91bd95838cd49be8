// `pql evaluate` against a server says what `pql eval` says offline.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

const char* const kRules = PQL_SOURCE_DIR "/rules";
constexpr char kAccount[] =
    R"({"id":"a1","messages":2500,"channels":3,"teammates_invited":4,"plan":"free"})";

TEST(EvaluateTest, SameAnswersAndTheSameWordsAsOffline) {
  ServerProcess server(kRules);
  const std::string json_lines = std::string(kAccount) + "\n" +
                                 R"({"id":"a2","messages":2500,"channels":2,"plan":"free"})"
                                 "\n" +
                                 R"({"id":"a3","messages":2500,"channels":3,"teammates_invited":1})"
                                 "\n";
  const std::string csv =
      "id,messages,channels,teammates_invited,plan\n"
      "b1,2500,3,4,free\nb2,,3,4,pro\nb3,2500,3,4,\n";
  for (const std::string format : {"human", "json", "jsonl", "csv"}) {
    for (const bool all : {false, true}) {
      std::vector<std::string> options = {"--format", format, "--at", "2026-03-01"};
      if (all) options.push_back("--all");
      for (const std::string& input : {std::string(kAccount), json_lines, csv}) {
        const char* flag = input == kAccount ? "--account" : "--accounts";
        std::vector<std::string> offline = {"eval", std::string(kRules) + "/slack", flag, "-"};
        std::vector<std::string> remote = {"evaluate",       "slack", "--server",
                                           server.address(), flag,    "-"};
        offline.insert(offline.end(), options.begin(), options.end());
        remote.insert(remote.end(), options.begin(), options.end());
        const Finished by_file = RunPql(offline, input);
        const Finished by_server = RunPql(remote, input);
        EXPECT_EQ(by_server.exit, 0) << by_server.err;
        EXPECT_EQ(by_server.out, by_file.out) << format << " " << input;
        EXPECT_EQ(by_server.err, by_file.err) << format << " " << input;
        EXPECT_NE(by_server.out, "");
      }
    }
  }
}

// All but the paths of the files, which each side gives as it was told them.
std::string WithoutFiles(std::string text) {
  for (size_t begin = 0; (begin = text.find("\"file\":", begin)) != std::string::npos; ++begin) {
    text.erase(begin, text.find(',', begin) - begin);
  }
  return text;
}

TEST(EvaluateTest, SameExplanationsAndGapsAsOffline) {
  ServerProcess server(kRules);
  const std::string json_lines = std::string(kAccount) + "\n" +
                                 R"({"id":"a2","messages":2500,"channels":2})"
                                 "\n" +
                                 R"({"id":"f","friends":8,"signed_up_at":"2026-02-27T08:30:00.5Z"})"
                                 "\n";
  std::vector<std::string> rule_sets = {"slack", "facebook", "hand_raising"};
#ifndef PQL_SANITIZED
  rule_sets.push_back("lead_scoring");  // with sanitizers its gaps take minutes
#endif
  for (const std::string format : {"human", "json", "jsonl"}) {
    for (const std::string& rule_set : rule_sets) {
      const std::vector<std::string> options = {"--accounts", "-",    "--explain", "--gap",
                                                "--format",   format, "--at",      "2026-03-01"};
      std::vector<std::string> offline = {"eval", std::string(kRules) + "/" + rule_set};
      std::vector<std::string> remote = {"evaluate", rule_set, "--server", server.address()};
      offline.insert(offline.end(), options.begin(), options.end());
      remote.insert(remote.end(), options.begin(), options.end());
      const Finished by_file = RunPql(offline, json_lines);
      const Finished by_server = RunPql(remote, json_lines);
      EXPECT_EQ(by_server.exit, 0) << by_server.err;
      EXPECT_EQ(WithoutFiles(by_server.out), WithoutFiles(by_file.out));
      EXPECT_THAT(by_server.out,
                  HasSubstr(format == "human" ? "what is missing:" : "\"changes\":"));
    }
  }
}

TEST(EvaluateTest, BadRowStopsOrIsSkippedAsOffline) {
  ServerProcess server(kRules);
  const std::string csv = "id,messages,plan\nb1,2500,free\nb2,many,free\nb3,1,free\n";
  const std::string directory = std::string(kRules) + "/slack";
  for (const bool skip : {false, true}) {
    std::vector<std::string> offline = {"eval", directory, "--accounts", "-", "--format", "jsonl"};
    std::vector<std::string> remote = {"evaluate",   directory, "--server", server.address(),
                                       "--accounts", "-",       "--format", "jsonl"};
    if (skip) {
      offline.push_back("--skip-invalid");
      remote.push_back("--skip-invalid");
    }
    const Finished by_file = RunPql(offline, csv);
    const Finished by_server = RunPql(remote, csv);
    EXPECT_EQ(by_server.exit, skip ? 0 : 2);
    EXPECT_EQ(by_server.exit, by_file.exit);
    EXPECT_EQ(by_server.out, by_file.out);
    EXPECT_THAT(by_server.err, HasSubstr("many"));
  }
}

// What proto/README.md shows in Python.
TEST(EvaluateTest, ATableIsAnsweredInColumns) {
  ServerProcess server(kRules);
  v1::BatchEvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  request.set_answer_in_columns(true);
  request.mutable_options()->add_rules("slack_team");
  v1::AccountTable* table = request.mutable_table();
  constexpr int kRows = 9'000;  // several chunks
  table->set_row_count(kRows);
  v1::MetricColumn* messages = table->add_columns();
  messages->set_metric("messages");
  v1::MetricColumn* channels = table->add_columns();
  channels->set_metric("channels");
  v1::MetricColumn* invited = table->add_columns();
  invited->set_metric("teammates_invited");
  v1::MetricColumn* plan = table->add_columns();
  plan->set_metric("plan");
  std::string presence((kRows + 7) / 8, '\xFF');
  presence[0] = '\xFE';  // nobody sent the plan of the first one
  plan->set_presence(presence);
  for (const char* const option : {"free", "pro"}) plan->mutable_strings()->add_values(option);
  for (int row = 0; row < kRows; ++row) {
    table->add_account_ids("a" + std::to_string(row));
    messages->mutable_numbers()->add_values(row % 3 == 0 ? 2'500 : 90);
    channels->mutable_numbers()->add_values(3);
    invited->mutable_numbers()->add_values(4);
    plan->mutable_strings()->add_codes(row % 2);
  }
  grpc::ClientContext context;
  v1::BatchEvaluateResponse response;
  const grpc::Status status = server.evaluations().BatchEvaluate(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.table().rules_size(), 1);
  ASSERT_EQ(response.table().rules(0).outcomes_size(), kRows);
  for (int row = 0; row < kRows; ++row) {
    const v1::Outcome expected = row == 0       ? v1::OUTCOME_UNKNOWN
                                 : row % 6 == 0 ? v1::OUTCOME_QUALIFIED
                                                : v1::OUTCOME_NOT_QUALIFIED;
    ASSERT_EQ(response.table().rules(0).outcomes(row), expected) << row;
  }
  EXPECT_EQ(response.table().account_ids(kRows - 1), "a8999");
}

TEST(EvaluateTest, MistakesEndWithTwoAndSayWhatToDo) {
  ServerProcess server(kRules);
  const Finished absent =
      RunPql({"evaluate", "slack", "--server", "localhost:1", "--account", "-"}, kAccount);
  EXPECT_EQ(absent.exit, 2);
  EXPECT_THAT(absent.err, HasSubstr("no answer from a server at localhost:1"));
  EXPECT_THAT(absent.err, HasSubstr("is it running?"));
  const Finished no_rule_set =
      RunPql({"evaluate", "slak", "--server", server.address(), "--account", "-"}, kAccount);
  EXPECT_EQ(no_rule_set.exit, 2);
  EXPECT_THAT(no_rule_set.err, HasSubstr("did you mean `slack`?"));
  const Finished no_rule = RunPql(
      {"evaluate", "slack", "--server", server.address(), "--account", "-", "--rule", "slack_teem"},
      kAccount);
  EXPECT_EQ(no_rule.exit, 2);
  EXPECT_THAT(no_rule.err, HasSubstr("did you mean `slack_team`?"));
}

}  // namespace
}  // namespace pql
