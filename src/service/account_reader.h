// Accounts as callers send them, straight into the slots of a plan: no message is built.
//
// Takes what encoders write and what the rule set takes (plain_reader.h); of everything else, be it
// unusual or wrong, it says no more than that, and account_conversion.h over the generated message
// finds out which and how.  Uses its memory again, and what it knows: the accounts of a caller
// mostly have the same metrics in the same order.  Not thread-safe.

#ifndef PQL_SERVICE_ACCOUNT_READER_H_
#define PQL_SERVICE_ACCOUNT_READER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "engine/limits.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "language/value.h"
#include "service/plain_reader.h"

namespace pql {

class AccountReader {
 public:
  // Of accounts for `plan`.  Both outlive it.
  AccountReader(const Limits& limits, const Plan& plan);

  // Reads a v1.Account into `account`, which is of the plan's layout.  False: not by this reader;
  // `account` holds anything.  Where an undeclared metric is an error, `strict`, it takes none.
  // The bytes, and the reader, must stay as they are until the account has been evaluated.
  bool Read(std::string_view bytes, bool strict, BoundAccount account);

  // Of the account that was read last.
  std::string_view id() const { return id_; }
  const std::vector<bool>& held() const { return held_; }  // by rule; empty: none
  // The names of those that are not declared, in the bytes.
  const absl::flat_hash_set<absl::string_view>& unknown_metrics() const { return unknown_names_; }

 private:
  void Begin();
  // The declared metric of that name.
  std::optional<uint32_t> FindMetric(std::string_view name);
  bool ReadMetric(PlainReader* in);
  bool ReadHeldRule(PlainReader* in);
  // The value of a declared metric, or of an undeclared one, which must be a value all the same.
  bool ReadValue(PlainReader* in, uint32_t metric);
  bool ReadUnknownValue(PlainReader* in);
  bool SetText(uint32_t metric, std::string_view text);
  // The elements up to `end`; all of one type, which the one that is not empty tells.
  bool ReadList(PlainReader* in, int end);
  bool SetList(uint32_t metric);

  const Limits& limits_;
  const Plan& plan_;
  bool strict_ = false;
  BoundAccount* account_ = nullptr;
  std::string_view id_;
  std::vector<bool> held_;
  size_t known_metrics_ = 0;
  std::vector<std::string_view> names_;  // by metric
  // The declared metrics of the accounts before, by their place among those of their account.
  std::vector<uint32_t> order_;
  // By metric: the number of the account that had it last.
  std::vector<uint32_t> seen_;
  uint32_t account_number_ = 0;
  absl::flat_hash_set<absl::string_view> unknown_names_;
  std::vector<double> numbers_;
  std::vector<std::string> texts_;
  std::deque<Value> lists_;  // what slots point to
};

}  // namespace pql

#endif  // PQL_SERVICE_ACCOUNT_READER_H_
