#include "parser/token_class.h"

#include <string>
#include <vector>

namespace pql {
namespace {

using G = Grammar;

std::vector<std::string> MakeFixedTexts() {
  // Any parser knows the vocabulary.
  ParseTokens none({});
  class NoTokens final : public antlr4::TokenStream {
   public:
    antlr4::Token* LT(ssize_t) override { return nullptr; }
    antlr4::Token* get(size_t) const override { return nullptr; }
    antlr4::TokenSource* getTokenSource() const override { return nullptr; }
    std::string getText(const antlr4::misc::Interval&) override { return {}; }
    std::string getText() override { return {}; }
    std::string getText(antlr4::RuleContext*) override { return {}; }
    std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }
    void consume() override {}
    size_t LA(ssize_t) override { return EOF; }
    ssize_t mark() override { return 0; }
    void release(ssize_t) override {}
    size_t index() override { return 0; }
    void seek(size_t) override {}
    size_t size() override { return 0; }
    std::string getSourceName() const override { return {}; }
  };
  NoTokens stream;
  const Grammar grammar(&stream);
  const antlr4::dfa::Vocabulary& vocabulary = grammar.getVocabulary();
  std::vector<std::string> texts(vocabulary.getMaxTokenType() + 1);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string quoted = vocabulary.getLiteralName(i);
    if (quoted.size() > 2) texts[i] = quoted.substr(1, quoted.size() - 2);
  }
  return texts;
}

}  // namespace

bool IsReserved(int type) { return type >= G::AND && type <= G::ELSE; }

bool IsWord(int type) {
  return (type >= G::METRIC && type <= G::PRESENT) || type == G::NAME || type == G::QUOTED_NAME;
}

bool IsLiteral(int type) {
  return (type >= G::NUMBER && type <= G::STRING) || type == G::TRUE || type == G::FALSE;
}

bool OpensDeclaration(int type) { return type >= G::METRIC && type <= G::TEST; }

bool IsInfixWord(int type) {
  return type == G::CONTAINS || type == G::STARTS || type == G::ENDS || type == G::MATCHES ||
         type == G::WITHIN;
}

bool IsOpeningBracket(int type) {
  return type == G::LPAREN || type == G::LBRACKET || type == G::LBRACE;
}

bool IsClosingBracket(int type) {
  return type == G::RPAREN || type == G::RBRACKET || type == G::RBRACE;
}

int ClosingBracketOf(int type) {
  if (type == G::LPAREN) return G::RPAREN;
  return type == G::LBRACKET ? G::RBRACKET : G::RBRACE;
}

bool EndsValue(int type) {
  return IsWord(type) || IsLiteral(type) || type == G::RPAREN || type == G::RBRACKET;
}

bool StartsValue(int type) {
  return IsWord(type) || IsLiteral(type) || type == G::LPAREN || type == G::LBRACKET ||
         type == G::MINUS || type == G::NOT || type == G::IF;
}

std::string_view FixedText(int type) {
  static const std::vector<std::string>& texts = *new std::vector<std::string>(MakeFixedTexts());
  return type >= 0 && static_cast<size_t>(type) < texts.size()
             ? std::string_view(texts[static_cast<size_t>(type)])
             : "";
}

int ReservedWordType(std::string_view lower_case) {
  for (int type = G::AND; type <= G::ELSE; ++type) {
    if (FixedText(type) == lower_case) return type;
  }
  return 0;
}

}  // namespace pql
