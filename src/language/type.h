// The static types (grammar/README.md, "Types and units").  Values; thread-safe when const.

#ifndef PQL_LANGUAGE_TYPE_H_
#define PQL_LANGUAGE_TYPE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pql {

class Type {
 public:
  enum class Kind : uint8_t {
    kUnknown,  // of an expression with an error: fits everything, so that one mistake is one
               // finding
    kNumber,
    kBool,
    kString,
    kOneOf,
    kTimestamp,
    kDuration,
    kNumberList,
    kStringList,
  };

  Type() = default;  // kUnknown
  static Type Number(std::string unit = "");
  static Type Bool() { return Type(Kind::kBool); }
  static Type String() { return Type(Kind::kString); }
  static Type OneOf(std::vector<std::string> options);
  static Type Timestamp() { return Type(Kind::kTimestamp); }
  static Type Duration() { return Type(Kind::kDuration); }
  static Type NumberList() { return Type(Kind::kNumberList); }
  static Type StringList() { return Type(Kind::kStringList); }
  static Type OfKind(Kind kind) { return Type(kind); }  // REQUIRES: not kOneOf

  Kind kind() const { return kind_; }
  bool IsUnknown() const { return kind_ == Kind::kUnknown; }
  bool IsNumber() const { return kind_ == Kind::kNumber; }
  bool IsBool() const { return kind_ == Kind::kBool; }
  bool IsText() const { return kind_ == Kind::kString || kind_ == Kind::kOneOf; }
  bool IsList() const { return kind_ == Kind::kNumberList || kind_ == Kind::kStringList; }
  // What `< <= > >=` and `between` accept.
  bool IsOrdered() const {
    return IsNumber() || kind_ == Kind::kTimestamp || kind_ == Kind::kDuration;
  }

  // Of a number: its unit, empty when it has none.
  const std::string& unit() const { return unit_; }
  // Of a `one of`, in order of declaration; empty for every other type.
  const std::vector<std::string>& options() const;
  // Of a list.
  Type Element() const { return kind_ == Kind::kNumberList ? Number() : String(); }

  // As it is declared: `number unit bytes`, `one of ("a", "b")`, `list(string)`.
  std::string ToString() const;
  // For sentences: `a number of bytes`, `a string`, `a list of strings`, `true or false`.
  std::string Describe() const;

  friend bool operator==(const Type& a, const Type& b);

 private:
  explicit Type(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kUnknown;
  std::string unit_;
  std::shared_ptr<const std::vector<std::string>> options_;
};

}  // namespace pql

#endif  // PQL_LANGUAGE_TYPE_H_
