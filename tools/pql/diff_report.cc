#include "tools/pql/diff_report.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

constexpr size_t kShownAccounts = 20;

Paint PaintOf(RuleShift shift) {
  switch (shift) {
    case RuleShift::kWidened:
    case RuleShift::kAdded:
      return Paint::kGreen;
    case RuleShift::kNarrowed:
    case RuleShift::kRemoved:
      return Paint::kRed;
    default:
      return Paint::kYellow;
  }
}

std::string WitnessText(const Witness& witness) {
  std::string text = witness.ToText();
  if (text.empty()) text = "an account that has sent nothing";
  if (witness.held_by_itself) text += ", already held by the rule";
  for (const std::string& rule : witness.held) StrAppend(&text, ", already held by `", rule, "`");
  return text;
}

// "1 widened, 2 removed, 3 unchanged", without what there is none of.
std::string Summary(const std::vector<RuleComparison>& rules) {
  std::string text;
  for (const RuleShift shift :
       {RuleShift::kWidened, RuleShift::kNarrowed, RuleShift::kMoved, RuleShift::kUndecided,
        RuleShift::kAdded, RuleShift::kRemoved, RuleShift::kUnchanged}) {
    const auto count = std::count_if(rules.begin(), rules.end(),
                                     [shift](const RuleComparison& r) { return r.shift == shift; });
    if (count == 0) continue;
    StrAppend(&text, text.empty() ? "" : ", ", count, " ", RuleShiftName(shift));
  }
  return text.empty() ? "no rules" : text;
}

// What could not be said for certain, as a sentence; empty: all is certain.
std::string_view Reservation(const RuleComparison& rule) {
  if (rule.shift == RuleShift::kUndecided) {
    return "the condition changed; whether that makes a difference could not be decided, and no "
           "account was found on which it does";
  }
  if (rule.is_certain) return "";
  return rule.shift == RuleShift::kWidened
             ? "whether somebody leaves as well could not be decided; none was found"
             : "whether somebody enters as well could not be decided; none was found";
}

std::string IdList(const std::vector<std::string>& ids) {
  std::string text;
  for (size_t i = 0; i < std::min(ids.size(), kShownAccounts); ++i) {
    StrAppend(&text, i == 0 ? "" : ", ", EscapeUnprintable(ids[i]));
  }
  if (ids.size() > kShownAccounts) StrAppend(&text, " and ", ids.size() - kShownAccounts, " more");
  return text;
}

std::string AccountsText(const AccountComparison& accounts) {
  std::string text = StrCat("  of ", Counted(accounts.accounts, "account"), ":");
  if (accounts.rules.empty()) return text + " nobody enters or leaves\n";
  text += "\n";
  for (const auto& [rule, shift] : accounts.rules) {
    StrAppend(&text, "    ", rule, ": ", shift.enters.size(), " enter, ", shift.leaves.size(),
              " leave\n");
    if (!shift.enters.empty()) StrAppend(&text, "      enter: ", IdList(shift.enters), "\n");
    if (!shift.leaves.empty()) StrAppend(&text, "      leave: ", IdList(shift.leaves), "\n");
  }
  return text;
}

std::string ShiftJson(RuleShift shift) { return ToUpper(RuleShiftName(shift)); }

Json WitnessJson(const Witness& witness) {
  Json json = Json::object();
  Json metrics = Json::object();
  for (const auto& [name, value] : witness.values) metrics[name] = ValueToJson(value);
  json["metrics"] = std::move(metrics);
  if (witness.reads_clock) json["evaluationTime"] = FormatTimestamp(witness.now.micros);
  if (witness.held_by_itself) json["held"] = true;
  if (!witness.held.empty()) json["heldByRules"] = witness.held;
  return json;
}

}  // namespace

std::string DifferenceToText(const RuleSetDifference& difference, const Console& console) {
  std::string text = StrCat(difference.rule_set, ": ", Summary(difference.rules), "\n");
  for (const RuleComparison& rule : difference.rules) {
    if (rule.shift == RuleShift::kUnchanged && rule.notes.empty()) continue;
    const std::string_view name = RuleShiftName(rule.shift);
    StrAppend(&text, "  ", console.OnOut(PaintOf(rule.shift), name),
              std::string(std::string_view("unchanged").size() - name.size() + 2, ' '), rule.rule,
              "\n");
    if (rule.enters) StrAppend(&text, "    enters: ", WitnessText(*rule.enters), "\n");
    if (rule.leaves) StrAppend(&text, "    leaves: ", WitnessText(*rule.leaves), "\n");
    const std::string_view reservation = Reservation(rule);
    if (!reservation.empty()) StrAppend(&text, "    ", reservation, "\n");
    for (const std::string& note : rule.notes) StrAppend(&text, "    ", note, "\n");
  }
  if (difference.accounts) text += AccountsText(*difference.accounts);
  return text;
}

Json DifferenceToJson(const RuleSetDifference& difference) {
  Json json = Json::object();
  json["ruleSet"] = difference.rule_set;
  json["rules"] = Json::array();
  for (const RuleComparison& rule : difference.rules) {
    Json entry = Json::object();
    entry["rule"] = rule.rule;
    entry["change"] = ShiftJson(rule.shift);
    if (!rule.is_certain) entry["certain"] = false;
    if (rule.enters) entry["enters"] = WitnessJson(*rule.enters);
    if (rule.leaves) entry["leaves"] = WitnessJson(*rule.leaves);
    if (!rule.notes.empty()) entry["notes"] = rule.notes;
    json["rules"].push_back(std::move(entry));
  }
  if (!difference.accounts) return json;
  Json accounts = Json::object();
  accounts["count"] = difference.accounts->accounts;
  accounts["rules"] = Json::array();
  for (const auto& [rule, shift] : difference.accounts->rules) {
    Json entry = Json::object();
    entry["rule"] = rule;
    entry["enterCount"] = shift.enters.size();
    entry["leaveCount"] = shift.leaves.size();
    entry["enters"] = shift.enters;
    entry["leaves"] = shift.leaves;
    accounts["rules"].push_back(std::move(entry));
  }
  json["accounts"] = std::move(accounts);
  return json;
}

}  // namespace pql
