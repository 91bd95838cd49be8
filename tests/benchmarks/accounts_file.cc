// What tools/bench_accounts measures with: a file of accounts of any size, ten rules for them, and
// how fast the machine reads a file at all.
//
//   pql_accounts_file rules            the metrics and rules, as rules-language source
//   pql_accounts_file csv BYTES        accounts until so many bytes are written
//   pql_accounts_file jsonl BYTES
//   pql_accounts_file scan FILE        counts the lines of the file, as the limit of any reader

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_text.h"
#include "base/strings.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

// R2 and R10 of the workloads, and eight like them.
constexpr std::string_view kConditions[] = {
    kR10,
    kR2,
    "dau_wau >= 0.5 and integrations >= 1 and days_since_signup <= 30",
    "plan == \"enterprise\" or messages >= 5000 and channels >= 5",
    "country in (\"US\", \"CA\") and is_trial and messages > 100",
    "industry in (\"software\", \"finance\") and dau_wau > 0.3 and channels > 1",
    "not is_trial and plan != \"free\" and messages between 100 and 4000",
    "email_domain == \"gmail.com\" and messages < 50",
    "integrations >= 3 and (channels > 4 or dau_wau > 0.6)",
    "at least 3 of (messages >= 1000, channels > 3, dau_wau > 0.5, integrations >= 2)",
};

std::string Rules() {
  // The first condition's rule set has the metrics.
  std::string text = LeadRuleSetSource(kConditions[0]);
  for (size_t i = 1; i < std::size(kConditions); ++i) {
    StrAppend(&text, "rule extra", i, " { when ", kConditions[i], " }\n");
  }
  return text;
}

std::string Csv(size_t row, const LeadAccount& lead) {
  return StrCat("account-", row, ",", FormatNumber(lead.messages), ",", FormatNumber(lead.channels),
                ",", FormatNumber(lead.dau_wau), ",", lead.plan, ",", lead.country, ",",
                lead.industry, ",", FormatNumber(lead.integrations), ",",
                lead.is_trial ? "true" : "false", ",", lead.email_domain, ",",
                FormatNumber(lead.days_since_signup), "\n");
}

std::string Json(size_t row, const LeadAccount& lead) {
  return StrCat("{\"id\": \"account-", row, "\", \"messages\": ", FormatNumber(lead.messages),
                ", \"channels\": ", FormatNumber(lead.channels),
                ", \"dau_wau\": ", FormatNumber(lead.dau_wau), ", \"plan\": \"", lead.plan,
                "\", \"country\": \"", lead.country, "\", \"industry\": \"", lead.industry,
                "\", \"integrations\": ", FormatNumber(lead.integrations),
                ", \"is_trial\": ", lead.is_trial ? "true" : "false", ", \"email_domain\": \"",
                lead.email_domain,
                "\", \"days_since_signup\": ", FormatNumber(lead.days_since_signup), "}\n");
}

LeadAccount WithFewDecimals(LeadAccount lead) {
  lead.dau_wau = static_cast<double>(static_cast<int>(lead.dau_wau * 1'000)) / 1'000;
  return lead;
}

int WriteAccounts(bool csv, size_t bytes) {
  std::string text;
  if (csv) {
    text =
        "id,messages,channels,dau_wau,plan,country,industry,integrations,is_trial,email_domain,"
        "days_since_signup\n";
  }
  for (size_t row = 0, written = 0; written < bytes; ++row) {
    const LeadAccount lead = WithFewDecimals(ColdLeads()[row % kColdLeads]);
    text += csv ? Csv(row, lead) : Json(row, lead);
    if (text.size() < 1 << 20 && written + text.size() < bytes) continue;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return 1;
    written += text.size();
    text.clear();
  }
  return 0;
}

int Scan(const char* path) {
  const int file = open(path, O_RDONLY);
  if (file < 0) return 1;
  std::vector<char> buffer(128 << 10);
  size_t lines = 0;
  for (ssize_t size; (size = read(file, buffer.data(), buffer.size())) > 0;) {
    const char* end = buffer.data() + size;
    for (const char* at = buffer.data(); at < end; ++at, ++lines) {
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      if (at == nullptr) break;
    }
  }
  close(file);
  std::printf("%zu lines\n", lines);
  return 0;
}

int Run(const std::vector<std::string_view>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "rules") {
    return std::fputs(Rules().c_str(), stdout) < 0 ? 1 : 0;
  }
  if (arguments.size() == 2 && arguments[0] == "scan") return Scan(arguments[1].data());
  if (arguments.size() == 2 && (arguments[0] == "csv" || arguments[0] == "jsonl")) {
    return WriteAccounts(arguments[0] == "csv", std::strtoull(arguments[1].data(), nullptr, 10));
  }
  std::fputs("usage: pql_accounts_file rules | csv BYTES | jsonl BYTES | scan FILE\n", stderr);
  return 2;
}

}  // namespace
}  // namespace pql::bench

int main(int argc, char** argv) { return pql::bench::Run({argv + 1, argv + argc}); }
