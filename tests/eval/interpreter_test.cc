#include "eval/interpreter.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "language/checked_rule_set.h"
#include "tests/testing/typed_builder.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using typed::AtLeast;
using typed::Bool;
using typed::Broken;
using typed::BrokenCondition;
using typed::Call;
using typed::Constant;
using typed::Days;
using typed::Num;
using typed::Op;
using typed::Str;

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr int64_t kNow = 1'772'323'200 * kMicrosPerSecond;  // 2026-03-01

// Metrics of the rule set under test, in order of name; only those of `Sent()` have values.
enum Name : uint32_t { kAbsent, kAnother, kFive, kPlan, kSignedUp, kTimeAbsent, kYes, kNames };

TypedExpression M(Name name) { return typed::Metric(name); }
TypedExpression IsBig(Name name) { return Op(Operator::kGreater, M(name), Num(3)); }

CheckedRuleSet WithMetrics() {
  CheckedRuleSet rule_set;
  const std::pair<const char*, Type> kMetrics[kNames] = {{"absent", Type::Number()},
                                                         {"another", Type::Number()},
                                                         {"five", Type::Number()},
                                                         {"plan", Type::String()},
                                                         {"signed_up", Type::Timestamp()},
                                                         {"time_absent", Type::Timestamp()},
                                                         {"yes", Type::Bool()}};
  for (const auto& [name, type] : kMetrics) {
    Metric metric;
    metric.name = name;
    metric.type = type;
    rule_set.metrics.push_back(std::move(metric));
  }
  return rule_set;
}

Account Sent(const CheckedRuleSet& rule_set) {
  Account account(rule_set);
  account.Set(kFive, Value::Number(5));
  account.Set(kPlan, Value::String("free"));
  account.Set(kSignedUp, Value::Time({kNow - 3 * kMicrosPerDay}));
  account.Set(kYes, Value::Bool(true));
  return account;
}

Result Evaluated(const TypedExpression& expression, int64_t now = kNow) {
  const CheckedRuleSet rule_set = WithMetrics();
  const Account account = Sent(rule_set);
  return EvaluateExpression(rule_set, expression, {.account = &account, .now = {now}}, {});
}

struct ValueRow {
  const char* what;
  TypedExpression expression;
  Value value;
};

TEST(InterpreterTest, Values) {
  const ValueRow kRows[] = {
      {"constant", Num(2), Value::Number(2)},
      {"metric", M(kFive), Value::Number(5)},
      {"now", typed::Now(), Value::Time({kNow})},
      {"arithmetic", Op(Operator::kAdd, M(kFive), Num(2)), Value::Number(7)},
      {"comparison", IsBig(kFive), Value::Bool(true)},
      {"false and missing", Op(Operator::kAnd, Bool(false), IsBig(kAbsent)), Value::Bool(false)},
      {"true or missing", Op(Operator::kOr, IsBig(kAbsent), Bool(true)), Value::Bool(true)},
      {"not", Op(Operator::kNot, M(kYes)), Value::Bool(false)},
      {"at least, reached", AtLeast(1, IsBig(kAbsent), M(kYes)), Value::Bool(true)},
      {"at least, out of reach", AtLeast(2, IsBig(kAbsent), Bool(false)), Value::Bool(false)},
      {"if", Op(Operator::kIf, M(kYes), Num(1), M(kAbsent)), Value::Number(1)},
      {"else", Op(Operator::kIf, Bool(false), M(kAbsent), Num(2)), Value::Number(2)},
      {"in, with a missing member", Op(Operator::kIn, M(kFive), M(kAbsent), Num(5)),
       Value::Bool(true)},
      {"in", Op(Operator::kIn, M(kPlan), Str("pro"), Str("team")), Value::Bool(false)},
      {"not in", Op(Operator::kNotIn, M(kPlan), Str("pro"), Str("team")), Value::Bool(true)},
      {"not in, with a missing member", Op(Operator::kNotIn, M(kFive), M(kAbsent), Num(5)),
       Value::Bool(false)},
      {"between, low end", Op(Operator::kBetween, M(kFive), Num(5), Num(9)), Value::Bool(true)},
      {"between, high end", Op(Operator::kBetween, M(kFive), Num(1), Num(5)), Value::Bool(true)},
      {"between, above", Op(Operator::kBetween, M(kFive), Num(1), Num(4)), Value::Bool(false)},
      {"between, decided by one end", Op(Operator::kBetween, M(kFive), Num(6), M(kAbsent)),
       Value::Bool(false)},
      {"between the wrong way round", Op(Operator::kBetween, M(kFive), Num(9), Num(1)),
       Value::Bool(false)},
      {"is missing", Op(Operator::kIsMissing, M(kAbsent)), Value::Bool(true)},
      {"is missing, sent", Op(Operator::kIsMissing, M(kFive)), Value::Bool(false)},
      {"is missing, of a division by zero", Op(Operator::kIsMissing, Broken()), Value::Bool(true)},
      {"is present", Op(Operator::kIsPresent, M(kAbsent)), Value::Bool(false)},
      {"is present, sent", Op(Operator::kIsPresent, M(kFive)), Value::Bool(true)},
      {"matches, unanchored", typed::Matches(M(kPlan), "^f.e"), Value::Bool(true)},
      {"matches nothing", typed::Matches(M(kPlan), "^r"), Value::Bool(false)},
      {"function", Call("max", Type::Number(), M(kFive), Num(9)), Value::Number(9)},
      {"coalesce", Call("coalesce", Type::Number(), M(kAbsent), Broken(), M(kFive), Num(1)),
       Value::Number(5)},
  };
  for (const ValueRow& row : kRows) {
    const Result result = Evaluated(row.expression);
    EXPECT_EQ(result.value, row.value) << row.what << ": " << result.value.ToSource();
    EXPECT_THAT(result.missing, IsEmpty()) << row.what;
  }
}

