#include "parser/token_habits.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "parser/literals.h"
#include "parser/token_class.h"

namespace pql {
namespace {

using G = Grammar;

class HabitPass {
 public:
  HabitPass(TokenList* list, DiagnosticSink* sink)
      : list_(list), sink_(sink), in_(std::move(list->tokens)) {
    out_.reserve(in_.size());
  }

  void Run() {
    while (at_ < in_.size()) {
      if (!Rewrite(in_[at_])) out_.push_back(in_[at_++]);
    }
    list_->tokens = std::move(out_);
  }

 private:
  // Handles the habit that begins at the token at hand, if one does: appends to `out_` and moves
  // `at_`.
  bool Rewrite(const Token& token) {
    switch (token.type) {
      case G::AND_SIGN:
        return SignForWord(DiagnosticKind::kAmpersands, G::AND);
      case G::OR_SIGN:
        return SignForWord(DiagnosticKind::kVerticalBars, G::OR);
      case G::NOT_SIGN:
        return SplitSign(G::NE) || SignForWord(DiagnosticKind::kExclamationMark, G::NOT);
      case G::STRICT_EQ:
        return Replace(DiagnosticKind::kTripleEqual, G::EQ);
      case G::STRICT_NE:
        return Replace(DiagnosticKind::kTripleEqual, G::NE);
      case G::SQL_NE:
        return Replace(Plain(token) ? DiagnosticKind::kSqlNotEqual : DiagnosticKind::kMathSign,
                       G::NE);
      case G::SQL_LE:
      case G::SQL_GE:
        return Replace(
            Plain(token) ? DiagnosticKind::kReversedComparison : DiagnosticKind::kMathSign,
            token.type == G::SQL_LE ? G::LE : G::GE);
      case G::DASH:
        return Replace(DiagnosticKind::kMathSign, G::MINUS);
      case G::TIMES:
        return Replace(DiagnosticKind::kMathSign, G::STAR);
      case G::OBELUS:
        return Replace(DiagnosticKind::kMathSign, G::SLASH);
      case G::LT:
        return SplitSign(G::LE);
      case G::GT:
        return SplitSign(G::GE);
      case G::ASSIGN:
        return SplitSign(G::EQ);
      case G::SEMICOLON:
        sink_->Add(DiagnosticKind::kSemicolon, Here()).fix = Fix{"remove it", {{Here(), ""}}};
        return Drop();
      case G::COMMA:
        return TrailingComma();
      case G::NUMBER:
        return Thousands() || SpacedThousands() || SpacedUnit() || DanglingDot();
      case G::IS:
        return IsMissing();
      case G::CONTAINS:
        return ContainsAnyOf();
      default:
        return IsWord(token.type) && (SpacedDot() || UpperCase());
    }
  }

  const Token& Peek(size_t ahead) const { return in_[std::min(at_ + ahead, in_.size() - 1)]; }
  int Previous() const { return out_.empty() ? Token::kEnd : out_.back().type; }
  SourceRange Here() const { return list_->Range(in_[at_]); }
  bool Plain(const Token& token) const {
    return static_cast<unsigned char>(list_->source[token.begin]) < 0x80;
  }
  bool Drop() {
    if (in_[at_].first_on_line && at_ + 1 < in_.size()) in_[at_ + 1].first_on_line = true;
    ++at_;
    return true;
  }

  // The `count` tokens at hand become one of `type`.
  Token& Merge(size_t count, int type) {
    Token token = in_[at_];
    token.type = type;
    token.end = in_[at_ + count - 1].end;
    at_ += count;
    out_.push_back(token);
    return out_.back();
  }

  bool Replace(DiagnosticKind kind, int type) {
    const std::string_view right = FixedText(type);
    sink_->Add(kind, Here(), {list_->Source(in_[at_]), right}).fix =
        Fix{StrCat("write `", right, "`"), {{Here(), std::string(right)}}};
    Merge(1, type);
    return true;
  }

  // A sign that becomes a word needs spaces around it.
  bool SignForWord(DiagnosticKind kind, int type) {
    const SourceRange here = Here();
    const std::string_view source = list_->source;
    const bool before = here.begin > 0 && source[here.begin - 1] != ' ' &&
                        source[here.begin - 1] != '(' && source[here.begin - 1] != '\n';
    const bool behind = here.end < source.size() && source[here.end] != ' ' &&
                        source[here.end] != '\n' && source[here.end] != '\r';
    const std::string_view word = FixedText(type);
    sink_->Add(kind, here, {list_->Source(in_[at_]), word}).fix = Fix{
        StrCat("write `", word, "`"), {{here, StrCat(before ? " " : "", word, behind ? " " : "")}}};
    Merge(1, type);
    return true;
  }

