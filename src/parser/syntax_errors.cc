// What is said about a token that does not fit.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "parser/piece.h"
#include "parser/token_class.h"

namespace pql {
namespace {

using G = Grammar;

constexpr size_t kMaxShown = 32;  // bytes of source in a message

std::string Shorten(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  if (text.size() <= kMaxShown) return std::string(text);
  size_t cut = 0;
  while (true) {
    size_t next = cut;
    DecodeUtf8(text, &next);
    if (next > kMaxShown - 3) break;
    cut = next;
  }
  return StrCat(text.substr(0, cut), "...");
}

// "`:`", "`then` or an operator", ... of what could stand there; at most three.
std::string DescribeExpected(const std::set<int>& expected) {
  std::vector<std::string> words;
  for (const int type : expected) {
    const std::string_view text = FixedText(type);
    if (!text.empty() && words.size() < 4) words.push_back(StrCat("`", text, "`"));
  }
  if (words.empty()) return "the end of the file";
  std::string out = words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    StrAppend(&out, i + 1 == words.size() ? " or " : ", ", words[i]);
  }
  return out;
}

class Explainer {
 public:
  Explainer(const Piece& piece, const SyntaxError& error, int max_depth, DiagnosticSink* sink)
      : piece_(piece), error_(error), at_(error.at), max_depth_(max_depth), sink_(sink) {}

  void Explain() {
    if (error_.too_deep) {
      sink_->Add(DiagnosticKind::kNestedTooDeeply, piece_.RangeAt(at_), {max_depth_});
    } else if (!piece_.HasUnclosedString() && !Sign()) {
      const bool value = Expects(G::NUMBER) && Expects(G::LPAREN);
      if (value) {
        Value();
      } else if (Expects(G::NAME)) {
        Name();
      } else if (Expects(G::STRING)) {
        Token(Expects(G::LBRACE) ? "a text or `{`" : "a text in double quotes");
      } else if (BehindValue()) {
        Behind();
      } else {
        Token(DescribeExpected(error_.expected));
      }
    }
  }

 private:
  bool Expects(int type) const { return error_.expected.contains(type); }
  int Found() const { return piece_.TypeAt(at_); }
  // Behind a whole value; inside of brackets and the like only what closes them is expected.
  bool BehindValue() const {
    if (error_.expected.empty()) return true;
    for (const int type : {G::PLUS, G::RPAREN, G::RBRACKET, G::THEN, G::ELSE, G::OF, G::AND}) {
      if (Expects(type)) return true;
    }
    return false;
  }
  Diagnostic& Add(DiagnosticKind kind, std::vector<DiagnosticArgument> arguments) {
    return sink_->Add(kind, piece_.Place(at_), std::move(arguments));
  }
  std::string Before() const { return piece_.DescribeBefore(at_); }

  // Operators of other languages that have no counterpart.
  bool Sign() {
    switch (Found()) {
      case G::QUESTION:
        sink_->Add(DiagnosticKind::kTernary, piece_.RangeAt(at_));
        return true;
      case G::MODULO:
        sink_->Add(DiagnosticKind::kModulo, piece_.RangeAt(at_));
        return true;
      case G::POWER:
        sink_->Add(DiagnosticKind::kPowerOperator, piece_.RangeAt(at_), {piece_.Source(at_, at_)});
        return true;
      default:
        return false;
    }
  }

  void Value() { Add(DiagnosticKind::kExpectedValue, {Before(), piece_.Describe(at_)}); }

  void Name() { Add(DiagnosticKind::kExpectedName, {Before(), piece_.Describe(at_)}); }

  void Token(std::string_view what) {
    Add(DiagnosticKind::kExpectedToken, {what, Before(), piece_.Describe(at_)});
  }

  // Behind a complete value.
  void Behind() {
    const bool end = at_ >= piece_.tokens.size();
    if (const std::optional<size_t> open = piece_.OpenBracketBefore(at_);
        open.has_value() && (end || IsClosingBracket(Found()))) {
      sink_->Add(DiagnosticKind::kUnclosedBracket, piece_.RangeAt(*open),
                 {piece_.Source(*open, *open)});
    } else if (IsClosingBracket(Found())) {
      sink_->Add(DiagnosticKind::kUnmatchedBracket, piece_.RangeAt(at_), {FixedText(Found())});
    } else if (error_.expected.size() == 1 && !end && at_ > 0 &&
               EndsValue(piece_.TypeAt(at_ - 1)) && !IsClosingBracket(Found())) {
      Token(StrCat(DescribeExpected(error_.expected), " or an operator"));
    } else if (Expects(G::RPAREN) || Expects(G::RBRACKET)) {
      Token(DescribeExpected(error_.expected));
    } else if (Expects(G::THEN)) {
      Token("`then`");
    } else if (Expects(G::ELSE)) {
      Token("`else`");
    } else if (Expects(G::AND) && !Expects(G::OR)) {
      Token("`and`");
    } else if (Expects(G::WHEN) && Expects(G::PER)) {
      Token("`when` or `per`");
    } else if (Expects(G::OF)) {
      Token("`of`");
    } else {
      Diagnostic& finding = Add(DiagnosticKind::kUnexpectedToken, {Before(), piece_.Describe(at_)});
      finding.hint = Hint();
    }
  }

