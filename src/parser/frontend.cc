#include "parser/frontend.h"

#include <algorithm>
#include <functional>
#include <mutex>

#include "parser/deep_stack.h"
#include "parser/rule_file_parser.h"
#include "parser/token_class.h"
#include "parser/tokenizer.h"

namespace pql {
namespace {

// A level of parentheses takes about 3 kB of stack in the generated parser, and several times that
// under a sanitizer.  Up to kShallow levels fit into any stack; beyond, up to the depth limit, the
// parser runs on a stack of its own.
constexpr int kShallow = 12;
constexpr size_t kDeepStackBytes = 16 << 20;

// No less than the levels that the parser would go down.
int NestingBound(const std::vector<Token>& tokens) {
  int depth = 0;
  int deepest = 0;
  int ifs = 0;
  for (const Token& token : tokens) {
    if (IsOpeningBracket(token.type)) deepest = std::max(deepest, ++depth);
    if (IsClosingBracket(token.type)) depth = std::max(depth - 1, 0);
    if (token.type == Grammar::IF) ++ifs;
  }
  return deepest + ifs;
}

void Run(const TokenList& tokens, const std::function<void()>& parse) {
  if (NestingBound(tokens.tokens) <= kShallow || !RunWithStack(kDeepStackBytes, parse)) parse();
}

class RulesLanguage final : public Frontend {
 public:
  std::string_view name() const override { return "pql"; }

  ExpressionPtr ParseCondition(const SourceSet& sources, FileId file, const ParseLimits& limits,
                               DiagnosticSink* sink) const override {
    const std::lock_guard<std::mutex> lock(AntlrMutex());
    const size_t errors = sink->error_count();
    TokenList tokens = Tokenize(sources, file, limits, sink);
    // Nothing to parse, and it is said why.
    if (tokens.tokens.size() == 1 && sink->error_count() > errors) {
      return Expression::Error({file, 0, 0});
    }
    ExpressionPtr condition;
    Run(tokens, [&] { condition = RuleFileParser(&tokens, limits, sink).ParseCondition(); });
    return condition;
  }
};

}  // namespace

RuleFile ParseRuleFile(const SourceSet& sources, FileId file, const ParseLimits& limits,
                       DiagnosticSink* sink) {
  const std::lock_guard<std::mutex> lock(AntlrMutex());
  TokenList tokens = Tokenize(sources, file, limits, sink);
  RuleFile parsed;
  Run(tokens, [&] { parsed = RuleFileParser(&tokens, limits, sink).ParseFile(); });
  return parsed;
}

const Frontend& PqlFrontend() {
  static const RulesLanguage& language = *new RulesLanguage;
  return language;
}

std::span<const Frontend* const> AllFrontends() {
  static const Frontend* const kAll[] = {&PqlFrontend(), &JsonLogicFrontend()};
  return kAll;
}

std::vector<std::string> FrontendNames() {
  std::vector<std::string> names;
  for (const Frontend* frontend : AllFrontends()) names.emplace_back(frontend->name());
  return names;
}

const Frontend* FindFrontend(std::string_view name) {
  for (const Frontend* frontend : AllFrontends()) {
    if (frontend->name() == name) return frontend;
  }
  return nullptr;
}

}  // namespace pql
