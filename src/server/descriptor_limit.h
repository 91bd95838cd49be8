// How many files and connections the process may have open.  Thread-safe, but for the raising.

#ifndef PQL_SERVER_DESCRIPTOR_LIMIT_H_
#define PQL_SERVER_DESCRIPTOR_LIMIT_H_

#include <cstddef>

namespace pql {

// Raises the limit to what the system allows this process; call once, early.
void RaiseDescriptorLimit();
size_t DescriptorLimit();
// The connections that fit a limit beside what the server itself has open: at least one.
size_t ConnectionsWithin(size_t descriptors);

}  // namespace pql

#endif  // PQL_SERVER_DESCRIPTOR_LIMIT_H_
