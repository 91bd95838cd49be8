// testdata/accounts/*.txt: a file of accounts, and what the reader makes of it with the metrics
// below.  The input is as written, but `\xNN` stands for a byte and `\c` at the end of a line takes
// the line end away; its first line may be `options: id=COLUMN held=COLUMN strict max=BYTES`.

#include "accounts/account_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
#include <string>

#include "base/strings.h"
#include "base/unicode.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

Metric MetricOf(std::string name, Type type) {
  Metric metric;
  metric.name = std::move(name);
  metric.type = std::move(type);
  return metric;
}

// In order of name, as the checker leaves them.
CheckedRuleSet Metrics() {
  CheckedRuleSet rule_set;
  rule_set.metrics.push_back(MetricOf("channels", Type::Number()));
  rule_set.metrics.Edit(0).default_value = Value::Number(1);
  rule_set.metrics.push_back(MetricOf("country", Type::String()));
  rule_set.metrics.push_back(MetricOf("features", Type::StringList()));
  rule_set.metrics.push_back(MetricOf("is_trial", Type::Bool()));
  rule_set.metrics.push_back(MetricOf("plan", Type::OneOf({"free", "pro"})));
  rule_set.metrics.push_back(MetricOf("seen_for", Type::Duration()));
  rule_set.metrics.push_back(MetricOf("signed_up", Type::Timestamp()));
  rule_set.metrics.push_back(MetricOf("weeks", Type::NumberList()));
  rule_set.metrics.push_back(MetricOf("größe", Type::Number()));
  return rule_set;
}

// What was sent; a default does not count.
std::string Describe(const CheckedRuleSet& rule_set, const AccountRow& row) {
  std::string text = StrCat("row ", row.row, " `", EscapeUnprintable(row.id), "`:");
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    if (!row.account.WasSet(i)) continue;
    StrAppend(&text, " ", rule_set.metrics[i].name, "=", row.account.Metric(i).ToSource());
  }
  for (const std::string& name : row.held) StrAppend(&text, " held by ", name);
  return text + "\n";
}

