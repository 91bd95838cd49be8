#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "accounts/json_row.h"
#include "accounts/metric_value.h"
#include "accounts/readers.h"
#include "base/strings.h"

namespace pql {
namespace {

namespace dom = simdjson::dom;

// Reads lines with simdjson as long as all is well.  A line that it does not take, or in which
// anything is odd, is read once more by ReadJsonRow, which finds the words for what is wrong: what
// is admitted here is admitted there and means the same, not the other way round.
class JsonLinesReader : public BlockReader {
 public:
  JsonLinesReader(const CheckedRuleSet& rule_set, const AccountReaderOptions& options)
      : options_(options),
        names_(rule_set, options),
        prototype_(rule_set),
        row_of_metric_(rule_set.metrics.size()) {}

  size_t Begin(RowBlock* block) override {
    failure_ = block->failure;
    lines_.clear();
    std::string_view text = block->text();
    has_escapes_ = text.find('\\') != std::string_view::npos;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines_.push_back(line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines_.size();
  }

  RowProblem Read(size_t i, uint64_t number, AccountRow* row) override {
    *row = {number, StrCat(number), prototype_, {}};
    if (ReadFast(lines_[i], row)) return {};
    *row = {number, StrCat(number), prototype_, {}};
    return ReadWithCare(lines_[i], row);
  }

  RowProblem Read(size_t i, uint64_t number, BoundRow* row) override {
    const std::string_view line = lines_[i];
    row->account.Clear();
    row->held.clear();
    row->id = {};
    if (ReadFast(line, row)) {
      if (row->id.empty()) {
        id_ = StrCat(number);
        row->id = id_;
      }
      return {};
    }
    read_with_care_ = {number, StrCat(number), prototype_, {}};
    RowProblem problem = ReadWithCare(line, &read_with_care_);
    row->account.Bind(read_with_care_.account);
    row->id = read_with_care_.id;
    row->held = read_with_care_.held;
    return problem;
  }

  // Texts of a row are gone with the next one.
  bool Read(AccountTable* /*table*/) override { return false; }

  absl::Status Failure(uint64_t /*number*/) const override { return failure_; }
  const std::vector<std::string>& unknown_columns() const override { return names_.unknown(); }

 private:
  RowProblem ReadWithCare(std::string_view line, AccountRow* row) {
    if (line.size() > options_.max_row_bytes) {
      return {"", StrCat("longer than ", options_.max_row_bytes, " bytes")};
    }
    return ReadJsonRow(line, options_, &names_, row);
  }

  // Half of a surrogate pair is no character, but simdjson would let the second half pass.
  bool MayHaveSurrogates(std::string_view line) const {
    return has_escapes_ && (line.find("\\ud") != std::string_view::npos ||
                            line.find("\\uD") != std::string_view::npos);
  }

  // False where it needs a closer look; what is in `row` then is of no use.
  template <typename Row>
  bool ReadFast(std::string_view line, Row* row) {
    if (line.size() > options_.max_row_bytes || MayHaveSurrogates(line)) return false;
    dom::object object;
    // The bytes behind the line are there: those of the next one, or the block's padding.
    static_assert(RowBlock::kPadding >= simdjson::SIMDJSON_PADDING);
    if (parser_.parse(line.data(), line.size(), /*realloc_if_needed=*/false).get(object) !=
        simdjson::SUCCESS) {
      return false;
    }
    if (++row_ == 0) return false;
    lists_.clear();
    saw_id_ = saw_held_ = false;
    size_t place = 0;
    for (const dom::key_value_pair field : object) {
      const ColumnTarget* target = nullptr;
      if (!Find(place++, field.key, &target)) return false;
      if (target != nullptr && !ReadField(*target, field.value, row)) return false;
    }
    return saw_id_ || !options_.id_column_required;
  }

  // Lines mostly have the keys of the line before, in its order.  False for one that is unknown and
  // must not be.
  bool Find(size_t place, std::string_view key, const ColumnTarget** target) {
    if (place < last_keys_.size() && last_keys_[place].key == key) {
      *target = last_keys_[place].target;
      return true;
    }
    *target = names_.Find(key);
    if (*target == nullptr && !names_.NoteUnknown(key).ok()) return false;
    if (place < kMaxLastKeys && key.size() <= kMaxLastKeyBytes) {
      last_keys_.resize(std::max(last_keys_.size(), place + 1));
      last_keys_[place] = {std::string(key), *target};
    }
    return true;
  }

  template <typename Row>
  bool ReadField(const ColumnTarget& target, const dom::element& value, Row* row) {
    if (target.is_id && !ReadId(value, row)) return false;
    if (target.is_held && !ReadHeldRules(value, row)) return false;
    if (!target.metric) return true;
    const uint32_t metric = *target.metric;
    if (std::exchange(row_of_metric_[metric], row_) == row_) return false;  // sent twice
    Cell cell;
    if (!ReadValue(names_.MetricAt(metric).type, value, &cell)) return false;
    if (!cell.IsMissing()) SetMetric(metric, cell, row);
    return true;
  }

  bool ReadValue(const Type& type, const dom::element& value, Cell* cell) {
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return true;
      case dom::element_type::BOOL:
        *cell = Cell::Bool(value.get_bool().value_unsafe());
        return type.IsBool();
      case dom::element_type::INT64:
      case dom::element_type::UINT64:
      case dom::element_type::DOUBLE:
        *cell = Cell::Number(value.get_double().value_unsafe());
        return type.IsNumber();
      case dom::element_type::STRING:
        return CellFromString(type, value.get_string().value_unsafe(), cell);
      case dom::element_type::ARRAY:
        return ReadList(type, value.get_array().value_unsafe(), cell);
      case dom::element_type::OBJECT:
        return false;
    }
    return false;
  }

