#include "accounts/json_row.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "accounts/metric_value.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "nlohmann/json.hpp"

namespace pql {
namespace {

using nlohmann::json;

constexpr std::string_view kHeldExpected =
    "expected a list of rule names such as `[\"slack_team\"]`, got ";

// The value of one key, as far as a metric could take it.
struct SeenValue {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kList, kOther };
  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<double> numbers;  // of a list; one of the two is empty
  std::vector<std::string> texts;
  std::string_view other;  // "an object"

  void Become(std::string_view description) {
    kind = Kind::kOther;
    other = description;
  }
  absl::StatusOr<Value> As(const Type& type) {
    switch (kind) {
      case Kind::kNull:
        return Value::Missing();
      case Kind::kBool:
        return ValueFromBool(type, boolean);
      case Kind::kNumber:
        return ValueFromNumber(type, number);
      case Kind::kString:
        return ValueFromString(type, text);
      case Kind::kList:
        if (!numbers.empty()) return ValueFromNumberList(type, numbers);
        if (!texts.empty()) return ValueFromStringList(type, texts);
        return ValueFromEmptyList(type);
      case Kind::kOther:
        break;
    }
    return TypeError(type, other);
  }
};

// Receives the events of nlohmann's parser, which itself keeps no stack of ours: depth costs it a
// bit a level.
class RowHandler : public nlohmann::json_sax<json> {
 public:
  RowHandler(std::string_view text, ColumnNames* names, AccountRow* row)
      : text_(text), names_(*names), row_(*row), seen_(names->metric_count()) {}

  RowProblem TakeProblem() { return std::move(problem_); }
  bool saw_id() const { return saw_id_; }

  bool null() override {
    if (depth_ == 2) value_.Become("a list with `null` in it");
    return Scalar(SeenValue::Kind::kNull);
  }
  bool boolean(bool boolean) override {
    value_.boolean = boolean;
    if (depth_ == 2) value_.Become("a list with `true` or `false` in it");
    return Scalar(SeenValue::Kind::kBool);
  }
  bool number_integer(number_integer_t number) override { return WholeNumber(number); }
  bool number_unsigned(number_unsigned_t number) override { return WholeNumber(number); }
  bool number_float(number_float_t number, const string_t& text) override {
    if (IsId()) value_.text = text;
    return Number(number);
  }
  bool string(string_t& text) override {
    if (depth_ == 1) {
      value_.text.swap(text);
    } else if (InList()) {
      if (!value_.numbers.empty()) {
        value_.Become("a list of numbers and strings");
      } else {
        value_.texts.push_back(std::move(text));
      }
    }
    return Scalar(SeenValue::Kind::kString);
  }
  bool binary(binary_t& /*bytes*/) override { return false; }  // never comes from text

  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 1) value_.Become("an object");
    if (depth_ == 2) value_.Become("a list of objects");
    ++depth_;
    return true;
  }
  bool key(string_t& key) override {
    if (depth_ != 1) return true;
    value_ = SeenValue();
    key_.swap(key);
    target_ = names_.Find(key_);
    return target_ != nullptr ? Enter() : Unknown();
  }
  bool end_object() override { return --depth_ == 0 || EndOfNested(); }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ == 0) return NoObject("a list");
    if (depth_ == 1) value_.kind = SeenValue::Kind::kList;
    if (depth_ == 2) value_.Become("a list of lists");
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return EndOfNested();
  }

  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& error) override;

 private:
  bool InList() const { return depth_ == 2 && value_.kind == SeenValue::Kind::kList; }

  // An id is no quantity: two that are told apart as they are sent may be one double.
  bool IsId() const { return depth_ == 1 && target_ != nullptr && target_->is_id; }
  template <typename Whole>
  bool WholeNumber(Whole number) {
    if (IsId()) value_.text = StrCat(number);
    return Number(static_cast<double>(number));
  }
  bool Number(double number) {
    if (depth_ == 1) {
      value_.number = number;
    } else if (InList()) {
      if (!value_.texts.empty()) {
        value_.Become("a list of numbers and strings");
      } else {
        value_.numbers.push_back(number);
      }
    }
    return Scalar(SeenValue::Kind::kNumber);
  }
  // A value that is no list and no object has ended.
  bool Scalar(SeenValue::Kind kind) {
    if (depth_ == 0) return NoObject("a single value");
    if (depth_ > 1) return true;
    value_.kind = kind;
    return Deliver();
  }
  bool EndOfNested() { return depth_ > 1 || Deliver(); }

  bool Fail(std::string_view message) {
    problem_.message = message;
    if (in_value_) problem_.place = StrCat(target_->metric ? "metric " : "", ShownText(key_));
    return false;
  }
  bool NoObject(std::string_view seen) {
    return Fail(StrCat("expected a JSON object such as `{\"messages\": 2500}`, got ", seen));
  }
  bool Unknown() {
    in_value_ = false;
    const absl::Status status = names_.NoteUnknown(key_);
    return status.ok() || Fail(FromAbsl(status.message()));
  }
  // From here on findings are about this key.
  bool Enter() {
    in_value_ = true;
    if (target_->metric) {
      if (seen_[*target_->metric]) return Fail("sent twice");
      seen_[*target_->metric] = true;
    } else if ((target_->is_id && saw_id_) || (target_->is_held && saw_held_)) {
      return Fail("sent twice");
    }
    return true;
  }
  bool Deliver();
  bool DeliverId();
  bool DeliverHeld();

  std::string_view text_;
  ColumnNames& names_;
  AccountRow& row_;
  std::vector<bool> seen_;
  bool saw_id_ = false;
  bool saw_held_ = false;
  size_t depth_ = 0;
  bool in_value_ = false;  // of a key that means something: target_
  std::string key_;
  const ColumnTarget* target_ = nullptr;
  SeenValue value_;
  RowProblem problem_;
};

