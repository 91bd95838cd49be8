// Batches with accounts or answers in columns.

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/strings.h"
#include "engine/engine.h"
#include "engine/error.h"
#include "gmock/gmock.h"
#include "service/direct_evaluation.h"
#include "service/evaluation_request.h"
#include "service/message_evaluation.h"
#include "service/table_conversion.h"
#include "service/value_conversion.h"
#include "tests/engine/engine_testing.h"
#include "tests/service/service_testing.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::Random;

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

void SetBit(size_t row, std::string* bitmap) {
  bitmap->resize(std::max(bitmap->size(), row / 8 + 1));
  (*bitmap)[row / 8] =
      static_cast<char>(static_cast<uint8_t>((*bitmap)[row / 8]) | 1U << (row % 8));
}

bool BitOf(const std::string& bitmap, int row) {
  return bitmap.empty() || BitAt(reinterpret_cast<Bitmap>(bitmap.data()), static_cast<size_t>(row));
}

class TableTest : public ::testing::Test {
 protected:
  explicit TableTest(const Limits& limits = {}) : engine_(limits, &clock_) {}

  void Load(const std::string& text) { engine_.rule_sets().Update(TreeOf({{"slack", text}})); }

  absl::Status Batch(const v1::BatchEvaluateRequest& request) {
    response_.Clear();
    return EvaluateBatch(
        &engine_, [] { return absl::OkStatus(); }, request, &response_);
  }
  absl::Status Batch(const std::string& json) {
    return Batch(
        FromJson<v1::BatchEvaluateRequest>(R"({"ruleSet":"ruleSets/slack",)" + json + "}"));
  }

  const RuleSetTelemetry& Counted() {
    return engine_.rule_sets().snapshot()->Find("slack")->telemetry->rule_set();
  }

  FakeClock clock_;
  Engine engine_;
  v1::BatchEvaluateResponse response_;
};

constexpr char kRules[] = R"(
stages mql < pql
metric messages: number
metric plan: one of ("free", "pro")
metric note: string default "none"
metric trial: bool
metric seen: timestamp
metric idle: duration
metric tags: list(string)
metric days: list(number)
scorecard fit { add 10 when messages > 100  add 5 when trial }
rule team { stage pql when messages >= 2000 unless plan != "free" score messages / 100 }
rule seen_lately { stage mql when seen within last 7d keep while idle < 3d }
rule tagged { mode shadow when tags contains "sso" and days contains 3 }
output grade = if fit >= 10 then note else "B"
)";

TEST_F(TableTest, ATableIsAnsweredInColumns) {
  Load(kRules);
  const absl::Status status = Batch(
      R"("answerInColumns":true,"options":{"evaluationTime":"2026-03-08T00:00:00Z"},
         "table":{"rowCount":3,"accountIds":["a","b","c"],"columns":[
           {"metric":"messages","presence":"Aw==","numbers":{"values":[2500,90,0]}},
           {"metric":"plan","strings":{"values":["pro","free"],"codes":[1,1,0]}},
           {"metric":"note","presence":"Ag==","strings":{"values":["","x",""]}},
           {"metric":"trial","bools":{"values":"BQ=="}},
           {"metric":"seen","timestamps":{"micros":["1772841600000000","0","0"]}},
           {"metric":"idle","durations":{"micros":["0","60000000","864000000000"]}},
           {"metric":"tags","stringLists":{"lengths":[2,0,1],"values":["a","sso"],"codes":[0,1,1]}},
           {"metric":"days","numberLists":{"lengths":[1,0,1],"values":[3,4]}}],
         "heldRules":[{"rule":"seen_lately","rows":"BA=="},{"rule":"nobody"}]})");
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(ToJson(response_.table()),
            R"({"rowCount":3,"accountIds":["a","b","c"],"stages":["mql","pql"],)"
            R"("stageCodes":[2,0,0],"rules":[)"
            R"({"rule":"seen_lately","outcomes":["OUTCOME_QUALIFIED","OUTCOME_NOT_QUALIFIED",)"
            R"("OUTCOME_NOT_QUALIFIED"]},)"
            R"({"rule":"team","outcomes":["OUTCOME_QUALIFIED","OUTCOME_NOT_QUALIFIED",)"
            R"("OUTCOME_NOT_QUALIFIED"],"scores":[25,0,0],"scorePresence":"AQ=="}],)"
            R"("shadowRules":[{"rule":"tagged","outcomes":["OUTCOME_QUALIFIED",)"
            R"("OUTCOME_NOT_QUALIFIED","OUTCOME_NOT_QUALIFIED"]}],)"
            R"("scores":[{"scorecard":"fit","values":[15,0,5],"incomplete":"BA=="}],)"
            R"("outputs":[{"output":"grade","values":["none","B","B"]}]})");
  EXPECT_EQ(response_.revision(), 1);
  EXPECT_EQ(response_.evaluations_size(), 0);
  EXPECT_EQ(Counted().accounts(), 3);
  EXPECT_EQ(Counted().outcomes().rules.at("team").qualified, 1);
}

