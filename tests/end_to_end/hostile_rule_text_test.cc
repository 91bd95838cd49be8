// Rows 1 to 8 of the table of hostile input (README.md, "What hostile input gets"): rule texts that
// mean harm, through a real server and through the command line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// A rule set whose one rule has this condition.
std::string RuleWhen(const std::string& condition) {
  return "metric messages: number\nmetric name: string\nrule team { when " + condition + " }\n";
}

std::vector<std::string> CodesOf(const v1::ValidateRulesResponse& response) {
  std::vector<std::string> codes;
  for (const v1::Diagnostic& diagnostic : response.diagnostics()) {
    if (diagnostic.severity() == "ERROR") codes.push_back(diagnostic.name());
  }
  return codes;
}

// A server without files, and the command line, given the same texts.
class Hostile {
 public:
  explicit Hostile(std::vector<std::string> flags = {},
                   const std::vector<std::string>& wrapper = {})
      : server_("", std::move(flags), wrapper) {
    int64_t revision = 0;
    EXPECT_TRUE(Push(server_, kSlackRules, RulesWithLimit(10), &revision).ok());
  }
  ServerProcess& server() { return server_; }

  // The text is refused with findings, at the server and by lint: nothing else happens to either.
  // Returns the findings of ValidateRules.
  v1::ValidateRulesResponse ExpectRefused(const std::string& text, const std::string& finding) {
    v1::ValidateRulesResponse response = Validate(server_, text);
    EXPECT_THAT(CodesOf(response), Contains(finding)) << text.substr(0, 80);
    int64_t revision = 0;
    const grpc::Status status = Push(server_, kSlackRules, text, &revision);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_GT(DetailOf<v1::DiagnosticList>(status).diagnostics_size(), 0) << status.error_message();
    const Finished lint = Lint(text);
    EXPECT_EQ(lint.exit, 1) << lint.err;
    EXPECT_THAT(lint.out, HasSubstr(finding));
    ExpectLastGood();
    return response;
  }
  Finished Lint(const std::string& text) {
    files_.Write("hostile/rules.pql", text);
    return RunPql({"lint", files_.Path("hostile")});
  }
  // The rules from before answer.
  void ExpectLastGood() {
    EXPECT_THAT(server_.Qualifies(kSlackRules, 10), ::testing::ElementsAre("team"));
    EXPECT_EQ(server_.GetRuleSet(kSlackRules).revision(), 1);
  }

 private:
  const TempDirectory files_;
  ServerProcess server_;
};

