// The block readers against what defines them: libcsv for what the cells of a CSV are,
// ValueFromCell for what a cell means, ReadJsonRow for a line of JSON Lines; an account whose
// values are bound to a plan against an Account.  Over random and hostile texts.

#include <csv.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "accounts/account_blocks.h"
#include "accounts/csv_cells.h"
#include "accounts/json_row.h"
#include "accounts/metric_value.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "eval/columns/account_table.h"
#include "eval/columns/row_binder.h"
#include "eval/plan/plan.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using testing::CasesFactor;
using testing::Random;
using testing::TestSeed;

using Rows = std::vector<std::vector<std::string>>;

struct SplitText {
  Rows rows;
  bool has_open_quote = false;

  friend bool operator==(const SplitText&, const SplitText&) = default;
};

std::string Shown(const SplitText& split) {
  std::string text;
  for (const auto& row : split.rows) {
    for (const std::string& cell : row) StrAppend(&text, "[", EscapeUnprintable(cell), "]");
    text += "\n";
  }
  return text + (split.has_open_quote ? "open\n" : "");
}

SplitText SplitByLibcsv(std::string_view text) {
  struct State {
    SplitText split;
    std::vector<std::string> row;
  } state;
  csv_parser parser;
  csv_init(&parser, 0);
  const auto on_cell = [](void* cell, size_t size, void* data) {
    static_cast<State*>(data)->row.emplace_back(static_cast<const char*>(cell), size);
  };
  const auto on_row = [](int /*terminator*/, void* data) {
    auto* to = static_cast<State*>(data);
    to->split.rows.push_back(std::move(to->row));
    to->row.clear();
  };
  csv_parse(&parser, text.data(), text.size(), on_cell, on_row, &state);
  csv_set_opts(&parser, CSV_STRICT | CSV_STRICT_FINI);
  state.split.has_open_quote = csv_fini(&parser, on_cell, on_row, &state) != 0;
  csv_free(&parser);
  return state.split;
}

SplitText SplitByUs(std::string text) {
  const size_t size = text.size();
  text.append(CsvCells::kPadding, '"');  // what lies behind must not matter
  CsvCells cells;
  cells.Split(text.data(), size);
  SplitText split;
  for (size_t row = 0; row < cells.row_count(); ++row) {
    split.rows.emplace_back();
    for (size_t i = 0; i < cells.SizeOf(row); ++i) {
      split.rows.back().emplace_back(cells.Cell(row, i));
    }
  }
  split.has_open_quote = cells.has_open_quote();
  return split;
}

// The rows that end in the first `cut` bytes apart from all that comes behind them.
SplitText SplitInTwo(const std::string& text, size_t cut) {
  const size_t end = CsvCells::EndOfLastRow(std::string_view(text).substr(0, cut));
  SplitText split = SplitByUs(text.substr(0, end));
  EXPECT_FALSE(split.has_open_quote) << EscapeUnprintable(text) << " cut at " << cut;
  SplitText rest = SplitByUs(text.substr(end));
  split.rows.insert(split.rows.end(), rest.rows.begin(), rest.rows.end());
  split.has_open_quote = rest.has_open_quote;
  return split;
}

std::string RandomText(Random* random, std::string_view alphabet, size_t max_size) {
  std::string text;
  for (size_t size = random->Below(max_size + 1); size > 0; --size) {
    text += alphabet[random->Below(alphabet.size())];
  }
  return text;
}

TEST(CsvCellsTest, SplitsAsLibcsvDoes) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  Random random(TestSeed());
  const std::string_view alphabets[] = {
      "a\",\n", "ab \t\",\r\n", std::string_view("\"\0\xff ,\n", 6), "abcdefgh,\n", "\"\", \r\n"};
  for (int round = 0; round < 60'000 * CasesFactor(); ++round) {
    const std::string text = RandomText(&random, alphabets[random.Below(std::size(alphabets))],
                                        round % 10 == 0 ? 300 : 24);
    const SplitText expected = SplitByLibcsv(text);
    ASSERT_EQ(Shown(SplitByUs(text)), Shown(expected)) << EscapeUnprintable(text);
    const size_t cut = random.Below(text.size() + 1);
    ASSERT_EQ(Shown(SplitInTwo(text, cut)), Shown(expected))
        << EscapeUnprintable(text) << " cut at " << cut;
  }
}

TEST(CsvCellsTest, EveryShortTextOfTheSignsThatMatter) {
  constexpr std::string_view kSigns = "a \",\n";
  for (size_t length = 0; length <= 7; ++length) {
    size_t count = 1;
    for (size_t i = 0; i < length; ++i) count *= kSigns.size();
    for (size_t number = 0; number < count; ++number) {
      std::string text;
      for (size_t i = 0, rest = number; i < length; ++i, rest /= kSigns.size()) {
        text += kSigns[rest % kSigns.size()];
      }
      ASSERT_EQ(SplitByUs(text), SplitByLibcsv(text)) << EscapeUnprintable(text);
    }
  }
}

