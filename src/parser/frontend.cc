#include "parser/frontend.h"

#include <mutex>

#include "parser/rule_file_parser.h"
#include "parser/tokenizer.h"

namespace pql {
namespace {

class RulesLanguage final : public Frontend {
 public:
  std::string_view name() const override { return "pql"; }

  ExpressionPtr ParseCondition(const SourceSet& sources, FileId file, const ParseLimits& limits,
                               DiagnosticSink* sink) const override {
    const std::lock_guard<std::mutex> lock(AntlrMutex());
    TokenList tokens = Tokenize(sources, file, limits, sink);
    if (tokens.tokens.size() == 1 && sink->has_errors()) {
      return Expression::Error({file, 0, 0});
    }
    return RuleFileParser(&tokens, limits, sink).ParseCondition();
  }
};

}  // namespace

RuleFile ParseRuleFile(const SourceSet& sources, FileId file, const ParseLimits& limits,
                       DiagnosticSink* sink) {
  const std::lock_guard<std::mutex> lock(AntlrMutex());
  TokenList tokens = Tokenize(sources, file, limits, sink);
  return RuleFileParser(&tokens, limits, sink).ParseFile();
}

const Frontend& PqlFrontend() {
  static const RulesLanguage& language = *new RulesLanguage;
  return language;
}

std::span<const Frontend* const> AllFrontends() {
  static const Frontend* const kAll[] = {&PqlFrontend()};
  return kAll;
}

const Frontend* FindFrontend(std::string_view name) {
  for (const Frontend* frontend : AllFrontends()) {
    if (frontend->name() == name) return frontend;
  }
  return nullptr;
}

}  // namespace pql