bool RowHandler::Deliver() {
  if (target_ == nullptr) return true;
  if (target_->is_id && !DeliverId()) return false;
  if (target_->is_held && !DeliverHeld()) return false;
  if (target_->metric) {
    absl::StatusOr<Value> value = value_.As(names_.MetricAt(*target_->metric).type);
    if (!value.ok()) return Fail(FromAbsl(value.status().message()));
    row_.account.Set(*target_->metric, *std::move(value));
  }
  in_value_ = false;
  return true;
}

bool RowHandler::DeliverId() {
  saw_id_ = true;
  switch (value_.kind) {
    case SeenValue::Kind::kNull:
      return true;
    case SeenValue::Kind::kString:
      if (!value_.text.empty()) row_.id = value_.text;
      return true;
    case SeenValue::Kind::kNumber:
      row_.id = value_.text;
      return true;
    default:
      return Fail("the id of an account must be a string or a number");
  }
}

bool RowHandler::DeliverHeld() {
  saw_held_ = true;
  if (value_.kind == SeenValue::Kind::kNull) return true;
  if (value_.kind != SeenValue::Kind::kList || !value_.numbers.empty()) {
    return Fail(StrCat(kHeldExpected, value_.kind == SeenValue::Kind::kString
                                          ? ShownText(value_.text)
                                          : std::string("another value")));
  }
  row_.held = value_.texts;
  return true;
}

// Where the parser stopped: the word, string or sign that ends at, or goes on behind, `read`.
std::string_view OffendingText(std::string_view text, size_t read) {
  constexpr std::string_view kDelimiters = " \t\r\n,:{}[]\"";
  if (read == 0) return text.substr(0, 1);
  size_t begin = read - 1;
  if (text[begin] == '"') {
    const size_t opening = begin == 0 ? std::string_view::npos : text.rfind('"', begin - 1);
    if (opening != std::string_view::npos) begin = opening;
    return text.substr(begin, read - begin);
  }
  if (kDelimiters.find(text[begin]) != std::string_view::npos) return text.substr(begin, 1);
  while (begin > 0 && kDelimiters.find(text[begin - 1]) == std::string_view::npos) --begin;
  const size_t end = std::min(text.find_first_of(kDelimiters, read), text.size());
  return text.substr(begin, end - begin);
}

bool RowHandler::parse_error(std::size_t position, const std::string& last_token,
                             const nlohmann::detail::exception& error) {
  constexpr int kNumberOverflow = 406;
  if (error.id == kNumberOverflow) {
    return Fail(StrCat("the number ", ShownText(last_token), " is too large"));
  }
  if (const auto bad = FindInvalidUtf8(text_)) {
    return Fail(
        StrCat("not valid UTF-8 at byte ", *bad + 1, ": ", ShownText(text_.substr(*bad, 1))));
  }
  const std::string_view reason = error.what();
  for (const std::string_view end : {"unexpected end of input", "missing closing quote"}) {
    if (reason.find(end) == std::string_view::npos) continue;
    return Fail("not valid JSON: it ends before the object is complete");
  }
  const std::string_view word = OffendingText(text_, std::min<size_t>(position, text_.size()));
  for (const std::string_view name : {"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"}) {
    if (word == name) return Fail(StrCat("a number must be finite, got ", ShownText(word)));
  }
  const size_t before = static_cast<size_t>(word.data() - text_.data());
  return Fail(StrCat("not valid JSON at character ", CountCodePoints(text_.substr(0, before)) + 1,
                     ": ", ShownText(word), " is not expected there"));
}

}  // namespace

absl::Status RowError(uint64_t row, const RowProblem& problem) {
  std::string text = row > 0 ? StrCat("row ", row) : "";
  if (!problem.place.empty()) StrAppend(&text, text.empty() ? "" : ", ", problem.place);
  return absl::InvalidArgumentError(
      ToAbsl(StrCat(text, text.empty() ? "" : ": ", problem.message)));
}

RowProblem ReadJsonRow(std::string_view text, const AccountReaderOptions& options,
                       ColumnNames* names, AccountRow* row) {
  RowHandler handler(text, names, row);
  if (!json::sax_parse(text, &handler)) return handler.TakeProblem();
  if (options.id_column_required && !handler.saw_id()) {
    return {"", StrCat("it has no ", ShownText(options.id_column))};
  }
  return {};
}

RowProblem ReadHeld(std::string_view json_array, std::vector<std::string>* held) {
  const json list = json::parse(json_array, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array() ||
      !std::all_of(list.begin(), list.end(), [](const json& name) { return name.is_string(); })) {
    return {"", StrCat(kHeldExpected, ShownText(json_array))};
  }
  *held = list.get<std::vector<std::string>>();
  return {};
}

}  // namespace pql
