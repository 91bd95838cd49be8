// Requests of EvaluationService from their bytes to the bytes of their answers, whatever carries
// them.  Each object takes one request after the other and uses its memory again.  Not thread-safe.

#ifndef PQL_SERVICE_EVALUATION_REQUEST_H_
#define PQL_SERVICE_EVALUATION_REQUEST_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "pql/v1/evaluation_service.pb.h"
#include "service/direct_evaluation.h"
#include "service/message_evaluation.h"

namespace pql {

class EvaluationRequestReader {
 public:
  virtual ~EvaluationRequestReader() = default;

  // Takes a request.  INVALID_ARGUMENT: the bytes are not its message.  REQUIRES: the bytes stay
  // until it is answered.
  virtual absl::Status Read(std::string_view bytes) = 0;
  // What was read: the name of the rule set as it was sent, and the options.
  virtual const std::string& rule_set() const = 0;
  virtual const v1::EvaluationOptions& options() const = 0;
  virtual size_t account_count() const = 0;
  // Whether the answer takes too long for a thread that serves the network.
  virtual bool BelongsOnWorker() const = 0;
  // Writes the bytes of the response, in place of what is there; `direct` is the thread's.
  virtual absl::Status Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                              std::string* response) = 0;
};

// Evaluate.
class OneEvaluation final : public EvaluationRequestReader {
 public:
  // `engine` outlives it.
  explicit OneEvaluation(Engine* engine) : engine_(engine) {}

  absl::Status Read(std::string_view bytes) override;
  const std::string& rule_set() const override { return request_.rule_set(); }
  const v1::EvaluationOptions& options() const override { return request_.options(); }
  size_t account_count() const override { return 1; }
  bool BelongsOnWorker() const override { return AsksForDetails(options()); }
  absl::Status Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                      std::string* response) override;

 private:
  Engine* const engine_;
  std::string_view bytes_;
  bool is_plain_ = false;     // the account is not in request_ but in account_
  std::string_view account_;  // of bytes_
  v1::EvaluateRequest request_;
  v1::EvaluateResponse response_;
};

// BatchEvaluate.
class BatchEvaluation final : public EvaluationRequestReader {
 public:
  explicit BatchEvaluation(Engine* engine) : engine_(engine) {}

  absl::Status Read(std::string_view bytes) override;
  const std::string& rule_set() const override { return request_.rule_set(); }
  const v1::EvaluationOptions& options() const override { return request_.options(); }
  size_t account_count() const override {
    if (is_plain_) return accounts_.size();
    return request_.has_table() ? request_.table().row_count() : request_.accounts_size();
  }
  bool BelongsOnWorker() const override;
  absl::Status Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                      std::string* response) override;

 private:
  // Nothing: not this way.
  std::optional<absl::Status> AnswerDirectly(const StillWanted& still_wanted,
                                             DirectEvaluation* direct, std::string* response);

  Engine* const engine_;
  std::string_view bytes_;
  bool is_plain_ = false;
  bool is_by_account_ = false;  // no table on either side
  std::vector<std::string_view> accounts_;
  v1::BatchEvaluateRequest request_;
};

// The messages of one StreamEvaluate.  Rule set and options stay as they are where a message leaves
// them out.  Errors of a message are its answer: AnswerWithError writes them.
class StreamedEvaluation final : public EvaluationRequestReader {
 public:
  explicit StreamedEvaluation(Engine* engine) : engine_(engine) {}

  // Forgets what the message before said for itself alone.  To be called before Read.
  void BeginMessage();
  absl::Status Read(std::string_view bytes) override;
  const std::string& rule_set() const override { return request_.rule_set(); }
  const v1::EvaluationOptions& options() const override { return request_.options(); }
  size_t account_count() const override { return 1; }
  bool BelongsOnWorker() const override { return AsksForDetails(options()); }
  absl::Status Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                      std::string* response) override;
  // Answers what was read, or could not be, with an error.
  void AnswerWithError(const absl::Status& error, std::string* response) const;

 private:
  // Exchanges what the message brings for later ones too with what held before.
  void SwapWhatHolds();

  Engine* const engine_;
  std::string_view bytes_;
  bool is_plain_ = false;
  std::string_view account_;
  std::string request_id_;
  bool brings_rule_set_ = false;
  bool brings_options_ = false;
  v1::StreamEvaluateRequest sent_;
  v1::EvaluateRequest request_;  // what is asked for once all is counted in
  std::string evaluation_;       // an EvaluateResponse
};

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_REQUEST_H_
