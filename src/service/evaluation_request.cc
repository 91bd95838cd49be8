#include "service/evaluation_request.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "engine/rule_query.h"
#include "service/call_checks.h"
#include "service/plain_request.h"
#include "service/status_mapping.h"
#include "service/value_conversion.h"
#include "service/wire_writer.h"

namespace pql {
namespace {

// A batch of more bytes, of some hundred accounts, would hold up the calls behind it on its thread.
constexpr size_t kMaxBatchBytesOnQueue = 64 << 10;
// Likewise, of accounts times rules: empty accounts have few bytes.
constexpr size_t kMaxBatchRulesOnQueue = 50'000;
// How many accounts are evaluated between two looks at the clock, a small part of a millisecond.
constexpr size_t kAccountsBetweenChecks = 16;

template <typename Message>
absl::Status Parse(std::string_view bytes, Message* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("the request is not a valid protobuf message of its type");
}

// Writes the answer, unless it is larger than it may be.
template <typename Message>
absl::Status Serialize(const Engine& engine, const Message& message, std::string* bytes) {
  const size_t size = message.ByteSizeLong();
  PQL_RETURN_IF_ERROR(CheckAnswerSize(engine.limits(), size));
  bytes->resize(size);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes->data()));
  return absl::OkStatus();
}

// How many rules an evaluation reports, at most.
size_t ReportedRules(const Engine& engine, const std::string& rule_set,
                     const v1::EvaluationOptions& options) {
  if (!options.rules().empty()) return static_cast<size_t>(options.rules_size());
  const absl::StatusOr<std::string> id = ParseRuleSetName("rule_set", rule_set);
  if (!id.ok()) return 0;
  const std::shared_ptr<const Snapshot> snapshot = engine.rule_sets().snapshot();
  const RuleSetState* state = snapshot->Find(*id);
  return state == nullptr || state->rule_set == nullptr ? 0 : state->rule_set->checked.rules.size();
}

// Appends what a response says of the call as a whole.
template <typename Response>
void AppendSession(const EvaluationSession& session, std::string* response) {
  AppendNumber(WireTag(Response::kRevisionFieldNumber, WireType::kVarint), session.revision(),
               response);
  const google::protobuf::Timestamp now = ToProto(session.now());
  AppendHead(BytesTag(Response::kEvaluationTimeFieldNumber), now.ByteSizeLong(), response);
  AppendNumber(WireTag(now.kSecondsFieldNumber, WireType::kVarint), now.seconds(), response);
  AppendNumber(WireTag(now.kNanosFieldNumber, WireType::kVarint), now.nanos(), response);
}

// Writes the EvaluateResponse for an account in bytes.  False: not this way.
bool AnswerDirectly(Engine* engine, const v1::EvaluateRequest& request, std::string_view account,
                    DirectEvaluation* direct, std::string* response) {
  if (AsksForDetails(request.options())) return false;
  const absl::StatusOr<EvaluationSession> session =
      BeginSession(engine, request.rule_set(), request.options());
  if (!session.ok()) return false;
  response->clear();
  direct->Begin(*session, request.options().strict());
  if (!direct->Evaluate(account, BytesTag(v1::EvaluateResponse::kEvaluationFieldNumber),
                        response)) {
    return false;
  }
  direct->Count();
  AppendSession<v1::EvaluateResponse>(*session, response);
  return response->size() <= engine->limits().max_answer_bytes;
}

}  // namespace

absl::Status OneEvaluation::Read(std::string_view bytes) {
  bytes_ = bytes;
  is_plain_ = ReadPlainRequest(bytes, &request_, &account_);
  return is_plain_ ? absl::OkStatus() : Parse(bytes, &request_);
}

absl::Status OneEvaluation::Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                                   std::string* response) {
  if (is_plain_) {
    if (AnswerDirectly(engine_, request_, account_, direct, response)) {
      return absl::OkStatus();
    }
    PQL_RETURN_IF_ERROR(Parse(bytes_, &request_));
  }
  response_.Clear();
  PQL_RETURN_IF_ERROR(EvaluateOne(engine_, still_wanted, request_, &response_));
  return Serialize(*engine_, response_, response);
}

absl::Status BatchEvaluation::Read(std::string_view bytes) {
  bytes_ = bytes;
  is_plain_ = ReadPlainRequest(bytes, &request_, &accounts_, &is_by_account_);
  return is_plain_ ? absl::OkStatus() : Parse(bytes, &request_);
}

