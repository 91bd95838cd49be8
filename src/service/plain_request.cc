#include "service/plain_request.h"

#include "service/plain_reader.h"

namespace pql {
namespace {

template <typename Request>
bool ReadRuleSet(PlainReader* in, Request* request) {
  std::string_view name;
  if (!in->ReadText(&name)) return false;
  request->set_rule_set(name.data(), name.size());
  return true;
}

template <typename Request>
bool ReadOptions(PlainReader* in, Request* request) {
  std::string_view bytes;
  // Options that come twice are merged.
  return in->ReadBytes(&bytes) && request->mutable_options()->MergeFromString(std::string(bytes));
}

// One account at most: two would have to be merged.
class OneAccount {
 public:
  explicit OneAccount(std::string_view* account) : account_(account) { *account = {}; }
  bool Read(PlainReader* in) {
    if (seen_) return false;
    seen_ = true;
    return in->ReadBytes(account_);
  }

 private:
  std::string_view* const account_;
  bool seen_ = false;
};

}  // namespace

bool ReadPlainRequest(std::string_view bytes, v1::EvaluateRequest* request,
                      std::string_view* account) {
  using Request = v1::EvaluateRequest;
  request->Clear();
  OneAccount one(account);
  PlainReader in(bytes);
  while (!in.AtEnd()) {
    bool ok = false;
    switch (in.ReadTag()) {
      case BytesTag(Request::kRuleSetFieldNumber):
        ok = ReadRuleSet(&in, request);
        break;
      case BytesTag(Request::kAccountFieldNumber):
        ok = one.Read(&in);
        break;
      case BytesTag(Request::kOptionsFieldNumber):
        ok = ReadOptions(&in, request);
        break;
    }
    if (!ok) return false;
  }
  return true;
}

bool ReadPlainRequest(std::string_view bytes, v1::BatchEvaluateRequest* request,
                      std::vector<std::string_view>* accounts, bool* is_by_account) {
  using Request = v1::BatchEvaluateRequest;
  request->Clear();
  accounts->clear();
  *is_by_account = true;
  PlainReader in(bytes);
  while (!in.AtEnd()) {
    bool ok = false;
    switch (in.ReadTag()) {
      case BytesTag(Request::kRuleSetFieldNumber):
        ok = ReadRuleSet(&in, request);
        break;
      case BytesTag(Request::kAccountsFieldNumber):
        ok = in.ReadBytes(&accounts->emplace_back());
        break;
      case BytesTag(Request::kOptionsFieldNumber):
        ok = ReadOptions(&in, request);
        break;
      case BytesTag(Request::kTableFieldNumber): {
        std::string_view table;
        ok = in.ReadBytes(&table);
        *is_by_account = false;
        break;
      }
      case WireTag(Request::kAnswerInColumnsFieldNumber, WireType::kVarint): {
        uint64_t in_columns = 0;
        ok = in.ReadVarint(&in_columns);
        *is_by_account = false;
        break;
      }
      case WireTag(Request::kSkipInvalidFieldNumber, WireType::kVarint): {
        uint64_t skip = 0;
        ok = in.ReadVarint(&skip);
        request->set_skip_invalid(skip != 0);
        break;
      }
    }
    if (!ok) return false;
  }
  return true;
}

bool ReadPlainRequest(std::string_view bytes, v1::StreamEvaluateRequest* request,
                      std::string_view* account) {
  using Request = v1::StreamEvaluateRequest;
  request->Clear();
  OneAccount one(account);
  PlainReader in(bytes);
  while (!in.AtEnd()) {
    bool ok = false;
    switch (in.ReadTag()) {
      case BytesTag(Request::kRequestIdFieldNumber): {
        std::string_view id;
        ok = in.ReadText(&id);
        if (ok) request->set_request_id(id.data(), id.size());
        break;
      }
      case BytesTag(Request::kRuleSetFieldNumber):
        ok = ReadRuleSet(&in, request);
        break;
      case BytesTag(Request::kAccountFieldNumber):
        ok = one.Read(&in);
        break;
      case BytesTag(Request::kOptionsFieldNumber):
        ok = ReadOptions(&in, request);
        break;
    }
    if (!ok) return false;
  }
  return true;
}

}  // namespace pql