TEST(CsvCellsTest, LargeOnes) {
  std::string columns;
  for (int i = 0; i < 10'000; ++i) StrAppend(&columns, i > 0 ? "," : "", "column", i);
  const std::string long_text(300'000, 'x');
  constexpr size_t kMany = 50'000;
  for (const std::string& text :
       {columns + "\n" + columns, "a,\"" + long_text + "\"\"" + long_text + "\"\nb", long_text,
        "\"" + long_text, std::string(kMany, '"'), std::string(kMany, ','), std::string(kMany, ' '),
        std::string(kMany, '\0')}) {
    EXPECT_EQ(SplitByUs(text), SplitByLibcsv(text)) << EscapeUnprintable(text.substr(0, 20));
    EXPECT_EQ(SplitInTwo(text, text.size() - 7), SplitByLibcsv(text));
  }
}

// --- values ---

CheckedRuleSet MetricsOfAllTypes() {
  CheckedRuleSet rule_set;
  const auto add = [&rule_set](std::string name, Type type) {
    Metric& metric = rule_set.metrics.emplace_back();
    metric.name = std::move(name);
    metric.type = std::move(type);
  };
  add("at", Type::Timestamp());
  add("b", Type::Bool());
  add("n", Type::Number());
  add("nums", Type::NumberList());
  add("plan", Type::OneOf({"free", "pro"}));
  add("s", Type::String());
  add("span", Type::Duration());
  add("tags", Type::StringList());
  rule_set.metrics.Edit(2).default_value = Value::Number(7);
  rule_set.metrics.Edit(5).default_value = Value::String("none");
  return rule_set;
}

std::string Described(const CheckedRuleSet& rule_set, uint64_t number, std::string_view id,
                      const Account& account, const std::vector<std::string>& held) {
  std::string text = StrCat("row ", number, " ", EscapeUnprintable(id));
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    StrAppend(&text, " ", account.Metric(i).ToSource(), account.WasSet(i) ? "" : "?");
  }
  for (const std::string& name : held) StrAppend(&text, " held by ", name);
  return text + "\n";
}

std::string Described(const absl::Status& status) {
  return StrCat(FromAbsl(status.message()), "\n");
}

// The row as its keys are, for what the plan compares, and its texts.
std::string DescribedAsBound(const CheckedRuleSet& rule_set, const BoundRow& row) {
  std::string text = StrCat(EscapeUnprintable(row.id));
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    const MetricKey key = row.account.keys()[i];
    const MetricPayload& payload = row.account.payloads()[i];
    StrAppend(&text, " ", key);
    if (key == kMissingKey) continue;
    if (rule_set.metrics[i].type.IsText()) {
      StrAppend(&text, ":", EscapeUnprintable({payload.text, payload.size}));
    } else if (rule_set.metrics[i].type.IsList()) {
      StrAppend(&text, ":", payload.list->ToSource());
    }
  }
  for (const std::string& name : row.held) StrAppend(&text, " held by ", name);
  return text;
}

// All rows by way of AccountBlocks, checked to be the same bound, not bound, and in columns.
std::string ReadByUs(const std::string& text, const AccountReaderOptions& options,
                     std::vector<std::string>* unknown = nullptr) {
  static const CheckedRuleSet& rule_set = *new CheckedRuleSet(MetricsOfAllTypes());
  static const Plan& plan = *new Plan(rule_set);
  std::istringstream input(text);
  auto blocks = AccountBlocks::Open(rule_set, &input, options);
  if (!blocks.ok()) return Described(blocks.status());
  const auto reader = (*blocks)->NewReader();
  BoundAccounts accounts(plan.layout(), 3);
  BoundRow bound(accounts[0]);
  BoundRow from_account(accounts[1]);
  BoundRow from_table(accounts[2]);
  AccountTable table(plan.layout());
  const bool is_csv = text[text.find_first_not_of(" \t\r\n")] != '{';
  AccountRow row{0, "", Account(rule_set), {}};
  std::string seen;
  uint64_t number = 0;
  for (RowBlock block; (*blocks)->Next(&block);) {
    const size_t count = reader->Begin(&block);
    const bool in_columns = reader->Read(&table);
    const AccountColumns columns = in_columns ? table.Accounts() : AccountColumns();
    RowBinder binder(plan, columns);
    bool all_good = true;
    for (size_t i = 0; i < count; ++i) {
      const RowProblem problem = reader->Read(i, ++number, &row);
      const RowProblem bound_problem = reader->Read(i, number, &bound);
      EXPECT_EQ(problem.place, bound_problem.place);
      EXPECT_EQ(problem.message, bound_problem.message);
      if (!problem.ok()) {
        seen += Described(RowError(number, problem));
        all_good = false;
        continue;
      }
      seen += Described(rule_set, number, row.id, row.account, row.held);
      if (in_columns) {
        binder.Bind(i, &from_table.account);
        from_table.id = bound.id;
        EXPECT_EQ(DescribedAsBound(rule_set, from_table), DescribedAsBound(rule_set, bound));
      }
      from_account.account.Bind(row.account);
      from_account.id = row.id;
      from_account.held = row.held;
      EXPECT_EQ(DescribedAsBound(rule_set, bound), DescribedAsBound(rule_set, from_account));
    }
    EXPECT_EQ(in_columns, is_csv && all_good);
    EXPECT_TRUE(!in_columns || table.row_count() == count);
    const absl::Status failure = reader->Failure(number + 1);
    if (!failure.ok()) return seen + Described(failure);
  }
  if (unknown != nullptr) *unknown = reader->unknown_columns();
  return seen;
}