// The processor time that a process has used, all its threads together.
double ProcessorSeconds(pid_t pid) {
  clockid_t clock = 0;
  timespec time = {};
  EXPECT_EQ(::clock_getcpuclockid(pid, &clock), 0);
  EXPECT_EQ(::clock_gettime(clock, &time), 0);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// That ten times the size takes the server about ten times the work, not a hundred times: compared
// with each other, so that it holds on any machine.  Sizes are to be such that the work of a call
// itself does not count.
void ExpectLinear(ServerProcess& server, const std::function<void(int factor)>& work) {
  const auto cost = [&](int factor) {
    const double before = ProcessorSeconds(server.process().pid());
    work(factor);
    return ProcessorSeconds(server.process().pid()) - before;
  };
  work(1);  // what the first call makes once
  const double one = cost(1);
  const double ten = cost(10);
  EXPECT_LT(ten, 40 * std::max(one, 0.002)) << "ten times the size took " << ten / one << " times";
}

TEST(HostileTable, Row01TextOverALimit) {
  Hostile small({"--max-source-bytes=1000"});
  // At once: the text is full of errors, and none of them is looked for.
  const std::string large = Repeat("no rule\n", 200);
  int64_t revision = 0;
  const grpc::Status pushed = Push(small.server(), kSlackRules, large, &revision);
  ExpectLimit(pushed, grpc::StatusCode::INVALID_ARGUMENT, "--max-source-bytes");
  EXPECT_EQ(DetailOf<v1::DiagnosticList>(pushed).diagnostics_size(), 0);
  grpc::ClientContext context;
  v1::ValidateRulesRequest request;
  *request.mutable_files() = ApplyRequest(kSlackRules, large).files();
  v1::ValidateRulesResponse response;
  ExpectLimit(small.server().rules().ValidateRules(&context, request, &response),
              grpc::StatusCode::INVALID_ARGUMENT, "--max-source-bytes");
  small.ExpectLastGood();

  Hostile usual;
  const std::string wordy = Repeat("1 ", 1'000'001);
  const v1::ValidateRulesResponse findings = Validate(usual.server(), wordy);
  ASSERT_THAT(findings.diagnostics(), SizeIs(1));
  EXPECT_EQ(findings.diagnostics(0).name(), "too-many-tokens");
  EXPECT_THAT(findings.diagnostics(0).message(), HasSubstr("more than 1000000 words and signs"));
  const grpc::Status refused = Push(usual.server(), kSlackRules, wordy, &revision);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << refused.error_message();
  EXPECT_THAT(refused.error_message(), HasSubstr("--max-source-tokens"));
  const auto info = DetailOf<v1::ErrorInfo>(refused);
  EXPECT_EQ(info.reason(), "INVALID_SOURCE");
  EXPECT_EQ(info.metadata().at("flag"), "--max-source-tokens");
  const auto list = DetailOf<v1::DiagnosticList>(refused);
  ASSERT_THAT(list.diagnostics(), SizeIs(1));
  EXPECT_EQ(list.diagnostics(0).name(), "too-many-tokens");
  usual.ExpectLastGood();
  const Finished lint = usual.Lint(std::string((4 << 20) + 1, '#'));
  EXPECT_NE(lint.exit, 0);
  EXPECT_THAT(lint.out + lint.err, HasSubstr("4194304"));
}

// `prlimit` with a stack of so many kB.
std::vector<std::string> WithStack(int kilobytes) {
#ifdef PQL_SANITIZED
  kilobytes *= 8;  // frames are several times as large
#endif
  return {"/usr/bin/prlimit", "--stack=" + std::to_string(int64_t{kilobytes} << 10)};
}

TEST(HostileTable, Row02DeepNesting) {
  // The threads of the server have the stack that its shell allows: here a small one.
  Hostile hostile({}, WithStack(512));
  for (const std::string opening : {"(", "not ", "-", "if "}) {
    const std::string text = RuleWhen(Repeat(opening, 10'000) + "messages");
    hostile.ExpectRefused(text, "nested-too-deeply");
    grpc::ClientContext context;
    v1::CreateRuleRequest request;
    request.set_parent(kSlackRules);
    request.set_rule_id("deep");
    request.mutable_rule()->set_when(Repeat(opening, 10'000) + "messages");
    v1::CreateRuleResponse response;
    const grpc::Status status = hostile.server().rules().CreateRule(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    const auto findings = DetailOf<v1::DiagnosticList>(status);
    ASSERT_GT(findings.diagnostics_size(), 0);
    EXPECT_EQ(findings.diagnostics(0).name(), "nested-too-deeply");
    EXPECT_THAT(findings.diagnostics(0).message(), HasSubstr("nested too deeply"));

    const TempDirectory files;
    files.Write("deep/rules.pql", text);
    std::vector<std::string> command = WithStack(256);
    command.insert(command.end(), {Program("pql"), "lint", files.Path("deep")});
    const Finished lint = RunProgram(command);
    EXPECT_EQ(lint.exit, 1) << opening << lint.err;
    EXPECT_THAT(lint.out, HasSubstr("nested too deeply"));
  }
}

// What has a right form that says an operand twice: taken at their word, 40 levels are 2^40 nodes.
TEST(HostileTable, Row02OperandsThatDoubleAtEachLevel) {
  Hostile hostile({}, WithStack(512));
  const auto nested = [](const std::string& opening, const std::string& inner,
                         const std::string& closing) {
    return Repeat(opening, 40) + inner + Repeat(closing, 40);
  };
  hostile.ExpectRefused(RuleWhen(nested("1 < (", "messages", ") < 5")), "chained-comparison");
  hostile.ExpectRefused(RuleWhen(nested("(", "name", R"() contains "a" contains "b")")),
                        "chained-comparison");
  hostile.ExpectRefused(RuleWhen(nested("(", "name", R"() contains any of ("a", "b"))")),
                        "contains-any-of");
  const std::string one_of = R"(, {"in": [{"var": ""}, ["a", "b"]]}]})";
  for (const std::string& json : {nested(R"({"<": [1, )", R"({"var": "messages"})", ", 5]}"),
                                  nested(R"({"some": [)", R"({"var": "name"})", one_of)}) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::CreateRuleRequest request;
    request.set_parent(kSlackRules);
    request.set_rule_id("doubled");
    request.mutable_rule()->set_when(json);
    request.set_language("jsonlogic");
    v1::CreateRuleResponse response;
    const grpc::Status status = hostile.server().rules().CreateRule(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    const auto findings = DetailOf<v1::DiagnosticList>(status);
    ASSERT_GT(findings.diagnostics_size(), 0);
    EXPECT_EQ(findings.diagnostics(0).name(), "no-counterpart");
    EXPECT_THAT(findings.diagnostics(0).message(), HasSubstr("grows too large"));
  }
  hostile.ExpectLastGood();
}

TEST(HostileTable, Row03UnclosedParentheses) {
  Hostile hostile;
  for (const std::string& text :
       {RuleWhen(std::string(10'000, '(')), std::string(10'000, '('),
        RuleWhen(Repeat("(messages > 1 and ", 600)), RuleWhen(Repeat("messages in (", 800))}) {
    EXPECT_THAT(CodesOf(Validate(hostile.server(), text)), Not(IsEmpty()));
    const Finished lint = hostile.Lint(text);
    EXPECT_EQ(lint.exit, 1);
    EXPECT_THAT(lint.out, HasSubstr("error"));
  }
  // Each declaration leaves as many open as the nesting allows.
  const auto unclosed = [](int factor, const std::string& opening) {
    return Repeat("define d = " + Repeat(opening, 250) + "\n", 2 * factor);
  };
  for (const std::string opening : {"(", "(a and ", "at least 1 of (", "f(", "a in ("}) {
    ExpectLinear(hostile.server(), [&](int factor) {
      EXPECT_THAT(CodesOf(Validate(hostile.server(), unclosed(factor, opening))), Not(IsEmpty()));
    });
    ExpectLinear(hostile.server(), [&](int factor) {
      EXPECT_THAT(CodesOf(Validate(hostile.server(), RuleWhen(Repeat(opening, 2'000 * factor)))),
                  Not(IsEmpty()));
    });
  }
  hostile.ExpectLastGood();
}

TEST(HostileTable, Row04TenThousandErrors) {
  Hostile hostile;
  for (const std::string& text :
       {Repeat("define d = a b\n", 10'000), "rule r {\n" + Repeat("owner a b\n", 10'000) + "}",
        Repeat("rule\n", 10'000), "rule r { when a in (" + Repeat("\"a\" ", 10'000) + ") }",
        Repeat("}", 10'000), Repeat("test \"t\" { expect\n", 10'000)}) {
    const v1::ValidateRulesResponse response = Validate(hostile.server(), text);
    EXPECT_GE(response.diagnostics_size(), 1) << text.substr(0, 40);
    EXPECT_LE(response.diagnostics_size(), 50) << text.substr(0, 40);
    const Finished lint = hostile.Lint(text);
    EXPECT_EQ(lint.exit, 1);
    if (response.dropped_count() == 0) continue;
    EXPECT_EQ(response.diagnostics_size(), 50);
    EXPECT_THAT(lint.out, HasSubstr("and " + std::to_string(response.dropped_count()) + " more\n"));
  }
  // Of ten thousand names that nobody declared, none is forgotten in the count.
  std::string names;
  for (int i = 0; i < 10'000; ++i) {
    names += "define d" + std::to_string(i) + " = unknown_" + std::to_string(i) + " > 1\n";
  }
  const v1::ValidateRulesResponse response = Validate(hostile.server(), names);
  EXPECT_EQ(response.diagnostics_size(), 50);
  EXPECT_EQ(response.dropped_count(), 9'950u);
  EXPECT_THAT(hostile.Lint(names).out, HasSubstr("and 9950 more\n"));
  hostile.ExpectLastGood();
}

TEST(HostileTable, Row05InvalidUtf8) {
  const struct {
    std::string what;
    std::string bytes;
    uint32_t at;
  } kCases[] = {
      {"stray", "metric m\xff: number\n", 8}, {"truncated", "# \xe2\x82", 2},
      {"overlong", "# \xc0\xaf\n", 2},        {"surrogate", "# \xed\xa0\x80\n", 2},
      {"beyond", "\xf4\x90\x80\x80", 0},      {"in a string", "rule r { title \"a\x80\" }", 17}};
  const TempDirectory files;
  files.Write("slack/rules.pql", RulesWithLimit(10));
  ServerProcess server(files.path());
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.what);
    const std::string message = "byte " + std::to_string(each.at) + " is not valid UTF-8";
    files.Write("slack/more.pql", each.bytes);
    // In a file: the server says which byte.
    ASSERT_TRUE(Eventually([&] {
      const v1::RuleSet rule_set = server.GetRuleSet(kSlackRules);
      return rule_set.load_failure().diagnostics_size() == 1 &&
             rule_set.load_failure().diagnostics(0).message() == message;
    }));
    const v1::Diagnostic found = server.GetRuleSet(kSlackRules).load_failure().diagnostics(0);
    EXPECT_EQ(found.name(), "invalid-utf8");
    EXPECT_EQ(found.location().file(), "slack/more.pql");
    EXPECT_EQ(found.location().start_byte(), each.at);
    EXPECT_THAT(server.Qualifies(kSlackRules, 10), ::testing::ElementsAre("team"));
    const Finished lint = RunPql({"lint", files.Path("slack")});
    EXPECT_EQ(lint.exit, 1);
    EXPECT_THAT(lint.out, AllOf(HasSubstr("more.pql:"), HasSubstr(message)));
    // In a request: no text at all, for protobuf strings are UTF-8.
    grpc::ClientContext context;
    v1::ValidateRulesResponse response;
    v1::ValidateRulesRequest request;
    request.add_files()->set_text(each.bytes);
    EXPECT_FALSE(server.rules().ValidateRules(&context, request, &response).ok());
  }
}

TEST(HostileTable, Row06HiddenCharacters) {
  const struct {
    std::string character;
    std::string finding;
    std::string described;
  } kCases[] = {
      {std::string(1, '\0'), "invisible-character", "U+0000"},
      {"\u00a0", "invisible-character", "U+00A0 NO-BREAK SPACE"},
      {"\ufeff", "invisible-character", "U+FEFF"},
      {"\u200b", "invisible-character", "U+200B ZERO WIDTH SPACE"},
      {"\u202e", "bidi-control", "U+202E RIGHT-TO-LEFT OVERRIDE"},
      {"\u2066", "bidi-control", "U+2066 LEFT-TO-RIGHT ISOLATE"},
  };
  Hostile hostile;
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.described);
    const std::string text =
        "metric messages: number\nrule r { when messages" + each.character + " > 1 }\n";
    const v1::ValidateRulesResponse response = hostile.ExpectRefused(text, each.finding);
    const v1::Diagnostic& found = response.diagnostics(0);
    EXPECT_THAT(found.message(), HasSubstr(each.described));
    EXPECT_EQ(found.location().start_byte(), text.find(" > 1") - each.character.size());
    EXPECT_EQ(found.location().start_line(), 2);
    EXPECT_EQ(found.location().start_column(), 23);
    EXPECT_THAT(hostile.Lint(text).out, HasSubstr("rules.pql:2:23: error"));
  }
  EXPECT_THAT(CodesOf(Validate(hostile.server(), "\ufeff" + RulesWithLimit(10))), IsEmpty());
  int64_t revision = 0;
  EXPECT_TRUE(Push(hostile.server(), kSlackRules, "\ufeff" + RulesWithLimit(20), &revision).ok())
      << "a byte order mark at the begin is accepted";
  EXPECT_THAT(hostile.server().Qualifies(kSlackRules, 20), ::testing::ElementsAre("team"));
}

TEST(HostileTable, Row07LiteralsOutOfRange) {
  Hostile hostile;
  const struct {
    std::string literal;
    std::string finding;
  } kCases[] = {{std::string(400, '9'), "number-out-of-range"},
                {std::string(400, '9') + "%", "number-out-of-range"},
                {"1e999", "number-out-of-range"},
                {"99999999999w", "duration-out-of-range"},
                {"99999-01-01", "timestamp-out-of-range"},
                {"0000-01-01", "timestamp-out-of-range"},
                {"2026-02-30", "malformed-timestamp"}};
  for (const auto& each : kCases) {
    hostile.ExpectRefused(RuleWhen("messages > " + each.literal), each.finding);
    const Finished eval = RunPql({"eval", "--account", "-", "--when", "messages > " + each.literal},
                                 R"({"messages":1})");
    EXPECT_NE(eval.exit, 0) << each.literal;
    EXPECT_THAT(eval.out + eval.err, HasSubstr(each.finding)) << each.literal;
  }
  // The same as values of an account.
  int64_t revision = 0;
  ASSERT_TRUE(Push(hostile.server(), kSlackRules,
                   "metric since: timestamp\nmetric age: duration\n"
                   "rule old { when since < 2026-01-01 or age > 1d }\n",
                   &revision)
                  .ok());
  const struct {
    std::string metric;
    std::string value;
  } kValues[] = {{"since", "99999-01-01T00:00:00Z"},
                 {"since", "0000-01-01T00:00:00Z"},
                 {"since", "2026-02-30T00:00:00Z"},
                 {"since", std::string(400, '9')},
                 {"age", "99999999999w"},
                 {"age", std::string(400, '9') + "s"}};
  for (const auto& each : kValues) {
    v1::EvaluateRequest request;
    request.set_rule_set(kSlackRules);
    (*request.mutable_account()->mutable_metrics())[each.metric].set_string_value(each.value);
    v1::EvaluateResponse response;
    const grpc::Status status = Evaluate(hostile.server(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << each.value;
    EXPECT_THAT(status.error_message(), HasSubstr("`" + each.metric + "`"));
  }
}

TEST(HostileTable, Row08RegularExpressions) {
  Hostile hostile;
  hostile.ExpectRefused(RuleWhen("name matches \"((a{1000}){1000}){1000}\""), "bad-pattern");
  hostile.ExpectRefused(RuleWhen("name matches \"" + Repeat("(a{900}b{900})", 60) + "\""),
                        "pattern-too-large");
  hostile.ExpectRefused(RuleWhen("name matches \"" + std::string(1 << 20, 'a') + "\""),
                        "pattern-too-large");
  // What only a backtracking engine has, and what brings one to its knees.
  hostile.ExpectRefused(RuleWhen(R"(name matches "(a)\\1")"), "bad-pattern");
  int64_t revision = 0;
  ASSERT_TRUE(
      Push(hostile.server(), kSlackRules, RuleWhen("name matches \"^(a+)+$\""), &revision).ok());
  ExpectLinear(hostile.server(), [&](int factor) {
    v1::EvaluateRequest request;
    request.set_rule_set(kSlackRules);
    (*request.mutable_account()->mutable_metrics())["name"].set_string_value(
        std::string(static_cast<size_t>(6'000 * factor), 'a') + "!");
    v1::EvaluateResponse response;
    EXPECT_TRUE(Evaluate(hostile.server(), request, &response).ok());
    EXPECT_THAT(response.evaluation().rules(), IsEmpty());
  });
}

}  // namespace
}  // namespace pql
