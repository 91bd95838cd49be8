#include "eval/function_inverses.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "language/operators.h"

namespace pql {
namespace {

// Texts and lists longer than this are not proposed.
constexpr double kMaxLength = 1'000;

// The whole numbers around a length that is wanted, as far as they are lengths.
std::vector<size_t> LengthsAround(double wanted) {
  std::vector<size_t> lengths;
  for (const double length : {std::ceil(wanted), std::floor(wanted) + 1, std::ceil(wanted) - 1}) {
    if (length >= 0 && length <= kMaxLength) lengths.push_back(static_cast<size_t>(length));
  }
  return lengths;
}

// So many code points: the text's own, then `x`.
std::string TextOfLength(const std::string& text, size_t length) {
  std::string result;
  size_t count = 0;
  for (const char byte : text) {
    const bool begins = !IsContinuationByte(byte);
    if (begins && ++count > length) return result;
    result += byte;
  }
  return result.append(length - count, 'x');
}

// The list with so many different elements: without those that come last, or with new ones.
template <typename List, typename ElementAt>
Value ListOfSize(const List& list, size_t size, const ElementAt& element_at) {
  List result;
  List distinct;
  const auto add = [&](const auto& element) {
    const bool is_new = std::find(distinct.begin(), distinct.end(), element) == distinct.end();
    if (is_new && distinct.size() == size) return;
    if (is_new) distinct.push_back(element);
    result.push_back(element);
  };
  for (const auto& element : list) add(element);
  for (int i = 1; distinct.size() < size; ++i) {
    const auto element = element_at(i);
    if (std::find(distinct.begin(), distinct.end(), element) == distinct.end()) add(element);
  }
  return Value::List(std::move(result));
}

using Answers = std::vector<Value>;

Answers Same(const InverseQuestion& q) { return {q.wanted}; }

template <int kFirst, int kSecond>  // in halves
Answers Steps(const InverseQuestion& q) {
  const double wanted = q.wanted.number();
  return {Value::Number(wanted + kFirst / 2.0), Value::Number(wanted + kSecond / 2.0)};
}

Answers FromAbs(const InverseQuestion& q) {
  return {q.wanted, InfoOf(Operator::kNegate).body(std::array{q.wanted})};
}

Answers FromSqrt(const InverseQuestion& q) {
  return {Value::Number(q.wanted.number() * q.wanted.number())};
}
Answers FromLn(const InverseQuestion& q) { return {Value::Number(std::exp(q.wanted.number()))}; }

Answers FromPow(const InverseQuestion& q) {
  const Value& other = q.arguments[1 - q.index];
  if (other.IsMissing()) return {};
  const double wanted = q.wanted.number();
  if (q.index == 1) return {Value::Number(std::log(wanted) / std::log(other.number()))};
  const double root = std::pow(std::abs(wanted), 1 / other.number());
  return {Value::Number(root), Value::Number(-root)};
}

template <int64_t kUnit>
Answers FromUnits(const InverseQuestion& q) {
  return {Value::RoundedSpan(q.wanted.number() * static_cast<double>(kUnit))};
}

Answers FromDurationDays(const InverseQuestion& q) {
  return {Value::Number(static_cast<double>(q.wanted.duration().micros) /
                        static_cast<double>(kMicrosPerDay))};
}

Answers FromDate(const InverseQuestion& q) {
  return {q.wanted,
          InfoOf(Operator::kAdd).body(std::array{q.wanted, Value::Span(Duration{kMicrosPerDay})})};
}

// The beginnings of days within a week of where it is.
Answers FromWeekday(const InverseQuestion& q) {
  const Value& from = q.arguments[0];
  const int64_t micros = from.IsMissing() ? q.now.micros : from.timestamp().micros;
  const int64_t midnight = micros - ((micros % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
  Answers answers;
  for (int day = -7; day <= 7; ++day) {
    answers.push_back(Value::Time(Timestamp{midnight + day * kMicrosPerDay}));
  }
  return answers;
}

Answers FromLength(const InverseQuestion& q) {
  const Value& from = q.arguments[0];
  Answers answers;
  for (const size_t length : LengthsAround(q.wanted.number())) {
    answers.push_back(Value::String(TextOfLength(from.IsMissing() ? "" : from.string(), length)));
  }
  return answers;
}

Answers FromSize(const InverseQuestion& q) {
  const Value& from = q.arguments[0];
  Answers answers;
  for (const size_t size : LengthsAround(q.wanted.number())) {
    if (q.type.kind() == Type::Kind::kNumberList) {
      answers.push_back(ListOfSize(from.IsMissing() ? Value::NumberList{} : from.numbers(), size,
                                   [](int i) { return static_cast<double>(i); }));
    } else {
      answers.push_back(ListOfSize(from.IsMissing() ? Value::StringList{} : from.strings(), size,
                                   [](int i) { return StrCat("item_", i); }));
    }
  }
  return answers;
}

}  // namespace

InverseFunction FindInverse(std::string_view function) {
  static const auto& inverses = *new std::map<std::string_view, InverseFunction>{
      {"abs", FromAbs},
      {"ceil", Steps<-2, 0>},
      {"clamp", Same},
      {"coalesce", Same},
      {"date", FromDate},
      {"days", FromUnits<kMicrosPerDay>},
      {"duration_days", FromDurationDays},
      {"floor", Steps<0, 2>},
      {"hours", FromUnits<kMicrosPerHour>},
      {"length", FromLength},
      {"ln", FromLn},
      {"lower", Same},
      {"max", Same},
      {"min", Same},
      {"minutes", FromUnits<kMicrosPerMinute>},
      {"pow", FromPow},
      {"round", Steps<-1, 1>},
      {"size", FromSize},
      {"sqrt", FromSqrt},
      {"trim", Same},
      {"upper", Same},
      {"weekday", FromWeekday},
  };
  const auto found = inverses.find(function);
  return found == inverses.end() ? nullptr : found->second;
}

}  // namespace pql
