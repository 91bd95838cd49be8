#include "accounts/csv_cells.h"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace pql {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool EndsRow(char c) { return c == '\n' || c == '\r'; }
bool EndsCell(char c) { return c == ',' || EndsRow(c); }

// Bit i: text[i] ends an unquoted cell.  Of 64 bytes.
[[gnu::always_inline]] inline uint64_t CellEnds(const char* text) {
  uint64_t ends = 0;
#ifdef __SSE2__  // which every x86-64 has
  const __m128i comma = _mm_set1_epi8(',');
  const __m128i line_feed = _mm_set1_epi8('\n');
  const __m128i carriage_return = _mm_set1_epi8('\r');
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text) + i);
    const __m128i match = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, comma),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, line_feed), _mm_cmpeq_epi8(bytes, carriage_return)));
    ends |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(match))) << (16 * i);
  }
#else
  for (int i = 0; i < 64; ++i) ends |= static_cast<uint64_t>(EndsCell(text[i]) ? 1 : 0) << i;
#endif
  return ends;
}

// Writes where the ends of unquoted cells are in a text; behind the last one.  May write as many as
// 8 beyond it.
[[gnu::always_inline]] inline uint32_t* WriteCellEnds(const char* text, size_t size,
                                                      uint32_t* out) {
  for (size_t window = 0; window < size; window += 64) {
    uint64_t ends = CellEnds(text + window);
    if (size - window < 64) ends &= (uint64_t{1} << (size - window)) - 1;
    uint32_t* const next = out + std::popcount(ends);
    // In eights, so that how many there are is no branch for each of them.
    do {
      for (int i = 0; i < 8; ++i) {
        out[i] = static_cast<uint32_t>(window + static_cast<size_t>(std::countr_zero(ends)));
        ends &= ends - 1;
      }
      out += 8;
    } while (ends != 0);
    out = next;
  }
  return out;
}

#ifdef __x86_64__
[[gnu::target("bmi,popcnt")]] uint32_t* WriteCellEndsWithBmi(const char* text, size_t size,
                                                             uint32_t* out) {
  return WriteCellEnds(text, size, out);
}
#endif

uint32_t* FindCellEnds(const char* text, size_t size, uint32_t* out) {
#ifdef __x86_64__
  static const bool kHasBmi =
      __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("popcnt") != 0;
  if (kHasBmi) return WriteCellEndsWithBmi(text, size, out);
#endif
  return WriteCellEnds(text, size, out);
}

// Goes through a quoted cell from behind its opening quote to what ends it: a comma, a line end or
// `end`; null when the text ends within the quotes.  With kTake, what is in the cell is moved to
// where it begins, up to `*content_end`.
template <bool kTake>
const char* EndOfQuoted(const char* in, const char* end, char** content_end) {
  char* out = kTake ? const_cast<char*>(in) : nullptr;
  const auto take = [&out, &in](const char* to) {
    const auto size = static_cast<size_t>(to - in);
    if (kTake && out != in) std::memmove(out, in, size);
    if (kTake) out += size;
    in = to;
  };
  while (true) {
    const auto* quote = static_cast<const char*>(
        in == end ? nullptr : std::memchr(in, '"', static_cast<size_t>(end - in)));
    if (quote == nullptr) return nullptr;
    take(quote + 1);
    // The quote ends the cell if nothing but blanks follow.
    size_t blanks = 0;
    while (in < end && (IsBlank(*in) || (*in == '"' && blanks > 0))) {
      blanks = *in == '"' ? 0 : blanks + 1;
      take(in + 1);
    }
    if (in == end || EndsCell(*in)) {
      if (kTake) *content_end = out - blanks - 1;
      return in;
    }
    if (*in == '"') ++in;  // the second one of a pair
  }
}

// The last line end in text[begin, end), or else `none`.
size_t LastLineEnd(std::string_view text, size_t begin, size_t end, size_t none) {
  const size_t place = text.substr(begin, end - begin).find_last_of("\r\n");
  return place == std::string_view::npos ? none : begin + place + 1;
}

// Whether a cell begins with the quote at `place`, as it stands outside of quotes.
bool OpensCell(std::string_view text, size_t place) {
  while (place > 0 && IsBlank(text[place - 1])) --place;
  return place == 0 || EndsCell(text[place - 1]);
}

}  // namespace

size_t CsvCells::EndOfLastRow(std::string_view text) {
  size_t last = 0;
  size_t begin = 0;  // of the stretch outside of quotes
  for (size_t from = 0;;) {
    const size_t quote = text.find('"', from);
    if (quote == std::string_view::npos) return LastLineEnd(text, begin, text.size(), last);
    from = quote + 1;
    if (!OpensCell(text, quote)) continue;
    last = LastLineEnd(text, begin, quote, last);
    const char* after = EndOfQuoted<false>(text.data() + from, text.data() + text.size(), nullptr);
    if (after == nullptr) return last;
    begin = from = static_cast<size_t>(after - text.data());
  }
}

void CsvCells::Reserve(size_t size) {
  if (size + 1 <= capacity_) return;
  capacity_ = size + 1;
  cells_ = std::make_unique_for_overwrite<Span[]>(capacity_);
  row_ends_ = std::make_unique_for_overwrite<uint32_t[]>(capacity_);
  ends_ = std::make_unique_for_overwrite<uint32_t[]>(capacity_ + 8);
}

void CsvCells::Split(char* text, size_t size) {
  Reserve(size);
  text_ = text;
  row_count_ = 0;
  has_open_quote_ = false;
  // Those within quotes are passed over.
  const uint32_t* end_of_cell = ends_.get();
  uint32_t* const end_of_ends = FindCellEnds(text, size, ends_.get());
  *end_of_ends = static_cast<uint32_t>(size);  // the text ends its last cell
  Span* cell = cells_.get();
  const Span* first_of_row = cell;
  uint32_t* row_end = row_ends_.get();
  const auto end_row = [&] {
    *row_end++ = static_cast<uint32_t>(cell - cells_.get());
    first_of_row = cell;
  };

  for (size_t place = 0; place < size;) {
    size_t begin = place;
    while (begin < size && IsBlank(text[begin])) ++begin;
    size_t end = *end_of_cell;
    const bool is_quoted = begin < size && text[begin] == '"';
    if (is_quoted) {
      char* content_end = nullptr;
      const char* after = EndOfQuoted<true>(text + begin + 1, text + size, &content_end);
      if (after == nullptr) {
        has_open_quote_ = true;
        break;
      }
      *cell++ = {static_cast<uint32_t>(begin + 1), static_cast<uint32_t>(content_end - text)};
      end = static_cast<size_t>(after - text);
      while (*end_of_cell < end) ++end_of_cell;
    } else {
      size_t last = end;
      while (last > begin && IsBlank(text[last - 1])) --last;
      *cell++ = {static_cast<uint32_t>(begin), static_cast<uint32_t>(last)};
    }
    ++end_of_cell;
    place = end + 1;
    if (end < size && text[end] == ',') {
      if (place < size) continue;
      // The text ends behind a comma, which an empty cell follows.
      *cell++ = {static_cast<uint32_t>(size), static_cast<uint32_t>(size)};
      end_row();
    } else if (!is_quoted && cell == first_of_row + 1 && cell[-1].begin == cell[-1].end) {
      --cell;  // a blank line
    } else {
      end_row();
    }
  }
  row_count_ = static_cast<size_t>(row_end - row_ends_.get());
}

}  // namespace pql
