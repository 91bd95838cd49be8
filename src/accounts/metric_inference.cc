#include "accounts/metric_inference.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "accounts/csv_rows.h"
#include "accounts/input_chunks.h"
#include "accounts/metric_value.h"
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

// Whether a metric can be declared by that name (language.md section 2).
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

absl::Status ReadCsv(std::unique_ptr<InputChunks> input, const AccountReaderOptions& options,
                     Columns* columns) {
  CsvRows rows(std::move(input), options.max_row_bytes);
  std::vector<size_t> places;
  for (bool is_header = true;; is_header = false) {
    const absl::StatusOr<bool> more = rows.Next();
    if (more.status().code() == absl::StatusCode::kDataLoss) return more.status();
    if (!more.ok() || !*more) return absl::OkStatus();
    for (size_t i = 0; i < rows.size(); ++i) {
      if (is_header) {
        places.push_back(columns->Find(rows.Cell(i)));
      } else if (i < places.size() && places[i] != Columns::kNone) {
        columns->NarrowByCell(places[i], rows.Cell(i));
      }
    }
  }
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

absl::Status ReadJsonLines(InputChunks* input, const AccountReaderOptions& options,
                           Columns* columns) {
  std::string line;
  std::string whole;  // as long as it may be one object on several lines
  size_t lines = 0;
  while (true) {
    PQL_ASSIGN_OR_RETURN(const std::string_view chunk, input->Peek());
    const size_t end = chunk.find('\n');
    const std::string_view part = chunk.substr(0, end);
    if (line.size() <= options.max_row_bytes) line += part;
    if (whole.size() <= options.max_row_bytes) StrAppend(&whole, part, "\n");
    input->Skip(part.size() + (end == std::string_view::npos ? 0 : 1));
    if (end == std::string_view::npos && !chunk.empty()) continue;
    if (line.size() <= options.max_row_bytes) ReadJson(line, columns);
    if (chunk.empty()) break;
    line.clear();
    ++lines;
  }
  if (lines > 0 && whole.size() <= options.max_row_bytes) ReadJson(whole, columns);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<InferredMetric>> InferMetrics(std::istream* input,
                                                         const AccountReaderOptions& options) {
  auto chunks = std::make_unique<InputChunks>(input);
  Columns columns(options);
  PQL_ASSIGN_OR_RETURN(const std::string_view head, chunks->Peek());
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const size_t begin = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const size_t first = head.find_first_not_of(" \t\r\n", begin);
  const bool is_json = first != std::string_view::npos && head[first] == '{';
  chunks->Skip(begin);
  PQL_RETURN_IF_ERROR(is_json ? ReadJsonLines(chunks.get(), options, &columns)
                              : ReadCsv(std::move(chunks), options, &columns));
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
