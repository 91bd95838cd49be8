// Loaded into a server before its libraries (LD_PRELOAD): a file system that turns read-only under
// it, as ext4 does after an error of the disk.  A mount can't show this: Linux does not let a file
// system be remounted while files are open for writing, and those of a rule store always are.
//
// While the file $PQL_READ_ONLY_SWITCH is there, pwrite64, by which SQLite writes, fails as it does
// then.  Thread-safe.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

using PositionedWrite = ssize_t (*)(int, const void*, size_t, off64_t);

bool IsReadOnly() {
  const char* path = std::getenv("PQL_READ_ONLY_SWITCH");
  return path != nullptr && ::access(path, F_OK) == 0;
}

}  // namespace

extern "C" ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  static const auto real = reinterpret_cast<PositionedWrite>(::dlsym(RTLD_NEXT, "pwrite64"));
  if (!IsReadOnly()) return real(file, data, size, offset);
  errno = EROFS;
  return -1;
}
