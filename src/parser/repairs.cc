// Habits and slips that show only where the grammar stops fitting.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "parser/piece.h"
#include "parser/token_class.h"

namespace pql {
namespace {

using G = Grammar;

// Phrases that people write between two values.
struct Phrase {
  std::string_view words;
  int type;
  int second_type;  // of `starts with`, else 0
  bool safe;
};
constexpr Phrase kPhrases[] = {
    {"is equal to", G::EQ, 0, true},
    {"equal to", G::EQ, 0, true},
    {"equals", G::EQ, 0, true},
    {"equal", G::EQ, 0, true},
    {"eq", G::EQ, 0, true},
    {"ne", G::NE, 0, true},
    {"greater than", G::GT, 0, true},
    {"more than", G::GT, 0, true},
    {"larger than", G::GT, 0, true},
    {"over", G::GT, 0, true},
    {"above", G::GT, 0, true},
    {"exceeds", G::GT, 0, true},
    {"after", G::GT, 0, true},
    {"gt", G::GT, 0, true},
    {"less than", G::LT, 0, true},
    {"fewer than", G::LT, 0, true},
    {"under", G::LT, 0, true},
    {"below", G::LT, 0, true},
    {"before", G::LT, 0, true},
    {"lt", G::LT, 0, true},
    {"at least", G::GE, 0, true},
    {"gte", G::GE, 0, true},
    {"at most", G::LE, 0, true},
    {"lte", G::LE, 0, true},
    {"includes", G::CONTAINS, 0, true},
    {"include", G::CONTAINS, 0, true},
    {"contain", G::CONTAINS, 0, true},
    {"has", G::CONTAINS, 0, true},
    {"like", G::CONTAINS, 0, false},
    {"ilike", G::CONTAINS, 0, false},
    {"startswith", G::STARTS, G::WITH, true},
    {"starts_with", G::STARTS, G::WITH, true},
    {"begins with", G::STARTS, G::WITH, true},
    {"endswith", G::ENDS, G::WITH, true},
    {"ends_with", G::ENDS, G::WITH, true},
    {"match", G::MATCHES, 0, true},
    {"regexp", G::MATCHES, 0, true},
    {"rlike", G::MATCHES, 0, true},
    {"plus", G::PLUS, 0, true},
    {"minus", G::MINUS, 0, true},
    {"times", G::STAR, 0, true},
};

class Repairer {
 public:
  Repairer(Piece* piece, const SyntaxError& error, DiagnosticSink* sink)
      : piece_(*piece), error_(error), at_(error.at), sink_(sink) {}

  bool Repair() {
    if (error_.too_deep || piece_.HasUnclosedString()) return false;
    return UpperCase() || BareIfOrNot() || IsForEqual() || QuotedName() || ReservedName() ||
           BrokenName() || WrongSeparator() || ColonAfterClause() || UnquotedText() ||
           IfForWhen() || RegexSign() || WordForOperator() || MissingComma() || TrailingComma() ||
           WrongBracket() || SpreadsheetIf() || UnclosedBracket();
  }

 private:
  bool Expects(int type) const { return error_.expected.contains(type); }
  bool ExpectsValue() const { return Expects(G::NUMBER) && Expects(G::LPAREN); }
  bool ExpectsName() const { return Expects(G::NAME) && !Expects(G::NUMBER); }
  bool ExpectsText() const {
    return Expects(G::STRING) && !Expects(G::NUMBER) && !Expects(G::NAME);
  }
  // Behind a whole value; inside of brackets and the like only what closes them is expected.
  bool BehindValue() const {
    if (at_ == 0 || !EndsValue(Before()) || ExpectsValue()) return false;
    for (const int type : {G::PLUS, G::RPAREN, G::RBRACKET, G::THEN, G::ELSE, G::OF, G::AND}) {
      if (Expects(type)) return true;
    }
    return false;
  }
  int Found() const { return piece_.TypeAt(at_); }
  int Before() const { return at_ > 0 ? piece_.TypeAt(at_ - 1) : Token::kEnd; }
  SourceRange Here() const { return piece_.RangeAt(at_); }
  void Erase(size_t index) {
    piece_.tokens.erase(piece_.tokens.begin() + static_cast<ptrdiff_t>(index));
  }
  Diagnostic& Add(DiagnosticKind kind, SourceRange range,
                  std::vector<DiagnosticArgument> arguments = {}) {
    return sink_->Add(kind, range, std::move(arguments));
  }
  void AddWithFix(DiagnosticKind kind, SourceRange range, std::vector<DiagnosticArgument> arguments,
                  const std::string& right, bool safe = true) {
    Add(kind, range, std::move(arguments)).fix =
        Fix{StrCat("write `", right, "`"), {{range, right}}, safe};
  }

