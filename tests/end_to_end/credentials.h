// Certificates and tokens of a test, made with openssl in a directory of its own.  Not thread-safe.

#ifndef TESTS_END_TO_END_CREDENTIALS_H_
#define TESTS_END_TO_END_CREDENTIALS_H_

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/testing/subprocess.h"
#include "tests/testing/temp_directory.h"

namespace pql {

class Credentials {
 public:
  std::string Path(std::string_view name) const { return work_.Path(name); }
  void Write(std::string_view name, std::string_view text) const { work_.Write(name, text); }
  std::string Read(std::string_view name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  // An authority: CA.pem and CA.key.
  void MakeCa(const std::string& ca) const {
    OpenSsl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=" + ca, "-keyout", Path(ca + ".key"), "-out",
             Path(ca + ".pem")});
  }
  // A certificate for `name`, signed by `ca`: NAME.pem and NAME.key.  With days below 0 it has
  // expired.
  void MakeCertificate(const std::string& name, const std::string& ca, int days = 2) const {
    Write(name + ".ext", name == "localhost" ? "subjectAltName=DNS:localhost\n" : "\n");
    OpenSsl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=" + name, "-keyout", Path(name + ".key"), "-out", Path(name + ".csr")});
    OpenSsl({"x509", "-req", "-days", std::to_string(days), "-in", Path(name + ".csr"), "-CA",
             Path(ca + ".pem"), "-CAkey", Path(ca + ".key"), "-CAcreateserial", "-extfile",
             Path(name + ".ext"), "-out", Path(name + ".pem")});
  }

  // The token of an identity, which is also in the file of its name.
  static std::string TokenOf(const std::string& identity) { return "token-of-" + identity; }
  // `token DIGEST IDENTITY`, the line of the access file.
  std::string TokenLine(const std::string& identity, const std::string& until = "") const {
    Write(identity, TokenOf(identity) + "\n");
    const Finished digest = RunProgram({"openssl", "dgst", "-sha256", "-r"}, TokenOf(identity));
    EXPECT_EQ(digest.exit, 0) << digest.err;
    return "token " + digest.out.substr(0, 64) + " " + identity +
           (until.empty() ? "" : " until " + until) + "\n";
  }

 private:
  static void OpenSsl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    const Finished made = RunProgram(arguments);
    ASSERT_EQ(made.exit, 0) << arguments[1] << ": " << made.err;
  }

  const TempDirectory work_;
};

}  // namespace pql

#endif  // TESTS_END_TO_END_CREDENTIALS_H_