  // `> =`
  bool SplitSign(int type) {
    const Token& next = Peek(1);
    if (next.type != G::ASSIGN || next.first_on_line) return false;
    const SourceRange range = Here().To(list_->Range(next));
    const std::string_view right = FixedText(type);
    sink_->Add(DiagnosticKind::kSplitOperator, range, {right}).fix =
        Fix{StrCat("write `", right, "`"), {{range, std::string(right)}}};
    Merge(2, type);
    return true;
  }

  bool TrailingComma() {
    if (!IsClosingBracket(Peek(1).type) || !EndsValue(Previous())) return false;
    sink_->Add(DiagnosticKind::kTrailingComma, Here()).fix = Fix{"remove it", {{Here(), ""}}};
    return Drop();
  }

  bool IsThreeDigits(const Token& token) const {
    const std::string_view text = list_->Source(token);
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits == 3 &&
           (token.type == G::NUMBER || token.type == G::PERCENT || token.type == G::SIZE) &&
           !(text.size() > 3 && text[3] == '_');
  }

  // `2,000`: digits, comma, exactly three digits, no space.
  bool Thousands() {
    const std::string_view first = list_->Source(in_[at_]);
    if (first.size() > 3 || first.find_first_not_of("0123456789") != first.npos) return false;
    size_t count = 1;
    while (Peek(count).type == G::COMMA && Peek(count).begin == Peek(count - 1).end &&
           Peek(count + 1).begin == Peek(count).end && IsThreeDigits(Peek(count + 1))) {
      count += 2;
      if (list_->Source(Peek(count - 1)).size() != 3) break;
    }
    if (count == 1) return false;
    const SourceRange range = Here().To(list_->Range(Peek(count - 1)));
    std::string right;
    for (size_t i = 0; i < count; i += 2) {
      StrAppend(&right, i > 0 ? "_" : "", list_->Source(Peek(i)));
    }
    sink_
        ->Add(DiagnosticKind::kThousandsComma, range,
              {list_->source.substr(range.begin, range.end - range.begin), right, "a comma"})
        .fix = Fix{StrCat("write `", right, "`"), {{range, right}}};
    SetNumeric(&Merge(count, G::NUMBER), right);
    return true;
  }

  // `2 000`; but in a list `200 300` more likely lacks a comma.
  bool SpacedThousands() {
    size_t count = 1;
    bool zero = false;
    while (IsSpacedThousandsGroup(*list_, Peek(count - 1), Peek(count))) {
      zero = zero || list_->source[Peek(count).begin] == '0';
      ++count;
    }
    const int before = Previous();
    const bool in_list = before == G::LPAREN || before == G::LBRACKET || before == G::COMMA;
    if (count == 1 || (in_list && !zero)) return false;
    const SourceRange range = Here().To(list_->Range(Peek(count - 1)));
    std::string right(list_->Source(in_[at_]));
    for (size_t i = 1; i < count; ++i) StrAppend(&right, "_", list_->Source(Peek(i)));
    sink_
        ->Add(DiagnosticKind::kThousandsComma, range,
              {list_->source.substr(range.begin, range.end - range.begin), right, "a space"})
        .fix = Fix{StrCat("write `", right, "`"), {{range, right}}};
    SetNumeric(&Merge(count, G::NUMBER), right);
    return true;
  }

  void SetNumeric(Token* token, const std::string& text) {
    ParsedLiteral parsed = ParseNumeric(text);
    token->broken = !parsed.value.has_value();
    token->type = G::NUMBER;
    if (parsed.value.has_value()) {
      const Literal::Kind kind = parsed.value->kind;
      if (kind == Literal::Kind::kPercent) token->type = G::PERCENT;
      if (kind == Literal::Kind::kSize) token->type = G::SIZE;
      if (kind == Literal::Kind::kDuration) token->type = G::DURATION;
    }
    token->value = list_->AddValue(parsed.value.value_or(Literal::Number(0)));
  }

