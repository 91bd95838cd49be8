// Findings as messages.  Thread-safe: no state.

#ifndef PQL_SERVICE_DIAGNOSTIC_CONVERSION_H_
#define PQL_SERVICE_DIAGNOSTIC_CONVERSION_H_

#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"
#include "pql/v1/diagnostic.pb.h"

namespace pql {

v1::SourceLocation ToProto(const SourceSet& sources, SourceRange range);
v1::Diagnostic ToProto(const SourceSet& sources, const Diagnostic& diagnostic);

}  // namespace pql

#endif  // PQL_SERVICE_DIAGNOSTIC_CONVERSION_H_
