#include "parser/rule_file_parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "parser/token_class.h"

namespace pql {
namespace {

using G = Grammar;

constexpr std::array<int, 7> kDeclarationTypes = {G::METRIC, G::DEFINE, G::OUTPUT, G::SCORECARD,
                                                  G::STAGES, G::RULE,   G::TEST};

// Words of other languages for declarations.
struct Synonym {
  std::string_view word;
  int type;
};
constexpr Synonym kDeclarationSynonyms[] = {
    {"let", G::DEFINE},   {"def", G::DEFINE},     {"var", G::DEFINE},
    {"const", G::DEFINE}, {"measure", G::METRIC}, {"field", G::METRIC},
    {"stage", G::STAGES}, {"segment", G::RULE},   {"scoring", G::SCORECARD}};

// The nearest of the words that the types stand for, or 0.
int NearestType(std::string_view word, std::span<const int> types) {
  std::vector<std::string_view> texts;
  for (const int type : types) texts.push_back(FixedText(type));
  const std::string_view nearest = NearestWord(word, texts);
  if (nearest.empty()) return 0;
  return types[static_cast<size_t>(std::find(texts.begin(), texts.end(), nearest) - texts.begin())];
}

// What a clause that could not be understood leaves behind, so that nobody misses it.
void AddError(int clause, SourceRange range, RuleSyntax* rule) {
  const auto put = [range](ExpressionPtr* slot) {
    if (*slot == nullptr) *slot = Expression::Error(range);
  };
  if (clause == G::WHEN) put(&rule->when);
  if (clause == G::UNLESS) put(&rule->unless);
  if (clause == G::KEEP) put(&rule->keep_while);
  if (clause == G::ACTIVE) put(&rule->active_from);
  if (clause == G::SCORE) put(&rule->score);
}
void AddError(int /*clause*/, SourceRange range, ScorecardSyntax* scorecard) {
  ScorecardLineSyntax line;
  line.points = Expression::Error(range);
  line.condition = Expression::Error(range);
  line.range = range;
  scorecard->lines.push_back(std::move(line));
}
void AddError(int clause, SourceRange range, TestSyntax* test) {
  if (clause == G::AT && test->at == nullptr) test->at = Expression::Error(range);
  if (clause == G::EXPECT) test->expects.push_back(Expression::Error(range));
}

template <typename Syntax>
auto ClauseRule() {
  if constexpr (std::is_same_v<Syntax, RuleSyntax>) {
    return &G::ruleClause;
  } else if constexpr (std::is_same_v<Syntax, ScorecardSyntax>) {
    return &G::scorecardLine;
  } else {
    return &G::testClause;
  }
}

}  // namespace

RuleFile RuleFileParser::ParseFile() {
  file_.file = tokens_->file;
  size_t at = 0;
  while (TypeAt(at) != Token::kEnd) at = ParseDeclaration(at);
  file_.comments = std::move(tokens_->comments);
  return std::move(file_);
}

ExpressionPtr RuleFileParser::ParseCondition() {
  Piece piece = Piece::Of(tokens_, 0, tokens_->tokens.size() - 1);
  ExpressionPtr condition;
  const auto use = [&](G::ExpressionContext* context) {
    condition = ExpressionBuilder(tokens_, limits_.max_depth, &copies_, sink_).Build(context);
  };
  if (ParsePiece(&piece, &G::expression, use)) return condition;
  return Expression::Error({tokens_->file, 0, static_cast<uint32_t>(tokens_->source.size())});
}

size_t RuleFileParser::ParseDeclaration(size_t begin) {
  if (!OpensDeclaration(TypeAt(begin))) return RecoverDeclaration(begin);
  {
    ParseRun run(&parse_tokens_, begin, tokens_->tokens.size() - 1, limits_.max_depth);
    auto* context = run.Parse(&G::declaration);
    if (context != nullptr) {
      const size_t end = run.position();
      const Token& next = tokens_->tokens[end];
      // What follows on the same line and opens no declaration belongs to this one's mistake.
      if (next.type == Token::kEnd || next.first_on_line || OpensDeclaration(next.type)) {
        file_.declarations.push_back(MakeBuilder().Build(context));
        return end;
      }
    }
  }
  return RecoverDeclaration(begin);
}

size_t RuleFileParser::RecoverDeclaration(size_t begin) {
  const size_t end = FindDeclarationEnd(tokens_->tokens, begin);
  if (OpensDeclaration(TypeAt(begin))) {
    if (CorrectBraces(begin, end)) return ParseDeclaration(begin);
    ParseBroken(begin, end);
    return end;
  }
  if (TypeAt(begin) == G::RBRACE) {
    sink_->Add(DiagnosticKind::kUnmatchedBracket, Range(begin), {"}"});
    return begin + 1;
  }
  const Piece piece = Piece::Of(tokens_, begin, end);
  Diagnostic& finding =
      sink_->Add(DiagnosticKind::kUnknownDeclaration, Range(begin), {piece.Describe(0)});
  int type = 0;
  if (IsWord(TypeAt(begin)) && end > begin + 1) {
    type = NearestType(Word(begin), kDeclarationTypes);
    for (const Synonym& synonym : kDeclarationSynonyms) {
      if (ToLower(Word(begin)) == synonym.word) type = synonym.type;
    }
  }
  if (type == 0) return end;
  finding.hint = StrCat("did you mean `", FixedText(type), "`?");
  finding.fix = Fix{StrCat("write `", FixedText(type), "`"),
                    {{Range(begin), std::string(FixedText(type))}},
                    false};
  tokens_->tokens[begin].type = type;
  return ParseDeclaration(begin);
}

// `rule a ( ... )`
bool RuleFileParser::CorrectBraces(size_t begin, size_t end) {
  const size_t open = begin + 2;
  if (ClauseWordsOf(TypeAt(begin)) == nullptr || end < open + 2) return false;
  const int type = TypeAt(open);
  if (type != G::LPAREN && type != G::LBRACKET) return false;
  if (TypeAt(end - 1) != ClosingBracketOf(type)) return false;
  sink_
      ->Add(DiagnosticKind::kWrongSeparator, Range(open),
            {StrCat("`", FixedText(type), "`"), "`{`"})
      .fix = Fix{"write `{` and `}`", {{Range(open), "{"}, {Range(end - 1), "}"}}};
  tokens_->tokens[open].type = G::LBRACE;
  tokens_->tokens[end - 1].type = G::RBRACE;
  return true;
}

template <typename Context, typename Use>
bool RuleFileParser::ParsePiece(Piece* piece, Context* (Grammar::*rule)(), const Use& use) {
  // One for each mistake; more would be two repairs that undo each other.
  size_t repairs_left = piece->tokens.size() + 8;
  while (true) {
    SyntaxError error;
    {
      ParseTokens tokens(piece->tokens);
      ParseRun run(&tokens, 0, piece->tokens.size(), limits_.max_depth);
      Context* context = run.Parse(rule);
      if (context != nullptr && run.position() == piece->tokens.size()) {
        use(context);
        return true;
      }
      error = run.error();
      if (context != nullptr) {
        // Whole, and something is left over: only an operator could have joined it.
        error.at = run.position();
        error.expected = {G::PLUS, G::AND, G::OR, G::COMMA};
      }
    }
    const size_t cost = piece->tokens.size();
    if (cost <= repair_tokens_left_ && repairs_left > 0 && RepairSyntaxError(piece, error, sink_)) {
      repair_tokens_left_ -= cost;
      --repairs_left;
      continue;
    }
    ExplainSyntaxError(*piece, error, limits_.max_depth, sink_);
    return false;
  }
}

void RuleFileParser::ParseBroken(size_t begin, size_t end) {
  if (const ClauseWords* words = ClauseWordsOf(TypeAt(begin))) {
    ParseBrokenBraces(begin, end, *words);
  } else {
    ParseBrokenFlat(begin, end);
  }
}

void RuleFileParser::ParseBrokenFlat(size_t begin, size_t end) {
  Piece piece = Piece::Of(tokens_, begin, end);
  const SourceRange range = Range(begin).To(Range(end - 1));
  const auto use = [&](G::DeclarationContext* context) {
    file_.declarations.push_back(MakeBuilder().Build(context));
  };
  if (ParsePiece(&piece, &G::declaration, use)) return;

  // What is known at least: the names, so that nobody reports them as unknown.
  NameSyntax name;
  if (end > begin + 1 && IsWord(TypeAt(begin + 1))) {
    name = {std::string(Word(begin + 1)), Range(begin + 1)};
  } else if (TypeAt(begin) != G::STAGES) {
    return;
  }
  Declaration declaration;
  declaration.range = range;
  if (TypeAt(begin) == G::METRIC) {
    MetricSyntax metric;
    metric.name = std::move(name);
    metric.type.range = range;
    declaration.body = std::move(metric);
  } else if (TypeAt(begin) == G::STAGES) {
    StagesSyntax stages;
    for (size_t i = begin + 1; i < end; ++i) {
      if (IsWord(TypeAt(i))) stages.stages.push_back({std::string(Word(i)), Range(i)});
    }
    declaration.body = std::move(stages);
  } else {
    declaration.body =
        DefineSyntax{TypeAt(begin) == G::OUTPUT, std::move(name), Expression::Error(range)};
  }
  file_.declarations.push_back(std::move(declaration));
}

RuleFileParser::Body RuleFileParser::FindBody(size_t begin, size_t end, const ClauseWords& words) {
  size_t open = begin;
  while (open < end && TypeAt(open) != G::LBRACE) ++open;
  size_t close = end;
  if (open == end) {
    // No `{`: the clauses begin where the first of their words does.
    size_t first = begin + 2;
    while (first < end &&
           std::find(words.types.begin(), words.types.end(), TypeAt(first)) == words.types.end()) {
      ++first;
    }
    first = std::min(first, end);
    if (close > first && TypeAt(close - 1) == G::RBRACE) --close;
    return {first, first, close};
  }
  // The brace that closes it: the last one, as clauses have none of their own.
  while (close > open + 1 && TypeAt(close - 1) != G::RBRACE) --close;
  if (close == open + 1) {
    if (!Piece::Of(tokens_, open, end).HasUnclosedString()) {
      sink_->Add(DiagnosticKind::kUnclosedBracket, Range(open), {"{"});
    }
    return {open, open + 1, end};
  }
  // Two braces at the end: one is too many.  Anything else behind it is, too.
  size_t first_close = open + 1;
  while (TypeAt(first_close) != G::RBRACE) ++first_close;
  if (first_close + 1 < end) {
    const Piece piece = Piece::Of(tokens_, begin, end);
    if (TypeAt(first_close + 1) == G::RBRACE) {
      sink_->Add(DiagnosticKind::kUnmatchedBracket, Range(first_close + 1), {"}"});
    } else {
      sink_->Add(DiagnosticKind::kUnknownDeclaration, Range(first_close + 1),
                 {piece.Describe(first_close + 1 - begin)});
    }
  }
  return {open, open + 1, first_close};
}

void RuleFileParser::ParseBrokenBraces(size_t begin, size_t end, const ClauseWords& words) {
  const Body body = FindBody(begin, end, words);
  const bool has_brace = body.head_end < body.begin;
  Piece head = Piece::Of(tokens_, begin, has_brace ? body.begin : body.head_end);
  if (!has_brace) head.Insert(head.tokens.size(), G::LBRACE);
  head.Insert(head.tokens.size(), G::RBRACE);
  AstBuilder builder = MakeBuilder();
  Declaration declaration;
  declaration.range = Range(begin).To(Range(end - 1));
  RuleSyntax rule;
  ScorecardSyntax scorecard;
  TestSyntax test;
  const auto use = [&](G::DeclarationContext* context) {
    if (context->ruleDeclaration() != nullptr) {
      rule = builder.BuildRuleHeader(context->ruleDeclaration());
    } else if (context->scorecard() != nullptr) {
      scorecard = builder.BuildScorecardHeader(context->scorecard());
    } else if (context->test() != nullptr) {
      test = builder.BuildTestHeader(context->test());
    }
  };
  const bool named = ParsePiece(&head, &G::declaration, use);
  if (named && !has_brace) {
    const Piece piece = Piece::Of(tokens_, begin, end);
    const size_t at = body.head_end - begin;
    const uint32_t behind = piece.At(at - 1).end;
    sink_
        ->Add(DiagnosticKind::kExpectedToken, piece.Place(at),
              {"`{`", piece.DescribeBefore(at), piece.Describe(at)})
        .fix = Fix{"put in `{`", {{{tokens_->file, behind, behind}, " {"}}, /*safe=*/false};
  }
  if (!named && begin + 1 < end && IsWord(TypeAt(begin + 1))) {
    rule.name = scorecard.name = {std::string(Word(begin + 1)), Range(begin + 1)};
  }
  // A text without its end may have taken clauses along.
  const bool unclosed_text = Piece::Of(tokens_, begin, end).HasUnclosedString();
  if (TypeAt(begin) == G::RULE) {
    ParseClauses(body.begin, body.end, words, &builder, &rule);
    if (!rule.name.text.empty() && !unclosed_text) builder.Demand(rule);
    declaration.body = std::move(rule);
  } else if (TypeAt(begin) == G::SCORECARD) {
    ParseClauses(body.begin, body.end, words, &builder, &scorecard);
    declaration.body = std::move(scorecard);
  } else {
    ParseClauses(body.begin, body.end, words, &builder, &test);
    if (named && !unclosed_text) builder.Demand(test);
    declaration.body = std::move(test);
  }
  // Without its name a rule or scorecard means nothing to anybody else.
  const auto* built_rule = declaration.As<RuleSyntax>();
  const auto* built_scorecard = declaration.As<ScorecardSyntax>();
  if (built_rule != nullptr && built_rule->name.text.empty()) return;
  if (built_scorecard != nullptr && built_scorecard->name.text.empty()) return;
  file_.declarations.push_back(std::move(declaration));
}

template <typename Syntax>
void RuleFileParser::ParseClauses(size_t begin, size_t end, const ClauseWords& words,
                                  AstBuilder* builder, Syntax* syntax) {
  for (const Segment& segment : SplitClauses(tokens_->tokens, begin, end, words)) {
    ParseClause(segment, words, builder, syntax);
  }
}

// A clause that begins with none of the words: reported; true when it is surely a slip for one.
bool RuleFileParser::CorrectClauseWord(size_t at, const ClauseWords& words) {
  const Piece piece = Piece::Of(tokens_, at, at + 1);
  Diagnostic& finding = sink_->Add(DiagnosticKind::kUnknownClause, Range(at),
                                   {words.what, words.declaration, piece.Describe(0)});
  const int type = IsWord(TypeAt(at)) ? NearestType(Word(at), words.types) : 0;
  if (type == 0) return false;
  finding.hint = StrCat("did you mean `", FixedText(type), "`?");
  finding.fix = Fix{
      StrCat("write `", FixedText(type), "`"), {{Range(at), std::string(FixedText(type))}}, false};
  tokens_->tokens[at].type = type;
  return true;
}

template <typename Syntax>
void RuleFileParser::ParseClause(Segment segment, const ClauseWords& words, AstBuilder* builder,
                                 Syntax* syntax) {
  const bool known =
      std::find(words.types.begin(), words.types.end(), TypeAt(segment.begin)) != words.types.end();
  if (!known && !CorrectClauseWord(segment.begin, words)) return;
  Piece piece = Piece::Of(tokens_, segment.begin, segment.end);
  const auto use = [&](auto* context) { builder->Add(context, syntax); };
  if (ParsePiece(&piece, ClauseRule<Syntax>(), use)) return;
  AddError(TypeAt(segment.begin), Range(segment.begin).To(Range(segment.end - 1)), syntax);
}

}  // namespace pql