  // `10 MB`, `7 days`, `20 %`.
  bool SpacedUnit() {
    const Token& next = Peek(1);
    if (next.first_on_line || in_[at_].broken) return false;
    if (next.type == G::MODULO) {
      if (StartsValue(Peek(2).type) && !Peek(2).first_on_line) return false;
    } else if (next.type != G::NAME || next.begin == in_[at_].end) {
      return false;
    }
    const std::string joined = StrCat(list_->Source(in_[at_]), list_->Source(next));
    ParsedLiteral parsed = ParseNumeric(joined);
    const bool size_or_time =
        parsed.value.has_value() &&
        (!parsed.finding.has_value() || parsed.finding->kind == DiagnosticKind::kUnitSpelling ||
         parsed.finding->kind == DiagnosticKind::kNoMonths ||
         parsed.finding->kind == DiagnosticKind::kFractionalDuration);
    if (!size_or_time) return false;
    const SourceRange range = Here().To(list_->Range(next));
    const bool other =
        parsed.finding.has_value() && parsed.finding->kind != DiagnosticKind::kUnitSpelling;
    const std::string right = parsed.finding.has_value() ? parsed.finding->replacement : joined;
    Diagnostic& finding =
        sink_->Add(other ? parsed.finding->kind : DiagnosticKind::kUnitSpelling, range,
                   {list_->source.substr(range.begin, range.end - range.begin), right});
    if (other) finding.hint = parsed.finding->hint;
    finding.fix = Fix{StrCat("write `", right, "`"),
                      {{range, right}},
                      !parsed.finding.has_value() || parsed.finding->safe};
    SetNumeric(&Merge(2, G::NUMBER), right);
    return true;
  }

  // `5.`
  bool DanglingDot() {
    const Token& dot = Peek(1);
    if (dot.type != G::DOT || dot.begin != in_[at_].end) return false;
    const SourceRange range = Here().To(list_->Range(dot));
    const std::string right(list_->Source(in_[at_]));
    sink_->Add(DiagnosticKind::kIncompleteNumber, range, {StrCat(right, "."), right}).fix =
        Fix{StrCat("write `", right, "`"), {{range, right}}};
    Merge(2, G::NUMBER);
    return true;
  }

  // `usage . messages`
  bool SpacedDot() {
    if (Peek(1).type != G::DOT || !(IsWord(Peek(2).type) || IsReserved(Peek(2).type))) return false;
    if (Peek(1).first_on_line || Peek(2).first_on_line) return false;
    const SourceRange range = Here().To(list_->Range(Peek(2)));
    const std::string name = StrCat(list_->Name(in_[at_]), ".", list_->Name(Peek(2)));
    const std::string right = StrCat(list_->Source(in_[at_]), ".", list_->Source(Peek(2)));
    // No space behind a backtick that is never closed, which is reported already.
    if (right.size() != range.end - range.begin) {
      sink_->Add(DiagnosticKind::kSpaceAroundDot, range, {right}).fix =
          Fix{StrCat("write `", right, "`"), {{range, right}}};
    }
    Merge(3, G::NAME).value = list_->AddValue(Literal::String(name));
    return true;
  }

  // `is not missing`, `IS MISSING`, `is null`, `IS NOT NULL`, `is empty`.
  bool IsMissing() {
    const bool negated = Peek(1).type == G::NOT || IsUpper(Peek(1), "not");
    const Token& state = Peek(negated ? 2 : 1);
    const bool upper = IsUpper(state, "missing") || IsUpper(state, "present");
    const bool missing = state.type == G::MISSING || IsUpper(state, "missing");
    const bool present = state.type == G::PRESENT || IsUpper(state, "present");
    const bool lower = in_[at_].type == G::IS && !upper;
    if (!negated && (missing || present) && lower) return false;
    const std::string word = state.type == G::NAME ? ToLower(list_->Name(state)) : "";
    const bool null = word == "null" || word == "nil" || word == "none" || word == "empty" ||
                      word == "undefined" || word == "blank" || word == "unknown";
    if (!missing && !present && !null) return false;
    const bool means_missing = (missing || null) != negated;
    const std::string_view right = means_missing ? "is missing" : "is present";
    const SourceRange range = Here().To(list_->Range(state));
    sink_
        ->Add(null      ? DiagnosticKind::kIsNull
              : negated ? DiagnosticKind::kIsNotMissing
                        : DiagnosticKind::kUpperCaseWord,
              range, {list_->source.substr(range.begin, range.end - range.begin), right})
        .fix = Fix{StrCat("write `", right, "`"), {{range, std::string(right)}}};
    Token is = in_[at_];
    is.type = G::IS;
    Token then = state;
    then.type = means_missing ? G::MISSING : G::PRESENT;
    out_.push_back(is);
    out_.push_back(then);
    at_ += negated ? 3 : 2;
    return true;
  }

