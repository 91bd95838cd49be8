#include "format/declaration_layout.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "format/expression_layout.h"

namespace pql {
namespace {

using Doc = Layout::Doc;

// The values of clauses stand in one column, behind the longest word of the block, but at least
// behind `unless` and `expect`: a clause more seldom moves the others.
constexpr size_t kMinClauseWidth = 6;

class DeclarationPrinter {
 public:
  DeclarationPrinter(SourceRange range, Layout* layout) : range_(range), l_(*layout) {}

  Doc operator()(const MetricSyntax& metric) {
    l_.BeginUnit();
    const Doc word = Keyword("metric");
    const Doc name = Name(metric.name);
    const Doc colon = l_.Glued(":");
    const Doc type = l_.Hug(Type(metric.type));
    std::vector<Doc> options;
    if (metric.unit) {
      AddOption(
          "unit", [&] { return Name(*metric.unit); }, &options);
    }
    if (metric.default_value != nullptr) {
      AddOption(
          "default", [&] { return TermLayout(*metric.default_value, &l_); }, &options);
    }
    if (metric.kind) {
      AddOption(
          "kind", [&] { return Name(*metric.kind); }, &options);
    }
    const Doc all_options = l_.Indent(kFormatIndent, l_.Concat(std::move(options)));
    std::vector<Doc> parts = {word, l_.Space(), name, colon, type, l_.Group(all_options)};
    if (metric.doc) {
      l_.BeginUnit();
      parts.push_back(l_.Indent(kFormatIndent, l_.Concat({l_.HardLine(), Text(*metric.doc)})));
    }
    return l_.Concat(std::move(parts));
  }

  Doc operator()(const DefineSyntax& define) {
    l_.BeginUnit();
    const Doc word = Keyword(define.is_output ? "output" : "define");
    const Doc name = Name(define.name);
    const Doc space = l_.Space();
    const Doc equals = l_.Glued("=");
    const bool hugs = BreaksInside(*define.value);
    const Doc value = ClauseLayout(*define.value, &l_);
    const Doc body = hugs ? l_.Hug(value) : l_.Indent(kFormatIndent, l_.Concat({l_.Line(), value}));
    return l_.Group(l_.Concat({word, space, name, space, equals, body}));
  }

  Doc operator()(const ScorecardSyntax& scorecard) {
    l_.BeginUnit();
    const Doc word = Keyword("scorecard");
    const Doc name = Name(scorecard.name);
    std::vector<Doc> options;
    if (scorecard.title) {
      l_.BeginUnit();
      options.push_back(l_.Line());
      options.push_back(Text(*scorecard.title));
    }
    for (const auto& [name, value] :
         {std::pair("cap", &scorecard.cap), std::pair("floor", &scorecard.floor)}) {
      if (*value == nullptr) continue;
      AddOption(
          name, [&, term = value] { return TermLayout(**term, &l_); }, &options);
    }
    const Doc head = l_.Group(l_.Concat(
        {word, l_.Space(), name, l_.Indent(2 * kFormatIndent, l_.Concat(std::move(options)))}));
    std::vector<Doc> lines;
    for (const ScorecardLineSyntax& line : scorecard.lines) {
      // The brace comes first in the text, so its token does, too.
      if (lines.empty()) lines.push_back(OpenBrace());
      lines.push_back(ScorecardLine(line));
    }
    if (lines.empty()) lines.push_back(OpenBrace());
    return l_.Concat({head, l_.Space(), Block(std::move(lines))});
  }

  Doc operator()(const StagesSyntax& stages) {
    l_.BeginUnit();
    const Doc word = Keyword("stages");
    std::vector<Doc> names;
    for (const NameSyntax& stage : stages.stages) {
      std::vector<Doc> item;
      if (!names.empty()) item = {l_.Token("<"), l_.Space()};
      item.push_back(Name(stage));
      names.push_back(l_.Concat(std::move(item)));
    }
    return l_.Concat({word, l_.Space(), l_.Indent(kFormatIndent, l_.Fill(std::move(names)))});
  }

