// The rules that requests are asked of, and answers in one form.  Thread-safe: no state.

#ifndef PQL_TESTS_FUZZ_EVALUATION_RULES_H_
#define PQL_TESTS_FUZZ_EVALUATION_RULES_H_

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>

#include "tests/fuzz/metrics_of_all_types.h"

namespace pql::fuzz {

// A metric of every type, and a rule for each way in which they are looked at.
inline std::string EvaluationRules() {
  return std::string(kMetricsOfAllTypes) + R"pql(
scorecard fit { add 1 when n > 3 add 2 when b }
output double = n * 2
output text = upper(s)
rule r { when n > 3 or plan == "pro" score fit }
rule old { when at within last 5d  keep while span > 1h }
rule shade { mode shadow when size(tags) > 1 or größe > 0 }
)pql";
}

// Equal messages as equal bytes, maps included.
template <typename Message>
std::string InOneForm(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_EVALUATION_RULES_H_
