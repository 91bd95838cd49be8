// Rows 19, 20, 22 and 23 of the table of hostile input (README.md, "What hostile input gets"):
// writers who collide or repeat themselves, and a rule store whose disk or file is no good.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/sqlite_file.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRequestId[] = "7b0c6a4e-5d5f-4f0e-9a51-0d6a8a0b4a5";  // and one digit

TEST(HostileTable, Row19TwoWritersOneExpectedRevision) {
  const TempDirectory work;
  ServerProcess server("", {"--store=sqlite:" + work.Path("rules.db")});
  int64_t revision = 0;
  ASSERT_TRUE(Push(server, kSlackRules, RulesWithLimit(0), &revision).ok());
  for (int64_t round = 1; round <= 20; ++round) {
    grpc::Status statuses[2];
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 2; ++writer) {
      writers.emplace_back([&, writer] {
        grpc::ClientContext context;
        SetDeadline(&context);
        v1::ApplyRuleSetRequest request =
            ApplyRequest(kSlackRules, RulesWithLimit(2 * round + writer));
        request.set_expected_revision(round);
        v1::ApplyRuleSetResponse response;
        statuses[writer] = server.rules().ApplyRuleSet(&context, request, &response);
      });
    }
    for (std::thread& writer : writers) writer.join();
    const int winner = statuses[0].ok() ? 0 : 1;
    const grpc::Status& loser = statuses[1 - winner];
    ASSERT_TRUE(statuses[winner].ok()) << statuses[winner].error_message();
    ASSERT_EQ(loser.error_code(), grpc::StatusCode::ABORTED) << loser.error_message();
    EXPECT_EQ(DetailOf<v1::ErrorInfo>(loser).metadata().at("current_revision"),
              std::to_string(round + 1));
    EXPECT_EQ(server.GetRuleSet(kSlackRules).revision(), round + 1);
    EXPECT_THAT(server.Qualifies(kSlackRules, static_cast<double>(2 * round + winner)),
                ElementsAre("team"));
  }
  // On the command line.
  work.Write("slack/rules.pql", RulesWithLimit(7));
  const auto push = [&] {
    return RunPql(
        {"push", work.Path("slack"), "--expected-revision", "21", "--server", server.address()});
  };
  EXPECT_EQ(push().exit, 0);
  work.Write("slack/rules.pql", RulesWithLimit(8));
  const Finished late = push();
  EXPECT_EQ(late.exit, 2);
  EXPECT_THAT(late.err, HasSubstr("expects revision 21, and it is at revision 22"));
}

// Every kind of change, made once, made again, and made again with another body.
TEST(HostileTable, Row20RetriedChanges) {
  const TempDirectory work;
  const std::vector<std::string> flags = {"--store=sqlite:" + work.Path("rules.db")};
  auto server = std::make_unique<ServerProcess>("", flags);
  int64_t changes = 0;
  std::vector<std::function<void()>> again;

  // `call` makes the change with this request and fills the answer; `other` gives it another body.
  const auto expect_idempotent = [&](const char* digit, auto request, auto response, auto call,
                                     auto other) {
    request.set_request_id(kRequestId + std::string(digit));
    const auto make = [&server, call](const auto& body, auto* answer) {
      grpc::ClientContext context;
      SetDeadline(&context);
      return call(server->rules(), &context, body, answer);
    };
    grpc::Status status = make(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.revision(), ++changes);
    const auto retry = [&server, make, request, response, other] {
      auto answer = response;
      answer.Clear();
      const grpc::Status same = make(request, &answer);
      EXPECT_TRUE(same.ok()) << same.error_message();
      EXPECT_EQ(answer.SerializeAsString(), response.SerializeAsString());
      auto changed = request;
      other(&changed);
      const grpc::Status refused = make(changed, &answer);
      EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_THAT(refused.error_message(), HasSubstr("request_id"));
    };
    retry();
    EXPECT_EQ(server->GetRuleSet(kSlackRules).revision(), changes) << "a retry is no change";
    again.push_back(retry);
  };

  using Stub = v1::RuleService::Stub;
  expect_idempotent(
      "1", ApplyRequest(kSlackRules, RulesWithLimit(1)), v1::ApplyRuleSetResponse(),
      [](Stub& stub, auto... of) { return stub.ApplyRuleSet(of...); },
      [](auto* request) { request->mutable_files(0)->set_text(RulesWithLimit(2)); });
  v1::CreateRuleRequest create;
  create.set_parent(kSlackRules);
  create.set_rule_id("more");
  create.mutable_rule()->set_when("messages > 3");
  expect_idempotent(
      "2", create, v1::CreateRuleResponse(),
      [](Stub& stub, auto... of) { return stub.CreateRule(of...); },
      [](auto* request) { request->mutable_rule()->set_when("messages > 4"); });
  v1::UpdateRuleRequest update;
  update.mutable_rule()->set_name(std::string(kSlackRules) + "/rules/more");
  update.mutable_rule()->set_when("messages > 5");
  update.mutable_update_mask()->add_paths("when");
  expect_idempotent(
      "3", update, v1::UpdateRuleResponse(),
      [](Stub& stub, auto... of) { return stub.UpdateRule(of...); },
      [](auto* request) { request->mutable_rule()->set_when("messages > 6"); });
  v1::DeleteRuleRequest erase;
  erase.set_name(std::string(kSlackRules) + "/rules/more");
  expect_idempotent(
      "4", erase, v1::DeleteRuleResponse(),
      [](Stub& stub, auto... of) { return stub.DeleteRule(of...); },
      [](auto* request) { request->set_comment("why"); });
  v1::RollbackRuleSetRequest rollback;
  rollback.set_name(kSlackRules);
  rollback.set_revision(2);
  expect_idempotent(
      "5", rollback, v1::RollbackRuleSetResponse(),
      [](Stub& stub, auto... of) { return stub.RollbackRuleSet(of...); },
      [](auto* request) { request->set_revision(1); });

  // The same after the server died and came back.
  server->process().Signal(SIGKILL);
  server->process().Wait();
  server = std::make_unique<ServerProcess>("", flags);
  for (const auto& retry : again) retry();
  EXPECT_EQ(server->GetRuleSet(kSlackRules).revision(), changes);
}