  // Where the token pass could not be sure that no name is meant: at the error or just before it.
  bool UpperCase() {
    return UpperCaseAt(at_) || (at_ > 0 && UpperCaseAt(at_ - 1)) ||
           (at_ > 1 && UpperCaseAt(at_ - 2));
  }
  bool UpperCaseAt(size_t index) {
    if (piece_.TypeAt(index) != G::NAME) return false;
    const std::string_view text = piece_.list->Source(piece_.tokens[index]);
    const std::string lower = ToLower(text);
    const int type = ReservedWordType(lower);
    if (type == 0 || text == lower) return false;
    // Before the error it is the culprit only between two values, or in front of one.
    const bool prefix = type == G::NOT || type == G::IF;
    if (index < at_ && !prefix && !(index > 0 && EndsValue(piece_.TypeAt(index - 1)))) return false;
    // What is declared is a name.
    if (index < at_ && index == 1 && OpensDeclaration(piece_.TypeAt(0))) return false;
    if (type == G::TRUE || type == G::FALSE) return false;
    AddWithFix(DiagnosticKind::kUpperCaseWord, piece_.RangeAt(index), {text, lower}, lower);
    piece_.tokens[index].type = type;
    return true;
  }

  // `1 + if a then b else c`, `a == not b`.
  bool BareIfOrNot() {
    const int found = Found();
    if ((found != G::IF && found != G::NOT) || !ExpectsValue() || Expects(found)) return false;
    const size_t end = EndOfOperand(found == G::IF);
    if (end == at_ + 1) return false;
    const SourceRange range = Here().To(piece_.RangeAt(end - 1));
    const std::string right = StrCat("(", piece_.Source(at_, end - 1), ")");
    const SourceRange begin{range.file, range.begin, range.begin};
    const SourceRange behind{range.file, range.end, range.end};
    Add(found == G::IF ? DiagnosticKind::kBareIf : DiagnosticKind::kBareNot, Here(), {right}).fix =
        Fix{StrCat("write `", right, "`"), {{begin, "("}, {behind, ")"}}};
    piece_.Insert(end, G::RPAREN);
    piece_.Insert(at_, G::LPAREN);
    return true;
  }

  // Behind the `if` or `not` at hand, as far as it reaches.
  size_t EndOfOperand(bool is_if) const {
    int depth = 0;
    int open_ifs = 0;  // whose `else` is still to come
    size_t i = at_;
    for (; i < piece_.tokens.size(); ++i) {
      const int type = piece_.TypeAt(i);
      if (IsOpeningBracket(type)) ++depth;
      if (IsClosingBracket(type) && --depth < 0) break;
      if (depth > 0) continue;
      if (type == G::COMMA) break;
      if (type == G::IF) ++open_ifs;
      if (type == G::ELSE && --open_ifs < 0) break;
      if (type == G::THEN && open_ifs == 0) break;
      if (!is_if && (type == G::AND || type == G::OR)) break;
      const bool joined =
          i == at_ || !EndsValue(piece_.TypeAt(i - 1)) || !IsWord(type) || IsInfixWord(type);
      if (!joined) break;  // the next word of the clause, such as `when`
    }
    return i;
  }

  // `plan is "free"`, `plan is not "free"`.
  bool IsForEqual() {
    if (!Expects(G::MISSING) || !Expects(G::PRESENT) || Before() != G::IS) return false;
    const bool negated = Found() == G::NOT;
    const size_t value = negated ? at_ + 1 : at_;
    if (!StartsValue(piece_.TypeAt(value)) || piece_.TypeAt(value) == G::NOT) return false;
    const SourceRange range = piece_.RangeAt(at_ - 1).To(piece_.RangeAt(value - 1));
    const std::string right = negated ? "!=" : "==";
    AddWithFix(DiagnosticKind::kIsForEqual, range, {negated ? "is not" : "is", right}, right);
    piece_.tokens[at_ - 1].type = negated ? G::NE : G::EQ;
    if (negated) Erase(at_);
    return true;
  }

