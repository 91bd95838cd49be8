// The typing of function calls.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "checker/expression_checker.h"

namespace pql {
namespace {

Type::Kind ParameterKind(const Signature& signature, size_t argument) {
  return signature.parameters[std::min(argument, signature.parameters.size() - 1)];
}

bool TakesCount(const Signature& signature, size_t count) {
  if (signature.variadic) return count >= signature.parameters.size();
  return count == signature.parameters.size();
}

bool FitsKind(const Type& type, Type::Kind kind) {
  return type.IsUnknown() || type.kind() == kind || (kind == Type::Kind::kString && type.IsText());
}

// How many arguments fit, from the first on.
size_t FittingPrefix(const Signature& signature, const std::vector<TypedExpression>& arguments) {
  size_t count = 0;
  while (count < arguments.size() &&
         FitsKind(arguments[count].type, ParameterKind(signature, count))) {
    ++count;
  }
  return count;
}

std::string SignatureHint(const FunctionDefinition& function) {
  std::string hint;
  for (const std::string& text : function.SignatureTexts()) {
    StrAppend(&hint, hint.empty() ? "" : " or ", "`", text, "`");
  }
  return hint;
}

// `2 arguments`, `1 or more arguments`, `1 or 2 arguments`.
std::string CountText(const FunctionDefinition& function) {
  std::vector<size_t> counts;
  bool or_more = false;
  for (const Signature& signature : function.signatures) {
    counts.push_back(signature.parameters.size());
    or_more = or_more || signature.variadic;
  }
  if (counts.empty()) {
    counts.push_back(1);
    or_more = true;
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  std::string text = StrCat(counts[0]);
  if (or_more) {
    text += " or more";
  } else {
    for (size_t i = 1; i < counts.size(); ++i) StrAppend(&text, " or ", counts[i]);
  }
  const bool one = counts.size() == 1 && counts[0] == 1 && !or_more;
  return text + (one ? " argument" : " arguments");
}

std::string ArgumentName(const FunctionDefinition& function, size_t index) {
  if (index < function.parameter_names.size()) {
    return StrCat("`", function.parameter_names[index], "`");
  }
  return StrCat("argument ", index + 1);
}

}  // namespace

TypedExpression ExpressionChecker::CheckCall(const Expression& call) {
  TypedExpression typed;
  typed.kind = TypedExpression::Kind::kCall;
  typed.range = call.range;
  typed.children.reserve(call.children.size());
  for (const ExpressionPtr& child : call.children) typed.children.push_back(Check(*child));
  typed.function = functions_.Find(call.name);
  if (typed.function == nullptr) {
    findings_.UnknownFunction(call);
    return ErrorNode(call);
  }
  const FunctionDefinition& function = *typed.function;
  const size_t count = typed.children.size();
  const bool by_join = function.signatures.empty();
  const bool count_fits =
      by_join ? count >= 1
              : std::any_of(function.signatures.begin(), function.signatures.end(),
                            [count](const Signature& each) { return TakesCount(each, count); });
  if (!count_fits) {
    findings_
        .Add(DiagnosticKind::kArgumentCount, call.range,
             {call.name, CountText(function), count == 0 ? "none" : StrCat(count)})
        .hint = by_join ? StrCat("for instance `", function.example, "`") : SignatureHint(function);
    return ErrorNode(call);
  }
  return by_join ? CheckFirstPresent(call, std::move(typed))
                 : CheckSignatures(call, std::move(typed));
}

TypedExpression ExpressionChecker::CheckFirstPresent(const Expression& call,
                                                     TypedExpression typed) {
  std::vector<Operand> operands;
  for (size_t i = 0; i < call.children.size(); ++i) {
    operands.push_back({*call.children[i], typed.children[i]});
  }
  Type type = JoinTypes(StrCat("the arguments of `", call.name, "`"), operands);
  typed.type = std::move(type);
  return typed;
}

TypedExpression ExpressionChecker::CheckSignatures(const Expression& call, TypedExpression typed) {
  const FunctionDefinition& function = *typed.function;
  const size_t count = typed.children.size();
  const Signature* match = nullptr;
  bool ambiguous = false;
  const Signature* nearest = nullptr;
  size_t nearest_prefix = 0;
  for (const Signature& signature : function.signatures) {
    if (!TakesCount(signature, count)) continue;
    const size_t prefix = FittingPrefix(signature, typed.children);
    if (prefix == count) {
      ambiguous = ambiguous || (match != nullptr && match->result != signature.result);
      if (match == nullptr) match = &signature;
    } else if (nearest == nullptr || prefix > nearest_prefix) {
      nearest = &signature;
      nearest_prefix = prefix;
    }
  }
  if (match == nullptr) {
    const Expression& argument = *call.children[nearest_prefix];
    const Type wanted = Type::OfKind(ParameterKind(*nearest, nearest_prefix));
    Diagnostic& finding = findings_.Add(DiagnosticKind::kArgumentType, argument.range,
                                        {ArgumentName(function, nearest_prefix), call.name,
                                         typed.children[nearest_prefix].type.Describe()});
    finding.fix = findings_.RespellFix(argument, wanted);
    finding.hint = finding.fix ? StrCat("write `", finding.fix->edits[0].replacement, "`")
                               : SignatureHint(function);
    findings_.Relate({argument, typed.children[nearest_prefix]}, &finding);
    return ErrorNode(call);
  }
  const bool any_unknown =
      std::any_of(typed.children.begin(), typed.children.end(),
                  [](const TypedExpression& child) { return child.type.IsUnknown(); });
  if (ambiguous && any_unknown) return typed;
  typed.type = Type::OfKind(match->result);
  if (match->result != Type::Kind::kNumber ||
      function.unit_rule != FunctionDefinition::UnitRule::kKeep) {
    return typed;
  }
  std::vector<Operand> numbers;
  for (size_t i = 0; i < count; ++i) {
    if (typed.children[i].type.IsNumber()) {
      numbers.push_back({*call.children[i], typed.children[i]});
    }
  }
  if (numbers.empty()) return typed;
  Type type = JoinTypes(StrCat("the arguments of `", call.name, "`"), numbers);
  typed.type = std::move(type);
  return typed;
}

Type ExpressionChecker::JoinTypes(std::string_view what, std::span<const Operand> operands) {
  // The operand that gives the type so far: of numbers, the first with a unit.
  const Operand* first = &operands[0];
  Type joined = first->typed.type;
  bool unknown = joined.IsUnknown();
  for (const Operand& operand : operands.subspan(1)) {
    const Type& type = operand.typed.type;
    unknown = unknown || type.IsUnknown();
    if (unknown || joined == type) continue;
    if (joined.IsText() && type.IsText()) {
      joined = Type::String();
    } else if (joined.IsNumber() && type.IsNumber()) {
      if (!UnitsFit(joined, type)) {
        findings_.UnitMismatch(operand.syntax.range, "used together with", *first, operand);
        return Type();
      }
      if (joined.unit().empty()) {
        first = &operand;
        joined = type;
      }
    } else {
      Diagnostic& finding = findings_.Add(DiagnosticKind::kBranchMismatch, operand.syntax.range,
                                          {std::string(what), joined.Describe(), type.Describe()});
      finding.fix = findings_.RespellFix(operand.syntax, joined);
      if (finding.fix) {
        finding.hint = finding.fix->title;
        // Which of the two types is meant is a guess where any literal could be a string.
        finding.fix->safe = !joined.IsText();
      }
      findings_.Relate(*first, &finding);
      findings_.Relate(operand, &finding);
      return Type();
    }
  }
  return unknown ? Type() : joined;
}

}  // namespace pql