// A file system of the server's own, over a directory; whoever may not mount has none.
class PrivateMount {
 public:
  // `mount`: commands, in which $D is the directory.
  PrivateMount(const std::string& directory, const std::string& mount)
      : directory_(directory), script_("D=$0 && " + mount + " && exec \"$@\"") {}

  // What becomes the server there.
  std::vector<std::string> Wrapper() const {
    std::vector<std::string> command = {"/usr/bin/unshare", "--mount"};
    if (::geteuid() != 0) command.push_back("--map-root-user");
    command.insert(command.end(), {"--", "/bin/sh", "-c", script_, directory_});
    return command;
  }
  bool IsPermitted() const {
    std::vector<std::string> command = Wrapper();
    command.push_back("/bin/true");
    return RunProgram(command).exit == 0;
  }

 private:
  const std::string directory_;
  const std::string script_;
};

// While the disk takes nothing: changes fail and say why, evaluation goes on, reading too.
void ExpectNoChanges(ServerProcess& server) {
  for (int i = 0; i < 3; ++i) {
    int64_t revision = 0;
    const grpc::Status status =
        Push(server, kSlackRules, RulesWithLimit(20) + "# " + std::string(600'000, 'x'), &revision);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(DetailOf<v1::ErrorInfo>(status).reason(), "STORE_UNAVAILABLE");
    EXPECT_THAT(status.error_message(), HasSubstr("rules.db"));
    EXPECT_THAT(server.Qualifies(kSlackRules, 10), ElementsAre("team"));
  }
  EXPECT_EQ(server.GetRuleSet(kSlackRules).revision(), 1);
  EXPECT_TRUE(Eventually([&] { return server.Health("pql.store") == 2; }));
  EXPECT_EQ(server.Health(""), 1);
}

void ExpectWorksAgain(ServerProcess& server) {
  int64_t revision = 0;
  const grpc::Status status = Push(server, kSlackRules, RulesWithLimit(20), &revision);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(revision, 2);
  EXPECT_THAT(server.Qualifies(kSlackRules, 20), ElementsAre("team"));
  EXPECT_TRUE(Eventually([&] { return server.Health("pql.store") == 1; }));
}

TEST(HostileTable, Row22FullDisk) {
  const TempDirectory disk;
  const PrivateMount small(disk.path(), "mount -t tmpfs -o size=1m tmpfs \"$D\"");
  if (!small.IsPermitted()) GTEST_SKIP() << "no mounts here; Row22FileSizeLimit runs instead";
  ServerProcess server("", {"--store=sqlite:" + disk.Path("rules.db")}, small.Wrapper());
  int64_t revision = 0;
  ASSERT_TRUE(Push(server, kSlackRules, RulesWithLimit(10), &revision).ok());
  // Somebody fills the disk to the last byte; /proc shows it as the server sees it.
  const std::string filler =
      "/proc/" + std::to_string(server.process().pid()) + "/root" + disk.Path("filler");
  {
    std::ofstream out(filler, std::ios::binary);
    while (out.write(std::string(4096, 'x').data(), 4096).flush()) {
    }
  }
  ExpectNoChanges(server);
  int64_t ignored = 0;
  const grpc::Status status = Push(server, kSlackRules, RulesWithLimit(20), &ignored);
  EXPECT_THAT(status.error_message(), HasSubstr("the disk is full")) << "however small";
  std::filesystem::remove(filler);
  ExpectWorksAgain(server);
}

// The same by the limit on the size of files: what a quota does.
TEST(HostileTable, Row22FileSizeLimit) {
  const TempDirectory disk;
  ServerProcess server("", {"--store=sqlite:" + disk.Path("rules.db")});
  int64_t revision = 0;
  ASSERT_TRUE(Push(server, kSlackRules, RulesWithLimit(10), &revision).ok());
  const auto limit_files = [&](const std::string& bytes) {
    const Finished limited = RunProgram({"/usr/bin/prlimit", "--fsize=" + bytes + ":", "--pid",
                                         std::to_string(server.process().pid())});
    ASSERT_EQ(limited.exit, 0) << limited.err;
  };
  limit_files("200000");
  ExpectNoChanges(server);
  limit_files("unlimited");
  ExpectWorksAgain(server);
}

TEST(HostileTable, Row22ReadOnlyFileSystem) {
  const TempDirectory disk;
  const std::string store = "--store=sqlite:" + disk.Path("rules.db");
  {
    ServerProcess server("", {store});
    int64_t revision = 0;
    ASSERT_TRUE(Push(server, kSlackRules, RulesWithLimit(10), &revision).ok());
  }
  const PrivateMount read_only(disk.path(),
                               "mount --bind \"$D\" \"$D\" && mount -o remount,bind,ro \"$D\"");
  if (!read_only.IsPermitted()) GTEST_SKIP() << "no mounts here";
  std::vector<std::string> command = read_only.Wrapper();
  command.insert(command.end(), {Program("pqld"), "--listen=localhost:0", store});
  const Finished refused = RunProgram(command);
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("rules.db"), HasSubstr("ead-only file system")));
  // Rules from files need no disk that can be written to.
  disk.Write("rules/slack/rules.pql", RulesWithLimit(10));
  ServerProcess server(disk.Path("rules"), {"--store=memory"}, read_only.Wrapper());
  EXPECT_THAT(server.Qualifies(kSlackRules, 10), ElementsAre("team"));
}

