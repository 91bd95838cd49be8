#include "parser/tokenizer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "PqlLexer.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "parser/characters.h"
#include "parser/literals.h"
#include "parser/token_class.h"
#include "parser/token_habits.h"

namespace pql {
namespace {

using Lexer = generated::PqlLexer;

// Code points for ANTLR, which would otherwise decode them its own way and throw.
class CharacterStream final : public antlr4::CharStream {
 public:
  explicit CharacterStream(const std::u32string* points) : points_(points) {}

  void consume() override {
    if (position_ < points_->size()) ++position_;
  }
  size_t LA(ssize_t k) override {
    const size_t index =
        k > 0 ? position_ + static_cast<size_t>(k) - 1 : position_ - static_cast<size_t>(-k);
    return k != 0 && index < points_->size() ? (*points_)[index] : EOF;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return position_; }
  void seek(size_t index) override { position_ = std::min(index, points_->size()); }
  size_t size() override { return points_->size(); }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string toString() const override { return {}; }

 private:
  const std::u32string* const points_;
  size_t position_ = 0;
};

bool IsAsciiWord(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '`') return false;
  }
  return true;
}

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

// Those that the grammar keeps out of names.
bool IsCurrencySign(std::string_view text) {
  size_t offset = 0;
  const char32_t c = DecodeUtf8(text, &offset);
  return c == U'$' || (c >= 0xA2 && c <= 0xA5) || (c >= 0x20A0 && c <= 0x20CF) || c == 0xFF04 ||
         c == 0xFFE0 || c == 0xFFE1 || c == 0xFFE5 || c == 0xFFE6;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view source, FileId file, const Characters& characters,
            DiagnosticSink* sink)
      : characters_(characters), sink_(sink) {
    list_.file = file;
    list_.source = source;
  }

  // False when there are more than `max_tokens`.
  bool Run(size_t max_tokens) {
    CharacterStream stream(&characters_.points);
    Lexer lexer(&stream);
    lexer.removeErrorListeners();  // the last rule of the lexer takes any character
    while (true) {
      const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
      if (token->getType() == antlr4::Token::EOF) break;
      const size_t begin = token->getStartIndex();
      if (IsDashComment(begin)) {
        const size_t end =
            std::min(characters_.points.find_first_of(U"\r\n", begin), stream.size());
        Take(Lexer::SLASH_COMMENT, begin, end);
        stream.seek(end);
      } else if (const size_t end = TextEndOnNextLine(*token); end != 0) {
        Take(Lexer::UNCLOSED_STRING, begin, end);
        stream.seek(end);
      } else {
        Take(static_cast<int>(token->getType()), begin, token->getStopIndex() + 1);
      }
      if (list_.tokens.size() > max_tokens) return false;
    }
    Token end;
    end.begin = end.end = static_cast<uint32_t>(list_.source.size());
    end.first_on_line = true;
    list_.tokens.push_back(end);
    return true;
  }

  TokenList Finish() && { return std::move(list_); }

 private:
  // `-- comment` of SQL, on a line of its own and where no value is awaited: elsewhere it may be
  // `a - -b` or `not -- b`.
  bool IsDashComment(size_t begin) const {
    if (!list_.tokens.empty()) {
      const int last = list_.tokens.back().type;
      // A soft word that opens a clause awaits a value, too.
      const bool soft = IsWord(last) && last != Lexer::NAME && last != Lexer::QUOTED_NAME;
      const bool brace = last == Lexer::LBRACE || last == Lexer::RBRACE;
      if (soft || (!EndsValue(last) && !brace)) return false;
    }
    const std::u32string& points = characters_.points;
    const size_t behind = points.find_first_not_of(U'-', begin);
    const size_t dashes = std::min(behind, points.size()) - begin;
    if (dashes < 2) return false;
    const bool spaced = behind == points.npos ||
                        std::u32string_view(U" \t\r\n").find(points[behind]) != points.npos;
    const size_t before = begin == 0 ? points.npos : points.find_last_not_of(U" \t", begin - 1);
    return spaced && (before == points.npos || points[before] == U'\n' || points[before] == U'\r');
  }

  // Where a text that goes on behind the end of its line is closed on the next one, by a quotation
  // mark that no text begins with; else 0.
  size_t TextEndOnNextLine(const antlr4::Token& token) const {
    if (token.getType() != Lexer::UNCLOSED_STRING) return 0;
    const std::u32string_view points = characters_.points;
    const size_t line = points.find_first_not_of(U"\r\n", token.getStopIndex() + 1);
    const size_t close = points.find_first_of(U"\"\r\n", line);
    if (close == points.npos || close == line || points[close] != U'"') return 0;
    const char32_t before = points[close - 1];
    return std::u32string_view(U" \t([,:=<>").find(before) == points.npos ? close + 1 : 0;
  }

  void Take(int type, size_t begin, size_t end) {
    Token token;
    token.type = type;
    token.begin = characters_.offsets[begin];
    token.end = characters_.offsets[end];
    token.first_on_line = NewLineSince(previous_end_, begin);
    text_ = characters_.Text(list_.source, begin, end);
    previous_end_ = end;
    if (Keep(&token)) list_.tokens.push_back(token);
  }

  bool NewLineSince(size_t from, size_t to) const {
    if (list_.tokens.empty()) return true;
    for (size_t i = from; i < to; ++i) {
      if (characters_.points[i] == '\n' || characters_.points[i] == '\r') return true;
    }
    return pending_line_;
  }

  // Gives the token its value; false when it stands for nothing.
  bool Keep(Token* token) {
    pending_line_ = false;
    switch (token->type) {
      case Lexer::COMMENT:
        list_.comments.push_back({list_.Range(*token), text_});
        break;
      case Lexer::NAME:
      case Lexer::QUOTED_NAME:
        return TakeName(token);
      case Lexer::NUMBER:
      case Lexer::PERCENT:
      case Lexer::SIZE:
      case Lexer::DURATION:
      case Lexer::BAD_NUMBER:
      case Lexer::DOT_NUMBER:
        if (token->type == Lexer::DOT_NUMBER && JoinName(*token)) return false;
        return TakeLiteral(token, ParseNumeric(text_));
      case Lexer::TIMESTAMP:
        return TakeLiteral(token, ParseTimestampToken(text_));
      case Lexer::STRING:
        return TakeLiteral(token, ParseStringToken(text_));
      case Lexer::SINGLE_QUOTED:
      case Lexer::CURLY_QUOTED:
        return TakeQuoted(token);
      case Lexer::UNCLOSED_STRING:
        return TakeUnclosed(token);
      case Lexer::UNCLOSED_NAME:
        sink_->Add(DiagnosticKind::kUnclosedName, list_.Range(*token));
        token->type = Lexer::NAME;
        token->broken = true;
        token->value =
            list_.AddValue(Literal::String(text_.substr(1, text_.find_last_not_of(" \t"))));
        return true;
      case Lexer::SLASH_COMMENT:
      case Lexer::BLOCK_COMMENT:
        TakeForeignComment(*token);
        break;
      case Lexer::OTHER: {
        Diagnostic& finding =
            sink_->Add(DiagnosticKind::kUnexpectedCharacter, list_.Range(*token), {text_});
        if (IsCurrencySign(text_)) finding.fix = Fix{"remove it", {{list_.Range(*token), ""}}};
        break;
      }
      default:
        // A word that lost an invisible character is no longer what the source says.
        if (!characters_.same_as_source && IsAsciiWord(text_)) {
          token->value = list_.AddValue(Literal::String(text_));
        }
        return true;
    }
    // Nothing is left of it but the line it began.
    pending_line_ = token->first_on_line;
    return false;
  }

  bool TakeLiteral(Token* token, ParsedLiteral parsed) {
    const SourceRange range = list_.Range(*token);
    if (parsed.finding.has_value() && !IsThousandsGroup(*token)) {
      LiteralFinding& found = *parsed.finding;
      if (found.arguments.empty()) found.arguments.emplace_back(Shortened(text_));
      Diagnostic& finding = sink_->Add(found.kind, range, std::move(found.arguments));
      finding.hint = std::move(found.hint);
      if (!found.replacement.empty()) {
        finding.fix = Fix{
            StrCat("write `", found.replacement, "`"), {{range, found.replacement}}, found.safe};
      }
    }
    if (parsed.value.has_value()) {
      token->type = TypeOf(parsed.value->kind);
    } else {
      token->type = token->type == Lexer::TIMESTAMP ? Lexer::TIMESTAMP : Lexer::NUMBER;
      token->broken = true;
      parsed.value = Literal::Number(0);
    }
    token->value = list_.AddValue(*std::move(parsed.value));
    return true;
  }

  // `000` of `2,000` or `2 000`: the token pass answers the number as a whole.
  bool IsThousandsGroup(const Token& token) const {
    const size_t count = list_.tokens.size();
    if (count > 0 && IsSpacedThousandsGroup(list_, list_.tokens[count - 1], token)) return true;
    if (count < 2 || list_.tokens[count - 1].type != Lexer::COMMA ||
        list_.tokens[count - 1].end != token.begin ||
        list_.tokens[count - 2].end != list_.tokens[count - 1].begin) {
      return false;
    }
    const size_t digits = std::min(text_.find_first_not_of("0123456789"), text_.size());
    return digits == 3 && list_.tokens[count - 2].type == Lexer::NUMBER &&
           list_.Source(list_.tokens[count - 2]).size() <= 3;
  }

  static int TypeOf(Literal::Kind kind) {
    switch (kind) {
      case Literal::Kind::kPercent:
        return Lexer::PERCENT;
      case Literal::Kind::kSize:
        return Lexer::SIZE;
      case Literal::Kind::kDuration:
        return Lexer::DURATION;
      case Literal::Kind::kTimestamp:
        return Lexer::TIMESTAMP;
      case Literal::Kind::kString:
        return Lexer::STRING;
      default:
        return Lexer::NUMBER;
    }
  }

  static std::string Shortened(const std::string& text) {
    return text.size() <= 40 ? text
                             : StrCat(text.substr(0, 20), "...", text.substr(text.size() - 8));
  }

  // `messages.5`: what stands behind the dot of a name belongs to it.
  bool JoinName(const Token& token) {
    if (list_.tokens.empty() || list_.tokens.back().end != token.begin ||
        !IsWord(list_.tokens.back().type)) {
      return false;
    }
    Token& name = list_.tokens.back();
    name.value = list_.AddValue(Literal::String(StrCat(list_.Name(name), text_)));
    name.type = Lexer::NAME;
    name.end = token.end;
    if (!name.broken && token.type == Lexer::DOT_NUMBER) {
      Diagnostic& finding = sink_->Add(DiagnosticKind::kCharacterInName, list_.Range(name),
                                       {"a part that begins with a digit"});
      finding.hint = "such a part stands in backticks";
      SourceRange part = list_.Range(token);
      while (part.end < list_.source.size() && IsWordByte(list_.source[part.end])) ++part.end;
      const std::string_view name_part =
          list_.source.substr(part.begin + 1, part.end - part.begin - 1);
      finding.fix =
          Fix{"put the part in backticks", {{part, StrCat(".`", name_part, "`")}}, /*safe=*/false};
    }
    name.broken = true;
    return true;
  }

  bool TakeQuoted(Token* token) {
    ParsedLiteral parsed = ParseStringToken(text_);
    const std::string right = parsed.value->spelling;
    if (!parsed.finding.has_value()) {
      parsed.finding =
          LiteralFinding{token->type == Lexer::SINGLE_QUOTED ? DiagnosticKind::kSingleQuotes
                                                             : DiagnosticKind::kCurlyQuotes,
                         {right},
                         {},
                         right};
    }
    return TakeLiteral(token, std::move(parsed));
  }

  bool TakeUnclosed(Token* token) {
    SourceRange line = list_.Range(*token);
    const std::string_view source = list_.Source(*token);
    line.end =
        line.begin + static_cast<uint32_t>(std::min(source.find_first_of("\r\n"), source.size()));
    Diagnostic& finding = sink_->Add(DiagnosticKind::kUnclosedString, line);
    for (const std::string_view curly : {"\u201C", "\u201D", "\u201E"}) {
      if (LineHas(token->begin, curly) || text_.find(curly) != std::string::npos) {
        finding.hint = StrCat("`", curly, "` does not close it");
        break;
      }
    }
    token->type = Lexer::STRING;
    token->broken = true;
    token->value = list_.AddValue(Literal::String(text_.substr(1)));
    return true;
  }

  // Whether the line holds `text` before `offset`.
  bool LineHas(size_t offset, std::string_view text) const {
    const std::string_view before = list_.source.substr(0, offset);
    const size_t line = before.find_last_of("\r\n");
    return before.find(text, line == before.npos ? 0 : line) != before.npos;
  }

  void TakeForeignComment(const Token& token) {
    const SourceRange range = list_.Range(token);
    const bool block = token.type == Lexer::BLOCK_COMMENT;
    Diagnostic& finding = sink_->Add(DiagnosticKind::kForeignComment, range,
                                     {block ? "/* ... */" : list_.Source(token).substr(0, 2)});
    std::string_view body = list_.Source(token).substr(2);
    if (block) body.remove_suffix(2);
    const size_t next = range.end;
    const bool ends_line =
        next >= list_.source.size() || list_.source[next] == '\n' || list_.source[next] == '\r';
    if (body.find('\n') == body.npos && ends_line) {
      finding.fix = Fix{"write `#`", {{range, StrCat("#", body)}}};
    }
  }

  bool TakeName(Token* token);
  bool ReportName(const Token& token, std::string_view part, bool ticked);

  const Characters& characters_;
  DiagnosticSink* const sink_;
  TokenList list_;
  std::string text_;  // of the token at hand
  size_t previous_end_ = 0;
  bool pending_line_ = false;
};