struct MissingRow {
  const char* what;
  TypedExpression expression;
  MissingMetrics missing;
};

TEST(InterpreterTest, MissingResultsNameTheMetricsThatMatter) {
  const TypedExpression absent_plus_one = Op(Operator::kAdd, M(kAbsent), Num(1));
  const MissingRow kRows[] = {
      {"a metric", M(kAbsent), {kAbsent}},
      {"both operands", Op(Operator::kLess, M(kAnother), M(kAbsent)), {kAbsent, kAnother}},
      {"through arithmetic", Op(Operator::kGreater, absent_plus_one, M(kFive)), {kAbsent}},
      {"a function's arguments", Call("max", Type::Number(), M(kAbsent), M(kFive)), {kAbsent}},
      {"matches", typed::Matches(M(kAbsent), "x"), {kAbsent}},
      {"a division by zero", Broken(), {}},
      {"a missing number by zero", Op(Operator::kDivide, M(kAbsent), Num(0)), {}},
      {"a number by a missing one", Op(Operator::kDivide, Num(1), M(kAbsent)), {kAbsent}},
      {"beside a division by zero", Op(Operator::kAdd, M(kAbsent), Broken()), {}},
      {"an infinite product", Op(Operator::kMultiply, Num(1e308), Num(10)), {}},
      {"clamp, low above high", Call("clamp", Type::Number(), M(kAbsent), Num(5), Num(1)), {}},
      {"clamp, low still missing",
       Call("clamp", Type::Number(), M(kAbsent), M(kAnother), Num(1)),
       {kAbsent, kAnother}},
      {"and", Op(Operator::kAnd, M(kYes), IsBig(kAbsent), IsBig(kAnother)), {kAbsent, kAnother}},
      {"and, beside what nothing can mend",
       Op(Operator::kAnd, BrokenCondition(), IsBig(kAbsent)),
       {kAbsent}},
      {"at least, one alone can't decide",
       AtLeast(2, BrokenCondition(), BrokenCondition(), IsBig(kAbsent)),
       {}},
      {"a condition", Op(Operator::kIf, IsBig(kAbsent), M(kAnother), Num(1)), {kAbsent}},
      {"a branch", Op(Operator::kIf, M(kYes), M(kAnother), Num(1)), {kAnother}},
      {"in: the subject and the members",
       Op(Operator::kIn, M(kAbsent), M(kAnother), Num(1)),
       {kAbsent, kAnother}},
      {"in: the member", Op(Operator::kIn, M(kFive), M(kAnother), Num(1)), {kAnother}},
      {"in: a member past mending", Op(Operator::kIn, M(kFive), Broken(), Num(1)), {}},
      {"in: a subject past mending", Op(Operator::kIn, Broken(), M(kAnother), Num(1)), {}},
      {"not in", Op(Operator::kNotIn, M(kFive), M(kAnother), Num(1)), {kAnother}},
      {"between: the subject", Op(Operator::kBetween, M(kAbsent), Num(1), Num(2)), {kAbsent}},
      {"between: an end", Op(Operator::kBetween, M(kFive), Num(1), M(kAnother)), {kAnother}},
      {"coalesce: all",
       Call("coalesce", Type::Number(), M(kAnother), Broken(), M(kAbsent)),
       {kAbsent, kAnother}},
      {"within", Op(Operator::kWithinLast, M(kTimeAbsent), Days(7)), {kTimeAbsent}},
  };
  for (const MissingRow& row : kRows) {
    const Result result = Evaluated(row.expression);
    EXPECT_TRUE(result.value.IsMissing()) << row.what << ": " << result.value.ToSource();
    EXPECT_EQ(result.missing, row.missing) << row.what;
  }
}

