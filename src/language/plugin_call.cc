#include "language/plugin_call.h"

#include <cmath>
#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Kind = Type::Kind;

constexpr size_t kMaxTextBytes = 1 << 20;  // of a text, or of all texts of a list
constexpr size_t kMaxListItems = 100'000;
constexpr size_t kMaxMessageBytes = 200;

// What a plug-in says about its troubles, fit for a line of a log.
std::string Message(std::string_view text) {
  return EscapeUnprintable(text.substr(0, kMaxMessageBytes));
}

// What a body has returned so far; pql_call::host points to it.
struct Answer {
  int results = 0;
  pql_type type = PQL_TYPE_MISSING;
  Value value;
  std::string problem;
};

// Setters are called by C code: nothing may leave them.
template <typename Take>
void Record(pql_call* call, pql_type type, const Take& take) noexcept {
  Answer& answer = *static_cast<Answer*>(call->host);
  ++answer.results;
  answer.type = type;
  take(&answer);
}

void Take(pql_value value, pql_call* call) noexcept {
  Record(call, value.type, [&](Answer* answer) {
    std::string problem;
    answer->value = ReadPluginValue(value, &problem);
    if (!problem.empty()) answer->problem = StrCat("returned ", problem);
  });
}

pql_value Typed(pql_type type) {
  pql_value value = {};
  value.type = type;
  return value;
}

void ReturnNumber(pql_call* call, double number) {
  pql_value value = Typed(PQL_TYPE_NUMBER);
  value.as.number = number;
  Take(value, call);
}
void ReturnBool(pql_call* call, int32_t boolean) {
  pql_value value = Typed(PQL_TYPE_BOOL);
  value.as.boolean = boolean;
  Take(value, call);
}
void ReturnText(pql_call* call, pql_text text) {
  pql_value value = Typed(PQL_TYPE_STRING);
  value.as.text = text;
  Take(value, call);
}
void ReturnTimestamp(pql_call* call, int64_t micros) {
  pql_value value = Typed(PQL_TYPE_TIMESTAMP);
  value.as.micros = micros;
  Take(value, call);
}
void ReturnDuration(pql_call* call, int64_t micros) {
  pql_value value = Typed(PQL_TYPE_DURATION);
  value.as.micros = micros;
  Take(value, call);
}
void ReturnNumbers(pql_call* call, pql_number_list list) {
  pql_value value = Typed(PQL_TYPE_NUMBER_LIST);
  value.as.numbers = list;
  Take(value, call);
}
void ReturnTexts(pql_call* call, pql_text_list list) {
  pql_value value = Typed(PQL_TYPE_STRING_LIST);
  value.as.texts = list;
  Take(value, call);
}
void ReturnMissing(pql_call* call) { Take(Typed(PQL_TYPE_MISSING), call); }
void Fail(pql_call* call, pql_text message) {
  Record(call, PQL_TYPE_MISSING, [&](Answer* answer) {
    answer->problem = PluginTextProblem(message).empty()
                          ? StrCat("failed: ", Message({message.data, message.size}))
                          : "failed";
  });
}

std::string_view TypeName(pql_type type) {
  static constexpr std::string_view kNames[] = {"a missing value", "number",      "bool",
                                                "string",          "timestamp",   "duration",
                                                "list(number)",    "list(string)"};
  return kNames[type];
}

// The values as C sees them.  Points into the values and into itself: not movable.
class Arguments {
 public:
  explicit Arguments(std::span<const Value> values) {
    values_.reserve(values.size());
    texts_.reserve(values.size());
    for (const Value& value : values) values_.push_back(ToPlugin(value));
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;
  const std::vector<pql_value>& values() const { return values_; }

 private:
  static pql_text TextOf(const std::string& text) { return {text.data(), text.size()}; }

  pql_value ToPlugin(const Value& value) {
    pql_value out = {};
    if (value.IsNumber()) {
      out.type = PQL_TYPE_NUMBER;
      out.as.number = value.number();
    } else if (value.IsBool()) {
      out.type = PQL_TYPE_BOOL;
      out.as.boolean = value.boolean() ? 1 : 0;
    } else if (value.IsString()) {
      out.type = PQL_TYPE_STRING;
      out.as.text = TextOf(value.string());
    } else if (value.IsTimestamp()) {
      out.type = PQL_TYPE_TIMESTAMP;
      out.as.micros = value.timestamp().micros;
    } else if (value.IsDuration()) {
      out.type = PQL_TYPE_DURATION;
      out.as.micros = value.duration().micros;
    } else if (value.IsNumberList()) {
      out.type = PQL_TYPE_NUMBER_LIST;
      out.as.numbers = {value.numbers().data(), value.numbers().size()};
    } else if (value.IsStringList()) {
      std::vector<pql_text>& texts = texts_.emplace_back();
      for (const std::string& text : value.strings()) texts.push_back(TextOf(text));
      out.type = PQL_TYPE_STRING_LIST;
      out.as.texts = {texts.data(), texts.size()};
    }
    return out;
  }

  std::vector<pql_value> values_;
  std::vector<std::vector<pql_text>> texts_;
};

// Calls the body; what it throws is text.
std::string Run(const pql_function& function, pql_call* call) {
  try {
    function.body(function.data, call);
    return "";
  } catch (const std::exception& exception) {
    return StrCat("threw an exception: ", Message(exception.what()));
  } catch (...) {
    return "threw an exception";
  }
}

Value ReadNumbers(pql_number_list list, std::string* problem) {
  if (list.items == nullptr && list.size > 0) {
    *problem = "a list that is null";
  } else if (list.size > kMaxListItems) {
    *problem = StrCat("a list of ", list.size, " items, more than ", kMaxListItems);
  } else {
    Value value = Value::List(Value::NumberList(list.items, list.items + list.size));
    if (value.IsMissing()) *problem = "a list with a number that is not finite";
    return value;
  }
  return Value::Missing();
}

Value ReadTexts(pql_text_list list, std::string* problem) {
  if (list.items == nullptr && list.size > 0) {
    *problem = "a list that is null";
    return Value::Missing();
  }
  if (list.size > kMaxListItems) {
    *problem = StrCat("a list of ", list.size, " items, more than ", kMaxListItems);
    return Value::Missing();
  }
  Value::StringList texts;
  size_t bytes = 0;
  for (size_t i = 0; i < list.size && problem->empty(); ++i) {
    *problem = PluginTextProblem(list.items[i]);
    if (!problem->empty()) break;
    bytes += list.items[i].size;
    if (bytes > kMaxTextBytes) {
      *problem = StrCat("a list with more than ", kMaxTextBytes, " bytes of text");
      break;
    }
    texts.emplace_back(list.items[i].data, list.items[i].size);
  }
  return problem->empty() ? Value::List(std::move(texts)) : Value::Missing();
}

}  // namespace

