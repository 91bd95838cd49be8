// Small texts that come with calls, each of any bytes: names of resources, tokens of pages, the
// header `traceparent`, the peer.  What is taken has one form in which it is read again as the
// same; pages lie within what there is.

#include <string>
#include <tuple>

#include "base/strings.h"
#include "engine/rule_query.h"
#include "engine/trace_context.h"
#include "service/caller.h"
#include "tests/fuzz/messages.h"

namespace pql {
namespace {

using fuzz::Require;

void ReadNames(const std::string& text) {
  if (const auto rule_set = ParseRuleSetName("name", text); rule_set.ok()) {
    const std::string name = RuleSetName(*rule_set);
    Require(ParseRuleSetName("name", name) == rule_set, "a rule set's name is read again", text);
    Require(ParseSchemaName("name", StrCat(name, "/schema")) == rule_set, "its schema has a name",
            text);
  } else {
    fuzz::RequireGoodMessage(rule_set.status());
  }
  if (const auto rule = ParseRuleName("name", text); rule.ok()) {
    const auto again = ParseRuleName("name", RuleName(rule->rule_set, rule->rule));
    Require(again.ok() &&
                std::tie(again->rule_set, again->rule) == std::tie(rule->rule_set, rule->rule),
            "a rule's name is read again", text);
  }
  if (const auto revision = ParseRevisionName("name", text); revision.ok()) {
    Require(revision->revision > 0, "revisions count from 1", text);
    const auto again =
        ParseRevisionName("name", RevisionName(revision->rule_set, revision->revision));
    Require(again.ok() && std::tie(again->rule_set, again->revision) ==
                              std::tie(revision->rule_set, revision->revision),
            "a revision's name is read again", text);
  }
  if (const auto schema = ParseSchemaName("name", text); schema.ok()) {
    Require(!schema->empty(), "a schema is of a rule set", text);
  }
}

void ReadPageToken(const std::string& text) {
  constexpr size_t kTotal = 150;
  const PageRequest request{.size = 40, .token = text, .query = "slack", .revision = 3};
  if (const auto page = SelectPage(request, kTotal); page.ok()) {
    Require(page->begin <= page->end && page->end <= kTotal && page->end - page->begin <= 40,
            "a page is of what there is", text);
    Require(page->next_token.empty() == (page->end == kTotal), "the last page is the last", text);
  } else {
    fuzz::RequireGoodMessage(page.status());
  }
  if (const auto cursor = ReadCursor(request); cursor.ok()) {
    Require(cursor->position >= 0 && cursor->size == 40, "a cursor is at a position", text);
    PageRequest next = request;
    next.token = WriteCursor(cursor->position, request.query);
    const auto again = ReadCursor(next);
    Require(again.ok() && again->position == cursor->position, "a cursor is read again", text);
  }
}

void ReadTraceparent(const std::string& text) {
  const std::optional<TraceContext> trace = ParseTraceparent(text);
  if (!trace.has_value()) return;
  const std::string ids = StrCat(trace->trace_id_text(), "-", trace->span_id_text());
  Require(ids.find_first_not_of("0123456789abcdef-") == std::string::npos, "ids are hexadecimal",
          text);
  Require(text.find(ids) == 3, "ids are those of the header", text);
  Require(ParseTraceparent(StrCat("00-", ids, "-01")).has_value(), "ids make a header", text);
}

void ReadPeer(const std::string& text) {
  const std::string address = AddressOf(text);
  Require(address.size() <= text.size(), "an address is part of the peer", text);
  Require(!IsLocalPeer(text) || text.starts_with("unix:") || text.starts_with("inproc:") ||
              address.find("127.") != std::string::npos ||
              address.find("[::1]:") != std::string::npos,
          "a local peer has a local address", text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = pql::fuzz::TextOf(data, size);
  pql::ReadNames(text);
  pql::ReadPageToken(text);
  pql::ReadTraceparent(text);
  pql::ReadPeer(text);
  return 0;
}
