/*
 * Functions of your own for the PQL rules language, in C, C++ or anything that can make a shared
 * object with a C interface. This file is all that a plug-in needs: copy it, include it.
 *
 *   static void Shout(void* data, pql_call* call) {
 *     ... call->arguments[0].as.text ...
 *     call->return_text(call, upper);
 *   }
 *   const pql_plugin* pql_plugin_entry(void) { return &kMyPlugin; }
 *
 * `pql --plugin=./my_plugin.so` and `pqld --plugin=...` load it. tools/plugin_example has a
 * complete one. What the language promises (every evaluation ends, the same input gives the same
 * answer) a plug-in must keep; what it returns is checked:
 *
 * - At load, the example of every function is called, twice; a function that does not return what
 *   its example says is refused, and the program does not start.
 * - Afterwards, a result of the wrong type, a number that is not finite, a text that is not UTF-8
 * or too large, no result or two, and a call of `fail` count as a missing value, and are reported
 * with the name of the plug-in. So is a C++ exception that leaves a body.
 *
 * A plug-in runs inside the process that loads it: nothing can be done about one that crashes,
 * never returns or writes where it should not. It is never unloaded.
 *
 * Threads: bodies are called from several threads at the same time.
 *
 * Ownership: everything that pql_plugin_entry returns belongs to the plug-in and stays as it is as
 * long as the process lives. Arguments are valid until the body returns. Results are copied by the
 * `return_` functions at once.
 */

#ifndef PQL_LANGUAGE_PLUGIN_API_H_
#define PQL_LANGUAGE_PLUGIN_API_H_

#include <stddef.h>
#include <stdint.h>

/* Names as C has them. NOLINTBEGIN(readability-identifier-naming,modernize-*) */

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A program loads plug-ins of its own version only. */
#define PQL_PLUGIN_API_VERSION 1

/* The types of values (the rules language: number, bool, string, ...). */
enum {
  PQL_TYPE_MISSING = 0, /* never of an argument: a missing argument makes the result missing */
  PQL_TYPE_NUMBER = 1,
  PQL_TYPE_BOOL = 2,
  PQL_TYPE_STRING = 3, /* a `one of` comes as a string */
  PQL_TYPE_TIMESTAMP = 4,
  PQL_TYPE_DURATION = 5,
  PQL_TYPE_NUMBER_LIST = 6,
  PQL_TYPE_STRING_LIST = 7
};
typedef int32_t pql_type;

/* UTF-8, not terminated by a zero byte. */
typedef struct pql_text {
  const char* data;
  size_t size; /* in bytes */
} pql_text;

typedef struct pql_number_list {
  const double* items;
  size_t size;
} pql_number_list;

typedef struct pql_text_list {
  const pql_text* items;
  size_t size;
} pql_text_list;

typedef struct pql_value {
  pql_type type;
  union {
    double number;           /* finite */
    int32_t boolean;         /* 0 or 1 */
    pql_text text;           /* of PQL_TYPE_STRING */
    int64_t micros;          /* timestamps: since 1970-01-01T00:00:00Z; durations */
    pql_number_list numbers; /* finite */
    pql_text_list texts;
  } as;
} pql_value;

/*
 * One call of a function. A body calls exactly one of the `return_` functions or `fail`, once, on
 * the thread that it was called on.
 */
typedef struct pql_call pql_call;
struct pql_call {
  const pql_value* arguments; /* of the types of one of the function's signatures */
  size_t argument_count;

  void (*return_number)(pql_call* call, double number); /* finite */
  void (*return_bool)(pql_call* call, int32_t boolean);
  void (*return_text)(pql_call* call, pql_text text);       /* at most 1 MiB */
  void (*return_timestamp)(pql_call* call, int64_t micros); /* years 1 to 9999 */
  void (*return_duration)(pql_call* call, int64_t micros);
  void (*return_numbers)(pql_call* call, pql_number_list list); /* at most 100,000 */
  void (*return_texts)(pql_call* call, pql_text_list list);     /* and 1 MiB in all */
  /* There is no answer for these arguments, and that is as it should be: email_domain("nobody"). */
  void (*return_missing)(pql_call* call);
  /* Something is broken: a table that could not be read. The result counts as missing, and the
     message, a few words, is shown with the name of the plug-in. */
  void (*fail)(pql_call* call, pql_text message);

  void* host; /* the program's own: leave it alone */
};

/* One way to call a function. */
typedef struct pql_signature {
  const pql_type* parameters;
  size_t parameter_count; /* at most 16 */
  pql_type result;
  int32_t variadic; /* not 0: the last parameter may come any number of times, at least once */
} pql_signature;

/* Flags of a function, joined with `|`. */
enum {
  /* The same arguments always give the same result. What has no such flag (it reads a table that
     changes) is called anew where it matters, and the documentation says so. */
  PQL_FUNCTION_DETERMINISTIC = 1,
  /* A number as the result has the unit of the arguments, which must agree, as in `max`. Without:
     the result has no unit. */
  PQL_FUNCTION_KEEPS_UNIT = 2
};

/* Texts of a function end with a zero byte and are at most 4,096 bytes of UTF-8. */
typedef struct pql_function {
  /* An identifier, or several joined by dots (`acme.email_domain`, so that it can't clash with what
     the language adds later); none of the language's own. */
  const char* name;
  const pql_signature* signatures;    /* in order; the first that fits is taken */
  size_t signature_count;             /* 1 to 16 */
  const char* const* parameter_names; /* as many as the longest signature has parameters */
  size_t parameter_name_count;
  const char* doc; /* one or two sentences for the people who write rules */
  /* A call and what comes out: shown in the documentation, and called when the plug-in is loaded.
     The result of a function that is not deterministic is checked for its type only. */
  const pql_value* example_arguments;
  size_t example_argument_count;
  pql_value example_result;
  uint32_t flags;
  void (*body)(void* data, pql_call* call);
  void* data; /* handed to the body as it is */
} pql_function;

typedef struct pql_plugin {
  uint32_t api_version; /* PQL_PLUGIN_API_VERSION; comes first in every version */
  const char* name;     /* the title of its functions in the documentation: "acme e-mail" */
  const char* version;  /* of the plug-in: "1.2.0" */
  const pql_function* functions;
  size_t function_count; /* 1 to 1,000 */
} pql_plugin;

#if defined(__GNUC__)
#define PQL_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define PQL_PLUGIN_EXPORT
#endif

/* The one symbol that a plug-in exports. Called once, before anything else. */
PQL_PLUGIN_EXPORT const pql_plugin* pql_plugin_entry(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming,modernize-*) */

#endif /* PQL_LANGUAGE_PLUGIN_API_H_ */
