// A real PostgreSQL server for tests: a cluster of its own in a temporary directory, reached
// through a socket in that directory, gone with the object.  Needs the Debian package postgresql
// (tools/install_packages).
//
// The servers' programs refuse to run as root; run by root they run as user postgres or nobody.
// Not thread-safe, and used from the main thread: the server ends with the thread that started it.

#ifndef TESTS_TESTING_POSTGRES_SERVER_H_
#define TESTS_TESTING_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <string>

namespace pql {

class PostgresServer {
 public:
  // Makes the cluster and starts it.  When something is amiss the test that runs has failed, with a
  // message, and ok() is false.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The one that the tests of a program share; started when first asked for.
  static PostgresServer& Shared();

  bool ok() const { return ok_; }
  // A connection string for its superuser, over the socket: "host=/tmp/... user=pql
  // dbname=postgres".
  std::string conninfo() const;

  // Starts it again.  True: it takes connections.
  bool Start();
  // Ends it at once, sessions and all, as a crash does: the next start recovers.
  void StopImmediately();
  // Ends it in order; sessions are ended.
  void Stop();
  // Keeps all its processes from running, and lets them run again: a machine that hangs.
  void Freeze();
  void Thaw();

  // Runs SQL as superuser; the first value of the last statement, "" when there is none.  A failure
  // fails the test.
  std::string Execute(const std::string& sql) const { return Execute("postgres", sql); }
  std::string Execute(const std::string& database, const std::string& sql) const;

 private:
  bool MakeCluster();
  void SignalAll(int signal) const;
  void WaitForEnd();

  std::string directory_;
  bool ok_ = false;
  pid_t pid_ = -1;  // -1: it does not run
};

}  // namespace pql

#endif  // TESTS_TESTING_POSTGRES_SERVER_H_