TEST(InterpreterTest, WithinIsHalfOpenOnItsEarlySide) {
  const int64_t week = 7 * kMicrosPerDay;
  struct Row {
    int64_t from_now;
    bool last;
    bool next;
  };
  constexpr Row kRows[] = {{-1, true, false}, {0, true, false}, {1, false, true}};
  for (const Row& row : kRows) {
    const TypedExpression time = Constant(Value::Time({kNow + row.from_now}));
    EXPECT_EQ(Evaluated(Op(Operator::kWithinLast, time, Days(7))).value, Value::Bool(row.last));
    EXPECT_EQ(Evaluated(Op(Operator::kWithinNext, time, Days(7))).value, Value::Bool(row.next));
  }
  const auto last = [](int64_t micros) {
    return Evaluated(Op(Operator::kWithinLast, Constant(Value::Time({micros})), Days(7))).value;
  };
  EXPECT_EQ(last(kNow - week), Value::Bool(false));
  EXPECT_EQ(last(kNow - week + 1), Value::Bool(true));
  const auto next = [](int64_t micros) {
    return Evaluated(Op(Operator::kWithinNext, Constant(Value::Time({micros})), Days(7))).value;
  };
  EXPECT_EQ(next(kNow + week), Value::Bool(true));
  EXPECT_EQ(next(kNow + week + 1), Value::Bool(false));
}

TEST(InterpreterTest, WithinASpanThatLeavesTheCalendarIsStillAKleeneAnd) {
  const TypedExpression forever = Days(9'000'000);
  EXPECT_TRUE(Evaluated(Op(Operator::kWithinLast, M(kSignedUp), forever)).value.IsMissing());
  const TypedExpression later = Constant(Value::Time({kNow + 1}));
  EXPECT_EQ(Evaluated(Op(Operator::kWithinLast, later, forever)).value, Value::Bool(false));
}

TEST(InterpreterTest, AFunctionResultThatBreaksItsSignatureIsMissing) {
  const FunctionDefinition liar = {
      .name = "liar", .body = [](std::span<const Value>) { return Value::String("three"); }};
  EXPECT_TRUE(Evaluated(typed::CallTo(liar, Type::Number(), Num(1))).value.IsMissing());
  EXPECT_EQ(Evaluated(typed::CallTo(liar, Type::String(), Num(1))).value, Value::String("three"));
}

TEST(InterpreterTest, StrictFunctionBodiesNeverSeeMissing) {
  const FunctionDefinition watcher = {.name = "watcher",
                                      .body = [](std::span<const Value> arguments) {
                                        EXPECT_FALSE(arguments[0].IsMissing());
                                        return arguments[0];
                                      }};
  EXPECT_TRUE(Evaluated(typed::CallTo(watcher, Type::Number(), M(kAbsent))).value.IsMissing());
  EXPECT_EQ(Evaluated(typed::CallTo(watcher, Type::Number(), M(kFive))).value, Value::Number(5));
}

