// The bytes at `bytes` as a number, whichever end comes first.  REQUIRES: sizeof(Word) of them.

#ifndef PQL_BASE_LOAD_WORD_H_
#define PQL_BASE_LOAD_WORD_H_

#include <cstring>

namespace pql {

template <typename Word>
Word LoadWord(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

}  // namespace pql

#endif  // PQL_BASE_LOAD_WORD_H_
