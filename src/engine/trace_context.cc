#include "engine/trace_context.h"

#include <algorithm>
#include <cstddef>

namespace pql {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr size_t kTraceId = 3;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kSpanId = 36;
constexpr size_t kSpanIdSize = 16;
constexpr size_t kFlags = 53;
constexpr size_t kSize = 55;

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kSize) return std::nullopt;
  const std::string_view version = header.substr(0, 2);
  if (!IsHex(version) || version == "ff") return std::nullopt;
  if (header.size() > kSize && (version == "00" || header[kSize] != '-')) return std::nullopt;
  for (const size_t dash : {kTraceId - 1, kSpanId - 1, kFlags - 1}) {
    if (header[dash] != '-') return std::nullopt;
  }
  const std::string_view trace_id = header.substr(kTraceId, kTraceIdSize);
  const std::string_view span_id = header.substr(kSpanId, kSpanIdSize);
  if (!IsId(trace_id) || !IsId(span_id) || !IsHex(header.substr(kFlags, 2))) return std::nullopt;
  TraceContext trace;
  std::copy(trace_id.begin(), trace_id.end(), trace.trace_id.begin());
  std::copy(span_id.begin(), span_id.end(), trace.span_id.begin());
  return trace;
}

}  // namespace pql