TEST(AccountTest, DefaultsHoldUntilAValueComes) {
  CheckedRuleSet rule_set = WithMetrics();
  rule_set.metrics.Edit(kFive).default_value = Value::Number(1);
  Account account(rule_set);
  EXPECT_EQ(account.Metric(kFive), Value::Number(1));
  EXPECT_FALSE(account.WasSet(kFive));
  account.Set(kFive, Value::Number(7));
  EXPECT_EQ(account.Metric(kFive), Value::Number(7));
  EXPECT_TRUE(account.WasSet(kFive));
  account.Set(kFive, Value::Missing());
  EXPECT_EQ(account.Metric(kFive), Value::Number(1));
  EXPECT_FALSE(account.WasSet(kFive));
  EXPECT_TRUE(account.Metric(kAbsent).IsMissing());
}

// --- scorecards

ScorecardLine When(double points, TypedExpression condition) {
  ScorecardLine line;
  line.points = points;
  line.condition = std::move(condition);
  return line;
}
ScorecardLine Per(double points, double per, TypedExpression value,
                  std::optional<double> up_to = std::nullopt) {
  ScorecardLine line;
  line.points = points;
  line.per = per;
  line.per_value = std::move(value);
  line.up_to = up_to;
  return line;
}

ScorecardResult Scored(std::vector<ScorecardLine> lines, std::optional<double> floor = std::nullopt,
                       std::optional<double> cap = std::nullopt) {
  CheckedRuleSet rule_set = WithMetrics();
  Scorecard scorecard;
  scorecard.lines = std::move(lines);
  scorecard.floor = floor;
  scorecard.cap = cap;
  rule_set.scorecards.push_back(std::move(scorecard));
  rule_set.evaluation_order = {{Item::Kind::kScorecard, 0}};
  const Account account = Sent(rule_set);
  return Evaluate(rule_set, {.account = &account, .now = {kNow}}).scorecards[0];
}

struct ScoreRow {
  const char* what;
  ScorecardResult result;
  double value;
};

TEST(ScorecardTest, Values) {
  const ScoreRow kRows[] = {
      {"no lines", Scored({}), 0},
      {"when", Scored({When(40, M(kYes)), When(2, Bool(false))}), 40},
      {"subtract", Scored({When(40, M(kYes)), When(-30, M(kYes))}), 10},
      {"whole twos in five", Scored({Per(5, 2, M(kFive))}), 10},
      {"at most", Scored({Per(5, 2, M(kFive), 7)}), 7},
      {"at most, subtracted", Scored({Per(-5, 2, M(kFive), 7)}), -7},
      {"a negative amount counts as none", Scored({Per(5, 2, Num(-9))}), 0},
      {"a fraction", Scored({Per(1, 0.5, Num(1.75))}), 3},
      {"in doubles", Scored({Per(1, 0.1, Num(0.3))}), 2},
      {"per duration",
       Scored({Per(1, double{kMicrosPerDay}, Constant(Value::Span({3 * kMicrosPerDay - 1})))}), 2},
      {"cap", Scored({When(40, M(kYes))}, 0, 30), 30},
      {"floor", Scored({When(-40, M(kYes))}, 0, 30), 0},
      {"in source order", Scored({When(1e16, M(kYes)), When(1, M(kYes)), When(-1e16, M(kYes))}), 0},
      {"infinite", Scored({Per(10, 1, Num(1e308))}), kLargest},
      {"infinite, subtracted", Scored({Per(-10, 1, Num(1e308))}), -kLargest},
      {"infinite sum", Scored({Per(1, 1, Num(1e308)), Per(1, 1, Num(1e308))}), kLargest},
      {"infinite count, at most", Scored({Per(1, 0.001, Num(1e308), 50)}), 50},
      {"infinite count of nothing", Scored({Per(0, 0.001, Num(1e308))}), 0},
      {"infinite up and down", Scored({Per(10, 1, Num(1e308)), Per(-10, 1, Num(1e308))}), 0},
  };
  for (const ScoreRow& row : kRows) {
    EXPECT_EQ(row.result.value, row.value) << row.what;
    EXPECT_FALSE(row.result.incomplete) << row.what;
    EXPECT_THAT(row.result.missing, IsEmpty()) << row.what;
  }
}

