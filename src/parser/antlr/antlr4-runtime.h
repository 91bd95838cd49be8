// The one place where ANTLR's runtime is included: generated code includes "antlr4-runtime.h" and,
// by the include path, gets this file.  It leaves out what clang 14 cannot compile
// (misc/InterpreterDataReader.h) and what a parser with its own token stream has no use for.
// Include it in .cc files of src/parser/ only.

#ifndef PQL_PARSER_ANTLR_ANTLR4_RUNTIME_H_
#define PQL_PARSER_ANTLR_ANTLR4_RUNTIME_H_

#include "antlr4-common.h"

#include "ANTLRErrorStrategy.h"
#include "BaseErrorListener.h"
#include "CharStream.h"
#include "CommonToken.h"
#include "CommonTokenFactory.h"
#include "Exceptions.h"
#include "FailedPredicateException.h"
#include "InputMismatchException.h"
#include "Lexer.h"
#include "NoViableAltException.h"
#include "Parser.h"
#include "ParserRuleContext.h"
#include "RecognitionException.h"
#include "RuleContext.h"
#include "Token.h"
#include "TokenStream.h"
#include "Vocabulary.h"
#include "atn/ATNDeserializer.h"
#include "atn/LexerATNSimulator.h"
#include "atn/ParserATNSimulator.h"
#include "dfa/DFA.h"
#include "misc/Interval.h"
#include "misc/IntervalSet.h"
#include "support/CPPUtils.h"
#include "tree/ParseTreeListener.h"
#include "tree/TerminalNode.h"

#endif  // PQL_PARSER_ANTLR_ANTLR4_RUNTIME_H_
