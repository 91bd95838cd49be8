// What the axes and terminals of the diagrams stand for: metrics, the clock, things computed from
// them, constants.
//
// An axis is made for each metric (by name, so that two rule sets share it), for the clock, for
// "this rule already holds the account", for the difference of two times, and for everything that
// can't be traced back to one metric (`messages / seats`, `name matches "..."`): such a thing is
// known by what it is computed from, and whatever its value, it is the same wherever it is written.
// A term is an axis and the steps from its value to the term's.  Not thread-safe.

#ifndef PQL_LINT_REASONING_TERMS_H_
#define PQL_LINT_REASONING_TERMS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "language/type.h"
#include "language/value.h"
#include "lint/reasoning/diagram.h"
#include "lint/reasoning/step.h"

namespace pql {

struct AxisMeaning {
  enum class Subject : uint8_t {
    kMetric,
    kClock,
    kHeldRule,    // whether the rule holds the account already; never missing
    kDifference,  // minuend - subtrahend, times; never missing itself
    kComputed,
  };
  Subject subject = Subject::kComputed;
  // Of the values: what the keys are.  Numbers, times and durations have ordered keys; of a text
  // KeyOfText; of a `one of` the place in `options`; of a bool 0 or 1; a list has one key only.
  Type::Kind kind = Type::Kind::kNumber;
  bool is_whole = false;  // a number that is always whole: its keys are themselves
  std::string name;       // of a metric or rule
  std::vector<std::string> options;
  AxisId minuend = 0;
  AxisId subtrahend = 0;
};

struct Term {
  AxisId axis = 0;
  std::vector<StepPtr> steps;
  Type::Kind kind = Type::Kind::kNumber;  // of the result
};

// Every time is this far from every other at most.
KeyRange DifferenceRange();

class Terms {
 public:
  explicit Terms(DiagramStore* diagrams) : diagrams_(*diagrams) {}
  Terms(const Terms&) = delete;
  Terms& operator=(const Terms&) = delete;

  // The axis known by `id`, made if it is not there.
  AxisId AxisOf(const std::string& id, const AxisMeaning& meaning, const Axis& axis);
  AxisId Difference(AxisId minuend, AxisId subtrahend);
  const AxisMeaning& MeaningOf(AxisId axis) const { return meanings_[axis]; }

  // The terminal of a value; true, false and missing are the conditions'.
  DiagramId OfConstant(const Value& value);
  DiagramId OfTerm(const Term& term);
  bool IsTerm(DiagramId terminal) const;
  // REQUIRES: a terminal that is no term.
  Value ConstantOf(DiagramId terminal) const;
  const Term& TermOf(DiagramId terminal) const;  // REQUIRES: IsTerm(terminal)

  // What `after` says of the term's value, as a diagram.  `after.missing` is where it is missing.
  DiagramId Where(const Term& term, Partition after);
  DiagramId WherePresent(const Term& term, DiagramId present, DiagramId missing);
  // The keys that the value of a term may have.
  KeyRange RangeOf(const Term& term) const;

  int64_t KeyOfText(std::string_view text);
  // A text of that key; one that nobody mentioned for the keys of no text.
  std::string TextOfKey(int64_t key) const;
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  struct Entry {
    bool is_term = false;
    Value constant;
    Term term;
  };

  DiagramStore& diagrams_;
  std::deque<AxisMeaning> meanings_;  // a deque: references stay good
  std::unordered_map<std::string, AxisId> axes_;
  std::deque<Entry> entries_;  // by terminal, from kFirstOtherTerminal on
  std::unordered_map<std::string, DiagramId> terminals_;
  std::vector<std::string> texts_;  // by key
  std::unordered_map<std::string, int64_t> text_keys_;
};

// The keys of texts; those past the texts that anybody mentioned stand for all others.
inline constexpr KeyRange kTextRange = {0, int64_t{1} << 40};

// The keys that values of the kind have; of a `one of`, those of texts.
KeyRange RangeOfKind(Type::Kind kind);

}  // namespace pql

#endif  // PQL_LINT_REASONING_TERMS_H_