  // `stage "pql"`
  bool QuotedName() {
    if (!ExpectsName() || Found() != G::STRING || piece_.tokens[at_].broken) return false;
    Token& token = piece_.tokens[at_];
    const std::string right = QuoteName(piece_.list->values[token.value].text);
    AddWithFix(DiagnosticKind::kQuotedName, Here(), {right}, right);
    token.type = G::NAME;
    return true;
  }

  // `metric in: number`; also a name whose mistake is reported already, such as `2fa`.
  bool ReservedName() {
    if (!ExpectsName() || at_ >= piece_.tokens.size()) return false;
    Token& token = piece_.tokens[at_];
    const std::string word = piece_.Source(at_, at_);
    if (IsReserved(token.type)) {
      AddWithFix(DiagnosticKind::kReservedWord, Here(), {word}, StrCat("`", word, "`"));
    } else if (!token.broken || !IsLiteral(token.type)) {
      return false;
    }
    token.type = G::NAME;
    token.broken = false;
    token.value = piece_.list->AddValue(Literal::String(word));
    return true;
  }

  // `metric my metric: number`, `rule my-rule {`, `kind hand-raise`.
  bool BrokenName() {
    if (at_ < 2 || !IsWord(Before())) return false;
    const bool declared = at_ == 2 && OpensDeclaration(piece_.TypeAt(0)) &&
                          piece_.TypeAt(0) != G::STAGES && piece_.TypeAt(0) != G::TEST;
    const int opener = piece_.TypeAt(at_ - 2);
    const bool named = opener == G::KIND || opener == G::UNIT || opener == G::STAGE ||
                       opener == G::MODE || opener == G::STAGES || opener == G::LT;
    if (!declared && !(named && Found() == G::MINUS)) return false;
    if (declared &&
        (piece_.TypeAt(1) == piece_.TypeAt(0) || piece_.Source(1, 1) == piece_.Source(2, 2)) &&
        IsWord(Found())) {
      Add(DiagnosticKind::kUnexpectedToken, Here(),
          {piece_.DescribeBefore(at_), piece_.Describe(at_)})
          .hint = "is a word there twice?";
      Erase(at_ - 1);
      return true;
    }
    size_t end = at_;
    bool dashes = false;
    while (IsWord(piece_.TypeAt(end)) || IsReserved(piece_.TypeAt(end)) ||
           piece_.TypeAt(end) == G::MINUS || piece_.TypeAt(end) == G::NUMBER) {
      const bool dash = piece_.TypeAt(end) == G::MINUS;
      if (piece_.tokens[end].first_on_line) break;
      // Without a colon or the like behind it, only dashes show where a name ends.
      if (!declared && !dash && piece_.TypeAt(end - 1) != G::MINUS) break;
      dashes = dashes || dash;
      ++end;
    }
    const int behind = piece_.TypeAt(end);
    const bool fits = !declared || behind == G::COLON || behind == G::ASSIGN ||
                      behind == G::LBRACE || (dashes && behind == G::STRING);
    if (end == at_ || piece_.TypeAt(end - 1) == G::MINUS || !fits) return false;
    std::string name(piece_.list->Name(piece_.At(at_ - 1)));
    for (size_t i = at_; i < end; ++i) {
      if (piece_.TypeAt(i) == G::MINUS) continue;
      const bool number = piece_.TypeAt(i) == G::NUMBER;
      StrAppend(&name, "_",
                number ? piece_.Source(i, i) : std::string(piece_.list->Name(piece_.tokens[i])));
    }
    const SourceRange range = piece_.RangeAt(at_ - 1).To(piece_.RangeAt(end - 1));
    const std::string right = QuoteName(name);
    Diagnostic& finding =
        Add(DiagnosticKind::kCharacterInName, range, {dashes ? "`-`" : "a space"});
    const std::string source = piece_.Source(at_ - 1, end - 1);
    finding.hint = StrCat("write `", right, "`",
                          source.find('`') == source.npos
                              ? StrCat(", or put the name in backticks: `` `", source, "` ``")
                              : "");
    finding.fix = Fix{StrCat("write `", right, "`"), {{range, right}}, /*safe=*/false};
    Token& token = piece_.tokens[at_ - 1];
    token.type = G::NAME;
    token.end = range.end;
    token.value = piece_.list->AddValue(Literal::String(name));
    piece_.tokens.erase(piece_.tokens.begin() + static_cast<ptrdiff_t>(at_),
                        piece_.tokens.begin() + static_cast<ptrdiff_t>(end));
    return true;
  }