TEST(ScorecardTest, ZeroIsNeverNegative) {
  EXPECT_FALSE(std::signbit(Scored({Per(-5, 2, Num(1))}).value));
  EXPECT_FALSE(std::signbit(Scored({When(-5, M(kYes))}, -0.0).value));
}

TEST(ScorecardTest, AMissingLineAddsNothingAndIsReported) {
  const ScorecardResult result =
      Scored({When(40, M(kYes)), When(7, IsBig(kAnother)), Per(1, 1, M(kAbsent))});
  EXPECT_EQ(result.value, 40);
  EXPECT_TRUE(result.incomplete);
  EXPECT_THAT(result.missing, ElementsAre(kAbsent, kAnother));
}

TEST(ScorecardTest, IncompleteWithNobodyToBlame) {
  const ScorecardResult result = Scored({When(40, BrokenCondition())});
  EXPECT_EQ(result.value, 0);
  EXPECT_TRUE(result.incomplete);
  EXPECT_THAT(result.missing, IsEmpty());
}

// --- rules

class RuleTest : public ::testing::Test {
 protected:
  // Declares a rule; its index.  Items are evaluated in order of declaration.
  uint32_t AddRule(Rule rule) {
    rule_set_.rules.push_back(std::move(rule));
    return Declared(Item::Kind::kRule, rule_set_.rules.size());
  }
  uint32_t AddRule(TypedExpression when) { return AddRule(Rule{.when = std::move(when)}); }
  uint32_t AddDefine(TypedExpression value) {
    rule_set_.defines.push_back({.value = std::move(value)});
    return Declared(Item::Kind::kDefine, rule_set_.defines.size());
  }
  uint32_t AddScorecard(std::vector<ScorecardLine> lines) {
    rule_set_.scorecards.push_back({.lines = std::move(lines)});
    return Declared(Item::Kind::kScorecard, rule_set_.scorecards.size());
  }

  Evaluation Run(std::vector<bool> held = {}) {
    const Account account = Sent(rule_set_);
    return Evaluate(rule_set_, {.account = &account, .now = {kNow}, .held = std::move(held)});
  }
  RuleResult Only(Rule rule, std::vector<bool> held = {}) {
    const uint32_t index = AddRule(std::move(rule));
    return Run(std::move(held)).rules[index];
  }
  Result Expect(const TypedExpression& expression) {
    const Account account = Sent(rule_set_);
    const EvaluationInput input = {.account = &account, .now = {kNow}};
    return EvaluateExpression(rule_set_, expression, input, Evaluate(rule_set_, input));
  }

  CheckedRuleSet rule_set_ = WithMetrics();

 private:
  uint32_t Declared(Item::Kind kind, size_t count) {
    const auto index = static_cast<uint32_t>(count - 1);
    rule_set_.evaluation_order.push_back({kind, index});
    return index;
  }
};

struct UnlessRow {
  TypedExpression when;
  std::optional<TypedExpression> unless;
  Outcome outcome;
  MissingMetrics missing;
};

TEST_F(RuleTest, WhenAndNotUnless) {
  const UnlessRow kRows[] = {
      {Bool(true), std::nullopt, Outcome::kQualified, {}},
      {Bool(false), std::nullopt, Outcome::kNotQualified, {}},
      {IsBig(kAbsent), std::nullopt, Outcome::kUnknown, {kAbsent}},
      {Bool(true), Bool(false), Outcome::kQualified, {}},
      {Bool(true), Bool(true), Outcome::kNotQualified, {}},
      {Bool(true), IsBig(kAbsent), Outcome::kUnknown, {kAbsent}},
      {IsBig(kAbsent), Bool(true), Outcome::kNotQualified, {}},
      {Bool(false), IsBig(kAbsent), Outcome::kNotQualified, {}},
      {IsBig(kAbsent), IsBig(kAnother), Outcome::kUnknown, {kAbsent, kAnother}},
      {BrokenCondition(), std::nullopt, Outcome::kUnknown, {}},
      {BrokenCondition(), IsBig(kAbsent), Outcome::kUnknown, {kAbsent}},
  };
  for (const UnlessRow& row : kRows) {
    const size_t number = &row - kRows;
    const RuleResult result = Only({.when = row.when, .unless = row.unless});
    EXPECT_EQ(OutcomeName(result.outcome), OutcomeName(row.outcome)) << number;
    EXPECT_EQ(result.missing, row.missing) << number;
  }
}

