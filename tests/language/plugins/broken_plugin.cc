// A plug-in that is wrong in one way, chosen by PQL_BROKEN when it is built: each is a shared
// object of its own.  Those at the end load well and misbehave when they are called.

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "language/plugin_api.h"

namespace {

enum Broken {
  kNoSymbol = 0,
  kWrongVersion,
  kNullPlugin,
  kThrowingEntry,
  kNullFunctions,
  kNoFunctions,
  kNullName,
  kReservedName,
  kTakenName,
  kNullDoc,
  kNullBody,
  kUnknownType,
  kUnnamedParameter,
  kUnknownFlag,
  kExampleDoesNotFit,
  kExampleLies,
  kExampleThrows,
  kNotDeterministic,
  kMisbehaves,  // one function whose argument says how
};

// What `misbehave` does for an argument of 1, 2, ...; 0 is well-behaved.
void Misbehave(void* /*data*/, pql_call* call) {
  const std::string large(2 << 20, 'x');
  const double infinite[] = {std::numeric_limits<double>::infinity()};
  switch (static_cast<int>(call->arguments[0].as.number)) {
    case 0:
      return call->return_number(call, 1);
    case 1:
      throw std::runtime_error("the table is \x1b[31mgone");
    case 2:
      throw 42;
    case 3:
      return call->return_text(call, {"text", 4});
    case 4:
      return call->return_number(call, std::nan(""));
    case 5:
      return call->return_text(call, {large.data(), large.size()});
    case 6:
      return call->fail(call, {"no connection", 13});
    case 7:
      return;
    case 8:
      call->return_number(call, 1);
      return call->return_number(call, 2);
    case 9:
      return call->return_text(call, {nullptr, 4});
    case 10:
      return call->return_text(call, {"\xff", 1});
    case 11:
      return call->return_timestamp(call, std::numeric_limits<int64_t>::max());
    case 12:
      return call->return_numbers(call, {infinite, 1});
    case 13:
      return call->return_texts(call, {nullptr, 3});
    case 14:
      return call->return_numbers(call, {infinite, static_cast<size_t>(-1)});
    case 15:
      call->return_number(call, 1);
      throw std::runtime_error("after all");
    default:
      return call->return_missing(call);
  }
}

void Double(void* /*data*/, pql_call* call) {
  if (PQL_BROKEN == kExampleThrows) throw std::runtime_error("not today");
  static double calls = 0;
  const double extra = PQL_BROKEN == kNotDeterministic ? calls++ : 0;
  call->return_number(call, 2 * call->arguments[0].as.number + extra);
}

const pql_type kParameters[] = {PQL_BROKEN == kUnknownType ? 99 : PQL_TYPE_NUMBER};
const pql_signature kSignatures[] = {{kParameters, 1, PQL_TYPE_NUMBER, 0}};
const char* const kNames[] = {"x"};

pql_value NumberValue(double number) {
  pql_value value = {};
  value.type = PQL_TYPE_NUMBER;
  value.as.number = number;
  return value;
}

const char* FunctionName() {
  switch (PQL_BROKEN) {
    case kNullName:
      return nullptr;
    case kReservedName:
      return "and";
    case kTakenName:
      return "abs";
    case kMisbehaves:
      return "misbehave";
    default:
      return "twice";
  }
}

pql_function MakeFunction() {
  static pql_value example = NumberValue(PQL_BROKEN == kMisbehaves ? 0 : 2);
  if (PQL_BROKEN == kExampleDoesNotFit) {
    example.type = PQL_TYPE_STRING;
    example.as.text = {"two", 3};
  }
  pql_function function = {};
  function.name = FunctionName();
  function.signatures = kSignatures;
  function.signature_count = 1;
  function.parameter_names = kNames;
  function.parameter_name_count = PQL_BROKEN == kUnnamedParameter ? 0 : 1;
  function.doc = PQL_BROKEN == kNullDoc ? nullptr : "Twice the number.";
  function.example_arguments = &example;
  function.example_argument_count = 1;
  function.example_result = NumberValue(PQL_BROKEN == kMisbehaves    ? 1
                                        : PQL_BROKEN == kExampleLies ? 5
                                                                     : 4);
  function.flags = PQL_BROKEN == kUnknownFlag ? 64 : PQL_FUNCTION_DETERMINISTIC;
  function.body = PQL_BROKEN == kMisbehaves ? Misbehave : Double;
  if (PQL_BROKEN == kNullBody) function.body = nullptr;
  return function;
}

}  // namespace

#if PQL_BROKEN != 0
extern "C" const pql_plugin* pql_plugin_entry() {
  if (PQL_BROKEN == kThrowingEntry) throw std::runtime_error("no licence");
  if (PQL_BROKEN == kNullPlugin) return nullptr;
  static const pql_function function = MakeFunction();
  static pql_plugin plugin = {PQL_PLUGIN_API_VERSION, "broken", "0.1", &function, 1};
  if (PQL_BROKEN == kWrongVersion) plugin.api_version = PQL_PLUGIN_API_VERSION + 1;
  if (PQL_BROKEN == kNullFunctions) plugin.functions = nullptr;
  if (PQL_BROKEN == kNoFunctions) plugin.function_count = 0;
  return &plugin;
}
#else
// So that the rest is used.
extern "C" pql_function pql_not_the_entry() { return MakeFunction(); }
#endif
