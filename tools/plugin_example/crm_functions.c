/*
 * A plug-in with two functions, as a template for your own: README.md walks through it.
 */

#include "language/plugin_api.h"

/* --- email_domain(address) ------------------------------------------------------------------- */

enum { kMaxDomainBytes = 253 }; /* RFC 1035 */

static const char* FindLast(pql_text text, char wanted) {
  for (size_t i = text.size; i > 0; --i) {
    if (text.data[i - 1] == wanted) return text.data + i - 1;
  }
  return NULL;
}

static void EmailDomain(void* data, pql_call* call) {
  (void)data;
  const pql_text address = call->arguments[0].as.text;
  const char* const at = FindLast(address, '@');
  const size_t size = at == NULL ? 0 : (size_t)(address.data + address.size - at - 1);
  if (size == 0 || size > kMaxDomainBytes) {
    call->return_missing(call); /* not an e-mail address: there is no answer */
    return;
  }
  char domain[kMaxDomainBytes];
  for (size_t i = 0; i < size; ++i) {
    const char c = at[1 + i];
    domain[i] = 'A' <= c && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  const pql_text result = {domain, size};
  call->return_text(call, result); /* copied at once, so a local array will do */
}

static const pql_type kText[] = {PQL_TYPE_STRING};
static const pql_signature kTextToText[] = {{kText, 1, PQL_TYPE_STRING, 0}};
static const char* const kAddress[] = {"address"};
static const pql_value kEmailDomainExample[] = {
    {PQL_TYPE_STRING, {.text = {"Ada@EXAMPLE.com", 15}}},
};

/* --- business_days(from, to) ----------------------------------------------------------------- */

static int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/* Mondays to Fridays before the day of a timestamp, counted from Monday, 1969-12-29. */
static int64_t WeekdaysBefore(int64_t micros) {
  const int64_t day = FloorDivide(micros, INT64_C(86400000000)) + 3;
  const int64_t weeks = FloorDivide(day, 7);
  const int64_t rest = day - 7 * weeks;
  return 5 * weeks + (rest < 5 ? rest : 5);
}

static void BusinessDays(void* data, pql_call* call) {
  (void)data;
  const int64_t from = call->arguments[0].as.micros;
  const int64_t to = call->arguments[1].as.micros;
  call->return_number(call, (double)(WeekdaysBefore(to) - WeekdaysBefore(from)));
}

static const pql_type kTwoTimes[] = {PQL_TYPE_TIMESTAMP, PQL_TYPE_TIMESTAMP};
static const pql_signature kTimesToNumber[] = {{kTwoTimes, 2, PQL_TYPE_NUMBER, 0}};
static const char* const kFromTo[] = {"from", "to"};
static const pql_value kBusinessDaysExample[] = {
    {PQL_TYPE_TIMESTAMP, {.micros = INT64_C(1772150400000000)}}, /* Friday, 2026-02-27 */
    {PQL_TYPE_TIMESTAMP, {.micros = INT64_C(1772582400000000)}}, /* Wednesday, 2026-03-04 */
};

/* --- what the plug-in declares --------------------------------------------------------------- */

static const pql_function kFunctions[] = {
    {
        .name = "email_domain",
        .signatures = kTextToText,
        .signature_count = 1,
        .parameter_names = kAddress,
        .parameter_name_count = 1,
        .doc =
            "What stands behind the @ of an e-mail address, in lower case. Missing when there is "
            "no @.",
        .example_arguments = kEmailDomainExample,
        .example_argument_count = 1,
        .example_result = {PQL_TYPE_STRING, {.text = {"example.com", 11}}},
        .flags = PQL_FUNCTION_DETERMINISTIC,
        .body = EmailDomain,
    },
    {
        .name = "business_days",
        .signatures = kTimesToNumber,
        .signature_count = 1,
        .parameter_names = kFromTo,
        .parameter_name_count = 2,
        .doc = "How many days from Monday to Friday lie between two times, the day of the first "
               "included, that of the second not; public holidays count as working days.",
        .example_arguments = kBusinessDaysExample,
        .example_argument_count = 2,
        .example_result = {PQL_TYPE_NUMBER, {.number = 3}},
        .flags = PQL_FUNCTION_DETERMINISTIC,
        .body = BusinessDays,
    },
};

static const pql_plugin kPlugin = {
    .api_version = PQL_PLUGIN_API_VERSION,
    .name = "crm functions",
    .version = "1.0.0",
    .functions = kFunctions,
    .function_count = sizeof(kFunctions) / sizeof(kFunctions[0]),
};

const pql_plugin* pql_plugin_entry(void) { return &kPlugin; }
