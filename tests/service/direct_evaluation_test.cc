// The short way from bytes to bytes against the generated messages: the same answer, the same
// error, the same counts, on random rule sets and accounts, encoded in every way that the wire
// format allows and in many that it does not.  PQL_SEED repeats a run, PQL_CASES_FACTOR makes it
// longer (10: a million cases).

#include "service/direct_evaluation.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "engine/error.h"
#include "service/evaluation_request.h"
#include "service/message_evaluation.h"
#include "service/status_mapping.h"
#include "service/value_conversion.h"
#include "tests/engine/engine_testing.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using testing::Random;
using ProtoValue = google::protobuf::Value;

constexpr int kRuleSets = 400;
constexpr int kCasesPerRuleSet = 250;
constexpr char kName[] = "ruleSets/random";

const StillWanted kWanted = [] { return absl::OkStatus(); };

// --- Bytes in every form ---

// Writes protobuf fields; now and then in a way that no encoder chooses, or that is wrong.
class WireForge {
 public:
  // `oddity`: one deviation in so many choices; 0: none at all.
  WireForge(Random* random, uint64_t oddity) : random_(*random), oddity_(oddity) {}

  std::string Varint(uint64_t number) {
    std::string bytes;
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
    bytes += static_cast<char>(number);
    if (Odd()) {  // longer than it need be, perhaps longer than it may be
      for (int more = random_.Between(1, 10); more > 0; --more) {
        bytes.back() = static_cast<char>(bytes.back() | 0x80);
        bytes += '\0';
      }
    }
    return bytes;
  }

  std::string Bytes(int field, const std::string& bytes) {
    const size_t length = Odd() ? bytes.size() + random_.Below(3) : bytes.size();
    return Noise() + Varint(static_cast<uint64_t>(field) << 3 | 2) + Varint(length) + bytes;
  }
  std::string Number(int field, uint64_t number) {
    return Noise() + Varint(static_cast<uint64_t>(field) << 3) + Varint(number);
  }
  std::string Double(int field, double number) {
    std::string bytes(sizeof(number), '\0');
    std::memcpy(bytes.data(), &number, sizeof(number));
    return Varint(static_cast<uint64_t>(field) << 3 | 1) + bytes;
  }

  // Mostly in order; each part twice or not at all now and then.
  std::string Join(std::vector<std::string> parts) {
    if (!parts.empty() && Odd()) std::swap(parts.front(), parts[random_.Below(parts.size())]);
    std::string all;
    for (const std::string& part : parts) {
      if (!Odd()) all += part;
      if (Odd()) all += part + part;
    }
    return all;
  }

