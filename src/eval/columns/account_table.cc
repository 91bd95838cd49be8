#include "eval/columns/account_table.h"

#include <bit>

namespace pql {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as bitmaps");

Bitmap BitmapOf(const std::vector<uint64_t>& words) {
  return reinterpret_cast<const uint8_t*>(words.data());
}

}  // namespace

void AccountTable::Begin(size_t row_count) {
  row_count_ = row_count;
  metrics_.clear();
}

AccountTable::Column* AccountTable::Add(uint32_t metric) {
  metrics_.push_back(metric);
  Column& column = columns_[metric];
  const size_t words = (row_count_ + kRowsPerWord - 1) / kRowsPerWord;
  column.presence.assign(words, 0);
  switch (layout_.KindOf(metric)) {
    case Type::Kind::kUnknown:
      break;
    case Type::Kind::kNumber:
      column.numbers.resize(row_count_);
      break;
    case Type::Kind::kBool:
      column.bools.assign(words, 0);
      break;
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      column.texts.clear();
      column.codes.resize(row_count_);
      break;
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      column.micros.resize(row_count_);
      break;
    case Type::Kind::kNumberList:
    case Type::Kind::kStringList:
      column.lists.resize(row_count_);
      break;
  }
  return &column;
}

AccountColumns AccountTable::Accounts() const {
  AccountColumns accounts;
  accounts.row_count = row_count_;
  for (const uint32_t metric : metrics_) {
    const Column& column = columns_[metric];
    accounts.metrics.push_back({.metric = metric,
                                .presence = BitmapOf(column.presence),
                                .numbers = column.numbers.data(),
                                .micros = column.micros.data(),
                                .bools = BitmapOf(column.bools),
                                .texts = column.texts,
                                .codes = column.codes.data(),
                                .lists = column.lists.data()});
  }
  return accounts;
}

}  // namespace pql