  Doc operator()(const RuleSyntax& rule) {
    l_.BeginUnit();
    const Doc word = Keyword("rule");
    const Doc head = l_.Concat({word, l_.Space(), Name(rule.name), l_.Space()});
    std::vector<Doc> parts = {OpenBrace()};
    clause_width_ = kMinClauseWidth;
    if (rule.keep_while != nullptr) clause_width_ = std::string_view("keep while").size();
    if (rule.description) clause_width_ = std::string_view("description").size();
    AddText("title", rule.title, &parts);
    AddText("description", rule.description, &parts);
    AddText("owner", rule.owner, &parts);
    if (!rule.tags.empty()) {
      parts.push_back(Clause("tags", [&] {
        return List("tags", rule.tags.size(), [&](size_t i) { return Text(rule.tags[i]); });
      }));
    }
    AddName("stage", rule.stage, &parts);
    AddName("mode", rule.mode, &parts);
    if (rule.active_from != nullptr || rule.active_until != nullptr) {
      parts.push_back(Clause("active", [&] { return ActiveSpan(rule); }));
    }
    AddCondition("when", rule.when, &parts);
    AddCondition("unless", rule.unless, &parts);
    AddCondition("keep while", rule.keep_while, &parts);
    AddCondition("score", rule.score, &parts);
    return l_.Concat({head, Block(std::move(parts))});
  }

  Doc operator()(const TestSyntax& test) {
    l_.BeginUnit();
    const Doc word = Keyword("test");
    const Doc head = l_.Concat({word, l_.Space(), Text(test.name), l_.Space()});
    std::vector<Doc> parts = {OpenBrace()};
    clause_width_ = kMinClauseWidth;
    if (!test.previously.empty()) clause_width_ = std::string_view("previously").size();
    AddCondition("at", test.at, &parts);
    if (!test.given.empty()) {
      parts.push_back(Clause("given", [&] {
        return List("given", test.given.size(), [&](size_t i) { return Given(test.given[i]); });
      }));
    }
    if (!test.previously.empty()) {
      parts.push_back(Clause("previously", [&] {
        return List("previously", test.previously.size(),
                    [&](size_t i) { return Name(test.previously[i]); });
      }));
    }
    for (const ExpressionPtr& expect : test.expects) AddCondition("expect", expect, &parts);
    return l_.Concat({head, Block(std::move(parts))});
  }

 private:
  // The first word of a declaration, clause or line.
  Doc Keyword(std::string_view words) {
    const size_t first = l_.tokens().size();
    const Doc doc = l_.Words(words);
    l_.tokens()[first].starts_line = true;
    return doc;
  }
  Doc Name(const NameSyntax& name) { return l_.Token(QuoteName(name.text), name.range); }
  Doc Text(const TextSyntax& text) { return l_.Token(QuoteString(text.text), text.range); }

  Doc Type(const TypeSyntax& type) {
    if (type.name == "one of") {
      const Doc words = l_.Words("one of");
      const Doc space = l_.Space();
      const auto option = [&](size_t i) { return Text(type.options[i]); };
      return l_.Concat(
          {words, space, BlockLayout({.fill = true}, type.options.size(), option, &l_)});
    }
    if (type.name == "list" && !type.element.empty()) {
      const Doc word = l_.Token("list");
      const auto element = [&](size_t) {
        return l_.Token(QuoteName(type.element), type.element_range);
      };
      return l_.Concat({word, BlockLayout({}, 1, element, &l_)});
    }
    return l_.Token(QuoteName(type.name), type.range);
  }

  template <typename MakeValue>
  void AddOption(std::string_view word, const MakeValue& make_value, std::vector<Doc>* options) {
    l_.BeginUnit();
    options->push_back(l_.Line());
    options->push_back(l_.Words(word));
    options->push_back(l_.Space());
    options->push_back(make_value());
  }

  // `word`, then the value in its column, where its further lines begin as well.
  template <typename MakeValue>
  Doc Clause(std::string_view word, const MakeValue& make_value) {
    l_.BeginUnit();
    const Doc keyword = Keyword(word);
    const int column = static_cast<int>(std::max(clause_width_, word.size())) + 1;
    const Doc space = l_.Space(column - static_cast<int>(word.size()));
    return l_.Concat({keyword, space, l_.Indent(column, make_value())});
  }
  void AddText(std::string_view word, const std::optional<TextSyntax>& text,
               std::vector<Doc>* parts) {
    if (text) parts->push_back(Clause(word, [&] { return Text(*text); }));
  }
  void AddName(std::string_view word, const std::optional<NameSyntax>& name,
               std::vector<Doc>* parts) {
    if (name) parts->push_back(Clause(word, [&] { return Name(*name); }));
  }
  void AddCondition(std::string_view word, const ExpressionPtr& condition,
                    std::vector<Doc>* parts) {
    if (condition == nullptr) return;
    parts->push_back(Clause(word, [&] { return ClauseLayout(*condition, &l_); }));
  }