// The rows of a CSV whose columns are `id` and all metrics, by libcsv and ValueFromCell.
std::string ReadCsvByDefinition(const std::string& text) {
  const CheckedRuleSet rule_set = MetricsOfAllTypes();
  const SplitText split = SplitByLibcsv(text);
  std::string seen;
  for (size_t i = 1; i < split.rows.size(); ++i) {
    const std::vector<std::string>& row = split.rows[i];
    const size_t columns = rule_set.metrics.size() + 1;
    if (row.size() != columns) {
      seen += StrCat("row ", i, ": it has ", row.size(), row.size() == 1 ? " cell" : " cells",
                     ", the header row has ", columns, "\n");
      continue;
    }
    Account account(rule_set);
    std::string problem;
    if (FindInvalidUtf8(row[0])) {
      problem = StrCat("row ", i, ", column `id`: expected text in UTF-8, got ", ShownText(row[0]));
    }
    for (uint32_t m = 0; m < rule_set.metrics.size() && problem.empty(); ++m) {
      if (row[m + 1].empty()) continue;
      const Metric& metric = rule_set.metrics[m];
      const absl::StatusOr<Value> value = ValueFromCell(metric.type, row[m + 1]);
      if (value.ok()) {
        account.Set(m, *value);
      } else {
        problem =
            StrCat("row ", i, ", column `", metric.name, "`: ", FromAbsl(value.status().message()));
      }
    }
    seen += problem.empty()
                ? Described(rule_set, i, row[0].empty() ? StrCat(i) : row[0], account, {})
                : problem + "\n";
  }
  if (split.has_open_quote) StrAppend(&seen, "row ", split.rows.size(), ": ", kOpenQuote, "\n");
  return seen;
}

constexpr std::string_view kCsvCells[] = {"",
                                          "1",
                                          "-2.5",
                                          "1e3",
                                          "0.1",
                                          "00012.500",
                                          "1e999",
                                          "1e-999",
                                          "+4",
                                          "123456789012345678",
                                          "9007199254740993",
                                          "0.30000000000000004",
                                          ".5",
                                          "5.",
                                          ".",
                                          "-",
                                          "1_000",
                                          "1,5",
                                          "TRUE",
                                          "false",
                                          "free",
                                          "pro",
                                          "fre",
                                          "2026-03-01",
                                          "2026-03-01T08:30:00+01:00",
                                          "1d12h",
                                          "-0.5s",
                                          "7",
                                          "[1, 2]",
                                          "[\"\"a\"\", \"\"b\"\"]",
                                          "[]",
                                          "[1, \"\"a\"\"]",
                                          "größe",
                                          "\xff\xfe",
                                          " x ",
                                          "a\nb",
                                          "\"\"",
                                          "tru\"e"};

TEST(BlockReaderTest, ReadsCsvAsItsCellsAreDefined) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  Random random(TestSeed());
  for (int round = 0; round < 3'000 * CasesFactor(); ++round) {
    std::string text = "id,at,b,n,nums,plan,s,span,tags\n";
    size_t rows = random.OneIn(20) ? 60 + random.Below(80) : random.Below(6);
    for (; rows > 0; --rows) {
      for (size_t i = 0; i < 9 - (random.OneIn(20) ? 1 : 0); ++i) {
        std::string cell(kCsvCells[random.Below(std::size(kCsvCells))]);
        if (random.OneIn(3)) cell = RandomText(&random, "0123456789.", 10);
        if (random.OneIn(4)) cell = "";
        const bool quoted = random.OneIn(2) || cell.find('"') != std::string_view::npos;
        StrAppend(&text, i > 0 ? "," : "", quoted ? StrCat("\"", cell, "\"") : cell);
      }
      text += random.OneIn(2) ? "\r\n" : "\n";
    }
    if (random.OneIn(3)) text.resize(text.size() - std::min<size_t>(text.size(), random.Below(8)));
    if (SplitByLibcsv(text).rows.empty() || SplitByLibcsv(text).rows[0].size() != 9) continue;
    ASSERT_EQ(ReadByUs(text, {}), ReadCsvByDefinition(text)) << EscapeUnprintable(text);
  }
}