  // `define a: 3`, `metric a = number`, `stages a, b`; or nothing at all between the two.
  bool WrongSeparator() {
    const int found = Found();
    for (const int right : {G::COLON, G::ASSIGN, G::LT}) {
      if (!Expects(right) || (right != G::LT && error_.expected.size() > 2)) continue;
      if (right == G::LT && piece_.TypeAt(0) != G::STAGES) continue;
      const std::string_view text = FixedText(right);
      const bool wrong = found == G::COLON || found == G::ASSIGN || found == G::EQ ||
                         found == G::COMMA || found == G::GT || found == G::LE;
      if (wrong) {
        AddWithFix(DiagnosticKind::kWrongSeparator, Here(),
                   {piece_.Describe(at_), StrCat("`", text, "`")}, std::string(text));
        piece_.tokens[at_].type = right;
        return true;
      }
      if (!StartsValue(found) || right == G::LT) continue;
      const SourceRange behind{Here().file, piece_.At(at_ - 1).end, piece_.At(at_ - 1).end};
      Add(DiagnosticKind::kExpectedToken, piece_.Place(at_),
          {StrCat("`", text, "`"), piece_.DescribeBefore(at_), piece_.Describe(at_)})
          .fix =
          Fix{StrCat("put in `", text, "`"), {{behind, right == G::COLON ? ":" : " ="}}, false};
      piece_.Insert(at_, right);
      return true;
    }
    return false;
  }

  // `owner: "..."`, `stage = pql`, `default = 0`
  bool ColonAfterClause() {
    if (Found() != G::COLON && Found() != G::ASSIGN) return false;
    const int word = Before();
    const bool option = word == G::UNIT || word == G::DEFAULT || word == G::KIND ||
                        word == G::CAP || word == G::FLOOR;
    const bool clause = at_ <= 2 && IsWord(word) && !OpensDeclaration(piece_.TypeAt(0));
    if (at_ == 0 || !(clause || option)) return false;
    if (!ExpectsText() && !ExpectsValue() && !ExpectsName()) return false;
    const uint32_t before = piece_.At(at_ - 1).end;
    const uint32_t behind = piece_.At(at_ + 1).begin;
    // One space is left, wherever there were some.
    const bool both = before < Here().begin && Here().end < behind;
    const bool none = before == Here().begin && Here().end == behind;
    const SourceRange range{Here().file, both ? before : Here().begin, Here().end};
    Add(DiagnosticKind::kColonAfterClause, Here(),
        {FixedText(Found()), piece_.Source(at_ - 1, at_ - 1)})
        .fix = Fix{"remove it", {{range, none ? " " : ""}}};
    Erase(at_);
    return true;
  }

  // `title A lead`: up to the end of the line.
  bool UnquotedText() {
    if (!ExpectsText() || at_ == 0 || Found() == G::STRING || Expects(G::LBRACE)) return false;
    if (Found() == G::COMMA || IsOpeningBracket(Found()) || IsClosingBracket(Found())) return false;
    const bool in_brackets = piece_.OpenBracketBefore(at_).has_value();
    if (!IsWord(Before()) && Before() != G::COMMA) return false;
    size_t end = at_;
    while (end < piece_.tokens.size() && !(end > at_ && piece_.tokens[end].first_on_line) &&
           piece_.TypeAt(end) != G::LBRACE && piece_.TypeAt(end) != G::RBRACE &&
           !(piece_.TypeAt(0) == G::TAGS && piece_.TypeAt(end) == G::COMMA) &&
           !(in_brackets && (piece_.TypeAt(end) == G::COMMA || piece_.TypeAt(end) == G::RPAREN))) {
      ++end;
    }
    if (end == at_ || piece_.tokens[at_].first_on_line) return false;
    const std::string text = piece_.Source(at_, end - 1);
    const SourceRange range = Here().To(piece_.RangeAt(end - 1));
    const std::string right = QuoteString(text);
    AddWithFix(DiagnosticKind::kUnquotedText, range, {piece_.Source(0, 0)}, right);
    Token& token = piece_.tokens[at_];
    token.type = G::STRING;
    token.end = range.end;
    token.broken = false;
    token.value = piece_.list->AddValue(Literal::String(text));
    piece_.tokens.erase(piece_.tokens.begin() + static_cast<ptrdiff_t>(at_) + 1,
                        piece_.tokens.begin() + static_cast<ptrdiff_t>(end));
    return true;
  }