  // Items between commas.  In the source each may have begun a clause of its own.
  template <typename MakeItem>
  Doc List(std::string_view word, size_t count, const MakeItem& make_item) {
    std::vector<Doc> items;
    for (size_t i = 0; i < count; ++i) {
      Doc item = make_item(i);
      if (i + 1 < count) {
        l_.BeginUnit();
        item = l_.Concat({item, l_.Glued(",")});
        l_.last().alternative = word;
      }
      items.push_back(item);
    }
    return l_.Fill(std::move(items));
  }

  Doc Given(const GivenSyntax& given) {
    const Doc name = Name(given.metric);
    const Doc space = l_.Space();
    const Doc equals = l_.Glued("=");
    return l_.Concat({name, space, equals, space, TermLayout(*given.value, &l_)});
  }

  Doc ActiveSpan(const RuleSyntax& rule) {
    std::vector<Doc> parts;
    for (const auto& [word, time] :
         {std::pair("from", &rule.active_from), std::pair("until", &rule.active_until)}) {
      if (*time == nullptr) continue;
      if (!parts.empty()) {
        l_.BeginUnit();
        parts.push_back(l_.Line());
      }
      parts.push_back(l_.Words(word));
      parts.push_back(l_.Space());
      parts.push_back(TermLayout(**time, &l_));
    }
    return l_.Group(l_.Concat(std::move(parts)));
  }

  Doc ScorecardLine(const ScorecardLineSyntax& line) {
    l_.BeginUnit();
    const Doc space = l_.Space();
    std::vector<Doc> parts = {Keyword(line.subtract ? "subtract" : "add"), space,
                              TermLayout(*line.points, &l_), space};
    if (line.condition != nullptr) {
      parts.push_back(l_.Words("when"));
      parts.push_back(space);
      parts.push_back(TermLayout(*line.condition, &l_));
    } else {
      parts.push_back(l_.Words("per"));
      parts.push_back(space);
      parts.push_back(TermLayout(*line.per, &l_));
      parts.push_back(space);
      parts.push_back(l_.Words("of"));
      parts.push_back(space);
      parts.push_back(TermLayout(*line.of, &l_));
    }
    if (line.up_to != nullptr) {
      parts.push_back(l_.Line());
      parts.push_back(l_.Words("up to"));
      parts.push_back(space);
      parts.push_back(TermLayout(*line.up_to, &l_));
    }
    const Doc rest = l_.Concat(std::vector<Doc>(parts.begin() + 1, parts.end()));
    return l_.Group(l_.Concat({parts.front(), l_.Indent(kFormatIndent, rest)}));
  }

  Doc OpenBrace() {
    const Doc brace = l_.Glued("{");
    first_in_block_ = l_.tokens().size();
    return brace;
  }

  // `parts`: the opening brace, then a line each.
  Doc Block(std::vector<Doc> parts) {
    const bool empty = parts.size() == 1;
    std::vector<Doc> body;
    for (size_t i = 1; i < parts.size(); ++i) {
      body.push_back(l_.HardLine());
      body.push_back(parts[i]);
    }
    if (empty) body.push_back(l_.SoftLine());
    body.push_back(l_.Hole());
    l_.last().starts_line = true;
    l_.tokens()[first_in_block_].first_in_block = true;
    l_.BeginUnit();
    const SourceRange range = range_.begin < range_.end
                                  ? SourceRange{range_.file, range_.end - 1, range_.end}
                                  : SourceRange{};
    const Doc close = l_.Closing("}", range);
    const Doc content = l_.Indent(kFormatIndent, l_.Concat(std::move(body)));
    const Doc line = empty ? l_.SoftLine() : l_.HardLine();
    return l_.Group(l_.Concat({parts.front(), content, line, close}));
  }

  const SourceRange range_;
  Layout& l_;
  size_t clause_width_ = kMinClauseWidth;
  size_t first_in_block_ = 0;  // the first token behind the last brace
};

}  // namespace

Layout::Doc DeclarationLayout(const Declaration& declaration, Layout* layout) {
  return std::visit(DeclarationPrinter(declaration.range, layout), declaration.body);
}

bool IsBlock(const Declaration& declaration) {
  return declaration.As<ScorecardSyntax>() != nullptr || declaration.As<RuleSyntax>() != nullptr ||
         declaration.As<TestSyntax>() != nullptr;
}

}  // namespace pql
