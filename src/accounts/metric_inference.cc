#include "accounts/metric_inference.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "accounts/csv_cells.h"
#include "accounts/metric_value.h"
#include "accounts/row_blocks.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Json = nlohmann::json;

// In the order in which they are preferred; every cell is a string as well.
constexpr std::array kCandidates = {Type::Kind::kNumber,     Type::Kind::kBool,
                                    Type::Kind::kTimestamp,  Type::Kind::kNumberList,
                                    Type::Kind::kStringList, Type::Kind::kString};
using Types = uint32_t;  // a set of candidates, by bit
constexpr Types kAll = (1U << kCandidates.size()) - 1;

constexpr Types Only(Type::Kind kind) {
  for (size_t i = 0; i < kCandidates.size(); ++i) {
    if (kCandidates[i] == kind) return 1U << i;
  }
  return 0;
}

Type Preferred(Types types) {
  for (size_t i = 0; i < kCandidates.size(); ++i) {
    if ((types & (1U << i)) != 0) return Type::OfKind(kCandidates[i]);
  }
  return Type::String();
}

// The candidates among `types` that the cell can be read as.
Types TypesOfCell(std::string_view cell, Types types) {
  for (size_t i = 0; i < kCandidates.size(); ++i) {
    const Types one = 1U << i;
    if ((types & one) == 0 || kCandidates[i] == Type::Kind::kString) continue;
    if (!ValueFromCell(Type::OfKind(kCandidates[i]), cell).ok()) types &= ~one;
  }
  return types;
}

Types TypesOfJson(const Json& value) {
  if (value.is_number()) return Only(Type::Kind::kNumber);
  if (value.is_boolean()) return Only(Type::Kind::kBool);
  if (value.is_string()) {
    const bool is_time =
        ValueFromString(Type::Timestamp(), value.get_ref<const std::string&>()).ok();
    return Only(Type::Kind::kString) | (is_time ? Only(Type::Kind::kTimestamp) : 0);
  }
  if (!value.is_array()) return kAll;  // null; of an object, reading it will tell
  const auto all = [&value](auto is) { return std::all_of(value.begin(), value.end(), is); };
  return (all([](const Json& item) { return item.is_number(); }) ? Only(Type::Kind::kNumberList)
                                                                 : 0) |
         (all([](const Json& item) { return item.is_string(); }) ? Only(Type::Kind::kStringList)
                                                                 : 0);
}

// Whether a metric can be declared by that name (grammar/README.md, "Words and literals").
bool IsMetricName(std::string_view name) {
  return !name.empty() && name != "now" && name != "stage" && name.front() != '.' &&
         name.back() != '.' && name.find("..") == std::string_view::npos &&
         name.find('`') == std::string_view::npos && EscapeUnprintable(name) == name;
}

class Columns {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  explicit Columns(const AccountReaderOptions& options) : options_(options) {}

  // The column of that name, which begins with it; kNone when it is no metric.
  size_t Find(std::string_view name) {
    if (FindInvalidUtf8(name).has_value() || name == options_.id_column) return kNone;
    if (!options_.held_column.empty() && name == options_.held_column) return kNone;
    std::string normal = ToNfc(name);
    if (!IsMetricName(normal)) return kNone;
    const auto [place, is_new] = index_.emplace(normal, types_.size());
    if (is_new) {
      types_.push_back(kAll);
      names_.push_back(std::move(normal));
    }
    return place->second;
  }

  void Narrow(size_t column, Types types) {
    if ((types_[column] & types) != 0) types_[column] &= types;
  }
  void NarrowByCell(size_t column, std::string_view cell) {
    if (!cell.empty()) types_[column] = TypesOfCell(cell, types_[column]);
  }

  std::vector<InferredMetric> Metrics() const {
    std::vector<InferredMetric> metrics;
    for (size_t i = 0; i < names_.size(); ++i) {
      // Nothing was seen in it.
      const Type type = types_[i] == kAll ? Type::String() : Preferred(types_[i]);
      metrics.push_back({names_[i], type});
    }
    return metrics;
  }

 private:
  const AccountReaderOptions& options_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<std::string> names_;
  std::vector<Types> types_;
};

absl::Status ReadCsv(RowBlocks* blocks, Columns* columns) {
  CsvCells cells;
  std::vector<size_t> places;
  bool is_header = true;
  for (RowBlock block; blocks->Next(&block);) {
    cells.Split(block.data(), block.size());
    for (size_t row = 0; row < cells.row_count(); ++row) {
      for (size_t i = 0; i < cells.SizeOf(row); ++i) {
        if (is_header) {
          places.push_back(columns->Find(cells.Cell(row, i)));
        } else if (i < places.size() && places[i] != Columns::kNone) {
          columns->NarrowByCell(places[i], cells.Cell(row, i));
        }
      }
      is_header = false;
    }
    if (cells.has_open_quote()) return absl::DataLossError(ToAbsl(kOpenQuote));
    if (block.failure.code() == absl::StatusCode::kDataLoss) return block.failure;
  }
  return absl::OkStatus();
}

void ReadJson(std::string_view text, Columns* columns) {
  // Keys in their order; a row that is no object is told when it is read.
  const auto row = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!row.is_object()) return;
  for (const auto& [name, value] : row.items()) {
    const size_t column = columns->Find(name);
    if (column != Columns::kNone) columns->Narrow(column, TypesOfJson(Json(value)));
  }
}

absl::Status ReadJsonLines(RowBlocks* blocks, const AccountReaderOptions& options,
                           Columns* columns) {
  std::string whole;  // as long as it may be one object on several lines
  size_t lines = 0;
  for (RowBlock block; blocks->Next(&block);) {
    for (std::string_view text = block.text(); !text.empty(); ++lines) {
      const std::string_view line = text.substr(0, text.find('\n'));
      if (line.size() <= options.max_row_bytes) ReadJson(line, columns);
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    if (whole.size() <= options.max_row_bytes) whole += block.text();
    PQL_RETURN_IF_ERROR(block.failure);
  }
  if (lines > 1 && whole.size() <= options.max_row_bytes) ReadJson(whole, columns);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<InferredMetric>> InferMetrics(std::istream* input,
                                                         const AccountReaderOptions& options) {
  RowBlocks blocks(input, options.max_row_bytes);
  Columns columns(options);
  PQL_RETURN_IF_ERROR(blocks.format() == RowFormat::kCsv
                          ? ReadCsv(&blocks, &columns)
                          : ReadJsonLines(&blocks, options, &columns));
  return columns.Metrics();
}

std::string DeclareMetrics(const std::vector<InferredMetric>& metrics) {
  std::string text;
  for (const InferredMetric& metric : metrics) {
    StrAppend(&text, "metric `", metric.name, "`: ", metric.type.ToString(), "\n");
  }
  return text;
}

}  // namespace pql