TEST(HostileTable, Row22FileSystemThatTurnsReadOnly) {
#ifdef PQL_SANITIZED
  GTEST_SKIP() << "sanitizers want to be loaded before all else";
#endif
  const TempDirectory disk;
  const std::string store = "--store=sqlite:" + disk.Path("rules.db");
  const std::string read_only = disk.Path("read-only");
  int64_t revision = 0;
  {
    ServerProcess server("", {store},
                         {"/usr/bin/env", "PQL_READ_ONLY_SWITCH=" + read_only,
                          "LD_PRELOAD=" PQL_BIN_DIR "/../plugins/read_only_disk.so"});
    ASSERT_TRUE(Push(server, kSlackRules, RulesWithLimit(10), &revision).ok());
    disk.Write("read-only", "");
    ExpectNoChanges(server);
    int64_t ignored = 0;
    const grpc::Status status = Push(server, kSlackRules, RulesWithLimit(20), &ignored);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), HasSubstr("I/O error")) << "however small";
    std::filesystem::remove(read_only);
    ExpectWorksAgain(server);
    server.process().Signal(SIGTERM);
    EXPECT_EQ(server.process().Wait(), 0) << server.process().Err();
  }
  // What was acknowledged, and nothing else.
  ServerProcess server("", {store});
  EXPECT_EQ(server.GetRuleSet(kSlackRules).revision(), 2);
  EXPECT_THAT(server.Qualifies(kSlackRules, 20), ElementsAre("team"));
  EXPECT_THAT(server.Qualifies(kSlackRules, 10), ::testing::IsEmpty());
  SqliteFile file(disk.Path("rules.db"));
  EXPECT_EQ(file.Execute("PRAGMA integrity_check"), "ok");
}