  std::string Text(std::string text) {
    if (Odd()) text += random_.Of<std::string>({"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "é"});
    return text;
  }

  std::string Value(const ProtoValue& value) {
    if (Odd()) return "";
    if (Odd()) return Nested(random_.OneIn(2) ? random_.Between(1, 6) : random_.Between(80, 110));
    switch (value.kind_case()) {
      case ProtoValue::kNumberValue:
        return MaybeSwitched(Double(2, value.number_value()));
      case ProtoValue::kStringValue:
        return MaybeSwitched(Bytes(3, Text(value.string_value())));
      case ProtoValue::kBoolValue:
        return MaybeSwitched(Number(4, value.bool_value() ? 1 : 0));
      case ProtoValue::kListValue: {
        std::vector<std::string> elements;
        for (const ProtoValue& element : value.list_value().values()) {
          elements.push_back(Bytes(1, Value(element)));
        }
        return MaybeSwitched(Bytes(6, Join(elements)));
      }
      default:
        return Number(1, Odd() ? 7 : 0);
    }
  }

  std::string Entry(const std::string& name, const ProtoValue& value) {
    return Join({Bytes(1, Text(name)), Bytes(2, Value(value))});
  }

 private:
  bool Odd() { return oddity_ > 0 && random_.OneIn(oddity_); }

  // An unknown field, a group, a tag that is none.
  std::string Noise() {
    if (!Odd()) return "";
    return random_.Of<std::string>({"\x78\x01", "\x7b\x7c", "\x7b\x08\x01\x7c", "\x7b", "\x7c",
                                    std::string("\x00", 1), "\x7a\x02hi", "\x7d\x01\x02\x03\x04",
                                    "\xf8\xff\xff\xff\x0f\x01", "\xf8\xff\xff\xff\x7f\x01"});
  }
  // The value after another one of the same `oneof`.
  std::string MaybeSwitched(const std::string& value) {
    if (!Odd()) return value;
    const std::string other = random_.Of<std::string>(
        {Double(2, 7), Bytes(3, "x"), Number(4, 1), Bytes(6, Bytes(1, Double(2, 1))),
         Bytes(5, Bytes(1, Bytes(1, "k") + Bytes(2, Double(2, 1)))), Number(1, 0)});
    return random_.OneIn(2) ? other + value : value + other;
  }
  std::string Nested(int depth) {
    std::string value = Double(2, 1);
    for (int i = 0; i < depth; ++i) value = Bytes(6, Bytes(1, value));
    return value;
  }

  Random& random_;
  const uint64_t oddity_;
};

// --- Cases ---

// One rule set in force, and requests for it.
class Cases {
 public:
  Cases(uint64_t seed, const Limits& limits) : random_(seed), engine_(limits, &clock_) {}

  bool NextRuleSet() {
    CompileResult result =
        CompileRuleSet("random", {{"random.pql", testing::RandomRuleSetSource(&random_)}});
    if (!result.ok()) return false;
    rule_set_ = result.rule_set;
    auto state = std::make_shared<RuleSetState>();
    state->id = "random";
    state->rule_set = rule_set_;
    state->revision = ++revision_;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->rule_sets["random"] = state;
    engine_.rule_sets().board().Publish(snapshot);
    return true;
  }

  Engine* engine() { return &engine_; }
  Random* random() { return &random_; }

  ProtoValue MetricValue(const Metric& metric) {
    switch (random_.Below(40)) {
      case 0:
        return ToProto(testing::RandomValue(&random_, random_.Of(checked().metrics)));
      case 1: {
        ProtoValue value;
        value.set_number_value(random_.Of({std::numeric_limits<double>::quiet_NaN(),
                                           std::numeric_limits<double>::infinity(), -0.0}));
        return value;
      }
      case 2: {
        ProtoValue value;
        value.set_string_value(std::string(random_.Below(40), 'x'));
        return value;
      }
      default:
        return ToProto(testing::RandomValue(&random_, metric));
    }
  }

  std::string AccountBytes(WireForge* forge) {
    std::vector<std::string> parts;
    if (!random_.OneIn(4)) parts.push_back(forge->Bytes(1, forge->Text("account")));
    for (const Metric& metric : checked().metrics) {
      if (random_.OneIn(4)) continue;
      parts.push_back(forge->Bytes(2, forge->Entry(metric.name, MetricValue(metric))));
    }
    for (int undeclared = random_.OneIn(4) ? random_.Between(1, 3) : 0; undeclared > 0;
         --undeclared) {
      const std::string name =
          random_.Of<std::string>({"undeclared", "other", "", "gro\u0308\u00dfe", "x\u0301"});
      parts.push_back(
          forge->Bytes(2, forge->Entry(name, MetricValue(random_.Of(checked().metrics)))));
    }
    if (random_.OneIn(3)) parts.push_back(forge->Bytes(3, forge->Text(RuleName())));
    return forge->Join(parts);
  }

  std::string OptionsBytes() {
    v1::EvaluationOptions options;
    if (random_.OneIn(3)) options.set_scope(v1::RESULT_SCOPE_ALL);
    if (random_.OneIn(50)) options.set_scope(static_cast<v1::ResultScope>(9));
    if (random_.OneIn(6)) options.add_rules(RuleName());
    if (random_.OneIn(2)) {
      *options.mutable_evaluation_time() = ToProto(testing::RandomNow(&random_));
    }
    if (random_.OneIn(100)) options.mutable_evaluation_time()->set_nanos(-1);
    if (random_.OneIn(20)) options.set_min_revision(random_.Between(-1, 3));
    options.set_strict(random_.OneIn(5));
    options.set_include_next_change(random_.OneIn(5'000));
    return options.SerializeAsString();
  }

  std::string OneBytes(WireForge* forge) {
    std::vector<std::string> parts = {forge->Bytes(1, forge->Text(RuleSet())),
                                      forge->Bytes(2, AccountBytes(forge))};
    if (random_.OneIn(2)) parts.push_back(forge->Bytes(3, OptionsBytes()));
    return Mangled(forge->Join(parts));
  }

  std::string BatchBytes(WireForge* forge) {
    std::vector<std::string> parts = {forge->Bytes(1, forge->Text(RuleSet()))};
    for (uint64_t accounts = random_.Below(5); accounts > 0; --accounts) {
      parts.push_back(forge->Bytes(2, AccountBytes(forge)));
    }
    if (random_.OneIn(2)) parts.push_back(forge->Bytes(4, OptionsBytes()));
    if (random_.OneIn(2)) parts.push_back(forge->Number(5, 1));
    return Mangled(forge->Join(parts));
  }

  std::string StreamBytes(WireForge* forge) {
    std::vector<std::string> parts;
    if (random_.OneIn(2)) parts.push_back(forge->Bytes(1, forge->Text("request")));
    if (random_.OneIn(2)) parts.push_back(forge->Bytes(2, forge->Text(RuleSet())));
    if (!random_.OneIn(4)) parts.push_back(forge->Bytes(3, AccountBytes(forge)));
    if (random_.OneIn(3)) parts.push_back(forge->Bytes(4, OptionsBytes()));
    return forge->Join(parts);
  }

 private:
  const CheckedRuleSet& checked() const { return rule_set_->checked; }
  std::string RuleSet() { return random_.OneIn(40) ? "ruleSets/none" : kName; }
  std::string RuleName() {
    return random_.OneIn(10) ? "no_rule" : random_.Of(checked().rules).name;
  }
  // Any byte may have become another one, or be gone.
  std::string Mangled(std::string bytes) {
    if (bytes.empty() || !random_.OneIn(8)) return bytes;
    const size_t place = random_.Below(bytes.size());
    switch (random_.Below(4)) {
      case 0:
        bytes[place] = static_cast<char>(random_.Below(256));
        break;
      case 1:
        bytes.resize(place);
        break;
      case 2:
        bytes.erase(place, random_.Below(4));
        break;
      default:
        bytes.insert(place, 1, static_cast<char>(random_.Below(256)));
    }
    return bytes;
  }

  Random random_;
  FakeClock clock_;
  Engine engine_;
  std::shared_ptr<const pql::RuleSet> rule_set_;
  int64_t revision_ = 0;
};

// --- Comparison ---

// The error as callers see it, or the response in one form.
template <typename Response>
std::string Show(const absl::Status& status, const Response& response) {
  if (!status.ok()) return ToEvaluationError(status).ShortDebugString();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    response.SerializeToCodedStream(&out);
  }
  return bytes;
}

template <typename Response>
std::string ShowBytes(const absl::Status& status, const std::string& bytes) {
  Response response;
  EXPECT_TRUE(!status.ok() || response.ParseFromString(bytes));
  return Show(status, response);
}

struct Answer {
  std::string text;  // what Show says
  // What the rule set's telemetry holds once it was counted: accounts, undeclared metrics,
  // outcomes.
  std::string counts;

  bool operator==(const Answer&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  return out << answer.text << "\n" << answer.counts;
}

// Runs `ask` and notes what it counted, in a telemetry of its own.
template <typename Ask>
Answer Counted(Engine* engine, const Ask& ask) {
  const std::shared_ptr<const Snapshot> before = engine->rule_sets().snapshot();
  auto state = std::make_shared<RuleSetState>(*before->Find("random"));
  state->telemetry = engine->telemetry().BeginRevision(nullptr, state->rule_set->checked);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->rule_sets["random"] = state;
  engine->rule_sets().board().Publish(snapshot);
  Answer answer{ask(), ""};
  const RuleSetTelemetry& telemetry = state->telemetry->rule_set();
  answer.counts = StrCat(telemetry.accounts(), " accounts");
  for (const auto& [rule, outcomes] : telemetry.outcomes().rules) {
    StrAppend(&answer.counts, ", ", rule, " ", outcomes.qualified, " ", outcomes.unknown);
  }
  std::map<std::string, uint64_t> unknown;
  for (const UnknownMetric& metric : telemetry.unknown_metrics().Names()) {
    unknown[metric.name] = metric.count;
  }
  for (const auto& [name, count] : unknown) StrAppend(&answer.counts, ", ", name, " ", count);
  return answer;
}

template <typename Reader, typename Response>
Answer AskReader(Engine* engine, Reader* reader, DirectEvaluation* direct,
                 const std::string& bytes) {
  return Counted(engine, [&] {
    std::string response;
    absl::Status status = reader->Read(bytes);
    if (status.ok()) status = reader->Answer(kWanted, direct, &response);
    return ShowBytes<Response>(status, response);
  });
}

constexpr char kMalformed[] = "the request is not a valid protobuf message of its type";

template <typename Request, typename Response, typename Evaluate>
Answer AskMessages(Engine* engine, const std::string& bytes, const Evaluate& evaluate) {
  return Counted(engine, [&] {
    Request request;
    Response response;
    const absl::Status status = request.ParseFromString(bytes)
                                    ? evaluate(engine, kWanted, request, &response)
                                    : absl::InvalidArgumentError(kMalformed);
    return Show(status, response);
  });
}

std::string Hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    StrAppend(&text, absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  }
  return text;
}

constexpr Limits kLimits{.max_batch_accounts = 3, .max_account_metrics = 9, .max_string_bytes = 30};

class DirectDifferentialTest : public ::testing::Test {
 protected:
  // Calls `compare` with a forge for each case; says which seed it was.
  template <typename Compare>
  void ForCases(int share, const Compare& compare) {
    const uint64_t seed = testing::TestSeed();
    google::protobuf::SetLogHandler(nullptr);  // of texts that are not UTF-8
    std::printf("PQL_SEED=%llu\n", static_cast<unsigned long long>(seed));
    Cases cases(seed, kLimits);
    for (int i = 0; i < kRuleSets * testing::CasesFactor() / share; ++i) {
      ASSERT_TRUE(cases.NextRuleSet());
      for (int n = 0; n < kCasesPerRuleSet; ++n) {
        WireForge forge(cases.random(), cases.random()->Of<uint64_t>({0, 20, 200}));
        compare(&cases, &forge);
        if (HasFailure()) return;
      }
    }
  }
};

TEST_F(DirectDifferentialTest, Evaluate) {
  std::unique_ptr<OneEvaluation> reader;
  std::unique_ptr<DirectEvaluation> direct;
  ForCases(2, [&](Cases* cases, WireForge* forge) {
    Engine* engine = cases->engine();
    if (reader == nullptr) reader = std::make_unique<OneEvaluation>(engine);
    if (direct == nullptr) direct = std::make_unique<DirectEvaluation>(engine);
    const std::string bytes = cases->OneBytes(forge);
    EXPECT_EQ(
        (AskReader<OneEvaluation, v1::EvaluateResponse>(engine, reader.get(), direct.get(), bytes)),
        (AskMessages<v1::EvaluateRequest, v1::EvaluateResponse>(engine, bytes, EvaluateOne)))
        << Hex(bytes);
  });
}

TEST_F(DirectDifferentialTest, BatchEvaluate) {
  std::unique_ptr<BatchEvaluation> reader;
  std::unique_ptr<DirectEvaluation> direct;
  ForCases(4, [&](Cases* cases, WireForge* forge) {
    Engine* engine = cases->engine();
    if (reader == nullptr) reader = std::make_unique<BatchEvaluation>(engine);
    if (direct == nullptr) direct = std::make_unique<DirectEvaluation>(engine);
    const std::string bytes = cases->BatchBytes(forge);
    EXPECT_EQ((AskReader<BatchEvaluation, v1::BatchEvaluateResponse>(engine, reader.get(),
                                                                     direct.get(), bytes)),
              (AskMessages<v1::BatchEvaluateRequest, v1::BatchEvaluateResponse>(engine, bytes,
                                                                                EvaluateBatch)))
        << Hex(bytes);
  });
}

// What StreamEvaluateRequest says of messages that leave something out.
class StreamByMessages {
 public:
  Answer Ask(Engine* engine, const std::string& bytes) {
    return Counted(engine, [&] {
      v1::StreamEvaluateRequest sent;
      v1::StreamEvaluateResponse response;
      const bool is_message = sent.ParseFromString(bytes);
      absl::Status status = absl::InvalidArgumentError(kMalformed);
      if (is_message) {
        response.set_request_id(sent.request_id());
        if (!sent.rule_set().empty()) request_.set_rule_set(sent.rule_set());
        if (sent.has_options()) *request_.mutable_options() = sent.options();
        *request_.mutable_account() = sent.account();
        status = EvaluateOne(engine, kWanted, request_, response.mutable_response());
      }
      if (!status.ok()) *response.mutable_error() = ToEvaluationError(status);
      return Show(absl::OkStatus(), response);
    });
  }

 private:
  v1::EvaluateRequest request_;
};

TEST_F(DirectDifferentialTest, StreamEvaluate) {
  std::unique_ptr<StreamedEvaluation> reader;
  std::unique_ptr<DirectEvaluation> direct;
  std::unique_ptr<StreamByMessages> messages;
  ForCases(4, [&](Cases* cases, WireForge* forge) {
    Engine* engine = cases->engine();
    if (direct == nullptr) direct = std::make_unique<DirectEvaluation>(engine);
    if (messages == nullptr || cases->random()->OneIn(10)) {
      reader = std::make_unique<StreamedEvaluation>(engine);
      messages = std::make_unique<StreamByMessages>();
    }
    const std::string bytes = cases->StreamBytes(forge);
    const Answer answer = Counted(engine, [&] {
      std::string response;
      reader->BeginMessage();
      absl::Status status = reader->Read(bytes);
      if (status.ok()) status = reader->Answer(kWanted, direct.get(), &response);
      if (!status.ok()) reader->AnswerWithError(status, &response);
      return ShowBytes<v1::StreamEvaluateResponse>(absl::OkStatus(), response);
    });
    EXPECT_EQ(answer, messages->Ask(engine, bytes)) << Hex(bytes);
  });
}

// --- What goes the short way ---

class DirectEvaluationTest : public ::testing::Test {
 protected:
  DirectEvaluationTest() : engine_({}, &clock_), direct_(&engine_) {
    engine_.rule_sets().Update(TreeOf({{"slack", R"(
metric n: number default 3
metric b: bool
metric s: string
metric o: one of ("x", "y")
metric t: timestamp
metric d: duration
metric ns: list(number)
metric ss: list(string)
output total = n * 2
scorecard fit { add 10 when n > 1 }
rule r { when n > 1 score fit  keep while n > 0 }
)"}}));
  }

  // Whether an account, and no other, is evaluated without a message.
  bool GoesTheShortWay(const v1::Account& account, bool strict = false,
                       v1::ResultScope scope = v1::RESULT_SCOPE_MATCHES) {
    v1::EvaluationOptions options;
    options.set_scope(scope);
    const auto session = BeginSession(&engine_, "ruleSets/slack", options);
    EXPECT_TRUE(session.ok()) << session.status();
    std::string out;
    direct_.Begin(*session, strict);
    const bool done = direct_.Evaluate(account.SerializeAsString(), 10, &out);
    EXPECT_EQ(done, !out.empty());
    return done;
  }
  v1::Account WithMetric(const std::string& name, const ProtoValue& value) {
    v1::Account account;
    (*account.mutable_metrics())[name] = value;
    return account;
  }

  FakeClock clock_;
  Engine engine_;
  DirectEvaluation direct_;
};

TEST_F(DirectEvaluationTest, EveryTypeOfValueAndWhatIsNotDeclared) {
  const ProtoValue values[] = {
      ToProto(Value::Number(1.5)),
      ToProto(Value::Bool(true)),
      ToProto(Value::String("é")),
      ToProto(Value::String("y")),
      ToProto(Value::Time({0})),
      ToProto(Value::Span({1'000'000})),
      ToProto(Value::List(Value::NumberList{1, -0.0})),
      ToProto(Value::List(Value::StringList{"a", ""})),
  };
  const char* const names[] = {"n", "b", "s", "o", "t", "d", "ns", "ss"};
  v1::Account all;
  for (size_t i = 0; i < std::size(values); ++i) {
    EXPECT_TRUE(GoesTheShortWay(WithMetric(names[i], values[i]))) << names[i];
    EXPECT_TRUE(GoesTheShortWay(WithMetric("undeclared", values[i]))) << names[i];
    EXPECT_FALSE(GoesTheShortWay(WithMetric("undeclared", values[i]), /*strict=*/true));
    EXPECT_TRUE(GoesTheShortWay(WithMetric(names[i], ToProto(Value::Missing()))));
    EXPECT_FALSE(GoesTheShortWay(WithMetric(names[i], values[(i + 1) % 2]))) << names[i];
    (*all.mutable_metrics())[names[i]] = values[i];
  }
  all.set_id("a");
  all.add_held_rules("r");
  all.add_held_rules("no_rule");
  EXPECT_TRUE(GoesTheShortWay(all, /*strict=*/true));
  EXPECT_TRUE(GoesTheShortWay(all, /*strict=*/false, v1::RESULT_SCOPE_ALL));
  EXPECT_TRUE(GoesTheShortWay({}));
}

TEST_F(DirectEvaluationTest, RuleSetsThatAreNotInForceAreLetGo) {
  EXPECT_TRUE(GoesTheShortWay({}));
  const std::weak_ptr<const RuleSet> old = engine_.rule_sets().snapshot()->Find("slack")->rule_set;
  engine_.rule_sets().Update(TreeOf({{"slack", "metric n: number\nrule r { when n > 1 }"}}));
  EXPECT_FALSE(old.expired());
  direct_.Tidy();
  // What it had is freed in the background (engine/upkeep.h).
  for (int i = 0; i < 500 && !old.expired(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(old.expired());
  EXPECT_TRUE(GoesTheShortWay({}));
}

}  // namespace
}  // namespace pql
