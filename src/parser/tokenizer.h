// From bytes to tokens: size and UTF-8 checks, characters, ANTLR's lexer, literal values, and the
// habits that show in the tokens alone.  Thread-safe (serialised where ANTLR's lexer runs).

#ifndef PQL_PARSER_TOKENIZER_H_
#define PQL_PARSER_TOKENIZER_H_

#include <mutex>

#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"
#include "parser/frontend.h"
#include "parser/token.h"

namespace pql {

// All tokens; none but the end where the text exceeds a limit or is not UTF-8, which is reported.
// REQUIRES: AntlrMutex() is held.
TokenList Tokenize(const SourceSet& sources, FileId file, const ParseLimits& limits,
                   DiagnosticSink* sink);

// ANTLR's lexers and parsers share their prediction tables without locks of their own.
std::mutex& AntlrMutex();

}  // namespace pql

#endif  // PQL_PARSER_TOKENIZER_H_
