// Requests on the wire: what the short way reads field by field, the generated message takes with
// the same answer; what the generated message refuses is refused.  The first byte says which
// method.

#include <string>

#include "base/clock.h"
#include "service/evaluation_request.h"
#include "service/message_evaluation.h"
#include "service/status_mapping.h"
#include "tests/engine/engine_testing.h"
#include "tests/fuzz/evaluation_rules.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql {
namespace {

using fuzz::InOneForm;
using fuzz::Require;

class Target {
 public:
  Target() : engine_({}, &clock_), direct_(&engine_), one_(&engine_), batch_(&engine_) {
    engine_.rule_sets().Update(TreeOf({{"fuzz", fuzz::EvaluationRules()}}));
    Require(engine_.rule_sets().snapshot()->Find("fuzz")->rule_set != nullptr, "the rules compile");
  }

  void Ask(bool batch, const std::string& bytes) {
    if (batch) {
      Compare<v1::BatchEvaluateRequest, v1::BatchEvaluateResponse>(&batch_, bytes, EvaluateBatch);
    } else {
      Compare<v1::EvaluateRequest, v1::EvaluateResponse>(&one_, bytes, EvaluateOne);
    }
  }

 private:
  template <typename Request, typename Response, typename Evaluate>
  void Compare(EvaluationRequestReader* reader, const std::string& bytes,
               const Evaluate& evaluate) {
    const StillWanted wanted = [] { return absl::OkStatus(); };
    std::string answer;
    absl::Status status = reader->Read(bytes);
    if (status.ok()) status = reader->Answer(wanted, &direct_, &answer);
    Request request;
    const bool is_message = request.ParseFromString(bytes);
    Require(is_message || !status.ok(), "what is no message is refused", bytes);
    if (!is_message) return;
    Response expected;
    const absl::Status expected_status = evaluate(&engine_, wanted, request, &expected);
    Require(status.ok() == expected_status.ok(), "both ways answer, or neither", bytes);
    if (!status.ok()) {
      Require(InOneForm(ToEvaluationError(status)) == InOneForm(ToEvaluationError(expected_status)),
              "both ways say the same error", bytes);
      return;
    }
    Response response;
    Require(response.ParseFromString(answer), "the answer is a message", bytes);
    Require(InOneForm(response) == InOneForm(expected), "both ways answer the same", bytes);
  }

  FakeClock clock_;
  Engine engine_;
  DirectEvaluation direct_;
  OneEvaluation one_;
  BatchEvaluation batch_;
};

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static pql::Target* const kTarget = new pql::Target();
  if (size == 0) return 0;
  kTarget->Ask((data[0] & 1) != 0, pql::fuzz::TextOf(data + 1, size - 1));
  return 0;
}