  bool ReadList(const Type& type, const dom::array& array, Cell* cell) {
    if (type.kind() == Type::Kind::kNumberList) {
      std::vector<double> numbers;
      for (const dom::element element : array) {
        double number;
        if (!element.is_number() || element.get_double().get(number) != simdjson::SUCCESS) {
          return false;
        }
        numbers.push_back(number);
      }
      lists_.push_back(Value::List(std::move(numbers)));
    } else if (type.kind() == Type::Kind::kStringList) {
      std::vector<std::string> texts;
      if (!ReadTexts(array, &texts)) return false;
      lists_.push_back(Value::List(std::move(texts)));
    } else {
      return false;
    }
    *cell = Cell::List(&lists_.back());
    return true;
  }

  static bool ReadTexts(const dom::array& array, std::vector<std::string>* texts) {
    for (const dom::element element : array) {
      std::string_view text;
      if (element.get_string().get(text) != simdjson::SUCCESS) return false;
      texts->emplace_back(text);
    }
    return true;
  }

  template <typename Row>
  bool ReadId(const dom::element& value, Row* row) {
    if (std::exchange(saw_id_, true)) return false;
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return true;
      case dom::element_type::STRING:
        if (value.get_string().value_unsafe().empty()) return true;
        row->id = value.get_string().value_unsafe();
        return true;
      case dom::element_type::INT64:
        id_ = StrCat(value.get_int64().value_unsafe());
        break;
      case dom::element_type::UINT64:
        id_ = StrCat(value.get_uint64().value_unsafe());
        break;
      default:  // a DOUBLE, too: its text is gone, and two texts may be one double
        return false;
    }
    row->id = id_;
    return true;
  }

  template <typename Row>
  bool ReadHeldRules(const dom::element& value, Row* row) {
    if (std::exchange(saw_held_, true)) return false;
    if (value.is_null()) return true;
    dom::array array;
    return value.get_array().get(array) == simdjson::SUCCESS && ReadTexts(array, &row->held);
  }

  struct Key {
    std::string key;
    const ColumnTarget* target;
  };
  static constexpr size_t kMaxLastKeys = 1'024;
  static constexpr size_t kMaxLastKeyBytes = 256;

  const AccountReaderOptions& options_;
  ColumnNames names_;
  const Account prototype_;
  absl::Status failure_;
  std::vector<std::string_view> lines_;  // of the block, those that are not blank
  bool has_escapes_ = false;             // somewhere in the block

  dom::parser parser_;
  std::vector<Key> last_keys_;           // by place in the line
  uint32_t row_ = 0;                     // counts the lines read, for the next one
  std::vector<uint32_t> row_of_metric_;  // in which each metric was seen last
  bool saw_id_ = false;
  bool saw_held_ = false;
  std::deque<Value> lists_;  // of the row
  std::string id_;
  AccountRow read_with_care_{0, "", prototype_, {}};
};

}  // namespace

std::unique_ptr<BlockReader> MakeJsonLinesReader(const CheckedRuleSet& rule_set,
                                                 const AccountReaderOptions& options) {
  return std::make_unique<JsonLinesReader>(rule_set, options);
}

}  // namespace pql