  // `contains any of (...)`: the builder knows the operands.
  bool ContainsAnyOf() {
    const Token& word = Peek(1);
    if (Peek(2).type != G::OF || !IsWord(word.type)) return false;
    const std::string_view text = list_->Name(word);
    const bool any = text == "any" || text == "one" || text == "some";
    if (!any && text != "all") return false;
    if (Peek(3).type != G::LPAREN && Peek(3).type != G::LBRACKET) return false;
    out_.push_back(in_[at_++]);
    Merge(2, any ? G::ANY_OF : G::ALL_OF);
    return true;
  }

  // Whether the token is the reserved word, not in lower case.
  bool IsUpper(const Token& token, std::string_view word) const {
    return token.type == G::NAME && token.value == Token::kNoValue &&
           list_->Source(token).size() == word.size() && ToLower(list_->Source(token)) == word;
  }

  // `AND` and the like, where no name can stand.  A soft word before it may be the opening of a
  // clause, in which case it is a name after all; recovery looks at those again.
  bool UpperCase() {
    const Token& token = in_[at_];
    if (token.type != G::NAME || token.value != Token::kNoValue) return false;
    const std::string_view text = list_->Source(token);
    if (text.size() > 7 || std::isupper(static_cast<unsigned char>(text[0])) == 0) return false;
    const int type = ReservedWordType(ToLower(text));
    if (type == 0) return false;
    const Token& next = Peek(1);
    const bool soft_before = IsWord(Previous()) && Previous() != G::NAME;
    const bool value_before = EndsValue(Previous()) && !soft_before;
    const bool value_behind = StartsValue(next.type) || IsInfixWord(next.type);
    if (type == G::IS && value_before && IsMissing()) return true;
    if (type == G::NOT && IsUpper(next, "in") && value_before) return UpperNotIn();
    bool habit = false;
    switch (type) {
      case G::AND:
      case G::OR:
      case G::IN:
      case G::IS:
      case G::BETWEEN:
      case G::THEN:
      case G::ELSE:
        habit = value_before && value_behind;
        break;
      case G::NOT:
        habit = value_behind && next.type != G::MINUS && !next.first_on_line &&
                (next.type == G::LPAREN || IsWord(next.type) || IsLiteral(next.type));
        break;
      case G::IF:
        habit = value_behind && next.type != G::LPAREN && next.type != G::MINUS &&
                !next.first_on_line && !value_before;
        break;
      default:  // TRUE and FALSE stand where names do
        break;
    }
    return habit && Replace(DiagnosticKind::kUpperCaseWord, type);
  }

  // `NOT IN`, two words and one habit.
  bool UpperNotIn() {
    const SourceRange range = Here().To(list_->Range(Peek(1)));
    sink_
        ->Add(DiagnosticKind::kUpperCaseWord, range,
              {list_->source.substr(range.begin, range.end - range.begin), "not in"})
        .fix = Fix{"write `not in`", {{range, "not in"}}};
    Merge(1, G::NOT);
    Merge(1, G::IN);
    return true;
  }

  TokenList* const list_;
  DiagnosticSink* const sink_;
  std::vector<Token> in_;
  std::vector<Token> out_;
  size_t at_ = 0;
};

}  // namespace

bool IsSpacedThousandsGroup(const TokenList& list, const Token& before, const Token& next) {
  const std::string_view first = list.Source(before);
  const std::string_view text = list.Source(next);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool number = next.type == G::NUMBER || next.type == G::PERCENT || next.type == G::SIZE;
  return before.type == G::NUMBER && !before.broken && first.size() <= 3 &&
         first.find_first_not_of("0123456789") == first.npos && number && digits == 3 &&
         !text.substr(3).starts_with('_') && next.begin == before.end + 1 &&
         list.source[before.end] == ' ';
}

void AnswerTokenHabits(TokenList* list, DiagnosticSink* sink) { HabitPass(list, sink).Run(); }

}  // namespace pql
