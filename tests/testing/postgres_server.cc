#include "tests/testing/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

namespace pql {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
// A socket's path has at most 107 bytes, so not in the directory of the build.
constexpr char kDirectory[] = "/tmp/pql_postgres_XXXXXX";
constexpr std::chrono::seconds kPatience{60};

// Whom the server runs as; null: as ourselves.
const passwd* ServerUser() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// In the child: becomes the program, its output in the log.
[[noreturn]] void Become(const std::vector<std::string>& command, const std::string& directory) {
  const std::string log = directory + "/log";
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  const int null = ::open("/dev/null", O_RDONLY);
  if (fd < 0 || null < 0 || ::dup2(null, 0) < 0 || ::dup2(fd, 1) < 0 || ::dup2(fd, 2) < 0) {
    ::_exit(126);
  }
  ::setpgid(0, 0);
  const passwd* user = ServerUser();
  if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                          ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  // A test that crashes leaves no server behind.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() { ok_ = MakeCluster() && Start(); }

PostgresServer::~PostgresServer() {
  StopImmediately();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

bool PostgresServer::MakeCluster() {
  if (::access((std::string(kPrograms) + "initdb").c_str(), X_OK) != 0) {
    ADD_FAILURE() << "no PostgreSQL 15 in " << kPrograms << ": run tools/install_packages";
    return false;
  }
  std::string path = kDirectory;
  if (::mkdtemp(path.data()) == nullptr) {
    ADD_FAILURE() << "cannot make a directory like " << kDirectory;
    return false;
  }
  directory_ = path;
  if (const passwd* user = ServerUser(); user != nullptr) {
    EXPECT_EQ(::chown(path.c_str(), user->pw_uid, user->pw_gid), 0);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    Become({std::string(kPrograms) + "initdb", "--pgdata=" + path + "/data", "--username=pql",
            "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"},
           path);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  if (status != 0) ADD_FAILURE() << "initdb failed: " << ReadAll(path + "/log");
  return status == 0;
}

std::string PostgresServer::conninfo() const {
  return "host=" + directory_ + " user=pql dbname=postgres";
}

bool PostgresServer::Start() {
  pid_ = ::fork();
  if (pid_ == 0) {
    // What is lost when the machine loses power is not tested here; a crash of processes is.
    Become({std::string(kPrograms) + "postgres", "-D", directory_ + "/data", "-k", directory_, "-c",
            "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"},
           directory_);
  }
  ::setpgid(pid_, pid_);  // here as well: it is a group before anybody signals it
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (PQping(conninfo().c_str()) != PQPING_OK) {
    int status = 0;
    const bool ended = ::waitpid(pid_, &status, WNOHANG) == pid_;
    if (ended) pid_ = -1;
    if (ended || std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "PostgreSQL does not start: " << ReadAll(directory_ + "/log");
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

void PostgresServer::WaitForEnd() {
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void PostgresServer::StopImmediately() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGQUIT);
  WaitForEnd();
}

void PostgresServer::Stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGINT);
  WaitForEnd();
}

void PostgresServer::SignalAll(int signal) const {
  if (pid_ <= 0) return;
  // Each of its processes leads a session and a group of its own.
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = ReadAll(entry.path() / "stat");
    // "pid (name) state parent ..."
    const size_t parent = stat.rfind(") ");
    if (parent == std::string::npos) continue;
    if (std::atoi(stat.c_str() + parent + 4) == pid_) ::kill(std::atoi(name.c_str()), signal);
  }
  ::kill(pid_, signal);
}

void PostgresServer::Freeze() { SignalAll(SIGSTOP); }
void PostgresServer::Thaw() { SignalAll(SIGCONT); }

std::string PostgresServer::Execute(const std::string& database, const std::string& sql) const {
  const std::string target = conninfo() + " dbname=" + database;
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(target.c_str()),
                                                              &PQfinish);
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()),
                                                              &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
      << sql << ": " << PQerrorMessage(connection.get());
  if (status != PGRES_TUPLES_OK || PQntuples(result.get()) == 0) return "";
  return PQgetvalue(result.get(), 0, 0);
}

}  // namespace pql