TEST_F(TableTest, NoRowsAndNoColumns) {
  Load(kRules);
  ASSERT_TRUE(Batch(R"("answerInColumns":true,"table":{})").ok());
  EXPECT_EQ(response_.table().rules_size(), 2);
  EXPECT_EQ(response_.table().rules(0).outcomes_size(), 0);
  ASSERT_TRUE(Batch(R"("answerInColumns":true,"table":{"rowCount":2},
                       "options":{"rules":["team"]})")
                  .ok());
  EXPECT_EQ(ToJson(response_.table().rules(0)),
            R"({"rule":"team","outcomes":["OUTCOME_UNKNOWN","OUTCOME_UNKNOWN"],)"
            R"("scores":[0,0],"scorePresence":"AA=="})");
  EXPECT_EQ(response_.table().rules_size(), 1);
}

struct BadTable {
  const char* json;
  const char* message;
  const char* reason;
};

TEST_F(TableTest, WhatIsWrongWithATableIsNamed) {
  Load(kRules);
  const BadTable bad_tables[] = {
      {R"("accounts":[{}],"table":{})", "`table`: must not be set together with `accounts`",
       "INVALID_FIELD"},
      {R"("answerInColumns":true,"skipInvalid":true,"table":{})",
       "`answer_in_columns`: must not be set together with `skip_invalid`", "INVALID_FIELD"},
      {R"("answerInColumns":true,"options":{"includeGap":true})",
       "`answer_in_columns`: must not be set together with `options.include_gap`", "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"accountIds":["a"]})",
       "`table.account_ids`: has 1 ids, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[{"numbers":{"values":[1]}}]})",
       "`table.columns[0].metric`: must not be empty", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"messages"}]})",
       "`table.columns[0].values`: the column of metric `messages` has no values", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"messages","strings":{"values":["1"]}}]})",
       "metric `messages`: expected a number, got a column of strings", "METRIC_TYPE_MISMATCH"},
      {R"("table":{"rowCount":2,"columns":[{"metric":"messages","numbers":{"values":[1]}}]})",
       "`table.columns[0].numbers.values`: has 1 numbers, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":9,"columns":[{"metric":"trial","bools":{"values":"AQ=="}}]})",
       "`table.columns[0].bools.values`: has 1 bytes, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"seen","timestamps":{}}]})",
       "`table.columns[0].timestamps.micros`: has 0 timestamps, must have 1", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"idle","durations":{}}]})",
       "`table.columns[0].durations.micros`: has 0 durations, must have 1", "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[{"metric":"note","strings":{"values":["a"]}}]})",
       "`table.columns[0].strings.values`: has 1 strings, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"note","strings":{"values":["a"],"codes":[0]}}]})",
       "`table.columns[0].strings.codes`: has 1 codes, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[{"metric":"days","numberLists":{"lengths":[1]}}]})",
       "`table.columns[0].number_lists.lengths`: has 1 lengths, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"days","numberLists":{"lengths":[4294967295,4294967295],"values":[1]}}]})",
       "`table.columns[0].number_lists.values`: has 1 numbers, must have 8589934590",
       "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[
           {"metric":"tags","stringLists":{"lengths":[2],"values":["a"]}}]})",
       "`table.columns[0].string_lists.values`: has 1 strings, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":1,"columns":[
           {"metric":"tags","stringLists":{"lengths":[2],"values":["a"],"codes":[0]}}]})",
       "`table.columns[0].string_lists.codes`: has 1 codes, must have 2", "INVALID_FIELD"},
      {R"("table":{"rowCount":9,"columns":[
           {"metric":"messages","presence":"AQ==","numbers":{"values":[0,0,0,0,0,0,0,0,0]}}]})",
       "`table.columns[0].presence`: has 1 bytes, must have 2", "INVALID_FIELD"},
      {R"("table":{"columns":[{"metric":"messages","numbers":{}},
                               {"metric":"messages","numbers":{}}]})",
       "`table.columns[1].metric`: `messages` has two columns", "INVALID_FIELD"},
      {R"("options":{"strict":true},"table":{"columns":[{"metric":"mesages","numbers":{}}]})",
       "metric `mesages` is not declared by the rule set; did you mean `messages`?",
       "UNKNOWN_METRIC"},
      {R"("table":{"heldRules":[{}]})", "`table.held_rules[0].rule`: must not be empty",
       "INVALID_FIELD"},
      {R"("table":{"rowCount":9,"heldRules":[{"rule":"team","rows":"AQ=="}]})",
       "`table.held_rules[0].rows`: has 1 bytes, must have 2", "INVALID_FIELD"},
      {R"("table":{"heldRules":[{"rule":"team"},{"rule":"team"}]})",
       "`table.held_rules[1].rule`: `team` is there twice", "INVALID_FIELD"},
      // Of one account.
      {R"("table":{"rowCount":2,"accountIds":["a","b"],"columns":[
           {"metric":"messages","numbers":{"values":[1,"NaN"]}}]})",
       "table row 1 \"b\": metric `messages`: a number must be finite", "METRIC_TYPE_MISMATCH"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"seen","timestamps":{"micros":["0","-62135596800000001"]}}]})",
       "table row 1: metric `seen`: -62135596800000001 microseconds since 1970 is outside of the "
       "years 1 to 9999",
       "METRIC_TYPE_MISMATCH"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"plan","strings":{"values":["gold"]}}]})",
       "table row 0: metric `plan`:", "METRIC_TYPE_MISMATCH"},
      {R"("table":{"rowCount":3,"columns":[
           {"metric":"plan","strings":{"values":["gold","free"],"codes":[1,0,0]}}]})",
       "table row 1: metric `plan`:", "METRIC_TYPE_MISMATCH"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"plan","strings":{"values":["pro","free"],"codes":[1,2]}}]})",
       "table row 1: `table.columns[0].strings.codes`: the code 2 is beyond the 2 values",
       "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"tags","stringLists":{"lengths":[1,1],"values":["a"],"codes":[0,1]}}]})",
       "table row 1: `table.columns[0].string_lists.codes`: the code 1 is beyond the 1 values",
       "INVALID_FIELD"},
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"days","numberLists":{"lengths":[1,1],"values":[1,"Infinity"]}}]})",
       "table row 1: metric `days`:", "METRIC_TYPE_MISMATCH"},
      // The first row, whatever the order of columns.
      {R"("table":{"rowCount":2,"columns":[
           {"metric":"messages","numbers":{"values":[1,"NaN"]}},
           {"metric":"plan","strings":{"values":["gold","free"]}}]})",
       "table row 0: metric `plan`:", "METRIC_TYPE_MISMATCH"},
  };
  for (const BadTable& bad : bad_tables) {
    const absl::Status status = Batch(bad.json);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.json;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message)) << bad.json;
    const std::optional<ErrorReason> reason = ReasonOf(status);
    ASSERT_TRUE(reason.has_value()) << bad.json;
    EXPECT_EQ(reason->reason, bad.reason) << bad.json;
  }
}