TEST_F(RuleTest, KeepWhileHoldsWhoIsHeld) {
  const auto kept = [](TypedExpression when, TypedExpression keep) {
    return Rule{.when = std::move(when), .keep_while = std::move(keep)};
  };
  AddRule(kept(Bool(false), Bool(true)));
  AddRule(kept(Bool(false), Bool(false)));
  AddRule(kept(IsBig(kAbsent), Bool(true)));
  AddRule(kept(Bool(false), IsBig(kAbsent)));
  AddRule(kept(Bool(true), Bool(false)));
  Rule excluded = kept(Bool(false), Bool(true));
  excluded.unless = Bool(true);
  AddRule(std::move(excluded));

  const auto outcomes = [](const Evaluation& evaluation) {
    std::vector<Outcome> outcomes;
    for (const RuleResult& rule : evaluation.rules) outcomes.push_back(rule.outcome);
    return outcomes;
  };
  EXPECT_THAT(outcomes(Run()),
              ElementsAre(Outcome::kNotQualified, Outcome::kNotQualified, Outcome::kUnknown,
                          Outcome::kNotQualified, Outcome::kQualified, Outcome::kNotQualified));
  EXPECT_THAT(outcomes(Run(std::vector<bool>(6, true))),
              ElementsAre(Outcome::kQualified, Outcome::kNotQualified, Outcome::kQualified,
                          Outcome::kUnknown, Outcome::kQualified, Outcome::kNotQualified));
  EXPECT_EQ(Run({true}).rules[0].outcome, Outcome::kQualified) << "a short list: the rest not held";
}

struct WindowRow {
  std::optional<Timestamp> from;
  std::optional<Timestamp> until;
  Outcome outcome;
};

TEST_F(RuleTest, ActiveWindowIsHalfOpenAndComesFirst) {
  constexpr Timestamp kBefore = {kNow - 1};
  constexpr Timestamp kAt = {kNow};
  constexpr Timestamp kAfter = {kNow + 1};
  const WindowRow kRows[] = {
      {kAt, std::nullopt, Outcome::kUnknown},      {kAfter, std::nullopt, Outcome::kNotQualified},
      {std::nullopt, kAt, Outcome::kNotQualified}, {std::nullopt, kAfter, Outcome::kUnknown},
      {kBefore, kAfter, Outcome::kUnknown},        {kBefore, kAt, Outcome::kNotQualified},
  };
  for (const WindowRow& row : kRows) {
    const RuleResult result =
        Only({.when = IsBig(kAbsent), .active_from = row.from, .active_until = row.until});
    EXPECT_EQ(OutcomeName(result.outcome), OutcomeName(row.outcome)) << &row - kRows;
    EXPECT_EQ(result.missing.empty(), row.outcome == Outcome::kNotQualified) << &row - kRows;
  }
}

TEST_F(RuleTest, ScoreIsOfQualifiedRulesWherePresent) {
  EXPECT_EQ(Only({.when = Bool(true), .score = M(kFive)}).score, 5);
  EXPECT_EQ(Only({.when = Bool(true), .score = M(kAbsent)}).score, std::nullopt);
  EXPECT_EQ(Only({.when = Bool(false), .score = M(kFive)}).score, std::nullopt);
  EXPECT_EQ(Only({.when = IsBig(kAbsent), .score = M(kFive)}).score, std::nullopt);
  EXPECT_EQ(Only({.when = Bool(true)}).score, std::nullopt);
}

TEST_F(RuleTest, NamesCarryTheirMissingMetricsAlong) {
  const uint32_t define = AddDefine(Op(Operator::kAdd, M(kAbsent), Num(1)));
  const uint32_t inner = AddRule(Op(Operator::kGreater, typed::Define(define), Num(0)));
  const uint32_t outer = AddRule(Op(Operator::kAnd, typed::Rule(inner), IsBig(kAnother)));
  const Evaluation evaluation = Run();
  EXPECT_THAT(evaluation.defines[define].missing, ElementsAre(kAbsent));
  EXPECT_THAT(evaluation.rules[inner].missing, ElementsAre(kAbsent));
  EXPECT_THAT(evaluation.rules[outer].missing, ElementsAre(kAbsent, kAnother));
}

