// Accounts evaluated in blocks on several threads, against one row after the other: the same text
// in the same order, the same counts, the same complaints.

#include "tools/pql/bulk_evaluation.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/strings.h"
#include "tests/testing/random.h"
#include "tests/testing/random_rule_set.h"
#include "tools/pql/console.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/evaluation_parts.h"

namespace pql {
namespace {

using testing::Random;
using testing::TestSeed;

constexpr std::string_view kRules = R"pql(
metric messages: number default 0
metric channels: number
metric plan: one of ("free", "pro")
metric country: string
metric tags: list(string)
metric seen_for: duration
metric signed_up: timestamp
stages mql < pql
scorecard fit "Fit" cap 100 {
  add 40 when plan == "pro"
  add 5 per 2 of channels up to 20
}
rule a_team {
  stage pql
  when messages >= 100 and channels > 2
  keep while messages >= 50
  score fit + channels / (channels - 3)
}
rule b_country { stage mql when country in ("DE", "größe", "a\"b") unless plan == "pro" }
rule c_division { when messages / channels > 20 }
rule d_shadow { mode shadow when tags contains "sso" }
rule e_draft { mode draft when messages > 1 }
rule f_seen { when seen_for > 1d or signed_up within last 30d }
output grade = if fit >= 40 then "A" else "B"
output age = now - signed_up
output country_of_account = coalesce(country, "?")
output the_tags = tags
output since = signed_up
output is_large = messages > 1000
)pql";

std::shared_ptr<const RuleSet> Rules() {
  CompileResult compiled = CompileRuleSet("rules", {{"rules.pql", std::string(kRules)}});
  EXPECT_TRUE(compiled.ok());
  return compiled.rule_set;
}

constexpr Timestamp kNow{1'772'323'200'000'000};  // 2026-03-01

struct Seen {
  std::string text;
  std::string summary;
  std::string first_skipped;
  std::string status;
  std::vector<std::string> unknown;
};

void ExpectSame(const Seen& bulk, const Seen& one_by_one) {
  ASSERT_EQ(bulk.text, one_by_one.text);
  ASSERT_EQ(bulk.status, one_by_one.status);
  if (!bulk.status.empty()) return;  // what follows is not told then
  ASSERT_EQ(bulk.summary, one_by_one.summary);
  ASSERT_EQ(bulk.first_skipped, one_by_one.first_skipped);
  ASSERT_EQ(bulk.unknown, one_by_one.unknown);
}

std::string Printed(const OutcomeSummary& summary) {
  std::ostringstream out;
  summary.Print(/*color=*/false, &out);
  return out.str();
}

Seen OneByOne(const AccountEvaluator& evaluator, const RuleSet& rule_set, const std::string& file,
              const AccountReaderOptions& reader_options, const BulkOptions& options) {
  Seen seen;
  std::istringstream input(file);
  std::ostringstream out;
  const auto renderer = MakeEvaluationRenderer(options.format, options.render, &out);
  const auto reader = OpenAccounts(rule_set.checked, &input, reader_options);
  EXPECT_TRUE(reader.ok());
  OutcomeSummary summary;
  while (seen.status.empty()) {
    const auto row = (*reader)->Next();
    if (row.ok() && !row->has_value()) break;
    if (row.ok()) {
      renderer->Add(evaluator.Evaluate(**row, &summary));
    } else if (options.skip_invalid && row.status().code() == absl::StatusCode::kInvalidArgument) {
      if (seen.first_skipped.empty()) seen.first_skipped = FromAbsl(row.status().message());
      summary.CountSkipped();
    } else {
      seen.status = row.status().ToString();
    }
  }
  seen.text = out.str();
  seen.summary = Printed(summary);
  seen.unknown = (*reader)->unknown_columns();
  return seen;
}

Seen InBulk(const AccountEvaluator& evaluator, const RuleSet& rule_set, const std::string& file,
            const AccountReaderOptions& reader_options, const BulkOptions& options) {
  std::istringstream input(file);
  std::ostringstream out;
  std::ostringstream errors;
  Console console(&input, &out, &errors);
  Progress progress(&console);
  const auto blocks = AccountBlocks::Open(rule_set.checked, &input, reader_options);
  EXPECT_TRUE(blocks.ok());
  const BulkResult result = EvaluateInBulk(evaluator, blocks->get(), options, &out, &progress);
  return {out.str(), Printed(result.summary), result.first_skipped,
          result.status.ok() ? "" : result.status.ToString(), result.unknown_columns};
}

// Some rows are bad where `bad` is set.
std::string RandomAccounts(Random* random, bool csv, bool bad, size_t bytes) {
  std::string text =
      csv ? "id,messages,channels,plan,country,tags,seen_for,signed_up,held,other\n" : "";
  while (text.size() < bytes) {
    const std::string id = random->Of<std::string>({"", "a1", "größe", "two words", "tab\\t"});
    const std::string messages = random->Of<std::string>({"", "0", "60", "150", "2500.5"});
    const std::string channels =
        bad && random->OneIn(50) ? "\"three\"" : random->Of<std::string>({"", "0", "3", "4", "7"});
    const std::string plan = random->Of<std::string>({"", "free", "pro"});
    const std::string country = random->Of<std::string>({"", "DE", "größe", "FR"});
    const std::string seen_for = random->Of<std::string>({"", "1d12h", "0.5s"});
    const std::string signed_up =
        random->Of<std::string>({"", "2026-02-20", "2020-01-01T08:30:00Z"});
    const bool tagged = random->OneIn(2);
    const bool held = random->OneIn(4);
    if (csv) {
      StrAppend(&text, id, ",", messages, ",", channels, ",", plan, ",", country, ",",
                tagged ? "\"[\"\"sso\"\", \"\"api\"\"]\"" : "", ",", seen_for, ",", signed_up, ",",
                held ? "\"[\"\"a_team\"\"]\"" : "", ",x\n");
      continue;
    }
    text += "{\"id\": \"" + id + "\"";
    const auto add = [&text](std::string_view name, const std::string& value) {
      if (!value.empty()) StrAppend(&text, ", \"", name, "\": ", value);
    };
    const auto quoted = [](const std::string& value) {
      return value.empty() ? value : StrCat("\"", value, "\"");
    };
    add("messages", messages);
    add("channels", channels);
    add("plan", quoted(plan));
    add("country", quoted(country));
    add("tags", tagged ? "[\"sso\", \"a\\\"b\"]" : "");
    add("seen_for", quoted(seen_for));
    add("signed_up", quoted(signed_up));
    add("held", held ? "[\"a_team\"]" : "");
    if (random->OneIn(100)) add(StrCat("other", random->Below(30)), "1");
    text += "}\n";
  }
  return text;
}

class BulkEvaluationTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BulkEvaluationTest, SameAsOneByOne) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  Random random(TestSeed());
  const std::shared_ptr<const RuleSet> rule_set = Rules();
  for (int round = 0; round < 12; ++round) {
    const bool csv = random.OneIn(2);
    const bool bad = random.OneIn(2);
    BulkOptions options;
    options.format = GetParam();
    options.skip_invalid = random.OneIn(2);
    options.threads = 1 + random.Below(4);
    options.render.all = random.OneIn(2);
    AccountEvaluator evaluator(rule_set, kNow, WantsAllRules(options.format, options.render));
    if (random.OneIn(3)) {
      ASSERT_TRUE(evaluator.SelectRules({"c_division", "d_shadow"}).ok());
    }
    if (random.OneIn(3)) {
      ASSERT_EQ(evaluator.AddCondition(PqlFrontend(), "channels >= 3 and country != \"FR\"", false),
                "");
    }
    evaluator.DescribeColumns(&options.render);
    AccountReaderOptions reader_options;
    if (random.OneIn(2)) reader_options.held_column = "held";
    const std::string file =
        RandomAccounts(&random, csv, bad, round % 3 == 0 ? 1'000 : 3 * RowBlocks::kBlockBytes);
    ExpectSame(InBulk(evaluator, *rule_set, file, reader_options, options),
               OneByOne(evaluator, *rule_set, file, reader_options, options));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, BulkEvaluationTest,
                         ::testing::Values("jsonl", "csv", "human", "summary"),
                         [](const auto& info) { return info.param; });

// Random accounts as a CSV, with wrong cells and rows too short if `bad`.
std::string CsvOf(Random* random, const CheckedRuleSet& rule_set, size_t rows, bool bad) {
  std::string text = "id";
  for (const Metric& metric : rule_set.metrics) StrAppend(&text, ",", metric.name);
  text += "\n";
  const int missing_percent = random->Of({0, 5, 40});
  for (size_t row = 0; row < rows; ++row) {
    const Account account =
        testing::RandomAccount(random, rule_set, {.missing_percent = missing_percent});
    StrAppend(&text, "a", row);
    for (uint32_t metric = 0; metric < rule_set.metrics.size(); ++metric) {
      text += ',';
      if (bad && random->OneIn(2'000)) {
        text += '\xff';
      } else if (account.WasSet(metric)) {
        AppendCsvCell(CsvValue(ValueToJson(account.Metric(metric))), &text);
      }
    }
    text += bad && random->OneIn(2'000) ? ",too,many\n" : "\n";
  }
  return text;
}

// Blocks in which all is well are counted in columns; matches of many rules come from an index.
TEST(BulkEvaluationTest, RandomRuleSetsAsOneByOne) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  for (int round = 0; round < 100 * testing::CasesFactor(); ++round) {
    SCOPED_TRACE(StrCat("round ", round));
    Random random(TestSeed() + static_cast<uint64_t>(round));
    const bool many_rules = random.OneIn(4);
    const std::string source =
        testing::RandomRuleSetSource(&random, {.rules = many_rules ? 80 : 4});
    const std::shared_ptr<const RuleSet> rule_set =
        CompileRuleSet("rules", {{"rules.pql", source}}).rule_set;
    ASSERT_NE(rule_set->plan, nullptr) << source;
    const bool bad = random.OneIn(2);
    BulkOptions options{
        .format = random.OneIn(2) ? "summary" : random.Of<std::string>({"jsonl", "csv", "human"}),
        .skip_invalid = bad,
        .threads = 1 + random.Below(3)};
    options.render.all = random.OneIn(4);
    AccountEvaluator evaluator(rule_set, testing::RandomNow(&random),
                               WantsAllRules(options.format, options.render));
    if (random.OneIn(4)) {
      const std::string condition = testing::RandomCondition(&random, rule_set->checked);
      ASSERT_EQ(evaluator.AddCondition(PqlFrontend(), condition, false), "") << condition;
    }
    evaluator.DescribeColumns(&options.render);
    const size_t rows = !many_rules && random.OneIn(4) ? 4'000 : random.Below(200);
    const std::string file = CsvOf(&random, rule_set->checked, rows, bad);
    ExpectSame(InBulk(evaluator, *rule_set, file, {}, options),
               OneByOne(evaluator, *rule_set, file, {}, options));
    if (HasFatalFailure()) FAIL() << source;
  }
}

// More than a worker keeps before it is its turn.
TEST(BulkEvaluationTest, LongOutput) {
  std::string rules = "metric messages: number\n";
  for (int i = 0; i < 300; ++i) StrAppend(&rules, "rule rule", i, " { when messages > ", i, " }\n");
  CompileResult compiled = CompileRuleSet("rules", {{"rules.pql", rules}});
  ASSERT_TRUE(compiled.ok());
  AccountEvaluator evaluator(compiled.rule_set, kNow, /*all=*/true);
  std::string file = "messages\n";
  for (int i = 0; i < 3'000; ++i) StrAppend(&file, i % 300, "\n");
  const BulkOptions options{.format = "jsonl", .threads = 2};
  const Seen bulk = InBulk(evaluator, *compiled.rule_set, file, {}, options);
  EXPECT_GT(bulk.text.size(), 30u << 20);
  ExpectSame(bulk, OneByOne(evaluator, *compiled.rule_set, file, {}, options));
}

TEST(BulkEvaluationTest, StopsWhenNobodyTakesTheOutput) {
  const std::shared_ptr<const RuleSet> rule_set = Rules();
  const AccountEvaluator evaluator(rule_set, kNow, /*all=*/false);
  std::string file = "messages\n";
  while (file.size() < 20 * RowBlocks::kBlockBytes) file += "150\n";
  std::istringstream input(file);
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  Console console(&input, &out, &out);
  Progress progress(&console);
  const auto blocks = AccountBlocks::Open(rule_set->checked, &input, {});
  ASSERT_TRUE(blocks.ok());
  const BulkResult result =
      EvaluateInBulk(evaluator, blocks->get(), {.format = "jsonl", .threads = 2}, &out, &progress);
  EXPECT_TRUE(result.status.ok());
  EXPECT_LT((*blocks)->bytes_read(), file.size());
}

}  // namespace
}  // namespace pql