  // What might have been meant by a word behind a whole value.
  std::string Hint() const {
    if (at_ >= piece_.tokens.size() || !StartsValue(Found())) return {};
    const bool metric = piece_.TypeAt(0) == G::METRIC;
    if (IsWord(Found())) {
      std::vector<std::string_view> words;
      for (const int type : metric ? std::vector<int>{G::UNIT, G::DEFAULT, G::KIND}
                                   : std::vector<int>{G::AND, G::OR, G::IN, G::IS, G::BETWEEN,
                                                      G::CONTAINS, G::MATCHES, G::WITHIN}) {
        words.push_back(FixedText(type));
      }
      const std::string_view nearest = NearestWord(piece_.list->Name(piece_.At(at_)), words);
      if (!nearest.empty()) return StrCat("did you mean `", nearest, "`?");
    }
    if (metric || piece_.TypeAt(0) == G::STAGES || !EndsValue(piece_.TypeAt(at_ - 1))) return {};
    return "is an operator such as `and` missing between them?";
  }

  const Piece& piece_;
  const SyntaxError& error_;
  const size_t at_;
  const int max_depth_;
  DiagnosticSink* const sink_;
};

}  // namespace

Piece Piece::Of(TokenList* list, size_t begin, size_t end) {
  Piece piece;
  piece.list = list;
  piece.tokens.assign(list->tokens.begin() + static_cast<ptrdiff_t>(begin),
                      list->tokens.begin() + static_cast<ptrdiff_t>(end));
  piece.next = list->tokens[end];
  return piece;
}

std::string Piece::Describe(size_t index) const {
  // What a repair put in is not what the reader sees there.
  size_t visible = index;
  while (visible < tokens.size() && IsPutIn(tokens[visible])) ++visible;
  const Token& token = At(visible);
  if (token.type == Token::kEnd) return "the end";
  const std::string text = Shorten(list->Source(token));
  return text[0] == '`' ? text : StrCat("`", text, "`");
}

std::string Piece::DescribeBefore(size_t index) const {
  if (index == 0) return "the beginning";
  const Token& token = At(index - 1);
  return IsPutIn(token) ? StrCat("`", FixedText(token.type), "`") : Describe(index - 1);
}

std::string Piece::Source(size_t first, size_t last) const {
  const uint32_t begin = At(first).begin;
  return std::string(list->source.substr(begin, At(last).end - begin));
}

SourceRange Piece::Place(size_t index) const {
  const bool elsewhere = index >= tokens.size() || tokens[index].first_on_line;
  return elsewhere && index > 0 ? RangeAt(std::min(index, tokens.size()) - 1) : RangeAt(index);
}

std::optional<size_t> Piece::OpenBracketBefore(size_t index) const {
  int depth = 0;
  for (size_t i = std::min(index, tokens.size()); i-- > 0;) {
    if (IsClosingBracket(tokens[i].type)) ++depth;
    if (IsOpeningBracket(tokens[i].type) && --depth < 0) return i;
  }
  return std::nullopt;
}

bool Piece::HasUnclosedString() const {
  return std::any_of(tokens.begin(), tokens.end(),
                     [](const Token& token) { return token.type == G::STRING && token.broken; });
}

void Piece::Insert(size_t index, int type) {
  Token token;
  token.type = type;
  const bool before_next = index == 0 || (IsOpeningBracket(type) && index < tokens.size());
  token.begin = token.end = before_next ? At(index).begin : tokens[index - 1].end;
  tokens.insert(tokens.begin() + static_cast<ptrdiff_t>(index), token);
}

void ExplainSyntaxError(const Piece& piece, const SyntaxError& error, int max_depth,
                        DiagnosticSink* sink) {
  Explainer(piece, error, max_depth, sink).Explain();
}

}  // namespace pql