bool BatchEvaluation::BelongsOnWorker() const {
  if (!is_plain_ || !is_by_account_ || AsksForDetails(options()) ||
      bytes_.size() > kMaxBatchBytesOnQueue) {
    return true;
  }
  return accounts_.size() > 1 &&
         accounts_.size() * ReportedRules(*engine_, rule_set(), options()) > kMaxBatchRulesOnQueue;
}

std::optional<absl::Status> BatchEvaluation::AnswerDirectly(const StillWanted& still_wanted,
                                                            DirectEvaluation* direct,
                                                            std::string* response) {
  if (!is_by_account_ || AsksForDetails(options()) ||
      accounts_.size() > engine_->limits().max_batch_accounts) {
    return std::nullopt;
  }
  const absl::StatusOr<EvaluationSession> session =
      BeginSession(engine_, request_.rule_set(), options());
  if (!session.ok()) return std::nullopt;
  response->clear();
  direct->Begin(*session, options().strict());
  for (size_t i = 0; i < accounts_.size(); ++i) {
    if (i % kAccountsBetweenChecks == 0) {
      if (absl::Status status = still_wanted(); !status.ok()) {
        direct->Count();
        return status;
      }
    }
    if (!direct->Evaluate(accounts_[i],
                          BytesTag(v1::BatchEvaluateResponse::kEvaluationsFieldNumber), response)) {
      return std::nullopt;
    }
    if (response->size() > engine_->limits().max_answer_bytes) break;
  }
  direct->Count();
  AppendSession<v1::BatchEvaluateResponse>(*session, response);
  return CheckAnswerSize(engine_->limits(), response->size());
}

absl::Status BatchEvaluation::Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                                     std::string* response) {
  if (is_plain_) {
    std::optional<absl::Status> status = AnswerDirectly(still_wanted, direct, response);
    if (status.has_value()) return *std::move(status);
    is_plain_ = false;
    PQL_RETURN_IF_ERROR(Parse(bytes_, &request_));
  }
  v1::BatchEvaluateResponse answer;
  PQL_RETURN_IF_ERROR(EvaluateBatch(engine_, still_wanted, request_, &answer));
  return Serialize(*engine_, answer, response);
}

void StreamedEvaluation::BeginMessage() {
  request_id_.clear();
  request_.clear_account();
}

absl::Status StreamedEvaluation::Read(std::string_view bytes) {
  bytes_ = bytes;
  is_plain_ = ReadPlainRequest(bytes, &sent_, &account_);
  if (!is_plain_) {
    PQL_RETURN_IF_ERROR(Parse(bytes, &sent_));
    request_.mutable_account()->Swap(sent_.mutable_account());
  }
  request_id_.swap(*sent_.mutable_request_id());
  brings_rule_set_ = !sent_.rule_set().empty();
  brings_options_ = sent_.has_options();
  SwapWhatHolds();
  return absl::OkStatus();
}

void StreamedEvaluation::SwapWhatHolds() {
  if (brings_rule_set_) request_.mutable_rule_set()->swap(*sent_.mutable_rule_set());
  if (brings_options_) request_.mutable_options()->Swap(sent_.mutable_options());
}

absl::Status StreamedEvaluation::Answer(const StillWanted& still_wanted, DirectEvaluation* direct,
                                        std::string* response) {
  if (is_plain_) {
    if (pql::AnswerDirectly(engine_, request_, account_, direct, &evaluation_)) {
      response->clear();
      if (!request_id_.empty()) {
        AppendBytes(BytesTag(v1::StreamEvaluateResponse::kRequestIdFieldNumber), request_id_,
                    response);
      }
      AppendBytes(BytesTag(v1::StreamEvaluateResponse::kResponseFieldNumber), evaluation_,
                  response);
      return absl::OkStatus();
    }
    v1::StreamEvaluateRequest whole;
    if (absl::Status status = Parse(bytes_, &whole); !status.ok()) {
      // The account is malformed, and so is the message: it counts for nothing.
      request_id_.clear();
      SwapWhatHolds();
      return status;
    }
    request_.mutable_account()->Swap(whole.mutable_account());
  }
  v1::StreamEvaluateResponse answer;
  PQL_RETURN_IF_ERROR(EvaluateOne(engine_, still_wanted, request_, answer.mutable_response()));
  answer.set_request_id(request_id_);
  return Serialize(*engine_, answer, response);
}

void StreamedEvaluation::AnswerWithError(const absl::Status& error, std::string* response) const {
  v1::StreamEvaluateResponse answer;
  answer.set_request_id(request_id_);
  *answer.mutable_error() = ToEvaluationError(error);
  answer.SerializeToString(response);
}

}  // namespace pql
