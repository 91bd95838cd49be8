// Row 16 of the table of hostile input (README.md, "What hostile input gets"): callers who are not
// who they should be, at every method of a real server.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pql/v1/status_service.pb.h"
#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/credentials.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

// The method takes that role, or a greater one.
enum Role { kEvaluator, kViewer, kEditor };

struct Method {
  std::string path;
  Role role = kViewer;
  std::string of_facebook;  // a request for a rule set that only some may see; "": names none
};

// Names rule set `facebook` in the field that says which; false: the request has none.
bool NameRuleSet(google::protobuf::Message* request) {
  for (const char* name : {"rule_set", "parent", "name"}) {
    const auto* field = request->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    request->GetReflection()->SetString(request, field, "ruleSets/facebook");
    return true;
  }
  const auto* rule = request->GetDescriptor()->FindFieldByName("rule");
  return rule != nullptr && NameRuleSet(request->GetReflection()->MutableMessage(request, rule));
}

// From the descriptors of the contract: a method that is added is tested too.
std::vector<Method> Methods() {
  std::vector<Method> methods;
  for (const auto* file :
       {v1::EvaluateRequest::descriptor()->file(), v1::GetRuleRequest::descriptor()->file(),
        v1::GetServerStatusRequest::descriptor()->file()}) {
    const auto* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string& name = service->method(i)->name();
      Method method{.path = "/" + service->full_name() + "/" + name};
      if (service->name() == "EvaluationService") method.role = kEvaluator;
      for (const char* verb : {"Create", "Update", "Delete", "Apply", "Rollback"}) {
        if (name.rfind(verb, 0) == 0) method.role = kEditor;
      }
      const std::unique_ptr<google::protobuf::Message> request(
          google::protobuf::MessageFactory::generated_factory()
              ->GetPrototype(service->method(i)->input_type())
              ->New());
      if (NameRuleSet(request.get())) method.of_facebook = request->SerializeAsString();
      methods.push_back(method);
    }
  }
  return methods;
}

bool IsStreamEvaluate(const std::string& path) {
  return path == "/pql.v1.EvaluationService/StreamEvaluate";
}

void ExpectCode(ServerProcess& server, const Method& method, const std::string& bytes,
                const std::string& token, grpc::StatusCode code, const std::string& reason) {
  std::string answer;
  const grpc::Status status = CallRaw(server.channel(), method.path, bytes, &answer, token);
  // A stream says it of each request, and goes on.
  if (v1::StreamEvaluateResponse response;
      status.ok() && IsStreamEvaluate(method.path) && response.ParseFromString(answer)) {
    EXPECT_EQ(response.error().code(), code) << response.ShortDebugString();
    EXPECT_EQ(response.error().info().reason(), reason) << response.ShortDebugString();
    return;
  }
  EXPECT_EQ(status.error_code(), code) << method.path << ": " << status.error_message();
  EXPECT_EQ(DetailOf<v1::ErrorInfo>(status).reason(), reason) << method.path;
}

TEST(HostileTable, Row16TokensAndRoles) {
  const Credentials files;
  files.Write("rules/slack/rules.pql", RulesWithLimit(10));
  files.Write("rules/facebook/rules.pql", RulesWithLimit(10));
  files.Write("access",
              "grant eva evaluator slack\ngrant vic viewer slack\ngrant ed editor slack\n"
              "grant late admin\n" +
                  files.TokenLine("eva") + files.TokenLine("vic") + files.TokenLine("ed") +
                  files.TokenLine("late", "2026-01-01"));
  ServerProcess server(files.Path("rules"), {"--access-file=" + files.Path("access")});
  const auto token = &Credentials::TokenOf;
  int denials = 0;
  for (const Method& method : Methods()) {
    // What this version does not have it says to everybody.
    if (CallRaw(server.channel(), method.path, "").error_code() ==
        grpc::StatusCode::UNIMPLEMENTED) {
      continue;
    }
    ++denials;
    // Nobody, a wrong token, one that is almost right, and one whose time is over.
    for (const std::string& wrong :
         {std::string(), token("nobody"), token("eva") + "x", token("late")}) {
      ExpectCode(server, method, "", wrong, grpc::StatusCode::UNAUTHENTICATED, "NOT_AUTHENTICATED");
      ++denials;
    }
    // A role that is too small.
    for (const auto& [who, role] : {std::pair{"eva", kEvaluator}, {"vic", kViewer}}) {
      if (method.role <= role) continue;
      ExpectCode(server, method, "", token(who), grpc::StatusCode::PERMISSION_DENIED,
                 "ROLE_MISSING");
      ++denials;
    }
    // The right role, for another rule set.
    if (method.of_facebook.empty()) continue;
    for (const char* who : {"eva", "vic", "ed"}) {
      ExpectCode(server, method, method.of_facebook, token(who),
                 grpc::StatusCode::PERMISSION_DENIED, "ROLE_MISSING");
      ++denials;
    }
  }
  // Each is logged, up to a hundred a second (engine/request_log.h).
  EXPECT_GE(server.CountLog("call denied"), std::min(denials, 100));
  EXPECT_LE(server.CountLog("call denied"), denials);
  // And counted, each once.
  EXPECT_EQ(server.Metric("pql_denied_requests_total"), denials);

  // What names no rule set shows only those that one may see.
  std::string answer;
  EXPECT_TRUE(
      CallRaw(server.channel(), "/pql.v1.RuleService/ListRuleSets", "", &answer, token("vic"))
          .ok());
  EXPECT_THAT(answer, HasSubstr("ruleSets/slack"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("ruleSets/facebook")));
  // And those who may, may.
  EXPECT_TRUE(CallRaw(server.channel(), "/pql.v1.EvaluationService/Evaluate",
                      RequestWithMessages("ruleSets/slack", 10).SerializeAsString(), nullptr,
                      token("eva"))
                  .ok());
  EXPECT_TRUE(
      CallRaw(
          server.channel(), "/pql.v1.RuleService/ApplyRuleSet",
          ApplyRequest("ruleSets/slack", "rule more { when messages > 3 }\n").SerializeAsString(),
          nullptr, token("ed"))
          .ok());
}