std::string Describe(const absl::Status& status) {
  return StrCat(absl::StatusCodeToString(status.code()), ": ", FromAbsl(status.message()), "\n");
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\x") {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else if (text.substr(i, 3) == "\\c\n") {
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

AccountReaderOptions TakeOptions(std::string* input) {
  AccountReaderOptions options;
  if (!input->starts_with("options:")) return options;
  const size_t end = input->find('\n');
  std::istringstream words(input->substr(8, end - 8));
  input->erase(0, end + 1);
  for (std::string word; words >> word;) {
    if (word == "strict") options.strict = true;
    if (word.starts_with("held=")) options.held_column = word.substr(5);
    if (word.starts_with("max=")) options.max_row_bytes = std::stoul(word.substr(4));
    if (word.starts_with("id=")) {
      options.id_column = word.substr(3);
      options.id_column_required = true;
    }
  }
  return options;
}

std::string ReadAll(const std::string& text, const AccountReaderOptions& options) {
  const CheckedRuleSet rule_set = Metrics();
  std::istringstream input(text);
  auto reader = OpenAccounts(rule_set, &input, options);
  if (!reader.ok()) return "cannot open: " + Describe(reader.status());
  std::string seen;
  while (true) {
    auto row = (*reader)->Next();
    if (row.ok() && !row->has_value()) break;
    seen += row.ok() ? Describe(rule_set, **row) : Describe(row.status());
    if (!row.ok() && row.status().code() != absl::StatusCode::kInvalidArgument) break;
  }
  for (const std::string& name : (*reader)->unknown_columns()) {
    StrAppend(&seen, "unknown: ", EscapeUnprintable(name), "\n");
  }
  return seen;
}

std::string TestData(const std::string& name) {
  return std::string(PQL_TESTDATA_DIR) + "/accounts/" + name;
}

std::string RunFile(const GoldenCase& golden) {
  std::string input = golden.input;
  const AccountReaderOptions options = TakeOptions(&input);
  return ReadAll(Unescaped(input), options);
}

TEST(AccountReaderTest, Csv) { RunGoldenFile(TestData("csv.txt"), RunFile); }
TEST(AccountReaderTest, JsonLines) { RunGoldenFile(TestData("json_lines.txt"), RunFile); }

TEST(AccountReaderTest, OneJsonObject) {
  RunGoldenFile(TestData("json_object.txt"), [](const GoldenCase& golden) {
    const CheckedRuleSet rule_set = Metrics();
    std::string input = golden.input;
    const AccountReaderOptions options = TakeOptions(&input);
    std::vector<std::string> unknown;
    const auto row = ReadJsonAccount(rule_set, Unescaped(input), options, &unknown);
    std::string seen = row.ok() ? Describe(rule_set, *row) : Describe(row.status());
    for (const std::string& name : unknown) StrAppend(&seen, "unknown: ", name, "\n");
    return seen;
  });
}

TEST(AccountReaderTest, AbsentNullAndEmptyBringTheDefault) {
  const CheckedRuleSet rule_set = Metrics();
  for (const char* text : {"{}", R"({"channels": null})"}) {
    const auto row = ReadJsonAccount(rule_set, text, {});
    ASSERT_TRUE(row.ok());
    EXPECT_EQ(row->account.Metric(0), Value::Number(1)) << text;
    EXPECT_TRUE(row->account.Metric(1).IsMissing()) << text;
  }
  std::istringstream csv("channels,country\n,\"\"\n");
  const auto reader = OpenAccounts(rule_set, &csv, {});
  ASSERT_TRUE(reader.ok());
  const auto row = (*reader)->Next();
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ((*row)->account.Metric(0), Value::Number(1));
  EXPECT_TRUE((*row)->account.Metric(1).IsMissing());
}

TEST(AccountReaderTest, MinusZeroIsZero) {
  const auto row = ReadJsonAccount(Metrics(), R"({"channels": -0.0, "weeks": [-0.0]})", {});
  ASSERT_TRUE(row.ok());
  EXPECT_FALSE(std::signbit(row->account.Metric(0).number()));
  EXPECT_FALSE(std::signbit(row->account.Metric(7).numbers()[0]));
}

TEST(AccountReaderTest, DeepNestingIsReadWithoutRecursion) {
  const std::string deep = R"({"other": )" + std::string(1'000'000, '[') +
                           std::string(1'000'000, ']') + R"(, "channels": 5})";
  const auto row = ReadJsonAccount(Metrics(), deep, {});
  ASSERT_TRUE(row.ok()) << row.status().ToString();
  EXPECT_EQ(row->account.Metric(0), Value::Number(5));
}

TEST(AccountReaderTest, DeepNestingInACell) {
  const CheckedRuleSet rule_set = Metrics();
  std::istringstream csv("features\n" + std::string(1'000'000, '[') + std::string(1'000'000, ']') +
                         "\n");
  const auto reader = OpenAccounts(rule_set, &csv, {});
  ASSERT_TRUE(reader.ok());
  const auto row = (*reader)->Next();
  EXPECT_EQ(row.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AccountReaderTest, ManyUnknownKeysAreBounded) {
  std::string text = "{";
  for (int i = 0; i < 10'000; ++i) StrAppend(&text, "\"other", i, "\": 1, ");
  text += "\"channels\": 2}";
  std::vector<std::string> unknown;
  const auto row = ReadJsonAccount(Metrics(), text, {}, &unknown);
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->account.Metric(0), Value::Number(2));
  EXPECT_EQ(unknown.size(), 20u);
}

TEST(AccountReaderTest, LongValuesAreCutInMessages) {
  const std::string text = R"({"plan": ")" + std::string(1 << 20, 'x') + "\"}";
  const auto row = ReadJsonAccount(Metrics(), text, {});
  ASSERT_FALSE(row.ok());
  EXPECT_LT(row.status().message().size(), 300u);
}

// Chunks end inside quotes, line ends and characters.
std::string ManyRows(bool csv, int rows) {
  std::string text = csv ? "id,channels,country\r\n" : "";
  for (int i = 0; i < rows; ++i) {
    const std::string country = StrCat("länd ", csv ? "\"\"" : "\\\"", i, csv ? "\n" : "\\n");
    StrAppend(&text, csv ? StrCat("a", i, ",", i, ",\"", country, "\"\r\n")
                         : StrCat("{\"id\": \"a", i, "\", \"channels\": ", i, ", \"country\": \"",
                                  country, "\"}\n"));
  }
  return text;
}

TEST(AccountReaderTest, RowsDoNotDependOnWhereChunksEnd) {
  const CheckedRuleSet rule_set = Metrics();
  for (const bool csv : {true, false}) {
    constexpr int kRows = 20'000;  // several chunks
    std::istringstream input(ManyRows(csv, kRows));
    const auto reader = OpenAccounts(rule_set, &input, {});
    ASSERT_TRUE(reader.ok());
    for (int i = 0; i < kRows; ++i) {
      const auto row = (*reader)->Next();
      ASSERT_TRUE(row.ok() && row->has_value()) << i << " " << row.status().ToString();
      ASSERT_EQ((*row)->id, StrCat("a", i));
      ASSERT_EQ((*row)->account.Metric(0), Value::Number(i));
      ASSERT_EQ((*row)->account.Metric(1), Value::String(StrCat("länd \"", i, "\n")));
    }
    const auto end = (*reader)->Next();
    EXPECT_TRUE(end.ok() && !end->has_value());
    EXPECT_EQ((*reader)->bytes_read(), ManyRows(csv, kRows).size());
  }
}

// Whatever the bytes are, a reader ends, and ends in one of its own ways.
TEST(AccountReaderTest, RandomBytes) {
  constexpr uint32_t kSeed = 20261121;
  std::mt19937 random(kSeed);
  const std::string alphabet = std::string("{}[]\",:\\\n\r 01.eE-+tfnuplachsidä\xff") + '\0';
  for (int round = 0; round < 20'000; ++round) {
    std::string text = round % 2 == 0 ? "{\"channels\":" : "id,channels,plan\n";
    const size_t length = random() % 60;
    for (size_t i = 0; i < length; ++i) text += alphabet[random() % alphabet.size()];
    ReadAll(text, {});
    (void)ReadJsonAccount(Metrics(), text, {});
  }
}

}  // namespace
}  // namespace pql
