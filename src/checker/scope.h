// What a name in an expression stands for, and which declared name someone may have meant.
//
// Keeps views of the names of a CheckedRuleSet, which must outlive it and not change its names.
// Thread-compatible.

#ifndef PQL_CHECKER_SCOPE_H_
#define PQL_CHECKER_SCOPE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "diagnostics/source.h"
#include "language/checked_rule_set.h"
#include "language/type.h"

namespace pql {

struct Symbol {
  enum class Kind : uint8_t { kMetric, kDefine, kScorecard, kRule };
  Kind kind = Kind::kMetric;
  uint32_t index = 0;  // into the vector of that kind
  // Declared twice or in a cycle: whatever its type seems to be may be beside the point.
  bool doubtful = false;
};

// What a word was probably meant to be.
struct Guess {
  std::string_view word;    // empty: nothing is near
  bool is_evident = false;  // IsEvident(), so that nobody has to be asked

  bool empty() const { return word.empty(); }
};

class Scope {
 public:
  explicit Scope(const CheckedRuleSet& rule_set);

  // Nothing when nothing has that name.
  std::optional<Symbol> Find(std::string_view name) const;

  // The type of a use of the symbol; kUnknown for a doubtful one.
  Type TypeOf(const Symbol& symbol) const;
  // Where its name is declared.
  SourceRange NameRange(const Symbol& symbol) const;
  // `a metric`, `an output`.
  std::string_view Describe(const Symbol& symbol) const;

  // REQUIRES: the name is declared.
  void MarkDoubtful(std::string_view name);

  // The declared name that `name` was probably meant to be, or empty: the same in other letters
  // (`Messages`), without its namespace (`messages` for `usage.messages`), or a slip away.  Takes
  // time in the number of names, so it answers only the first hundred times.
  Guess Nearest(std::string_view name) const;
  // The same among the names of one kind.
  Guess Nearest(std::string_view name, Symbol::Kind kind) const;

 private:
  template <typename Visit>
  void ForEachName(const Visit& visit) const;
  template <typename Accept>
  Guess NearestWhere(std::string_view name, const Accept& accept) const;

  const CheckedRuleSet& rule_set_;
  // All but rules, of which there may be very many: they are in order, and are searched.
  std::unordered_map<std::string_view, Symbol> symbols_;
  std::unordered_set<std::string_view> doubtful_rules_;
  mutable int searches_left_ = 100;
};

// Whether the two differ in nothing but ASCII letter case.
bool EqualIgnoringCase(std::string_view a, std::string_view b);

// The word of `words` that differs from `word` in ASCII letter case only, or else the nearest one;
// empty when none is near.
template <typename Range>
Guess NearestOf(std::string_view word, const Range& words) {
  std::string_view nearest;
  for (const auto& candidate : words) {
    if (nearest.empty() && EqualIgnoringCase(word, candidate)) nearest = candidate;
  }
  if (nearest.empty()) nearest = NearestWord(word, words);
  return {nearest, !nearest.empty() && IsEvident(nearest, word, words)};
}

}  // namespace pql

#endif  // PQL_CHECKER_SCOPE_H_
