#include "parser/segments.h"

#include <algorithm>

#include "parser/token_class.h"

namespace pql {
namespace {

using G = Grammar;

constexpr int kRuleWords[] = {G::TITLE, G::DESCRIPTION, G::OWNER, G::TAGS,   G::STAGE, G::MODE,
                              G::WHEN,  G::UNLESS,      G::KEEP,  G::ACTIVE, G::SCORE};
constexpr int kScorecardWords[] = {G::ADD, G::SUBTRACT};
constexpr int kTestWords[] = {G::AT, G::GIVEN, G::PREVIOUSLY, G::EXPECT};

constexpr ClauseWords kRule{"rule", "clause", kRuleWords};
constexpr ClauseWords kScorecard{"scorecard", "line", kScorecardWords};
constexpr ClauseWords kTest{"test", "clause", kTestWords};

int TypeAt(const std::vector<Token>& tokens, size_t at) {
  return at < tokens.size() ? tokens[at].type : Token::kEnd;
}

bool Contains(std::span<const int> types, int type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool IsOperandWord(int type) { return IsWord(type) && !IsInfixWord(type); }

// A declaration begins there if none is open: its keyword first on the line, or a word that may be
// a misspelt one, where no expression goes on.
bool MayOpenDeclaration(const std::vector<Token>& tokens, size_t at) {
  const Token& token = tokens[at];
  if (!token.first_on_line) return false;
  const int next = TypeAt(tokens, at + 1);
  const int before = TypeAt(tokens, at - 1);
  if (OpensDeclaration(token.type)) {
    // A reserved word can't be its name but was perhaps meant to.
    const bool complete = EndsValue(before) || before == G::RBRACE;
    return IsOperandWord(next) || next == G::STRING || next == G::LBRACE || next == G::COLON ||
           (complete && (IsReserved(next) || next == G::ASSIGN));
  }
  return token.type == G::NAME && (EndsValue(before) || before == G::RBRACE) &&
         !OpensDeclaration(before) && (IsOperandWord(next) || next == G::STRING);
}

// Whether what follows the clause word at `at` is what such a clause begins with.
bool FitsClause(const std::vector<Token>& tokens, size_t at) {
  const int next = TypeAt(tokens, at + 1);
  switch (TypeAt(tokens, at)) {
    case G::TITLE:
    case G::DESCRIPTION:
    case G::OWNER:
    case G::TAGS:
      return next == G::STRING || next == G::COLON;
    case G::STAGE:
    case G::MODE:
      return IsOperandWord(next) || next == G::STRING || next == G::COLON;
    case G::KEEP:
      return next == G::WHILE;
    case G::ACTIVE:
      return next == G::FROM || next == G::UNTIL;
    case G::GIVEN:
    case G::PREVIOUSLY:
      return IsOperandWord(next);
    case G::WHEN:
    case G::UNLESS:
    case G::EXPECT:
      return next == G::LPAREN || next == G::NOT || next == G::IF || IsLiteral(next) ||
             IsOperandWord(next) || next == G::COLON;
    default:  // score, at, add, subtract
      return IsLiteral(next) || IsOperandWord(next) || next == G::IF || next == G::MINUS;
  }
}

class Splitter {
 public:
  Splitter(const std::vector<Token>& tokens, size_t begin, size_t end, const ClauseWords& words)
      : tokens_(tokens), begin_(begin), end_(end), words_(words) {}

  std::vector<Segment> Split() {
    std::vector<Segment> segments;
    size_t start = begin_;
    for (size_t at = begin_ + 1; at <= end_ && begin_ < end_; ++at) {
      if (at < end_ && !Begins(start, at)) continue;
      segments.push_back({start, at});
      start = at;
    }
    return segments;
  }

 private:
  int TypeAt(size_t at) const { return tokens_[at].type; }

  // Whether a new clause begins at `at`, after the one that began at `start`.
  bool Begins(size_t start, size_t at) const {
    const Token& token = tokens_[at];
    if (!IsWord(token.type) || IsInfixWord(token.type)) return false;
    const bool behind_keyword =
        at == start + 1 && (Contains(words_.types, TypeAt(start)) || TypeAt(start) == G::NAME);
    const bool complete =
        (EndsValue(TypeAt(at - 1)) || TypeAt(at - 1) == G::MAIL_ADDRESS) && !behind_keyword;
    // Behind these stands a text or one certain word, so that another one is of the next clause.
    constexpr int kNoName[] = {G::ACTIVE, G::KEEP, G::TITLE, G::DESCRIPTION, G::OWNER, G::TAGS};
    if (behind_keyword && Contains(kNoName, TypeAt(start)) && Contains(words_.types, token.type)) {
      return FitsClause(tokens_, at);
    }
    if (Contains(words_.types, token.type)) {
      if (token.first_on_line) return complete || FitsClause(tokens_, at);
      return (complete || IsTrailingComma(start, at - 1)) && FitsClause(tokens_, at);
    }
    if (!token.first_on_line || !complete || Continues(token.type)) return false;
    // A list of `name = value` whose comma is missing goes on.
    return !(TypeAt(start) == G::GIVEN && at + 1 < end_ && TypeAt(at + 1) == G::ASSIGN);
  }

  // Whether the comma ends a list and does not go on with one; a clause word with `=` behind it is
  // the name of what is given.
  bool IsTrailingComma(size_t start, size_t comma) const {
    const int clause = TypeAt(start);
    return TypeAt(comma) == G::COMMA && tokens_[comma + 2].type != G::ASSIGN &&
           (clause == G::GIVEN || clause == G::PREVIOUSLY || clause == G::TAGS);
  }

  // Words inside of a clause.
  static bool Continues(int type) {
    switch (type) {
      case G::WHILE:
      case G::FROM:
      case G::UNTIL:
      case G::WHEN:
      case G::PER:
      case G::OF:
      case G::UP:
      case G::TO:
      case G::WITH:
      case G::LAST:
      case G::NEXT:
      case G::LEAST:
      case G::MISSING:
      case G::PRESENT:
        return true;
      default:
        return false;
    }
  }

  const std::vector<Token>& tokens_;
  const size_t begin_;
  const size_t end_;
  const ClauseWords& words_;
};

}  // namespace

const ClauseWords* ClauseWordsOf(int declaration_type) {
  switch (declaration_type) {
    case G::RULE:
      return &kRule;
    case G::SCORECARD:
      return &kScorecard;
    case G::TEST:
      return &kTest;
    default:
      return nullptr;
  }
}

bool SurelyOpensDeclaration(const std::vector<Token>& tokens, size_t at) {
  const int next = TypeAt(tokens, at + 1);
  const int after = TypeAt(tokens, at + 2);
  switch (TypeAt(tokens, at)) {
    case G::METRIC:
      return IsWord(next) && after == G::COLON;
    case G::DEFINE:
    case G::OUTPUT:
      return IsWord(next) && after == G::ASSIGN;
    case G::RULE:
      return IsWord(next) && after == G::LBRACE;
    case G::SCORECARD:
      return IsWord(next) &&
             (after == G::LBRACE || after == G::STRING || after == G::CAP || after == G::FLOOR);
    case G::STAGES:
      return IsWord(next) && after == G::LT;
    case G::TEST:
      return next == G::STRING && after == G::LBRACE;
    default:
      return false;
  }
}

size_t FindDeclarationEnd(const std::vector<Token>& tokens, size_t begin) {
  int depth = 0;
  for (size_t at = begin; tokens[at].type != Token::kEnd; ++at) {
    if (at > begin) {
      const bool fresh = tokens[at].first_on_line || tokens[at - 1].type == G::RBRACE;
      if (fresh && SurelyOpensDeclaration(tokens, at)) return at;
      if (depth <= 0 && MayOpenDeclaration(tokens, at)) return at;
    }
    if (tokens[at].type == G::LBRACE) ++depth;
    if (tokens[at].type == G::RBRACE) --depth;
  }
  return tokens.size() - 1;
}

std::vector<Segment> SplitClauses(const std::vector<Token>& tokens, size_t begin, size_t end,
                                  const ClauseWords& words) {
  return Splitter(tokens, begin, end, words).Split();
}

}  // namespace pql
