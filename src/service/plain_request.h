// Requests for evaluation read field by field, their accounts left as bytes.  Thread-safe: no
// state.

#ifndef PQL_SERVICE_PLAIN_REQUEST_H_
#define PQL_SERVICE_PLAIN_REQUEST_H_

#include <string_view>
#include <vector>

#include "pql/v1/evaluation_service.pb.h"

namespace pql {

// Each puts everything but the accounts into `request`, which is cleared first, and the accounts,
// as bytes of `bytes`, into the last argument.  False: the bytes are no such message, or one that
// only the generated message reads (plain_reader.h); then the arguments hold anything.  The
// accounts themselves are not looked at.

// `account`: no bytes at all when there is none, which are an account of which nothing is known.
bool ReadPlainRequest(std::string_view bytes, v1::EvaluateRequest* request,
                      std::string_view* account);
// A table is left as bytes, too, and not told; `is_by_account`: neither it nor the answer is one.
bool ReadPlainRequest(std::string_view bytes, v1::BatchEvaluateRequest* request,
                      std::vector<std::string_view>* accounts, bool* is_by_account);
bool ReadPlainRequest(std::string_view bytes, v1::StreamEvaluateRequest* request,
                      std::string_view* account);

}  // namespace pql

#endif  // PQL_SERVICE_PLAIN_REQUEST_H_