// Reports what is wrong with one part of a name.
bool Tokenizer::ReportName(const Token& token, std::string_view part, bool ticked) {
  if (part.empty()) {
    sink_->Add(DiagnosticKind::kEmptyName, list_.Range(token));
    return true;
  }
  if (ticked || IsIdentifier(part)) return false;
  size_t offset = 0;
  char32_t culprit = 0;
  while (offset < part.size() && culprit == 0) {
    const char32_t c = DecodeUtf8(part, &offset);
    const bool fits = IsIdentifierContinue(c) && c != 0x200C && c != 0x200D;
    if (!fits) culprit = c;
  }
  std::string shown;
  if (culprit != 0 && !IsInvisible(culprit)) {
    AppendUtf8(culprit, &shown);
    shown = StrCat("`", shown, "`");
  } else {
    shown = DescribeCodePoint(culprit != 0 ? culprit : U'_');
  }
  const std::string right = StrCat("`", text_, "`");
  Diagnostic& finding = sink_->Add(DiagnosticKind::kCharacterInName, list_.Range(token), {shown});
  if (text_.find('`') == std::string::npos) {
    finding.fix = Fix{"put the name in backticks", {{list_.Range(token), right}}};
  }
  return true;
}

bool Tokenizer::TakeName(Token* token) {
  // The rest of a part that is reported.
  if (!list_.tokens.empty() && list_.tokens.back().broken && JoinName(*token)) return false;
  const std::string_view first = std::string_view(text_).substr(0, text_.find('.'));
  if (first.size() < text_.size() && ReservedWordType(first) != 0) {
    SourceRange range = list_.Range(*token);
    range.end = range.begin + static_cast<uint32_t>(first.size());
    sink_->Add(DiagnosticKind::kReservedWord, range, {first}).fix =
        Fix{"put it in backticks", {{range, StrCat("`", first, "`")}}};
  }
  if (token->type == Lexer::NAME && IsAsciiWord(text_)) {
    if (!characters_.same_as_source) token->value = list_.AddValue(Literal::String(text_));
    return true;
  }
  std::string name;
  std::string_view rest = text_;
  bool reported = false;
  while (true) {
    const bool ticked = !rest.empty() && rest[0] == '`';
    const size_t end = ticked ? rest.find('`', 1) : std::min(rest.find('.'), rest.size());
    std::string_view part = ticked ? rest.substr(1, end - 1) : rest.substr(0, end);
    rest.remove_prefix(ticked ? end + 1 : end);
    name += part;
    // A dot in backticks makes a namespace like any other: no part may be empty.
    do {
      const size_t dot = std::min(part.find('.'), part.size());
      reported = reported || ReportName(*token, part.substr(0, dot), ticked);
      token->broken = token->broken || dot == 0;
      if (dot == part.size()) break;
      part.remove_prefix(dot + 1);
    } while (true);
    if (rest.empty()) break;
    rest.remove_prefix(1);
    name += '.';
  }
  token->type = Lexer::NAME;
  token->value = list_.AddValue(Literal::String(ToNfc(name)));
  return true;
}

}  // namespace

