// JsonLogic, which visual rule builders write (react-querybuilder, react-awesome-query-builder), as
// a second language for conditions.

#include <memory>
#include <string>

#include "base/strings.h"
#include "parser/frontend.h"
#include "parser/json_text.h"
#include "parser/jsonlogic_builder.h"

namespace pql {
namespace {

class JsonLogic final : public Frontend {
 public:
  std::string_view name() const override { return "jsonlogic"; }

  ExpressionPtr ParseCondition(const SourceSet& sources, FileId file, const ParseLimits& limits,
                               DiagnosticSink* sink) const override {
    const std::unique_ptr<JsonValue> json = ReadJson(sources, file, limits, sink);
    if (json == nullptr) return Expression::Error({file, 0, 0});
    const size_t bytes = sources.file(file).text().size();
    return JsonLogicBuilder(limits.max_depth, bytes, sink).Condition(*json);
  }

  // Says where, as a JSON pointer; the checker's fixes are rules language and would not fit.
  void Localize(const SourceSet& sources, Diagnostic* finding) const override {
    finding->fix.reset();
    DiagnosticSink ignored;
    const std::unique_ptr<JsonValue> json =
        ReadJson(sources, finding->range.file, ParseLimits(), &ignored);
    if (json == nullptr) return;
    const std::string pointer = JsonPointerTo(*json, finding->range);
    if (pointer.empty()) return;
    StrAppend(&finding->hint, finding->hint.empty() ? "at " : " (at ", pointer,
              finding->hint.empty() ? "" : ")");
  }
};

}  // namespace

const Frontend& JsonLogicFrontend() {
  static const JsonLogic& language = *new JsonLogic;
  return language;
}

}  // namespace pql