class BadStore : public ::testing::Test {
 protected:
  // Makes the file, with revisions in it: more than SQLite keeps in memory.
  BadStore() {
    ServerProcess server("", {flag_});
    for (int i = 1; i <= 30; ++i) {
      int64_t revision = 0;
      const std::string filler = "# " + std::string(200'000, static_cast<char>('a' + i % 26));
      EXPECT_TRUE(Push(server, kSlackRules, RulesWithLimit(i) + filler, &revision).ok());
    }
    server.process().Signal(SIGTERM);
    EXPECT_EQ(server.process().Wait(), 0);
  }
  void ExpectRefusesToStart(const std::string& why) const {
    const Finished refused = RunProgram({Program("pqld"), "--listen=localhost:0", flag_});
    EXPECT_EQ(refused.exit, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--store"), HasSubstr(path_), HasSubstr(why)));
  }
  // Overwrites the file from a page (of 4 kB) on, up to its end.
  void Spoil(int page) const {
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
    const std::streamoff begin = std::streamoff{4096} * page;
    ASSERT_GT(size, begin);
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(begin);
    file << std::string(static_cast<size_t>(size - begin), '\x55');
    ASSERT_TRUE(file.flush().good());
  }

  const TempDirectory work_;
  const std::string path_ = work_.Path("rules.db");
  const std::string flag_ = "--store=sqlite:" + path_;
};

using HostileTableStore = BadStore;

TEST_F(HostileTableStore, Row23Corrupt) {
  Spoil(2);
  ExpectRefusesToStart("corrupt");
  Spoil(0);
  ExpectRefusesToStart("not a SQLite database");
  std::filesystem::resize_file(path_, 5000);
  ExpectRefusesToStart("not a SQLite database");
}

TEST_F(HostileTableStore, Row23CorruptWhileItRuns) {
  ServerProcess server("", {flag_});
  Spoil(2);
  v1::GetRevisionResponse response;
  const auto read = [&](int number) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::GetRevisionRequest request;
    request.set_name(std::string(kSlackRules) + "/revisions/" + std::to_string(number));
    return server.rules().GetRevision(&context, request, &response);
  };
  // What is read is an error, and never something else than was written.
  std::vector<int> corrupt;
  for (int number = 1; number <= 30; ++number) {
    const grpc::Status status = read(number);
    if (status.ok()) {
      EXPECT_THAT(response.revision().sources(0).file().text(),
                  ::testing::StartsWith(RulesWithLimit(number)));
      continue;
    }
    corrupt.push_back(number);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), AllOf(HasSubstr(path_), HasSubstr("corrupt")));
  }
  ASSERT_GT(corrupt.size(), 10u);
  EXPECT_THAT(server.Qualifies(kSlackRules, 30), ElementsAre("team")) << "the last good rules";
  EXPECT_FALSE(read(corrupt.back()).ok());
  EXPECT_TRUE(Eventually([&] { return server.Health("pql.store") == 2; }));
  EXPECT_EQ(server.Health(""), 1);
}

TEST_F(HostileTableStore, Row23NewerVersion) {
  SqliteFile(path_).Execute("PRAGMA user_version = 99");
  ExpectRefusesToStart("version 99");
  SqliteFile(path_).Execute("PRAGMA user_version = 1; PRAGMA application_id = 7");
  ExpectRefusesToStart("something else");
}

TEST_F(HostileTableStore, Row23LockedByAnotherProcess) {
  {
    SqliteFile other(path_);
    other.Execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    ExpectRefusesToStart("locked by another process");
  }
  ServerProcess server("", {flag_});
  ExpectRefusesToStart("process " + std::to_string(server.process().pid()));
  int64_t revision = 0;
  {
    SqliteFile other(path_);
    other.Execute("BEGIN IMMEDIATE");
    const grpc::Status status = Push(server, kSlackRules, RulesWithLimit(90), &revision);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), AllOf(HasSubstr(path_), HasSubstr("locked")));
    EXPECT_THAT(server.Qualifies(kSlackRules, 30), ElementsAre("team"));
  }
  EXPECT_TRUE(Push(server, kSlackRules, RulesWithLimit(90), &revision).ok());
  EXPECT_EQ(revision, 31);
}

}  // namespace
}  // namespace pql