std::mutex& AntlrMutex() {
  static std::mutex mutex;
  return mutex;
}

TokenList Tokenize(const SourceSet& sources, FileId file, const ParseLimits& limits,
                   DiagnosticSink* sink) {
  const std::string_view source = sources.file(file).text();
  TokenList none;
  none.file = file;
  none.source = source;
  none.tokens.emplace_back();
  const SourceRange start{file, 0, 0};
  if (source.size() > limits.max_bytes) {
    sink->Add(DiagnosticKind::kTextTooLarge, start, {source.size(), limits.max_bytes});
    return none;
  }
  if (const std::optional<size_t> invalid = FindInvalidUtf8(source)) {
    const auto at = static_cast<uint32_t>(*invalid);
    sink->Add(DiagnosticKind::kInvalidUtf8, {file, at, at + 1}, {*invalid});
    return none;
  }
  const Characters characters = ReadCharacters(sources, file, sink);
  Tokenizer tokenizer(source, file, characters, sink);
  if (!tokenizer.Run(limits.max_tokens)) {
    sink->Add(DiagnosticKind::kTooManyTokens, start, {limits.max_tokens});
    return none;
  }
  TokenList list = std::move(tokenizer).Finish();
  AnswerTokenHabits(&list, sink);
  return list;
}

}  // namespace pql
