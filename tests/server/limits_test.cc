// Every limit, at its bound and one past it; and that each field of Limits has a flag, a line for
// callers and a test.

#include "engine/limits.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/limit_flags.h"
#include "server/options.h"
#include "tests/service/service_testing.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

constexpr char kRules[] = "metric m: number\nrule r { when m > 1 }";

class LimitsTest;

struct Row {
  const char* flag;
  const char* limit;  // its name in the error
  grpc::StatusCode code;
  Limits limits;
  // A call that keeps within the limit, or, `past`, goes one beyond it.
  std::function<grpc::Status(LimitsTest* test, bool past)> call;
  const char* reason = "LIMIT_EXCEEDED";
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.flag; }

class LimitsTest : public ServiceTest, public ::testing::WithParamInterface<Row> {
 public:
  LimitsTest() : ServiceTest(GetParam().limits) { Load(kRules); }

  static v1::EvaluateRequest Request() {
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    return request;
  }
  grpc::Status Evaluate(const v1::EvaluateRequest& request, grpc::ClientContext* context) {
    v1::EvaluateResponse response;
    return evaluations_->Evaluate(context, request, &response);
  }
  grpc::Status Evaluate(const v1::EvaluateRequest& request) {
    grpc::ClientContext context;
    return Evaluate(request, &context);
  }
  grpc::Status EvaluateBatch(int accounts, bool with_gap) {
    v1::BatchEvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_include_gap(with_gap);
    for (int i = 0; i < accounts; ++i) request.add_accounts();
    grpc::ClientContext context;
    v1::BatchEvaluateResponse response;
    return evaluations_->BatchEvaluate(&context, request, &response);
  }
  grpc::Status EvaluateTable(uint32_t rows) {
    v1::BatchEvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_table()->set_row_count(rows);
    request.set_answer_in_columns(true);
    grpc::ClientContext context;
    v1::BatchEvaluateResponse response;
    return evaluations_->BatchEvaluate(&context, request, &response);
  }
  // Of one account, with an answer of so many bytes.
  grpc::Status EvaluateWithAnswerOf(size_t bytes) {
    v1::EvaluateRequest request = Request();
    request.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
    v1::EvaluateResponse response;
    {
      grpc::ClientContext context;
      EXPECT_TRUE(evaluations_->Evaluate(&context, request, &response).ok());
    }
    std::string* id = response.mutable_evaluation()->mutable_account_id();
    while (response.ByteSizeLong() < bytes) *id += 'x';
    EXPECT_EQ(response.ByteSizeLong(), bytes);
    request.mutable_account()->set_id(*id);
    return Evaluate(request);
  }
  // A table of lists, `count` texts of 100 bytes each as a string in memory.
  grpc::Status EvaluateLists(int count) {
    EXPECT_TRUE(Apply({"metric t: list(string)\nrule r { when t contains \"a\" }"}, "lists").ok());
    v1::BatchEvaluateRequest request;
    request.set_rule_set("ruleSets/lists");
    v1::AccountTable* table = request.mutable_table();
    table->set_row_count(1);
    v1::MetricColumn* column = table->add_columns();
    column->set_metric("t");
    column->mutable_string_lists()->add_values(std::string(100 - sizeof(std::string), 'x'));
    column->mutable_string_lists()->add_lengths(static_cast<uint32_t>(count));
    for (int i = 0; i < count; ++i) column->mutable_string_lists()->add_codes(0);
    grpc::ClientContext context;
    v1::BatchEvaluateResponse response;
    return evaluations_->BatchEvaluate(&context, request, &response);
  }
  grpc::Status EvaluateWithMetadata(size_t bytes) {
    grpc::ClientContext context;
    context.AddMetadata("x-pad", std::string(bytes, 'x'));
    return Evaluate(Request(), &context);
  }
  grpc::Status Apply(const std::vector<std::string>& texts, const std::string& id = "other") {
    v1::ApplyRuleSetRequest request;
    request.set_name("ruleSets/" + id);
    for (size_t i = 0; i < texts.size(); ++i) {
      v1::SourceFile* file = request.add_files();
      file->set_path("f" + std::to_string(i) + ".pql");
      file->set_text(texts[i]);
    }
    grpc::ClientContext context;
    v1::ApplyRuleSetResponse response;
    return rules_->ApplyRuleSet(&context, request, &response);
  }
  grpc::Status Validate() {
    v1::ValidateRulesRequest request;
    v1::SourceFile* file = request.add_files();
    file->set_path("f.pql");
    file->set_text(kRules);
    grpc::ClientContext context;
    v1::ValidateRulesResponse response;
    return rules_->ValidateRules(&context, request, &response);
  }
  // A stream that is closed at once, while others are open.
  grpc::Status StreamBeside(int others) {
    std::vector<grpc::ClientContext> contexts(others + 1);
    std::vector<decltype(evaluations_->StreamEvaluate(nullptr))> streams;
    for (int i = 0; i < others; ++i) {
      streams.push_back(evaluations_->StreamEvaluate(&contexts[i]));
      v1::StreamEvaluateRequest request;
      request.set_rule_set("ruleSets/slack");
      v1::StreamEvaluateResponse response;
      EXPECT_TRUE(streams[i]->Write(request) && streams[i]->Read(&response));
    }
    const auto stream = evaluations_->StreamEvaluate(&contexts[others]);
    stream->WritesDone();
    const grpc::Status status = stream->Finish();
    for (int i = 0; i < others; ++i) contexts[i].TryCancel();
    return status;
  }
  // While another call waits for a revision that never comes.
  grpc::Status EvaluateBesideAnother() {
    // A call counts until gRPC is done with it, somewhat longer than its caller waits.
    while (engine_.admission().in_flight() > 0) std::this_thread::yield();
    grpc::ClientContext waiting;
    std::thread other([&] {
      v1::EvaluateRequest request = Request();
      request.mutable_options()->set_min_revision(100);
      Evaluate(request, &waiting);
    });
    while (engine_.admission().in_flight() < 1) std::this_thread::yield();
    const grpc::Status status = Evaluate(Request());
    waiting.TryCancel();
    other.join();
    return status;
  }
  // While the worker has a job, and `queued` further ones wait.
  grpc::Status ValidateBesideOthers(int queued) {
    std::promise<void> begun;
    std::promise<void> go_on;
    std::shared_future<void> may_go_on = go_on.get_future().share();
    WorkerPool& workers = engine_.compile_workers();
    EXPECT_TRUE(workers.TryRun([&begun, may_go_on] {
      begun.set_value();
      may_go_on.wait();
    }));
    begun.get_future().wait();
    for (int i = 0; i < queued; ++i) EXPECT_TRUE(workers.TryRun([] {}));
    std::future<grpc::Status> status = std::async([this] { return Validate(); });
    // A call that is refused is so at once; one that is queued needs the worker.
    if (queued == 0) {
      while (engine_.admission().in_flight() < 1) std::this_thread::yield();
    } else {
      status.wait();
    }
    go_on.set_value();
    return status.get();
  }
  // A watch, beside `others`.
  grpc::Status WatchBeside(int others) {
    EXPECT_TRUE(engine_.watches().WaitUntilIdle(absl::Seconds(60)));  // of those before
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRuleSetsResponse>>> readers;
    v1::WatchRuleSetsResponse response;
    for (int i = 0; i < others; ++i) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      readers.push_back(rules_->WatchRuleSets(contexts.back().get(), {}));
      EXPECT_TRUE(readers.back()->Read(&response));
    }
    grpc::ClientContext context;
    const auto reader = rules_->WatchRuleSets(&context, {});
    const bool told = reader->Read(&response);
    if (told) context.TryCancel();
    const grpc::Status status = reader->Finish();
    for (int i = 0; i < others; ++i) {
      contexts[i]->TryCancel();
      readers[i]->Finish();
    }
    return told ? grpc::Status::OK : status;
  }
};