TEST_F(TableTest, WhatStandsWhereARowHasNoValueDoesNotMatter) {
  Load(kRules);
  const absl::Status status = Batch(
      R"("table":{"rowCount":1,"columns":[
           {"metric":"messages","presence":"/g==","numbers":{"values":["NaN"]}},
           {"metric":"plan","presence":"/g==","strings":{"values":[],"codes":[7]}},
           {"metric":"note","presence":"/g==","strings":{"values":["gold"]}},
           {"metric":"seen","presence":"/g==","timestamps":{"micros":["-9223372036854775808"]}},
           {"metric":"days","presence":"/g==","numberLists":{"lengths":[1],"values":["NaN"]}},
           {"metric":"undeclared","numbers":{"values":[1]}}]},
         "options":{"scope":"RESULT_SCOPE_ALL","rules":["team"]})");
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(ToJson(response_.evaluations(0).rules(0)),
            R"({"rule":"team","outcome":"UNKNOWN","missing":["messages","plan"]})");
  EXPECT_EQ(Counted().unknown_metrics().total(), 1);
}

TEST_F(TableTest, BadRowsAreRejectedAloneWhereThatIsAskedFor) {
  Load(kRules);
  const absl::Status status = Batch(
      R"("skipInvalid":true,"table":{"rowCount":3,"accountIds":["a","b","c"],"columns":[
           {"metric":"messages","numbers":{"values":["NaN",2500,"NaN"]}},
           {"metric":"plan","strings":{"values":["free","free","gold"]}}]})");
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(response_.evaluations_size(), 3);
  EXPECT_EQ(ToJson(response_.evaluations(0)), R"({"accountId":"a"})");
  EXPECT_EQ(response_.evaluations(1).stage(), "pql");
  ASSERT_EQ(response_.rejected_accounts_size(), 2);
  EXPECT_EQ(response_.rejected_accounts(0).index(), 0);
  EXPECT_EQ(response_.rejected_accounts(1).index(), 2);
  EXPECT_EQ(response_.rejected_accounts(1).account_id(), "c");
  EXPECT_EQ(response_.rejected_accounts(1).error().info().reason(), "METRIC_TYPE_MISMATCH");
  EXPECT_THAT(response_.rejected_accounts(1).error().message(), HasSubstr("`messages`"));
  EXPECT_EQ(Counted().accounts(), 1);
}