  // Whether the bracket at `open` holds values that commas separate.
  bool HoldsList(size_t open) const {
    if (piece_.TypeAt(open) == G::LBRACKET) return true;
    if (piece_.TypeAt(open) != G::LPAREN || open == 0) return false;
    const int before = piece_.TypeAt(open - 1);
    const bool call = IsWord(before) && piece_.At(open - 1).end == piece_.At(open).begin;
    return before == G::IN || before == G::OF || call;
  }

  bool MissingComma() {
    if (at_ == 0 || !EndsValue(Before()) || ExpectsValue()) return false;
    const std::optional<size_t> open = piece_.OpenBracketBefore(at_);
    const bool value = IsLiteral(Found()) || (IsWord(Found()) && !IsInfixWord(Found()));
    const bool in_list = open.has_value() && HoldsList(*open) && value;
    const bool given = piece_.TypeAt(0) == G::GIVEN && !open.has_value() && IsWord(Found()) &&
                       piece_.TypeAt(at_ + 1) == G::ASSIGN;
    const bool tag = piece_.TypeAt(0) == G::TAGS && Found() == G::STRING;
    const bool held = piece_.TypeAt(0) == G::PREVIOUSLY && IsWord(Found());
    if (!in_list && !given && !tag && !held) return false;
    const uint32_t end = piece_.At(at_ - 1).end;
    Add(DiagnosticKind::kMissingComma, Here(), {piece_.Describe(at_)}).fix =
        Fix{"put in a comma", {{{Here().file, end, end}, ","}}};
    piece_.Insert(at_, G::COMMA);
    return true;
  }

  // `tags "a", "b",` at the end of a clause; `("a", , "b")`.
  bool TrailingComma() {
    if ((Found() != Token::kEnd && Found() != G::COMMA) || Before() != G::COMMA) return false;
    const SourceRange comma = piece_.RangeAt(at_ - 1);
    Add(DiagnosticKind::kTrailingComma, comma).fix = Fix{"remove it", {{comma, ""}}};
    Erase(at_ - 1);
    return true;
  }

  // `(a > 3]`, `a > 3)`.
  bool WrongBracket() {
    if (!IsClosingBracket(Found())) return false;
    const std::optional<size_t> open = piece_.OpenBracketBefore(at_);
    const std::string_view text = FixedText(Found());
    if (!open.has_value()) {
      if (Found() == G::RBRACE) return false;
      Add(DiagnosticKind::kUnmatchedBracket, Here(), {text}).fix =
          Fix{"remove it", {{Here(), ""}}, false};
      Erase(at_);
      return true;
    }
    const int right = ClosingBracketOf(piece_.TypeAt(*open));
    if (right == Found() || !Expects(right)) return false;
    Diagnostic& finding = Add(DiagnosticKind::kUnmatchedBracket, Here(), {text});
    finding.related.push_back({piece_.RangeAt(*open), "opened here"});
    finding.fix =
        Fix{StrCat("write `", FixedText(right), "`"), {{Here(), std::string(FixedText(right))}}};
    piece_.tokens[at_].type = right;
    return true;
  }

  // All brackets that are open at the end are closed there, in one finding.
  bool UnclosedBracket() {
    if (Found() != Token::kEnd) return false;
    std::optional<size_t> open = piece_.OpenBracketBefore(at_);
    if (!open.has_value() || !Expects(ClosingBracketOf(piece_.TypeAt(*open)))) return false;
    Add(DiagnosticKind::kUnclosedBracket, piece_.RangeAt(*open), {piece_.Source(*open, *open)});
    while (open.has_value()) {
      piece_.Insert(piece_.tokens.size(), ClosingBracketOf(piece_.TypeAt(*open)));
      open = piece_.OpenBracketBefore(*open);
    }
    return true;
  }