std::string ReadJsonLinesByDefinition(const std::string& text, const AccountReaderOptions& options,
                                      std::vector<std::string>* all_unknown) {
  const CheckedRuleSet rule_set = MetricsOfAllTypes();
  ColumnNames names(rule_set, options);
  std::string seen;
  uint64_t number = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ++number;
    AccountRow row{number, StrCat(number), Account(rule_set), {}};
    const RowProblem problem = ReadJsonRow(line, options, &names, &row);
    seen += problem.ok() ? Described(rule_set, number, row.id, row.account, row.held)
                         : Described(RowError(number, problem));
  }
  *all_unknown = names.unknown();
  return seen;
}

constexpr std::string_view kJsonValues[] = {"null",
                                            "true",
                                            "false",
                                            "0",
                                            "-0",
                                            "-0.0",
                                            "1",
                                            "2.5",
                                            "1e3",
                                            "1e-400",
                                            "1e400",
                                            "01",
                                            "1.",
                                            "9007199254740993",
                                            "18446744073709551615",
                                            "18446744073709551616",
                                            "-9223372036854775809",
                                            "123456789012345678901234567890",
                                            "100000000000000000001",
                                            "1.50",
                                            "-1E+3",
                                            "0.1",
                                            "1.7976931348623157e308",
                                            "1.7976931348623159e308",
                                            "NaN",
                                            "\"free\"",
                                            "\"pro\"",
                                            "\"\"",
                                            "\"a\\nb\"",
                                            "\"\\u00e9\"",
                                            "\"\\ud83d\\ude00\"",
                                            "\"\\ud83d\"",
                                            "\"\\ude00\"",
                                            "\"\\uDEAD\"",
                                            "\"\xff\"",
                                            "\"\xed\xa0\x80\"",
                                            "\"\xc0\x80\"",
                                            "\"größe\"",
                                            "\"\x01\"",
                                            "\"\x7f\"",
                                            "\"\\x\"",
                                            "\"2026-03-01\"",
                                            "\"1d12h\"",
                                            "[]",
                                            "[1, 2.5]",
                                            "[\"a\", \"b\"]",
                                            "[1, \"a\"]",
                                            "[null]",
                                            "[[1]]",
                                            "[1,]",
                                            "[1,,2]",
                                            "{}",
                                            "{\"n\": 1}",
                                            "{\"n\": }",
                                            "tru",
                                            "'x'",
                                            "\"open",
                                            "[1e400]",
                                            "[true]"};
constexpr std::string_view kJsonKeys[] = {"at",    "b",       "n",     "nums",   "plan",
                                          "s",     "span",    "tags",  "id",     "held",
                                          "other", "\\u006e", "größe", "\\udc00"};

TEST(BlockReaderTest, ReadsJsonLinesAsOneAccountIsRead) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  Random random(TestSeed());
  for (int round = 0; round < 6'000 * CasesFactor(); ++round) {
    AccountReaderOptions options;
    if (random.OneIn(3)) options.held_column = "held";
    options.strict = random.OneIn(10);
    options.id_column_required = random.OneIn(10);
    std::string text;
    for (size_t lines = 1 + random.Below(5); lines > 0; --lines) {
      text += random.OneIn(20) ? " {" : "{";
      for (size_t i = random.Below(5); i > 0; --i) {
        StrAppend(&text, "\"", kJsonKeys[random.Below(std::size(kJsonKeys))],
                  "\": ", kJsonValues[random.Below(std::size(kJsonValues))], i > 1 ? ", " : "");
      }
      text += !random.OneIn(20) ? "}" : "";
      if (random.OneIn(20)) {
        text.insert(random.Below(text.size() + 1), 1, "x{}\0\t\"\xef"[random.Below(7)]);
      }
      text += random.OneIn(5) ? "\r\n" : random.OneIn(10) ? "\n\n" : "\n";
    }
    if (random.OneIn(5)) text.resize(text.size() - std::min<size_t>(text.size(), random.Below(6)));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos ||
        text[text.find_first_not_of(" \t\r\n")] != '{') {
      continue;
    }
    std::vector<std::string> unknown;
    std::vector<std::string> expected_unknown;
    const std::string expected = ReadJsonLinesByDefinition(text, options, &expected_unknown);
    ASSERT_EQ(ReadByUs(text, options, &unknown), expected) << EscapeUnprintable(text);
    ASSERT_EQ(unknown, expected_unknown) << EscapeUnprintable(text);
  }
}

}  // namespace
}  // namespace pql