TEST_F(TableTest, EndsBetweenChunksWhenNobodyWaits) {
  Load(kRules);
  v1::BatchEvaluateRequest request = FromJson<v1::BatchEvaluateRequest>(
      R"({"ruleSet":"ruleSets/slack","answerInColumns":true,"table":{"rowCount":100000}})");
  int asked = 0;
  const absl::Status status = EvaluateBatch(
      &engine_, [&asked] { return ++asked < 3 ? absl::OkStatus() : absl::CancelledError("gone"); },
      request, &response_);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 3);
}

// A text that is sent once and stands in every row: what is asked for is far more than what is
// sent.
TEST(TableBytesTest, OutputsAreBounded) {
  FakeClock clock;
  Engine engine({.max_answer_bytes = 1 << 20}, &clock);
  engine.rule_sets().Update(TreeOf(
      {{"slack", "metric note: string\noutput shown = note\nrule r { when note == \"\" }"}}));
  v1::BatchEvaluateRequest request = FromJson<v1::BatchEvaluateRequest>(
      R"({"ruleSet":"ruleSets/slack","answerInColumns":true,"table":{"rowCount":100000}})");
  v1::MetricColumn* column = request.mutable_table()->add_columns();
  column->set_metric("note");
  column->mutable_strings()->add_values(std::string(60'000, 'x'));
  column->mutable_strings()->mutable_codes()->Resize(100'000, 0);
  int asked = 0;
  v1::BatchEvaluateResponse response;
  const absl::Status status = EvaluateBatch(
      &engine,
      [&asked] {
        ++asked;
        return absl::OkStatus();
      },
      request, &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--max-answer-bytes"));
  EXPECT_LT(asked, 10) << "it goes on long after the bound";
}

// Few bytes of accounts that each are to hear of every rule, in each form of a batch.
TEST(TableBytesTest, AnswersByAccountAreBounded) {
  FakeClock clock;
  Engine engine({.max_answer_bytes = 1 << 20}, &clock);
  std::string rules = "metric m: number\n";
  for (int i = 0; i < 1'000; ++i) {
    rules += "rule rule_" + std::to_string(i) + " { when m > " + std::to_string(i) + " }\n";
  }
  engine.rule_sets().Update(TreeOf({{"slack", rules}}));
  v1::BatchEvaluateRequest accounts = FromJson<v1::BatchEvaluateRequest>(
      R"({"ruleSet":"ruleSets/slack","options":{"scope":"RESULT_SCOPE_ALL"}})");
  v1::BatchEvaluateRequest table = accounts;
  for (int i = 0; i < 10'000; ++i) accounts.add_accounts();
  table.mutable_table()->set_row_count(10'000);
  v1::BatchEvaluateRequest unusual = accounts;  // goes by the generated messages
  unusual.set_skip_invalid(true);
  for (const v1::BatchEvaluateRequest* request : {&accounts, &table, &unusual}) {
    BatchEvaluation evaluation(&engine);
    const std::string bytes = request->SerializeAsString();
    ASSERT_TRUE(evaluation.Read(bytes).ok());
    EXPECT_TRUE(evaluation.BelongsOnWorker()) << "it would hold up the network";
    DirectEvaluation direct(&engine);
    std::string response;
    const absl::Status status =
        evaluation.Answer([] { return absl::OkStatus(); }, &direct, &response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("--max-answer-bytes"));
    EXPECT_LT(response.size(), 2U << 20);
  }
}

class TableLimitsTest : public TableTest {
 protected:
  TableLimitsTest()
      : TableTest({.max_batch_accounts = 2,
                   .max_table_rows = 3,
                   .max_table_values = 10,
                   .max_explained_accounts = 1,
                   .max_account_metrics = 1,
                   .max_string_bytes = 4}) {}
};

TEST_F(TableLimitsTest, NameTheirFlags) {
  Load(kRules);
  const std::pair<const char*, const char*> requests[] = {
      {R"("table":{"rowCount":3})", "--max-batch-accounts"},
      {R"("accounts":[{},{},{}],"answerInColumns":true)", "--max-batch-accounts"},
      {R"("table":{"rowCount":4},"answerInColumns":true)", "--max-table-rows"},
      {R"("table":{"rowCount":4294967295},"answerInColumns":true)", "--max-table-rows"},
      {R"("table":{"rowCount":4294967295})", "--max-batch-accounts"},
      {R"("table":{"rowCount":3},"answerInColumns":true)", "--max-table-values"},
      {R"("table":{"rowCount":2},"options":{"includeGap":true})", "--max-explained-accounts"},
      {R"("table":{"columns":[{"metric":"messages","numbers":{}},{"metric":"x","numbers":{}}]})",
       "--max-account-metrics"},
      {R"("table":{"rowCount":1,"columns":[{"metric":"note","strings":{"values":["abcde"]}}]})",
       "--max-string-bytes"},
      {R"("table":{"rowCount":1,"columns":[
           {"metric":"tags","stringLists":{"lengths":[1],"values":["abcde"]}}]})",
       "--max-string-bytes"},
      {R"("table":{"rowCount":1,"accountIds":["abcde"]})", "--max-string-bytes"},
  };
  for (const auto& [json, flag] : requests) {
    const absl::Status status = Batch(json);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(std::string(status.message()), HasSubstr(flag)) << json;
  }
  // Within all of them.
  EXPECT_TRUE(Batch(R"("table":{"rowCount":2},"answerInColumns":true)").ok());
}

// --- The same answers, however accounts come and answers go ---

void AddColumn(Random* random, const Metric& metric, uint32_t index,
               const std::vector<Account>& accounts, v1::AccountTable* table) {
  v1::MetricColumn column;
  column.set_metric(metric.name);
  std::string presence((accounts.size() + 7) / 8, '\0');
  size_t present = 0;
  const bool coded = random->OneIn(2);
  std::map<std::string, uint32_t> codes;
  std::string bools((accounts.size() + 7) / 8, '\0');
  for (size_t row = 0; row < accounts.size(); ++row) {
    const bool has_value = accounts[row].WasSet(index);
    if (has_value) SetBit(row, &presence);
    present += has_value ? 1 : 0;
    const Value value = has_value ? accounts[row].Metric(index) : Value::Missing();
    switch (metric.type.kind()) {
      case Type::Kind::kNumber:
        column.mutable_numbers()->add_values(has_value ? value.number() : 0);
        break;
      case Type::Kind::kBool:
        if (value.IsTrue()) SetBit(row, &bools);
        column.mutable_bools()->set_values(bools);
        break;
      case Type::Kind::kString:
      case Type::Kind::kOneOf: {
        v1::StringColumn* strings = column.mutable_strings();
        const std::string text = has_value ? value.string() : "";
        if (!coded) {
          strings->add_values(text);
          break;
        }
        const auto [place, is_new] = codes.emplace(text, static_cast<uint32_t>(codes.size()));
        if (is_new) strings->add_values(text);
        strings->add_codes(place->second);
        break;
      }
      case Type::Kind::kTimestamp:
        column.mutable_timestamps()->add_micros(has_value ? value.timestamp().micros : 0);
        break;
      case Type::Kind::kDuration:
        column.mutable_durations()->add_micros(has_value ? value.duration().micros : 0);
        break;
      case Type::Kind::kNumberList:
        column.mutable_number_lists()->add_lengths(
            has_value ? static_cast<uint32_t>(value.numbers().size()) : 0);
        for (size_t i = 0; has_value && i < value.numbers().size(); ++i) {
          column.mutable_number_lists()->add_values(value.numbers()[i]);
        }
        break;
      default: {
        v1::StringListColumn* lists = column.mutable_string_lists();
        lists->add_lengths(has_value ? static_cast<uint32_t>(value.strings().size()) : 0);
        for (size_t i = 0; has_value && i < value.strings().size(); ++i) {
          const std::string& text = value.strings()[i];
          const auto [place, is_new] = codes.emplace(text, static_cast<uint32_t>(codes.size()));
          if (is_new || !coded) lists->add_values(text);
          if (coded) lists->add_codes(place->second);
        }
        break;
      }
    }
  }
  if (present < accounts.size() || random->OneIn(2)) column.set_presence(presence);
  if (present > 0 || random->OneIn(2)) *table->add_columns() = column;
}

// What an answer in columns says of a row, as far as an evaluation says it too.
v1::AccountEvaluation RowOf(const v1::EvaluationTable& table, int row) {
  v1::AccountEvaluation out;
  if (!table.account_ids().empty()) out.set_account_id(table.account_ids(row));
  const uint32_t stage = table.stage_codes().empty() ? 0 : table.stage_codes(row);
  if (stage > 0) out.set_stage(table.stages(static_cast<int>(stage) - 1));
  const auto add_rules = [row](const auto& columns, auto* rules) {
    for (const v1::RuleColumn& column : columns) {
      v1::RuleEvaluation* rule = rules->Add();
      rule->set_rule(column.rule());
      rule->set_outcome(v1::Outcome_Name(column.outcomes(row)).substr(strlen("OUTCOME_")));
      if (!column.scores().empty() && BitOf(column.score_presence(), row)) {
        rule->set_score(column.scores(row));
      }
    }
  };
  add_rules(table.rules(), out.mutable_rules());
  add_rules(table.shadow_rules(), out.mutable_shadow_rules());
  for (const v1::ScoreColumn& column : table.scores()) {
    (*out.mutable_scores())[column.scorecard()] = column.values(row);
    if (!column.incomplete().empty() && BitOf(column.incomplete(), row)) {
      (*out.mutable_incomplete_scores())[column.scorecard()];
    }
  }
  for (const v1::OutputColumn& column : table.outputs()) {
    if (column.values(row).has_null_value()) continue;
    (*out.mutable_outputs())[column.output()] = column.values(row);
  }
  return out;
}

// Without the names of missing metrics, which columns do not tell.
v1::AccountEvaluation WithoutNames(v1::AccountEvaluation evaluation) {
  for (v1::RuleEvaluation& rule : *evaluation.mutable_rules()) rule.clear_missing();
  for (v1::RuleEvaluation& rule : *evaluation.mutable_shadow_rules()) rule.clear_missing();
  for (auto& [name, missing] : *evaluation.mutable_incomplete_scores()) missing.Clear();
  return evaluation;
}

TEST_F(TableTest, SameAnswersHoweverAccountsComeAndAnswersGo) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  size_t rows_seen = 0;
  for (int i = 0; i < 100 * testing::CasesFactor() && !HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    Random random(seed + static_cast<uint64_t>(i));
    const std::string source = RandomRuleSetSource(&random, {.scorecards = 2, .rules = 5});
    SCOPED_TRACE(source);
    Load(source);
    const auto snapshot = engine_.rule_sets().snapshot();
    const CheckedRuleSet& checked = snapshot->Find("slack")->rule_set->checked;

    v1::BatchEvaluateRequest by_account;
    by_account.set_rule_set("ruleSets/slack");
    by_account.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
    *by_account.mutable_options()->mutable_evaluation_time() = ToProto(RandomNow(&random));
    v1::BatchEvaluateRequest by_table = by_account;
    v1::AccountTable* table = by_table.mutable_table();
    const size_t rows = random.Below(70);
    rows_seen += rows;
    table->set_row_count(static_cast<uint32_t>(rows));
    std::vector<Account> accounts;
    std::map<uint32_t, std::string> held_rows;
    for (size_t row = 0; row < rows; ++row) {
      accounts.push_back(RandomAccount(&random, checked, {}));
      v1::Account* account = by_account.add_accounts();
      account->set_id(StrCat("a", row));
      table->add_account_ids(StrCat("a", row));
      for (uint32_t metric = 0; metric < checked.metrics.size(); ++metric) {
        if (!accounts[row].WasSet(metric)) continue;
        (*account->mutable_metrics())[checked.metrics[metric].name] =
            ToProto(accounts[row].Metric(metric));
      }
      const std::vector<bool> held = RandomHeld(&random, checked);
      for (uint32_t rule = 0; rule < held.size(); ++rule) {
        if (!held[rule]) continue;
        account->add_held_rules(checked.rules[rule].name);
        held_rows[rule].resize((rows + 7) / 8);
        SetBit(row, &held_rows[rule]);
      }
    }
    for (uint32_t metric = 0; metric < checked.metrics.size(); ++metric) {
      AddColumn(&random, checked.metrics[metric], metric, accounts, table);
    }
    for (const auto& [rule, bitmap] : held_rows) {
      v1::HeldColumn* held = table->add_held_rules();
      held->set_rule(checked.rules[rule].name);
      held->set_rows(bitmap);
    }

    ASSERT_TRUE(Batch(by_account).ok());
    const v1::BatchEvaluateResponse expected = response_;
    absl::Status status = Batch(by_table);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(MessageDifferencer::Equals(response_, expected))
        << ToJson(response_) << "\nexpected\n"
        << ToJson(expected);

    by_table.set_answer_in_columns(true);
    status = Batch(by_table);
    ASSERT_TRUE(status.ok()) << status;
    const v1::EvaluationTable in_columns = response_.table();
    ASSERT_EQ(in_columns.row_count(), rows);
    for (int row = 0; row < static_cast<int>(rows); ++row) {
      const v1::AccountEvaluation evaluation = WithoutNames(expected.evaluations(row));
      ASSERT_TRUE(MessageDifferencer::Equals(RowOf(in_columns, row), evaluation))
          << ToJson(RowOf(in_columns, row)) << "\nexpected\n"
          << ToJson(evaluation);
    }
    by_account.set_answer_in_columns(true);
    ASSERT_TRUE(Batch(by_account).ok());
    EXPECT_TRUE(MessageDifferencer::Equals(response_.table(), in_columns));
  }
  EXPECT_GT(rows_seen, 1'000);
}

}  // namespace
}  // namespace pql