class Certificates {
 public:
  Certificates() {
    files_.MakeCa("ca");
    files_.MakeCa("other");
    files_.MakeCertificate("localhost", "ca");
    files_.MakeCertificate("ada", "ca");
    files_.MakeCertificate("stranger", "ca");
    files_.MakeCertificate("mallory", "other");
    files_.MakeCertificate("gone", "ca", -1);
    files_.Write("rules/slack/rules.pql", RulesWithLimit(10));
  }
  Credentials& files() { return files_; }
  std::vector<std::string> Flags(const std::string& access) {
    files_.Write("access", access);
    return {"--tls-cert=" + files_.Path("localhost.pem"),
            "--tls-key=" + files_.Path("localhost.key"), "--tls-client-ca=" + files_.Path("ca.pem"),
            "--access-file=" + files_.Path("access")};
  }
  // An evaluation by a client with this certificate ("": none) and token ("": none).
  grpc::Status Evaluate(const ServerProcess& server, const std::string& who,
                        const std::string& token = "") const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = files_.Read("ca.pem");
    if (!who.empty()) {
      options.pem_cert_chain = files_.Read(who + ".pem");
      options.pem_private_key = files_.Read(who + ".key");
    }
    const auto channel = grpc::CreateChannel(server.address(), grpc::SslCredentials(options));
    return CallRaw(channel, "/pql.v1.EvaluationService/Evaluate",
                   RequestWithMessages("ruleSets/slack", 10).SerializeAsString(), nullptr, token);
  }

 private:
  Credentials files_;
};

TEST(HostileTable, Row16Certificates) {
  Certificates with;
  // Without tokens a certificate is demanded: whose is missing, of another authority or out of date
  // does not get as far as a call, which the client sees as a connection that can't be made.
  ServerProcess strict(with.files().Path("rules"), with.Flags("grant ada evaluator\n"));
  EXPECT_TRUE(with.Evaluate(strict, "ada").ok());
  for (const char* who : {"", "mallory", "gone"}) {
    EXPECT_EQ(with.Evaluate(strict, who).error_code(), grpc::StatusCode::UNAVAILABLE) << who;
  }
  EXPECT_EQ(with.Evaluate(strict, "stranger").error_code(), grpc::StatusCode::PERMISSION_DENIED)
      << "a certificate that is good, of nobody who was granted anything";
  // In plain text nothing is said at all.
  EXPECT_EQ(CallRaw(strict.channel(), "/pql.v1.RuleService/ListRuleSets", "").error_code(),
            grpc::StatusCode::UNAVAILABLE);

  // With tokens, one or the other.
  ServerProcess either(with.files().Path("rules"),
                       with.Flags("grant ada evaluator\n" + with.files().TokenLine("ada")));
  EXPECT_TRUE(with.Evaluate(either, "ada").ok());
  EXPECT_TRUE(with.Evaluate(either, "", Credentials::TokenOf("ada")).ok());
  EXPECT_EQ(with.Evaluate(either, "").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(with.Evaluate(either, "", "wrong").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(with.Evaluate(either, "ada", "wrong").error_code(), grpc::StatusCode::UNAUTHENTICATED)
      << "a token that is sent counts, not the certificate beside it";
  for (const char* who : {"mallory", "gone"}) {
    EXPECT_EQ(with.Evaluate(either, who).error_code(), grpc::StatusCode::UNAVAILABLE) << who;
  }

  // A server does not start with a certificate of its own that is out of date.
  with.files().MakeCertificate("localhost", "ca", -1);
  std::vector<std::string> flags = with.Flags("grant ada evaluator\n");
  flags.insert(flags.begin(), {Program("pqld"), "--store=memory", "--listen=localhost:0"});
  const Finished late = RunProgram(flags);
  EXPECT_EQ(late.exit, 2);
  EXPECT_THAT(late.err, HasSubstr("--tls-cert"));
}

}  // namespace
}  // namespace pql
