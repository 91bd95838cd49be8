// Which trace a call belongs to, as its caller says in the header `traceparent` (W3C Trace Context,
// https://www.w3.org/TR/trace-context/).  Thread-safe: no state.

#ifndef PQL_ENGINE_TRACE_CONTEXT_H_
#define PQL_ENGINE_TRACE_CONTEXT_H_

#include <array>
#include <optional>
#include <string_view>

namespace pql {

struct TraceContext {
  std::array<char, 32> trace_id;  // hexadecimal digits in lower case
  std::array<char, 16> span_id;   // likewise: the caller's span

  std::string_view trace_id_text() const { return {trace_id.data(), trace_id.size()}; }
  std::string_view span_id_text() const { return {span_id.data(), span_id.size()}; }
};

// Nothing when the header is not exactly what the recommendation says, as it asks for: a header of
// version 00, or the part of a later version that 00 has, too.
std::optional<TraceContext> ParseTraceparent(std::string_view header);

}  // namespace pql

#endif  // PQL_ENGINE_TRACE_CONTEXT_H_
