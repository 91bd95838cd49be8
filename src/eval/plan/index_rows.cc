#include "eval/plan/index_rows.h"

#include <utility>
#include <vector>

#include "eval/plan/plan.h"

namespace pql {

using Kind = PlanNode::Kind;
using Rows = std::vector<IndexRow>;

namespace {

constexpr size_t kMaxRows = 8;
constexpr size_t kMaxTests = 32;  // of a row
// Names of conditions within named conditions that are looked into.
constexpr int kMaxNesting = 4;

IndexRow Rest() {
  IndexRow row;
  row.has_rest = true;
  return row;
}

void AddTest(const IndexRow::Test& test, IndexRow* row) {
  for (IndexRow::Test& known : row->tests) {
    if (known.metric != test.metric) continue;
    known.set = Intersection(known.set, test.set);
    return;
  }
  if (row->tests.size() < kMaxTests) {
    row->tests.push_back(test);
  } else {
    row->has_rest = true;
  }
}

void AddAll(const IndexRow& from, IndexRow* row) {
  for (const IndexRow::Test& test : from.tests) AddTest(test, row);
  row->has_rest |= from.has_rest;
}

// Each of these with each of those; a rest takes the place of those when there are too many.
void Multiply(const Rows& those, Rows* these) {
  if (these->size() * those.size() > kMaxRows) {
    for (IndexRow& row : *these) row.has_rest = true;
    return;
  }
  Rows product;
  for (const IndexRow& left : *these) {
    for (const IndexRow& right : those) {
      product.push_back(left);
      AddAll(right, &product.back());
    }
  }
  *these = std::move(product);
}

}  // namespace

// Looks into the plan's nodes.
class RowExpander {
 public:
  explicit RowExpander(const Plan& plan) : plan_(plan) {}

  Rows OfRule(uint32_t rule) { return OfCondition(plan_.rules_[rule], false, 0); }

 private:
  // Of a rule's or a define's, which may be in another segment than who names it.
  template <typename Code>
  Rows OfCondition(const Code& code, bool negated, int nesting) {
    const PlanNodes* before = std::exchange(nodes_, &code.segment->nodes);
    Rows rows = Of(code.root(), negated, nesting);
    nodes_ = before;
    return rows;
  }

  Rows Of(const PlanNode& node, bool negated, int nesting) {
    switch (node.kind) {
      case Kind::kTest:
        return OfTest(node, negated);
      case Kind::kConstant:
        return OfConstant(nodes_->constants[node.index], negated);
      case Kind::kDefine:
        if (nesting >= kMaxNesting) return {Rest()};
        return OfCondition(plan_.defines_[node.index], negated, nesting + 1);
      case Kind::kRule:
        if (nesting >= kMaxNesting) return {Rest()};
        return OfCondition(plan_.rules_[node.index], negated, nesting + 1);
      case Kind::kOperator:
        if (node.op == Operator::kNot) return Of((*nodes_)[node.first], !negated, nesting);
        if (node.op == Operator::kAnd || node.op == Operator::kOr) {
          return OfParts(node, negated, nesting);
        }
        return {Rest()};
      default:
        return {Rest()};
    }
  }

  Rows OfTest(const PlanNode& node, bool negated) const {
    const std::span<const MetricKeyRange> set = nodes_->RangesOf(node);
    Rows rows(1);
    rows[0].tests.push_back(
        {node.index, negated ? Complement(set) : KeySet(set.begin(), set.end())});
    return rows;
  }

  static Rows OfConstant(const Cell& constant, bool negated) {
    if (constant.IsMissing()) return {Rest()};
    return constant.IsTrue() != negated ? Rows(1) : Rows();
  }

  Rows OfParts(const PlanNode& node, bool negated, int nesting) {
    const bool is_and = node.Is(Operator::kAnd) != negated;
    Rows rows(is_and ? 1 : 0);
    for (const PlanNode& part : nodes_->ChildrenOf(node)) {
      Rows more = Of(part, negated, nesting);
      if (is_and) {
        Multiply(more, &rows);
      } else if (rows.size() + more.size() > kMaxRows) {
        return {Rest()};
      } else {
        for (IndexRow& row : more) rows.push_back(std::move(row));
      }
    }
    return rows;
  }

  const Plan& plan_;
  const PlanNodes* nodes_ = nullptr;
};

std::vector<IndexRow> RowsOf(const Plan& plan, uint32_t rule) {
  return RowExpander(plan).OfRule(rule);
}

}  // namespace pql
