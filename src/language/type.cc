#include "language/type.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/strings.h"

namespace pql {

Type Type::Number(std::string unit) {
  Type type(Kind::kNumber);
  type.unit_ = std::move(unit);
  return type;
}

Type Type::OneOf(std::vector<std::string> options) {
  Type type(Kind::kOneOf);
  type.options_ = std::make_shared<const std::vector<std::string>>(std::move(options));
  return type;
}

const std::vector<std::string>& Type::options() const {
  static const auto& none = *new std::vector<std::string>();
  return options_ == nullptr ? none : *options_;
}

std::string Type::ToString() const {
  switch (kind_) {
    case Kind::kUnknown:
      return "unknown";
    case Kind::kNumber:
      return unit_.empty() ? "number" : StrCat("number unit ", unit_);
    case Kind::kBool:
      return "bool";
    case Kind::kString:
      return "string";
    case Kind::kOneOf: {
      std::string text = "one of (";
      std::string_view separator;
      for (const std::string& option : options()) {
        StrAppend(&text, separator, QuoteString(option));
        separator = ", ";
      }
      return text + ")";
    }
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kDuration:
      return "duration";
    case Kind::kNumberList:
      return "list(number)";
    case Kind::kStringList:
      return "list(string)";
  }
  return "";
}

std::string Type::Describe() const {
  switch (kind_) {
    case Kind::kUnknown:
      return "a value";
    case Kind::kNumber:
      return unit_.empty() ? "a number" : StrCat("a number of ", unit_);
    case Kind::kBool:
      return "true or false";
    case Kind::kString:
      return "a string";
    case Kind::kOneOf:
      return ToString();
    case Kind::kTimestamp:
      return "a timestamp";
    case Kind::kDuration:
      return "a duration";
    case Kind::kNumberList:
      return "a list of numbers";
    case Kind::kStringList:
      return "a list of strings";
  }
  return "";
}

bool operator==(const Type& a, const Type& b) {
  return a.kind_ == b.kind_ && a.unit_ == b.unit_ && a.options() == b.options();
}

}  // namespace pql