// A rule set of exactly so many bytes.
std::string TextOf(size_t bytes) {
  std::string text = kRules;
  text += "\n#";
  text.resize(bytes, 'x');
  return text;
}

constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
constexpr auto kExhausted = grpc::StatusCode::RESOURCE_EXHAUSTED;

const std::vector<Row>& Rows() {
  static const auto& rows = *new std::vector<Row>{
      {"--max-request-bytes",
       "request bytes",
       kExhausted,
       {.max_request_bytes = 1'000},
       [](LimitsTest* test, bool past) {
         v1::EvaluateRequest request = test->Request();
         auto& metric = (*request.mutable_account()->mutable_metrics())["undeclared"];
         metric.set_string_value(std::string(500, 'x'));
         const size_t rest = 1'000 - request.ByteSizeLong();
         metric.set_string_value(std::string(500 + rest + (past ? 1 : 0), 'x'));
         return test->Evaluate(request);
       }},
      {"--max-metadata-bytes",
       "metadata bytes",
       kExhausted,
       {.max_metadata_bytes = 1'000},
       [](LimitsTest* test, bool past) {
         // The client adds some of its own.
         const grpc::Status probe = test->EvaluateWithMetadata(1'000);
         const size_t own = std::stoul(InfoOf(probe).metadata().at("seen")) - 1'000;
         return test->EvaluateWithMetadata(1'000 - own + (past ? 1 : 0));
       }},
      {"--max-batch-accounts",
       "accounts per batch",
       kInvalid,
       {.max_batch_accounts = 2},
       [](LimitsTest* test, bool past) { return test->EvaluateBatch(past ? 3 : 2, false); }},
      {"--max-table-rows",
       "rows per table",
       kInvalid,
       {.max_table_rows = 3},
       [](LimitsTest* test, bool past) { return test->EvaluateTable(past ? 4 : 3); }},
      {"--max-table-values",
       "values per answer in columns",
       kInvalid,
       {.max_table_values = 3},  // the rule set has one rule
       [](LimitsTest* test, bool past) { return test->EvaluateTable(past ? 4 : 3); }},
      {"--max-table-bytes",
       "bytes of texts in lists of a table",
       kInvalid,
       {.max_table_bytes = 1'000},
       [](LimitsTest* test, bool past) { return test->EvaluateLists(past ? 11 : 10); }},
      {"--max-answer-bytes",
       "answer bytes",
       kInvalid,
       {.max_answer_bytes = 110},
       [](LimitsTest* test, bool past) { return test->EvaluateWithAnswerOf(past ? 111 : 110); }},
      {"--max-explained-accounts",
       "explained accounts per batch",
       kInvalid,
       {.max_explained_accounts = 2},
       [](LimitsTest* test, bool past) { return test->EvaluateBatch(past ? 3 : 2, true); }},
      {"--max-account-metrics",
       "metrics per account",
       kInvalid,
       {.max_account_metrics = 2},
       [](LimitsTest* test, bool past) {
         v1::EvaluateRequest request = test->Request();
         for (int i = 0; i < (past ? 3 : 2); ++i) {
           (*request.mutable_account()->mutable_metrics())["m" + std::to_string(i)]
               .set_number_value(1);
         }
         return test->Evaluate(request);
       }},
      {"--max-string-bytes",
       "string bytes",
       kInvalid,
       {.max_string_bytes = 20},
       [](LimitsTest* test, bool past) {
         v1::EvaluateRequest request = test->Request();
         request.mutable_account()->set_id(std::string(past ? 21 : 20, 'x'));
         return test->Evaluate(request);
       }},
      {"--max-source-bytes",
       "source bytes",
       kInvalid,
       {.max_source_bytes = 300},
       [](LimitsTest* test, bool past) {
         return test->Apply({TextOf(200), std::string(past ? 101 : 100, '\n')});
       }},
      {"--max-source-file-bytes",
       "source file bytes",
       kInvalid,
       {.max_source_file_bytes = 100},
       [](LimitsTest* test, bool past) { return test->Apply({TextOf(past ? 101 : 100)}); }},
      {.flag = "--max-source-tokens",
       .limit = "tokens of a source",
       .code = kInvalid,
       .limits = {.max_source_tokens = 12},
       .call =
           [](LimitsTest* test, bool past) {
             return test->Apply({past ? "metric m: number\nrule r { when not m > 1 }" : kRules});
           },
       .reason = "INVALID_SOURCE"},
      {"--max-source-files",
       "source files",
       kInvalid,
       {.max_source_files = 2},
       [](LimitsTest* test, bool past) {
         return test->Apply(past ? std::vector<std::string>{kRules, "", ""}
                                 : std::vector<std::string>{kRules, ""});
       }},
      {.flag = "--max-nesting-depth",
       .limit = "nesting depth",
       .code = kInvalid,
       .limits = {.max_nesting_depth = 4},
       .call =
           [](LimitsTest* test, bool past) {
             return test->Apply({past ? "metric m: number\nrule r { when not not not m > 1 }"
                                      : "metric m: number\nrule r { when not not m > 1 }"});
           },
       .reason = "INVALID_SOURCE"},
      {.flag = "--max-rules",
       .limit = "rules per rule set",
       .code = kInvalid,
       .limits = {.max_rules = 2},
       .call =
           [](LimitsTest* test, bool past) {
             std::string text = std::string(kRules) + "\nrule s { when m > 2 }";
             if (past) text += "\nrule t { when m > 3 }";
             return test->Apply({text});
           },
       .reason = "INVALID_SOURCE"},
      {"--max-rule-sets",
       "rule sets",
       kExhausted,
       {.max_rule_sets = 2},
       [](LimitsTest* test, bool past) {
         const grpc::Status second = test->Apply({kRules}, "second");  // `slack` is the first
         return past ? test->Apply({kRules}, "third") : second;
       }},
      {"--max-in-flight",
       "calls in flight",
       kExhausted,
       {.max_in_flight = 1},
       [](LimitsTest* test, bool past) {
         return past ? test->EvaluateBesideAnother() : test->Evaluate(test->Request());
       }},
      {"--max-queued-jobs",
       "queued jobs",
       kExhausted,
       {.max_queued_jobs = 1},
       [](LimitsTest* test, bool past) { return test->ValidateBesideOthers(past ? 1 : 0); }},
      {"--max-watches",
       "watches",
       kExhausted,
       {.max_watches = 2},
       [](LimitsTest* test, bool past) { return test->WatchBeside(past ? 2 : 1); }},
      {"--max-streams",
       "streams of evaluations",
       kExhausted,
       {.max_streams = 2},
       [](LimitsTest* test, bool past) { return test->StreamBeside(past ? 2 : 1); }},
  };
  return rows;
}

TEST_P(LimitsTest, HoldsAtItsBoundAndRefusesOnePastIt) {
  const Row& row = GetParam();
  const grpc::Status at = row.call(this, false);
  EXPECT_TRUE(at.ok()) << at.error_code() << ": " << at.error_message();
  const grpc::Status past = row.call(this, true);
  EXPECT_EQ(past.error_code(), row.code) << past.error_message();
  EXPECT_THAT(past.error_message(), HasSubstr(row.flag));
  const v1::ErrorInfo info = InfoOf(past);
  EXPECT_EQ(info.reason(), row.reason);
  ASSERT_TRUE(info.metadata().contains("flag")) << past.error_message();
  EXPECT_EQ(info.metadata().at("flag"), row.flag);
  EXPECT_EQ(info.metadata().at("limit"), row.limit);
}

INSTANTIATE_TEST_SUITE_P(Rows, LimitsTest, ::testing::ValuesIn(Rows()),
                         [](const ::testing::TestParamInfo<Row>& row) {
                           std::string name;
                           for (const char c : std::string_view(row.param.flag)) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

// A server that searches for gaps so far.
class GapServer : public ServiceTest {
 public:
  explicit GapServer(size_t most) : ServiceTest(Limits{.max_gap_evaluations = most}) {
    Load("metric a: number\nmetric b: number\nrule r { when a * b >= 1_000 }");
  }
  void TestBody() override {}

  bool FindsTheGap() {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
    request.mutable_options()->set_include_gap(true);
    v1::EvaluateResponse response;
    const grpc::Status status = evaluations_->Evaluate(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (response.evaluation().rules().empty()) return false;
    const v1::Gap& gap = response.evaluation().rules(0).gap();
    if (gap.changes_size() > 0) return true;
    EXPECT_THAT(gap.impossible(), HasSubstr("was found")) << "not that there is none";
    return false;
  }
};

TEST(GapLimitTest, TheSearchGoesOnToItsBoundAndNoFurther) {
  size_t too_few = 1;
  size_t enough = Limits().max_gap_evaluations;
  ASSERT_FALSE(GapServer(too_few).FindsTheGap());
  ASSERT_TRUE(GapServer(enough).FindsTheGap());
  while (enough - too_few > 1) {
    const size_t middle = too_few + (enough - too_few) / 2;
    (GapServer(middle).FindsTheGap() ? enough : too_few) = middle;
  }
  EXPECT_TRUE(GapServer(enough).FindsTheGap());
  EXPECT_FALSE(GapServer(enough - 1).FindsTheGap());
}

struct TestOfLimit {
  std::string file;
  std::string test;
};

// What has no call to answer, or ends work rather than refuses it, and the test of it.
const std::map<std::string, TestOfLimit>& TestedElsewhere() {
  static const auto& tests = *new std::map<std::string, TestOfLimit>{
      {"--max-gap-evaluations",
       {"tests/server/limits_test.cc", "TheSearchGoesOnToItsBoundAndNoFurther"}},
      {"--max-counted-rules", {"tests/server/metrics_test.cc", "ShowsRuleSets"}},
      {"--max-revision-wait",
       {"tests/end_to_end/hostile_network_test.cc",
        "Row15AWaitEndsAtItsBoundThoughTheCallerWouldWaitForEver"}},
      {"--max-connections",
       {"tests/end_to_end/hostile_network_test.cc", "Row13ThousandIdleConnections"}},
      {"--max-connections-per-address",
       {"tests/server/listener_test.cc", "OneAddressLeavesRoomForOthers"}},
      {"--max-connection-streams",
       {"tests/end_to_end/hostile_network_test.cc", "Row14StreamsLeftOpen"}},
      {"--max-connection-idle",
       {"tests/end_to_end/hostile_network_test.cc", "Row13ThousandIdleConnections"}},
      {"--max-memory", {"tests/end_to_end/hostile_network_test.cc", "Row14StreamsOpenedAndReset"}},
  };
  return tests;
}

std::string ReadSource(const std::string& path) {
  std::ifstream in(std::string(PQL_SOURCE_DIR "/") + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// From `begin` up to the brace at the begin of a line that ends it; "" when it is not there.
std::string BlockAt(const std::string& source, size_t begin) {
  if (begin == std::string::npos) return "";
  return source.substr(begin, source.find("\n}", begin) - begin);
}

// The text of a test, its fixture and the classes of the file that it names.
std::string TextOfTest(const TestOfLimit& of) {
  const std::string source = ReadSource(of.file);
  const size_t name = source.find(", " + of.test + ") {");
  const size_t begin = source.rfind("\nTEST", name);
  std::string text = name == std::string::npos ? "" : BlockAt(source, begin);
  const std::string test = text;
  for (size_t at = 0; (at = source.find("\nclass ", at)) != std::string::npos; ++at) {
    const size_t first = at + std::string_view("\nclass ").size();
    const std::string of_class = source.substr(first, source.find(' ', first) - first);
    if (test.find(of_class) != std::string::npos) text += BlockAt(source, at);
  }
  return text;
}

TEST(LimitFlagsTest, EveryFieldHasAFlagALineForCallersAndATest) {
  size_t bytes = 0;
  std::set<std::string> tested;
  for (const Row& row : Rows()) tested.insert(row.flag);
  const std::string help = ParseOptions({"--help"})->text;
  const std::string guide = ReadSource("proto/README.md");
  for (const LimitFlag& limit : LimitFlags()) {
    const std::string flag = limit.flag;
    bytes += limit.number != nullptr ? sizeof(size_t) : sizeof(absl::Duration);
    EXPECT_THAT(help, HasSubstr(flag + " "));
    EXPECT_THAT(guide, HasSubstr("| `" + flag + "` |"));
    const auto elsewhere = TestedElsewhere().find(flag);
    if (elsewhere == TestedElsewhere().end()) {
      EXPECT_TRUE(tested.contains(flag)) << flag;
    } else {
      EXPECT_FALSE(tested.contains(flag)) << flag;
      std::string field = flag.substr(2);
      std::replace(field.begin(), field.end(), '-', '_');
      // With a value of the test's own, not the usual one.
      EXPECT_THAT(TextOfTest(elsewhere->second),
                  ::testing::AnyOf(HasSubstr(flag + "="), HasSubstr("." + field + " =")))
          << elsewhere->second.test;
    }
  }
  EXPECT_EQ(bytes, sizeof(Limits)) << "a field of Limits has no entry in LimitFlags";
}

}  // namespace
}  // namespace pql
