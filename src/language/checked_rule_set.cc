#include "language/checked_rule_set.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pql {
namespace {

// Indexed by the enumerations.
constexpr std::array<std::string_view, 7> kMetricKinds = {
    "", "product", "hand_raise", "marketing", "sales", "billing", "profile"};
constexpr std::array<std::string_view, 3> kRuleModes = {"active", "shadow", "draft"};

template <typename Enum, size_t kSize>
std::optional<Enum> FindName(const std::array<std::string_view, kSize>& names,
                             std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (name.empty() || found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// REQUIRES: in order of name, bytewise, which in UTF-8 is code point order.
template <typename Declarations>
std::optional<uint32_t> FindDeclaration(const Declarations& declarations, std::string_view name) {
  const auto found = std::lower_bound(
      declarations.begin(), declarations.end(), name,
      [](const auto& declaration, std::string_view key) { return declaration.name < key; });
  if (found == declarations.end() || found->name != name) return std::nullopt;
  return static_cast<uint32_t>(found - declarations.begin());
}

}  // namespace

std::string_view MetricKindName(MetricKind kind) { return kMetricKinds[static_cast<size_t>(kind)]; }

std::optional<MetricKind> FindMetricKind(std::string_view name) {
  return FindName<MetricKind>(kMetricKinds, name);
}

std::string_view RuleModeName(RuleMode mode) { return kRuleModes[static_cast<size_t>(mode)]; }

std::optional<RuleMode> FindRuleMode(std::string_view name) {
  return FindName<RuleMode>(kRuleModes, name);
}

std::optional<uint32_t> CheckedRuleSet::FindMetric(std::string_view name) const {
  return FindDeclaration(metrics, name);
}

std::optional<uint32_t> CheckedRuleSet::FindRule(std::string_view name) const {
  return FindDeclaration(rules, name);
}

}  // namespace pql
