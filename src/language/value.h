// Values at run time.  Missing is a value of every type (grammar/README.md, "Missing values").
// Values; thread-safe when const.

#ifndef PQL_LANGUAGE_VALUE_H_
#define PQL_LANGUAGE_VALUE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "language/type.h"

namespace pql {

struct Timestamp {
  int64_t micros = 0;  // since the epoch, UTC; years 1 to 9999
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;  // NOLINT: false alarm
};
struct Duration {
  int64_t micros = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;  // NOLINT: false alarm
};

class Value {
 public:
  using NumberList = std::vector<double>;
  using StringList = std::vector<std::string>;

  Value() = default;  // missing
  static Value Missing() { return Value(); }
  // A number that is not finite is missing; -0.0 becomes 0.
  static Value Number(double number);
  static Value Bool(bool boolean) { return Value(Data(boolean)); }
  static Value String(std::string text) { return Value(Data(std::move(text))); }
  // Missing outside of the years 1 to 9999.
  static Value Time(Timestamp time);
  static Value Span(Duration span) { return Value(Data(span)); }
  // Rounded to the microsecond, half away from zero; missing when it is not finite or out of range.
  static Value RoundedSpan(double micros);
  // An element that is not finite makes the list missing; -0.0 becomes 0.
  static Value List(NumberList numbers);
  static Value List(StringList texts) { return Value(Data(std::move(texts))); }

  bool IsMissing() const { return std::holds_alternative<std::monostate>(data_); }
  bool IsTrue() const { return IsBool() && boolean(); }
  bool IsFalse() const { return IsBool() && !boolean(); }
  bool IsNumber() const { return std::holds_alternative<double>(data_); }
  bool IsBool() const { return std::holds_alternative<bool>(data_); }
  bool IsString() const { return std::holds_alternative<std::string>(data_); }
  bool IsTimestamp() const { return std::holds_alternative<Timestamp>(data_); }
  bool IsDuration() const { return std::holds_alternative<Duration>(data_); }
  bool IsNumberList() const { return std::holds_alternative<NumberList>(data_); }
  bool IsStringList() const { return std::holds_alternative<StringList>(data_); }

  // REQUIRES: holds that type.
  double number() const { return std::get<double>(data_); }
  bool boolean() const { return std::get<bool>(data_); }
  const std::string& string() const { return std::get<std::string>(data_); }
  Timestamp timestamp() const { return std::get<Timestamp>(data_); }
  Duration duration() const { return std::get<Duration>(data_); }
  const NumberList& numbers() const { return std::get<NumberList>(data_); }
  const StringList& strings() const { return std::get<StringList>(data_); }

  // Whether the value may stand where `type` is asked for: a `one of` admits its options, an
  // unknown type everything, and missing is a value of every type.
  bool Fits(const Type& type) const;

  // As in rules-language source: `2_500`, `"free"`, `1d12h`, `2026-03-01`, `["a"]`, `missing`.
  std::string ToSource() const;

  // The same type and value; missing equals missing.
  friend bool operator==(const Value& a, const Value& b) { return a.data_ == b.data_; }

 private:
  using Data = std::variant<std::monostate, double, bool, std::string, Timestamp, Duration,
                            NumberList, StringList>;
  explicit Value(Data data) : data_(std::move(data)) {}

  Data data_;
};

}  // namespace pql

#endif  // PQL_LANGUAGE_VALUE_H_
