#include "parser/rule_file_parser.h"

#include <utility>

#include "parser/token_class.h"

namespace pql {

RuleFile RuleFileParser::ParseFile() {
  file_.file = tokens_->file;
  size_t at = 0;
  while (TypeAt(at) != Token::kEnd) at = ParseDeclaration(at);
  file_.comments = std::move(tokens_->comments);
  return std::move(file_);
}

size_t RuleFileParser::ParseDeclaration(size_t begin) {
  const size_t end = tokens_->tokens.size() - 1;
  ParseRun run(&parse_tokens_, begin, end, limits_.max_depth);
  if (auto* context = run.Parse(&Grammar::declaration)) {
    AstBuilder builder(tokens_, limits_.max_depth, sink_);
    file_.declarations.push_back(builder.Build(context));
    return run.position();
  }
  sink_->Add(DiagnosticKind::kUnexpectedToken, tokens_->Range(tokens_->tokens[run.error().at]));
  return end;
}

ExpressionPtr RuleFileParser::ParseCondition() {
  const size_t end = tokens_->tokens.size() - 1;
  ParseRun run(&parse_tokens_, 0, end, limits_.max_depth);
  auto* context = run.Parse(&Grammar::expression);
  if (context != nullptr && run.position() == end) {
    return ExpressionBuilder(tokens_, limits_.max_depth, sink_).Build(context);
  }
  sink_->Add(DiagnosticKind::kUnexpectedToken, tokens_->Range(tokens_->tokens[run.error().at]));
  return Expression::Error({tokens_->file, 0, static_cast<uint32_t>(tokens_->source.size())});
}

}  // namespace pql
