#include "tests/testing/random_rule_set.h"

#include <cmath>
#include <map>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql::testing {
namespace {

using Kind = Type::Kind;

constexpr double kNumbers[] = {0, 1, 2, 3, 5, 7, 10, 14, 20, 100, 2'000, 0.5, 2.5, 0.2};
constexpr const char* kTexts[] = {"", "a", "free", "pro", "Straße", "a b", "x@example.com"};
constexpr const char* kOptions[] = {"free", "trial", "pro", "business"};
constexpr const char* kDurations[] = {"0s", "1s", "90m", "1d", "7d", "1d12h", "2w", "30d"};
constexpr const char* kTimestamps[] = {"2026-01-01", "2026-02-28T23:59:59Z",
                                       "2026-03-01", "2026-03-01T08:30:00.5Z",
                                       "2026-03-08", "2026-06-30"};
constexpr const char* kPatterns[] = {"^a", "e$", "[0-9]+", "^$", "pro|free", "@example\\\\.com$"};

template <typename T, size_t N>
T Pick(Random* random, const T (&choices)[N]) {
  return choices[random->Below(N)];
}

// Names in scope by the type of their value.
using Scope = std::map<Kind, std::vector<std::string>>;

class Generator {
 public:
  Generator(Random* random, const RandomRuleSetOptions& options)
      : random_(random), options_(options) {}

  Scope scope;
  std::vector<std::string> conditions;  // names of rules that may be depended on
  std::vector<std::string> scorecards;

  std::string Expression(Kind kind, int depth) {
    switch (kind) {
      case Kind::kBool:
        return Condition(depth);
      case Kind::kNumber:
        return Number(depth);
      case Kind::kTimestamp:
        return Time(depth);
      case Kind::kDuration:
        return Span(depth);
      default:
        return Text(kind, depth);
    }
  }

  std::string Condition(int depth) {
    if (depth <= 0 || random_->OneIn(4)) return SimpleCondition(0);
    switch (random_->Below(8)) {
      case 0:
      case 1:
        return Join("and", depth);
      case 2:
      case 3:
        return Join("or", depth);
      case 4:
        return StrCat("not (", Condition(depth - 1), ")");
      case 5: {
        const int parts = random_->Between(1, 4);
        std::string text = StrCat("at least ", random_->Between(1, parts), " of (");
        for (int i = 0; i < parts; ++i) {
          StrAppend(&text, i == 0 ? "" : ", ", Condition(depth - 1));
        }
        return text + ")";
      }
      case 6:
        return StrCat("(if ", Condition(depth - 1), " then ", Condition(depth - 1), " else ",
                      Condition(depth - 1), ")");
      default:
        return SimpleCondition(depth - 1);
    }
  }

  std::string Number(int depth) {
    if (depth <= 0 || !options_.functions || random_->OneIn(2)) {
      if (options_.scorecard_use && !scorecards.empty() && random_->OneIn(6)) {
        return random_->Of(scorecards);
      }
      return Named(Kind::kNumber, FormatNumber(Pick(random_, kNumbers)));
    }
    const auto inner = [&] { return Number(depth - 1); };
    switch (random_->Below(10)) {
      case 0:
        return StrCat("(", inner(), " ", random_->Of({"+", "-", "*", "/"}), " ", inner(), ")");
      case 1:
        return StrCat("(", inner(), " ", random_->Of({"+", "-"}), " ", inner(), ")");
      case 2:
        return StrCat("(-", inner(), ")");
      case 3:
        return StrCat(random_->Of({"abs", "round", "floor", "ceil", "sqrt", "ln"}), "(", inner(),
                      ")");
      case 4:
        return StrCat(random_->Of({"min", "max", "pow"}), "(", inner(), ", ", inner(), ")");
      case 5:
        return StrCat("clamp(", inner(), ", ", inner(), ", ", inner(), ")");
      case 6:
        if (!options_.presence) return inner();
        return StrCat("coalesce(", inner(), ", ", inner(), ")");
      case 7:
        return StrCat("(if ", Condition(depth - 1), " then ", inner(), " else ", inner(), ")");
      case 8:
        return StrCat("length(", Text(Kind::kString, depth - 1), ")");
      default:
        if (options_.clock && random_->OneIn(2)) {
          return StrCat(random_->Of({"days", "hours", "minutes"}), "(", Span(depth - 1), ")");
        }
        if (options_.clock && random_->OneIn(2)) return StrCat("weekday(", Time(depth - 1), ")");
        return scope[Kind::kStringList].empty()
                   ? inner()
                   : StrCat("size(", random_->Of(scope[Kind::kStringList]), ")");
    }
  }

 private:
  // A name of that type, or else the literal.
  std::string Named(Kind kind, const std::string& literal) {
    const std::vector<std::string>& names = scope[kind];
    return names.empty() || random_->OneIn(3) ? literal : random_->Of(names);
  }

  std::string Join(const char* word, int depth) {
    std::string text = "(";
    const int parts = random_->Between(2, 4);
    for (int i = 0; i < parts; ++i) {
      if (i > 0) StrAppend(&text, " ", word, " ");
      StrAppend(&text, Condition(depth - 1));
    }
    return text + ")";
  }

  std::string Comparison() { return random_->Of({"==", "!=", "<", "<=", ">", ">="}); }

  std::string SimpleCondition(int depth) {
    switch (random_->Below(14)) {
      case 0:
        return Named(Kind::kBool, random_->Of({"true", "false"}));
      case 1:
        return conditions.empty() ? Ordered(Kind::kNumber, depth) : random_->Of(conditions);
      case 2:
        return OptionTest();
      case 3:
        return StrCat("(", Text(Kind::kString, depth), " ",
                      random_->Of({"==", "!=", "contains", "starts with", "ends with"}), " ",
                      Text(Kind::kString, depth), ")");
      case 4:
        return StrCat("(", Named(Kind::kString, "\"abc\""), " matches \"", Pick(random_, kPatterns),
                      "\")");
      case 5:
        if (scope[Kind::kStringList].empty()) return Ordered(Kind::kNumber, depth);
        return StrCat("(", random_->Of(scope[Kind::kStringList]), " contains ",
                      Text(Kind::kString, depth), ")");
      case 6:
        if (scope[Kind::kNumberList].empty()) return Ordered(Kind::kNumber, depth);
        return StrCat("(", random_->Of(scope[Kind::kNumberList]), " contains ", Number(depth), ")");
      case 7: {
        if (!options_.presence) return Ordered(Kind::kNumber, depth);
        const Kind kind = random_->Of({Kind::kNumber, Kind::kString, Kind::kTimestamp});
        const std::string subject = Expression(kind, depth);
        return StrCat("(", subject, " is ", random_->Of({"missing", "present"}), ")");
      }
      case 8:
        return StrCat("(", Number(depth), " ", random_->Of({"in", "not in"}), " (", Number(depth),
                      ", ", Number(depth), "))");
      case 9:
        return StrCat("(", Number(depth), " between ", Number(depth), " and ", Number(depth), ")");
      case 10:
        if (!options_.clock) return Ordered(Kind::kNumber, depth);
        return StrCat("(", Time(depth), " within ", random_->Of({"last", "next"}), " ", Span(depth),
                      ")");
      case 11:
        return Ordered(Kind::kTimestamp, depth);
      case 12:
        return Ordered(Kind::kDuration, depth);
      default:
        return Ordered(Kind::kNumber, depth);
    }
  }

  std::string Ordered(Kind kind, int depth) {
    return StrCat("(", Expression(kind, depth), " ", Comparison(), " ", Expression(kind, depth),
                  ")");
  }

  std::string OptionTest() {
    const std::vector<std::string>& names = scope[Kind::kOneOf];
    if (names.empty()) return Ordered(Kind::kNumber, 0);
    const std::string name = random_->Of(names);
    const auto option = [this] { return QuoteString(Pick(random_, kOptions)); };
    if (random_->OneIn(2)) {
      return StrCat("(", name, " ", random_->Of({"==", "!="}), " ", option(), ")");
    }
    return StrCat("(", name, " ", random_->Of({"in", "not in"}), " (", option(), ", ", option(),
                  "))");
  }

  std::string Text(Kind, int depth) {
    if (depth > 0 && options_.functions && random_->OneIn(3)) {
      return StrCat(random_->Of({"lower", "upper", "trim"}), "(", Text(Kind::kString, depth - 1),
                    ")");
    }
    return Named(Kind::kString, QuoteString(Pick(random_, kTexts)));
  }

  std::string Time(int depth) {
    if (depth > 0 && random_->OneIn(3)) {
      return StrCat("(", Time(depth - 1), " ", random_->Of({"+", "-"}), " ", Span(depth - 1), ")");
    }
    if (depth > 0 && options_.functions && random_->OneIn(6)) {
      return StrCat("date(", Time(depth - 1), ")");
    }
    if (options_.clock && random_->OneIn(3)) return "now";
    return Named(Kind::kTimestamp, Pick(random_, kTimestamps));
  }

  std::string Span(int depth) {
    if (depth > 0 && random_->OneIn(4)) {
      return StrCat("(", Time(depth - 1), " - ", Time(depth - 1), ")");
    }
    if (depth > 0 && options_.functions && random_->OneIn(4)) {
      return StrCat("(", Span(depth - 1), " * ", Number(depth - 1), ")");
    }
    if (depth > 0 && options_.functions && random_->OneIn(6)) {
      return StrCat("duration_days(", Number(depth - 1), ")");
    }
    return Named(Kind::kDuration, Pick(random_, kDurations));
  }

  Random* random_;
  const RandomRuleSetOptions& options_;
};

struct MetricShape {
  Kind kind;
  const char* declaration;
  std::vector<const char*> defaults;
};

const std::vector<MetricShape>& MetricShapes() {
  static const auto* shapes = new std::vector<MetricShape>{
      {Kind::kNumber, "number", {"0", "2.5", "-1"}},
      {Kind::kNumber, "number", {"0", "10"}},
      {Kind::kNumber, "number", {}},
      {Kind::kBool, "bool", {"true", "false"}},
      {Kind::kString, "string", {"\"\"", "\"a\""}},
      {Kind::kOneOf, "one of (\"free\", \"trial\", \"pro\", \"business\")", {"\"free\""}},
      {Kind::kTimestamp, "timestamp", {"2026-03-01"}},
      {Kind::kDuration, "duration", {"1d"}},
      {Kind::kStringList, "list(string)", {"[]", "[\"a\"]"}},
      {Kind::kNumberList, "list(number)", {"[1, 2]"}},
  };
  return *shapes;
}

std::string ScorecardSource(Random* random, Generator* generator, const std::string& name) {
  std::string source =
      StrCat("scorecard ", name, random->OneIn(2) ? " cap 100 floor -20" : "", " {\n");
  for (int i = random->Between(1, 4); i > 0; --i) {
    StrAppend(&source, "  ", random->OneIn(3) ? "subtract " : "add ", random->Between(1, 40));
    if (random->OneIn(3)) {
      StrAppend(&source, " per ", random->Between(1, 5), " of ", generator->Number(1),
                random->OneIn(2) ? " up to 15" : "", "\n");
    } else {
      StrAppend(&source, " when ", generator->Condition(2), "\n");
    }
  }
  return source + "}\n";
}

std::string RuleSource(Random* random, Generator* generator, const RandomRuleSetOptions& options,
                       const std::string& name, bool shadow) {
  std::string source = StrCat("rule ", name, " {\n");
  if (random->OneIn(2)) StrAppend(&source, "  stage ", random->Of({"mql", "sql", "pql"}), "\n");
  if (shadow) StrAppend(&source, "  mode shadow\n");
  if (options.clock && random->OneIn(4)) {
    StrAppend(
        &source, "  active",
        random->Of({" from 2026-03-01", " until 2026-06-30", " from 2026-03-01 until 2026-06-30"}),
        "\n");
  }
  StrAppend(&source, "  when ", generator->Condition(options.max_depth), "\n");
  if (random->OneIn(3)) StrAppend(&source, "  unless ", generator->Condition(2), "\n");
  if (random->OneIn(4)) StrAppend(&source, "  keep while ", generator->Condition(2), "\n");
  if (random->OneIn(3)) StrAppend(&source, "  score ", generator->Number(2), "\n");
  return source + "}\n";
}

Scope ScopeOf(const CheckedRuleSet& rule_set) {
  Scope scope;
  for (const Metric& metric : rule_set.metrics) {
    if (metric.type.unit().empty()) scope[metric.type.kind()].push_back(QuoteName(metric.name));
  }
  return scope;
}

}  // namespace

std::string RandomRuleSetSource(Random* random, const RandomRuleSetOptions& options) {
  Generator generator(random, options);
  std::string source = "stages mql < sql < pql\n";
  for (int i = 0; i < options.metrics; ++i) {
    const MetricShape& shape = random->Of(MetricShapes());
    const std::string name = random->OneIn(10) ? StrCat("größe.m", i) : StrCat("m", i);
    StrAppend(&source, "metric ", name, ": ", shape.declaration);
    if (!shape.defaults.empty() && random->OneIn(4)) {
      StrAppend(&source, " default ", random->Of(shape.defaults));
    }
    source += "\n";
    generator.scope[shape.kind].push_back(name);
  }
  for (int i = 0; i < options.scorecards; ++i) {
    const std::string name = StrCat("card", i);
    StrAppend(&source, ScorecardSource(random, &generator, name));
    generator.scorecards.push_back(name);
  }
  for (int i = 0; i < options.defines; ++i) {
    const Kind kind = random->Of({Kind::kBool, Kind::kNumber, Kind::kTimestamp, Kind::kDuration});
    const std::string name = StrCat("d", i);
    StrAppend(&source, random->OneIn(4) ? "output " : "define ", name, " = ",
              generator.Expression(kind, 2), "\n");
    generator.scope[kind].push_back(name);
  }
  for (int i = 0; i < options.rules; ++i) {
    const std::string name = StrCat("r", i);
    const bool shadow = random->OneIn(6);
    StrAppend(&source, RuleSource(random, &generator, options, name, shadow));
    if (!shadow) generator.conditions.push_back(name);
  }
  return source;
}

std::string RandomCondition(Random* random, const CheckedRuleSet& rule_set,
                            const RandomRuleSetOptions& options) {
  Generator generator(random, options);
  generator.scope = ScopeOf(rule_set);
  return generator.Condition(options.max_depth);
}

Value RandomValue(Random* random, const Metric& metric) {
  switch (metric.type.kind()) {
    case Kind::kNumber: {
      const double base = Pick(random, kNumbers);
      switch (random->Below(6)) {
        case 0:
          return Value::Number(base + 1);
        case 1:
          return Value::Number(base - 1);
        case 2:
          return Value::Number(std::nextafter(base, random->OneIn(2) ? 1e300 : -1e300));
        case 3:
          return Value::Number(-base);
        default:
          return Value::Number(random->OneIn(20) ? 1e308 : base);
      }
    }
    case Kind::kBool:
      return Value::Bool(random->OneIn(2));
    case Kind::kString:
      return Value::String(Pick(random, kTexts));
    case Kind::kOneOf:
      return Value::String(random->Of(metric.type.options()));
    case Kind::kTimestamp: {
      const int64_t base = *ParseTimestamp(Pick(random, kTimestamps));
      const int64_t step = random->Of({int64_t{0}, int64_t{1}, int64_t{-1}, kMicrosPerDay,
                                       -7 * kMicrosPerDay, 14 * kMicrosPerDay});
      return Value::Time(Timestamp{base + step});
    }
    case Kind::kDuration: {
      const int64_t base = ParseDurationLiteral(Pick(random, kDurations)).micros;
      return Value::Span(Duration{base + random->Of({0, 0, 1, -1})});
    }
    case Kind::kStringList: {
      Value::StringList list;
      for (int i = random->Between(0, 3); i > 0; --i) list.push_back(Pick(random, kTexts));
      return Value::List(std::move(list));
    }
    case Kind::kNumberList: {
      Value::NumberList list;
      for (int i = random->Between(0, 3); i > 0; --i) list.push_back(Pick(random, kNumbers));
      return Value::List(std::move(list));
    }
    case Kind::kUnknown:
      break;
  }
  return Value::Missing();
}

Account RandomAccount(Random* random, const CheckedRuleSet& rule_set,
                      const RandomAccountOptions& options) {
  Account account(rule_set);
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    if (random->Between(1, 100) <= options.missing_percent) continue;
    account.Set(i, RandomValue(random, rule_set.metrics[i]));
  }
  return account;
}

Timestamp RandomNow(Random* random) {
  const int64_t base = *ParseTimestamp(Pick(random, kTimestamps));
  return Timestamp{base + random->Of({int64_t{0}, int64_t{1}, kMicrosPerHour, 3 * kMicrosPerDay})};
}

std::vector<bool> RandomHeld(Random* random, const CheckedRuleSet& rule_set) {
  std::vector<bool> held(rule_set.rules.size());
  for (size_t i = 0; i < held.size(); ++i) held[i] = random->OneIn(3);
  return held;
}

}  // namespace pql::testing