std::string PluginTextProblem(pql_text text) {
  if (text.data == nullptr && text.size > 0) return "a text that is null";
  if (text.size > kMaxTextBytes) {
    return StrCat("a text of ", text.size, " bytes, more than ", kMaxTextBytes);
  }
  if (FindInvalidUtf8({text.data, text.size}).has_value()) return "a text that is not UTF-8";
  return "";
}

std::optional<Kind> PluginTypeKind(pql_type type) {
  switch (type) {
    case PQL_TYPE_NUMBER:
      return Kind::kNumber;
    case PQL_TYPE_BOOL:
      return Kind::kBool;
    case PQL_TYPE_STRING:
      return Kind::kString;
    case PQL_TYPE_TIMESTAMP:
      return Kind::kTimestamp;
    case PQL_TYPE_DURATION:
      return Kind::kDuration;
    case PQL_TYPE_NUMBER_LIST:
      return Kind::kNumberList;
    case PQL_TYPE_STRING_LIST:
      return Kind::kStringList;
    default:
      return std::nullopt;
  }
}

Kind KindOf(const Value& value) {
  for (const Kind kind : {Kind::kNumber, Kind::kBool, Kind::kString, Kind::kTimestamp,
                          Kind::kDuration, Kind::kNumberList}) {
    if (value.Fits(Type::OfKind(kind))) return kind;
  }
  return Kind::kStringList;
}

Value ReadPluginValue(const pql_value& value, std::string* problem) {
  switch (value.type) {
    case PQL_TYPE_MISSING:
      return Value::Missing();
    case PQL_TYPE_NUMBER:
      if (!std::isfinite(value.as.number)) *problem = "a number that is not finite";
      return Value::Number(value.as.number);
    case PQL_TYPE_BOOL:
      return Value::Bool(value.as.boolean != 0);
    case PQL_TYPE_STRING:
      *problem = PluginTextProblem(value.as.text);
      if (!problem->empty()) return Value::Missing();
      return Value::String(value.as.text.size == 0
                               ? std::string()
                               : std::string(value.as.text.data, value.as.text.size));
    case PQL_TYPE_TIMESTAMP: {
      Value time = Value::Time({value.as.micros});
      if (time.IsMissing()) *problem = "a timestamp outside of the years 1 to 9999";
      return time;
    }
    case PQL_TYPE_DURATION:
      return Value::Span({value.as.micros});
    case PQL_TYPE_NUMBER_LIST:
      return ReadNumbers(value.as.numbers, problem);
    case PQL_TYPE_STRING_LIST:
      return ReadTexts(value.as.texts, problem);
    default:
      *problem = StrCat("a value of type ", value.type, ", which does not exist");
      return Value::Missing();
  }
}

PluginResult CallPlugin(const pql_function& function, std::span<const Value> values, Kind result) {
  const Arguments arguments(values);
  Answer answer;
  pql_call call = {.arguments = arguments.values().data(),
                   .argument_count = arguments.values().size(),
                   .return_number = ReturnNumber,
                   .return_bool = ReturnBool,
                   .return_text = ReturnText,
                   .return_timestamp = ReturnTimestamp,
                   .return_duration = ReturnDuration,
                   .return_numbers = ReturnNumbers,
                   .return_texts = ReturnTexts,
                   .return_missing = ReturnMissing,
                   .fail = Fail,
                   .host = &answer};
  std::string problem = Run(function, &call);
  if (problem.empty() && answer.results == 0) problem = "returned nothing";
  if (problem.empty() && answer.results > 1) {
    problem = StrCat("returned ", answer.results, " results");
  }
  if (problem.empty()) problem = std::move(answer.problem);
  if (problem.empty() && answer.type != PQL_TYPE_MISSING && PluginTypeKind(answer.type) != result) {
    problem = StrCat("returned ", TypeName(answer.type), ", where its signature says ",
                     Type::OfKind(result).ToString());
  }
  if (!problem.empty()) return {Value::Missing(), std::move(problem)};
  return {std::move(answer.value), ""};
}

}  // namespace pql