  // `if(a, b, c)` of spreadsheets: the last `if` before the error that has no `then`.
  bool SpreadsheetIf() {
    if (!Expects(G::THEN)) return false;
    size_t open = std::min(at_, piece_.tokens.size());
    while (open > 1 &&
           !(piece_.TypeAt(open - 1) == G::LPAREN && piece_.TypeAt(open - 2) == G::IF)) {
      --open;
    }
    if (open < 2) return false;
    --open;
    int depth = 0;
    std::vector<size_t> commas;
    size_t close = open;
    for (; close < at_; ++close) {
      if (IsOpeningBracket(piece_.TypeAt(close))) ++depth;
      if (IsClosingBracket(piece_.TypeAt(close)) && --depth == 0) break;
      if (piece_.TypeAt(close) == G::COMMA && depth == 1) commas.push_back(close);
    }
    if (close >= at_ || commas.size() != 2) return false;
    const SourceRange range = piece_.RangeAt(open - 1).To(piece_.RangeAt(close));
    const std::string right = StrCat("(if ", piece_.Source(open + 1, commas[0] - 1), " then ",
                                     piece_.Source(commas[0] + 1, commas[1] - 1), " else ",
                                     piece_.Source(commas[1] + 1, close - 1), ")");
    AddWithFix(DiagnosticKind::kSpreadsheetFunction, range, {"if(...)", right}, right);
    std::swap(piece_.tokens[open - 1], piece_.tokens[open]);
    piece_.tokens[commas[0]].type = G::THEN;
    piece_.tokens[commas[1]].type = G::ELSE;
    return true;
  }

  // `add 40 if a`
  bool IfForWhen() {
    if (!Expects(G::WHEN) || Found() != G::IF) return false;
    AddWithFix(DiagnosticKind::kWordForOperator, Here(), {"if", "`when`"}, "when");
    piece_.tokens[at_].type = G::WHEN;
    return true;
  }

  bool RegexSign() {
    if (Found() != G::REGEX_SIGN || !BehindValue()) return false;
    AddWithFix(DiagnosticKind::kRegexSign, Here(), {piece_.Source(at_, at_)}, "matches");
    piece_.tokens[at_].type = G::MATCHES;
    return true;
  }

  bool WordForOperator() {
    if (!BehindValue() || !IsWord(Found())) return false;
    for (const Phrase& phrase : kPhrases) {
      const size_t count =
          1 + static_cast<size_t>(std::count(phrase.words.begin(), phrase.words.end(), ' '));
      std::string words;
      for (size_t i = at_; i < at_ + count && i < piece_.tokens.size(); ++i) {
        if (!IsWord(piece_.TypeAt(i)) && piece_.TypeAt(i) != G::IS) break;
        StrAppend(&words, i > at_ ? " " : "", ToLower(piece_.list->Name(piece_.tokens[i])));
      }
      if (words != phrase.words || !StartsValue(piece_.TypeAt(at_ + count))) continue;
      Become(phrase, count);
      return true;
    }
    return false;
  }

  void Become(const Phrase& phrase, size_t count) {
    const SourceRange range = Here().To(piece_.RangeAt(at_ + count - 1));
    std::string right(FixedText(phrase.type));
    if (phrase.second_type != 0) StrAppend(&right, " ", FixedText(phrase.second_type));
    Diagnostic& finding =
        Add(DiagnosticKind::kWordForOperator, range,
            {phrase.words, phrase.safe ? StrCat("`", right, "`")
                                       : std::string("`contains`, `starts with` or `matches`")});
    if (phrase.safe) finding.fix = Fix{StrCat("write `", right, "`"), {{range, right}}};
    piece_.tokens[at_].type = phrase.type;
    piece_.tokens.erase(piece_.tokens.begin() + static_cast<ptrdiff_t>(at_) + 1,
                        piece_.tokens.begin() + static_cast<ptrdiff_t>(at_ + count));
    if (phrase.second_type != 0) piece_.Insert(at_ + 1, phrase.second_type);
  }

  Piece& piece_;
  const SyntaxError& error_;
  const size_t at_;
  DiagnosticSink* const sink_;
};

}  // namespace

bool RepairSyntaxError(Piece* piece, const SyntaxError& error, DiagnosticSink* sink) {
  return Repairer(piece, error, sink).Repair();
}

}  // namespace pql
