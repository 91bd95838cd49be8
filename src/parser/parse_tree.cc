#include "parser/parse_tree.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace pql {
namespace {

// Thrown through the generated parser, caught in ParseRun::Guarded.
struct StopParsing {};

// What ANTLR has learnt about the grammar by parsing (its DFAs and the contexts that they share),
// kept for all parses because it makes them fast.  It grows with every kind of text that it meets,
// mistakes included, and never shrinks by itself; so it starts anew past a bound that real rules do
// not come near.  REQUIRES: AntlrMutex is held.
class LearntGrammar {
 public:
  // Of `parser`, which the cache outlives.
  static void Use(Grammar* parser) {
    static std::unique_ptr<LearntGrammar> learnt;
    if (learnt == nullptr || learnt->StateCount() > kMaxStates) {
      learnt = std::make_unique<LearntGrammar>(parser->getATN());
    }
    parser->setInterpreter(new antlr4::atn::ParserATNSimulator(
        parser, parser->getATN(), learnt->decisions_, learnt->contexts_));  // the parser owns it
  }

  explicit LearntGrammar(const antlr4::atn::ATN& atn) {
    for (size_t i = 0; i < atn.getNumberOfDecisions(); ++i) {
      decisions_.emplace_back(atn.getDecisionState(i), i);
    }
  }

 private:
  static constexpr size_t kMaxStates = 20'000;

  size_t StateCount() const {
    size_t count = 0;
    for (const antlr4::dfa::DFA& decision : decisions_) count += decision.states.size();
    return count;
  }

  std::vector<antlr4::dfa::DFA> decisions_;
  antlr4::atn::PredictionContextCache contexts_;
};

}  // namespace

// The stream ends at `end`, whatever follows there.
class ParseRun::Window final : public antlr4::TokenStream {
 public:
  Window(ParseTokens* tokens, size_t begin, size_t end)
      : tokens_(tokens),
        begin_(begin),
        end_(end),
        position_(begin),
        end_tree_token_(&end_token_, end) {}

  antlr4::Token* LT(ssize_t k) override {
    if (k < 0) {
      const auto back = static_cast<size_t>(-k);
      return position_ < begin_ + back ? nullptr : tokens_->at(position_ - back);
    }
    return Get(position_ + static_cast<size_t>(k) - 1);
  }
  size_t LA(ssize_t k) override {
    const antlr4::Token* token = LT(k);
    return token == nullptr ? 0 : token->getType();
  }
  antlr4::Token* get(size_t index) const override { return Get(index); }
  void consume() override {
    if (position_ < end_) ++position_;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return position_; }
  void seek(size_t index) override { position_ = std::clamp(index, begin_, end_); }
  size_t size() override { return end_; }
  std::string getSourceName() const override { return {}; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  antlr4::Token* Get(size_t index) const {
    return index < end_ ? tokens_->at(index) : const_cast<TreeToken*>(&end_tree_token_);
  }

  ParseTokens* const tokens_;
  const size_t begin_;
  const size_t end_;
  size_t position_;
  const Token end_token_{};
  const TreeToken end_tree_token_;
};

// Bounds the recursion: every level of nesting goes through the rule `expression`.
class ParseRun::DepthListener final : public antlr4::tree::ParseTreeListener {
 public:
  DepthListener(int max_depth, Window* window, SyntaxError* error)
      : max_depth_(max_depth), window_(window), error_(error) {}

  void enterEveryRule(antlr4::ParserRuleContext* context) override {
    if (context->getRuleIndex() != Grammar::RuleExpression) return;
    if (++depth_ <= max_depth_) return;
    error_->at = window_->index();
    error_->too_deep = true;
    throw StopParsing();
  }
  void exitEveryRule(antlr4::ParserRuleContext* context) override {
    if (context->getRuleIndex() == Grammar::RuleExpression) --depth_;
  }
  void visitTerminal(antlr4::tree::TerminalNode*) override {}
  void visitErrorNode(antlr4::tree::ErrorNode*) override {}

 private:
  const int max_depth_;
  Window* const window_;
  SyntaxError* const error_;
  int depth_ = 0;
};

// Stops at the first error and remembers what would have fitted.
class ParseRun::Strategy final : public antlr4::ANTLRErrorStrategy {
 public:
  explicit Strategy(SyntaxError* error) : error_(error) {}

  void reset(antlr4::Parser*) override {}
  void sync(antlr4::Parser*) override {}
  bool inErrorRecoveryMode(antlr4::Parser*) override { return false; }
  void reportMatch(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser* parser) override { Stop(parser); }
  void recover(antlr4::Parser* parser, std::exception_ptr) override { Stop(parser); }
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException&) override {
    Stop(parser);
  }

 private:
  [[noreturn]] void Stop(antlr4::Parser* parser) {
    error_->at = parser->getTokenStream()->index();
    for (const ssize_t type : parser->getExpectedTokens().toList()) {
      error_->expected.insert(static_cast<int>(type));
    }
    throw StopParsing();
  }

  SyntaxError* const error_;
};

ParseTokens::ParseTokens(const std::vector<Token>& tokens) {
  tree_tokens_.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) tree_tokens_.emplace_back(&tokens[i], i);
}

ParseRun::ParseRun(ParseTokens* tokens, size_t begin, size_t end, int max_depth)
    : window_(std::make_unique<Window>(tokens, begin, end)),
      depth_(std::make_unique<DepthListener>(max_depth, window_.get(), &error_)),
      parser_(std::make_unique<Grammar>(window_.get())) {
  LearntGrammar::Use(parser_.get());
  parser_->removeErrorListeners();
  parser_->setErrorHandler(std::make_shared<Strategy>(&error_));
  parser_->addParseListener(depth_.get());
}

ParseRun::~ParseRun() = default;

size_t ParseRun::position() const { return window_->index(); }

bool ParseRun::Guarded(const std::function<void()>& parse) {
  try {
    parse();
    return true;
  } catch (const StopParsing&) {
    return false;
  } catch (const std::exception&) {
    // ANTLR's own errors all go through the strategy; should one not, it is an error at this token.
    error_.at = window_->index();
    return false;
  }
}

}  // namespace pql