TEST_F(RuleTest, NamesKnowWhichWayTheyCanTurn) {
  // Can become true, never false.
  const uint32_t rule = AddRule(Op(Operator::kOr, BrokenCondition(), IsBig(kAbsent)));
  const uint32_t define = AddDefine(typed::Rule(rule));
  for (const TypedExpression& name : {typed::Rule(rule), typed::Define(define)}) {
    EXPECT_THAT(Expect(Op(Operator::kOr, BrokenCondition(), name)).missing, ElementsAre(kAbsent));
    EXPECT_THAT(Expect(Op(Operator::kAnd, BrokenCondition(), name)).missing, IsEmpty());
  }
}

TEST_F(RuleTest, AnIncompleteScorecardIsStillANumber) {
  const uint32_t scorecard = AddScorecard({When(40, M(kYes)), When(7, IsBig(kAbsent))});
  const uint32_t rule = AddRule(Op(Operator::kGreater, typed::Scorecard(scorecard), Num(45)));
  const Evaluation evaluation = Run();
  EXPECT_TRUE(evaluation.scorecards[scorecard].incomplete);
  EXPECT_EQ(evaluation.rules[rule].outcome, Outcome::kNotQualified);
  EXPECT_EQ(Expect(typed::Scorecard(scorecard)).value, Value::Number(40));
}

TEST_F(RuleTest, RuleAsAConditionIsItsOutcome) {
  const uint32_t yes = AddRule(Bool(true));
  const uint32_t no = AddRule(Bool(false));
  const uint32_t unknown = AddRule(IsBig(kAbsent));
  EXPECT_EQ(Expect(typed::Rule(yes)).value, Value::Bool(true));
  EXPECT_EQ(Expect(typed::Rule(no)).value, Value::Bool(false));
  EXPECT_EQ(Expect(Op(Operator::kIsMissing, typed::Rule(unknown))).value, Value::Bool(true));
}

// --- stages

class StageTest : public RuleTest {
 protected:
  StageTest() { rule_set_.stages = {"mql", "sql", "pql"}; }

  uint32_t AddStage(uint32_t stage, TypedExpression when, RuleMode mode = RuleMode::kActive) {
    return AddRule(Rule{.stage = stage, .mode = mode, .when = std::move(when)});
  }
};

TEST_F(StageTest, IsTheHighestOfActiveQualifiedRules) {
  AddStage(0, Bool(true));
  AddStage(1, Bool(true));
  AddStage(0, Bool(true));
  AddStage(2, Bool(false));
  AddStage(2, IsBig(kAbsent));
  AddStage(2, Bool(true), RuleMode::kShadow);
  AddStage(2, Bool(true), RuleMode::kDraft);
  AddRule(Bool(true));
  EXPECT_EQ(Run().stage, 1);
  EXPECT_EQ(Expect(typed::Stage()).value, Value::String("sql"));
  EXPECT_THAT(Expect(typed::Stage()).missing, IsEmpty());
}

TEST_F(StageTest, WithNoneItNamesWhatCouldStillGiveOne) {
  AddStage(0, IsBig(kAnother));
  AddStage(1, Op(Operator::kAnd, BrokenCondition(), IsBig(kAbsent)));  // can only become false
  AddStage(2, IsBig(kAbsent), RuleMode::kShadow);
  AddRule(IsBig(kAbsent));  // gives no stage
  EXPECT_EQ(Run().stage, std::nullopt);
  const Result stage = Expect(typed::Stage());
  EXPECT_TRUE(stage.value.IsMissing());
  EXPECT_THAT(stage.missing, ElementsAre(kAnother));
}

TEST_F(StageTest, WithNoneAndNothingUnknownItNamesNothing) {
  AddStage(0, Bool(false));
  EXPECT_TRUE(Expect(typed::Stage()).value.IsMissing());
  EXPECT_THAT(Expect(typed::Stage()).missing, IsEmpty());
}

}  // namespace
}  // namespace pql
