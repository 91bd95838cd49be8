#include "diagnostics/diagnostic_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/strings.h"

namespace pql {
namespace {

// Counts the rows.
enum Row : size_t {
#define PQL_DIAGNOSTIC(kind, ...) kind##Row,
#include "diagnostics/table/all.def"
#undef PQL_DIAGNOSTIC
  kCount
};

using enum Severity;

constexpr std::array<DiagnosticInfo, kCount> kTable = {{
#define PQL_DIAGNOSTIC(kind, code, name, severity, message, explanation, wrong, right) \
  {DiagnosticKind::kind, code, name, severity, message, explanation, wrong, right},
#include "diagnostics/table/all.def"
#undef PQL_DIAGNOSTIC
}};

// The first row whose code does not come after that of the row before, or kCount.
constexpr size_t FirstRowOutOfOrder() {
  for (size_t i = 1; i < kCount; ++i) {
    if (kTable[i - 1].code >= kTable[i].code) return i;
  }
  return kCount;
}
static_assert(FirstRowOutOfOrder() == kCount,
              "codes in table/*.def have to be unique and strictly ascending");

const DiagnosticInfo* FindCode(int code) {
  const auto row =
      std::lower_bound(kTable.begin(), kTable.end(), code,
                       [](const DiagnosticInfo& info, int wanted) { return info.code < wanted; });
  return row != kTable.end() && row->code == code ? &*row : nullptr;
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case kError:
      return "error";
    case kWarning:
      return "warning";
    case kHint:
      return "hint";
  }
  return "error";
}

std::span<const DiagnosticInfo> AllDiagnostics() { return kTable; }

const DiagnosticInfo& InfoOf(DiagnosticKind kind) { return kTable[static_cast<size_t>(kind)]; }

const DiagnosticInfo* FindDiagnostic(std::string_view code_or_name) {
  for (const DiagnosticInfo& info : kTable) {
    if (info.name == code_or_name) return &info;
  }
  if (code_or_name.starts_with("PQL") || code_or_name.starts_with("pql")) {
    code_or_name.remove_prefix(3);
  }
  int code = 0;
  const char* const end = code_or_name.data() + code_or_name.size();
  const auto result = std::from_chars(code_or_name.data(), end, code);
  return result.ec == std::errc() && result.ptr == end ? FindCode(code) : nullptr;
}

std::string CodeText(DiagnosticKind kind) { return StrCat("PQL", InfoOf(kind).code); }

}  // namespace pql
