// One run of the generated parser over a stretch of tokens.  Brings in ANTLR: include it in .cc
// files of src/parser/ only, or in headers that are included there only.
//
// The generated parser never reports, recovers or recurses beyond `max_depth`: it stops at the
// first token that does not fit, and what to say about it and where to go on is decided by
// rule_file_parser.cc.  Thread-compatible; AntlrMutex() must be held.

#ifndef PQL_PARSER_PARSE_TREE_H_
#define PQL_PARSER_PARSE_TREE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "PqlParser.h"
#include "parser/token.h"

namespace pql {

using Grammar = generated::PqlParser;

// A token as ANTLR wants it.  Points into the token vector of its ParseTokens.
class TreeToken final : public antlr4::Token {
 public:
  TreeToken(const pql::Token* token, size_t index) : token_(token), index_(index) {}
  const pql::Token& token() const { return *token_; }

  std::string getText() const override { return {}; }
  size_t getType() const override { return static_cast<size_t>(token_->type); }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override { return index_; }
  size_t getStartIndex() const override { return index_; }
  size_t getStopIndex() const override { return index_; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return {}; }

 private:
  const pql::Token* token_;
  size_t index_;
};

inline const Token& TokenOf(const antlr4::Token* token) {
  return static_cast<const TreeToken*>(token)->token();
}

// The child at `index`, which is a token.
inline const Token& TokenChild(const antlr4::ParserRuleContext* node, size_t index) {
  return TokenOf(static_cast<antlr4::tree::TerminalNode*>(node->children[index])->getSymbol());
}

// Why a run stopped.
struct SyntaxError {
  size_t at = 0;           // index of the token that does not fit
  std::set<int> expected;  // token types that would have
  bool too_deep = false;   // `at` opens a level too many; `expected` is empty
};

// Tokens ready to be parsed, any number of times.  `tokens` must outlive it, unchanged.
class ParseTokens {
 public:
  explicit ParseTokens(const std::vector<Token>& tokens);

  size_t size() const { return tree_tokens_.size(); }
  TreeToken* at(size_t index) { return &tree_tokens_[index]; }

 private:
  std::vector<TreeToken> tree_tokens_;
};

// Runs one rule of the grammar on the tokens [begin, end); the tree lives as long as the run.
// REQUIRES: AntlrMutex is held.
class ParseRun {
 public:
  ParseRun(ParseTokens* tokens, size_t begin, size_t end, int max_depth);
  ~ParseRun();
  ParseRun(const ParseRun&) = delete;
  ParseRun& operator=(const ParseRun&) = delete;

  // Null when the tokens do not begin with a whole `rule`; error() tells why.
  template <typename Context>
  Context* Parse(Context* (Grammar::*rule)());

  // The first token behind what was parsed.
  size_t position() const;
  const SyntaxError& error() const { return error_; }

 private:
  class Window;
  class DepthListener;
  class Strategy;

  bool Guarded(const std::function<void()>& parse);

  SyntaxError error_;
  std::unique_ptr<Window> window_;
  std::unique_ptr<DepthListener> depth_;
  std::unique_ptr<Grammar> parser_;
};

template <typename Context>
Context* ParseRun::Parse(Context* (Grammar::*rule)()) {
  Context* context = nullptr;
  const bool parsed = Guarded([&] { context = (parser_.get()->*rule)(); });
  return parsed ? context : nullptr;
}

}  // namespace pql

#endif  // PQL_PARSER_PARSE_TREE_H_
