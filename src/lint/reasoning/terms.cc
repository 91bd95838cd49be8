#include "lint/reasoning/terms.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"

namespace pql {

KeyRange RangeOfKind(Type::Kind kind) {
  if (IsOrderedKind(kind)) return FullRange(kind);
  if (kind == Type::Kind::kBool) return {0, 1};
  if (kind == Type::Kind::kString || kind == Type::Kind::kOneOf) return kTextRange;
  return {0, 0};
}

KeyRange DifferenceRange() {
  constexpr int64_t kLongest = kMaxTimestampMicros - kMinTimestampMicros;
  return {-kLongest, kLongest};
}

AxisId Terms::AxisOf(const std::string& id, const AxisMeaning& meaning, const Axis& axis) {
  const auto [known, inserted] = axes_.try_emplace(id, 0);
  if (!inserted) return known->second;
  known->second = diagrams_.AddAxis(axis);
  meanings_.push_back(meaning);
  return known->second;
}

AxisId Terms::Difference(AxisId minuend, AxisId subtrahend) {
  const AxisMeaning meaning = {.subject = AxisMeaning::Subject::kDifference,
                               .kind = Type::Kind::kDuration,
                               .minuend = minuend,
                               .subtrahend = subtrahend};
  return AxisOf(StrCat("difference ", minuend, " ", subtrahend), meaning,
                {.universe = DifferenceRange(), .can_be_missing = false});
}

DiagramId Terms::OfConstant(const Value& value) {
  if (value.IsMissing()) return kMissing;
  if (value.IsBool()) return value.boolean() ? kTrue : kFalse;
  // Values of different types are written differently, but for the empty lists.
  const std::string_view mark = value.IsNumberList() ? "numbers " : "=";
  const auto [known, inserted] = terminals_.try_emplace(StrCat(mark, value.ToSource()), 0);
  if (inserted) {
    known->second = kFirstOtherTerminal + static_cast<DiagramId>(entries_.size());
    entries_.push_back({.constant = value});
  }
  return known->second;
}

DiagramId Terms::OfTerm(const Term& term) {
  std::string id = StrCat("axis ", term.axis);
  for (const StepPtr& step : term.steps) StrAppend(&id, "|", step->id);
  const auto [known, inserted] = terminals_.try_emplace(std::move(id), 0);
  if (inserted) {
    known->second = kFirstOtherTerminal + static_cast<DiagramId>(entries_.size());
    entries_.push_back({.is_term = true, .term = term});
  }
  return known->second;
}

bool Terms::IsTerm(DiagramId terminal) const {
  return terminal >= kFirstOtherTerminal && terminal != kTooLarge &&
         entries_[terminal - kFirstOtherTerminal].is_term;
}

Value Terms::ConstantOf(DiagramId terminal) const {
  if (terminal == kMissing) return Value::Missing();
  if (terminal < kFirstOtherTerminal) return Value::Bool(terminal == kTrue);
  return entries_[terminal - kFirstOtherTerminal].constant;
}

const Term& Terms::TermOf(DiagramId terminal) const {
  return entries_[terminal - kFirstOtherTerminal].term;
}

KeyRange Terms::RangeOf(const Term& term) const {
  return term.steps.empty() ? diagrams_.axis(term.axis).universe : FullRange(term.steps.back()->to);
}

DiagramId Terms::Where(const Term& term, Partition after) {
  for (size_t i = term.steps.size(); i-- > 0;) {
    const KeyRange universe =
        i == 0 ? diagrams_.axis(term.axis).universe : FullRange(term.steps[i - 1]->to);
    after = PullBack(after, *term.steps[i], universe);
  }
  return diagrams_.Node(term.axis, std::move(after));
}

DiagramId Terms::WherePresent(const Term& term, DiagramId present, DiagramId missing) {
  return Where(term, {.missing = missing, .edges = {{RangeOf(term).low, present}}});
}

int64_t Terms::KeyOfText(std::string_view text) {
  const auto [known, inserted] =
      text_keys_.try_emplace(std::string(text), static_cast<int64_t>(texts_.size()));
  if (inserted) texts_.emplace_back(text);
  return known->second;
}

std::string Terms::TextOfKey(int64_t key) const {
  if (key < static_cast<int64_t>(texts_.size())) return texts_[static_cast<size_t>(key)];
  for (int i = 1;; ++i) {
    std::string text = i == 1 ? "other" : StrCat("other_", i);
    if (!text_keys_.contains(text)) return text;
  }
}

}  // namespace pql
