#include "language/plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <optional>
#include <string_view>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "language/plugin_api.h"
#include "language/plugin_call.h"

namespace pql {
namespace {

using Kind = Type::Kind;

constexpr char kEntryName[] = "pql_plugin_entry";
constexpr size_t kMaxFunctions = 1'000;
constexpr size_t kMaxSignatures = 16;
constexpr size_t kMaxParameters = 16;
constexpr size_t kMaxExampleArguments = 64;
constexpr size_t kMaxDeclaredTextBytes = 4'096;

absl::Status Problem(std::string_view what) { return absl::FailedPreconditionError(ToAbsl(what)); }

// A zero-terminated text of a declaration.
absl::StatusOr<std::string> ReadText(const char* text, std::string_view what) {
  if (text == nullptr) return Problem(StrCat("its ", what, " is null"));
  const std::string_view read(text, strnlen(text, kMaxDeclaredTextBytes + 1));
  if (read.empty()) return Problem(StrCat("its ", what, " is empty"));
  if (read.size() > kMaxDeclaredTextBytes) {
    return Problem(StrCat("its ", what, " is longer than ", kMaxDeclaredTextBytes, " bytes"));
  }
  if (EscapeUnprintable(read) != read) {
    return Problem(StrCat("its ", what, " has characters that can't be shown"));
  }
  return std::string(read);
}

absl::Status CheckArray(const void* items, size_t count, size_t max, std::string_view what) {
  if (items == nullptr && count > 0) return Problem(StrCat("its ", what, " are null"));
  if (count > max) return Problem(StrCat("it has ", count, " ", what, ", more than ", max));
  return absl::OkStatus();
}

absl::StatusOr<Kind> ReadType(pql_type type) {
  const std::optional<Kind> kind = PluginTypeKind(type);
  if (!kind.has_value()) {
    return Problem(StrCat("its signature has a type ", type, ", which does not exist"));
  }
  return *kind;
}

absl::StatusOr<Signature> ReadSignature(const pql_signature& declared) {
  PQL_RETURN_IF_ERROR(
      CheckArray(declared.parameters, declared.parameter_count, kMaxParameters, "parameters"));
  Signature signature;
  for (size_t i = 0; i < declared.parameter_count; ++i) {
    PQL_ASSIGN_OR_RETURN(const Kind kind, ReadType(declared.parameters[i]));
    signature.parameters.push_back(kind);
  }
  PQL_ASSIGN_OR_RETURN(signature.result, ReadType(declared.result));
  signature.variadic = declared.variadic != 0;
  return signature;
}

bool Fits(const Signature& signature, std::span<const Value> arguments) {
  const std::vector<Kind>& parameters = signature.parameters;
  if (signature.variadic ? arguments.size() < parameters.size()
                         : arguments.size() != parameters.size()) {
    return false;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (KindOf(arguments[i]) != parameters[std::min(i, parameters.size() - 1)]) return false;
  }
  return true;
}

// Of the first signature that takes the arguments.
std::optional<Kind> ResultKind(const std::vector<Signature>& signatures,
                               std::span<const Value> arguments) {
  for (const Signature& signature : signatures) {
    if (Fits(signature, arguments)) return signature.result;
  }
  return std::nullopt;
}

// Calls the example as an evaluation would, twice.
absl::Status TryExample(const pql_function& declared, const FunctionDefinition& function,
                        std::span<const Value> arguments) {
  std::string problem;
  const Value expected = ReadPluginValue(declared.example_result, &problem);
  if (!problem.empty()) return Problem(StrCat("the result of its example is ", problem));
  const std::optional<Kind> kind = ResultKind(function.signatures, arguments);
  if (!kind.has_value()) return Problem("its example fits none of its signatures");
  for (int i = 0; i < 2; ++i) {
    const PluginResult result = CallPlugin(declared, arguments, *kind);
    if (!result.problem.empty()) {
      return Problem(StrCat("its example `", function.example, "` ", result.problem));
    }
    if (function.deterministic && !(result.value == expected)) {
      return Problem(StrCat("its example `", function.example, "` returned ",
                            result.value.ToSource(), ", but it says ", expected.ToSource()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Value>> ReadExample(const pql_function& declared) {
  PQL_RETURN_IF_ERROR(CheckArray(declared.example_arguments, declared.example_argument_count,
                                 kMaxExampleArguments, "example arguments"));
  std::vector<Value> arguments;
  for (size_t i = 0; i < declared.example_argument_count; ++i) {
    std::string problem;
    arguments.push_back(ReadPluginValue(declared.example_arguments[i], &problem));
    if (problem.empty() && arguments.back().IsMissing()) problem = "a missing value";
    if (!problem.empty()) return Problem(StrCat("an argument of its example is ", problem));
  }
  return arguments;
}

// `name(1, "a")`
std::string CallText(std::string_view name, std::span<const Value> arguments) {
  std::string text = StrCat(name, "(");
  for (const Value& argument : arguments) {
    StrAppend(&text, text.back() == '(' ? "" : ", ", argument.ToSource());
  }
  return text + ")";
}

// All of a function but its body.
absl::StatusOr<FunctionDefinition> ReadDeclaration(const pql_function& declared,
                                                   std::span<const Value> example) {
  FunctionDefinition function;
  PQL_ASSIGN_OR_RETURN(function.name, ReadText(declared.name, "name"));
  PQL_ASSIGN_OR_RETURN(function.doc, ReadText(declared.doc, "documentation"));
  PQL_RETURN_IF_ERROR(
      CheckArray(declared.signatures, declared.signature_count, kMaxSignatures, "signatures"));
  for (size_t i = 0; i < declared.signature_count; ++i) {
    PQL_ASSIGN_OR_RETURN(Signature signature, ReadSignature(declared.signatures[i]));
    function.signatures.push_back(std::move(signature));
  }
  PQL_RETURN_IF_ERROR(CheckArray(declared.parameter_names, declared.parameter_name_count,
                                 kMaxParameters, "parameter names"));
  for (size_t i = 0; i < declared.parameter_name_count; ++i) {
    PQL_ASSIGN_OR_RETURN(std::string name,
                         ReadText(declared.parameter_names[i], "name of a parameter"));
    function.parameter_names.push_back(std::move(name));
  }
  if ((declared.flags & ~uint32_t{PQL_FUNCTION_DETERMINISTIC | PQL_FUNCTION_KEEPS_UNIT}) != 0) {
    return Problem("it has a flag that does not exist");
  }
  function.deterministic = (declared.flags & PQL_FUNCTION_DETERMINISTIC) != 0;
  if ((declared.flags & PQL_FUNCTION_KEEPS_UNIT) != 0) {
    function.unit_rule = FunctionDefinition::UnitRule::kKeep;
  }
  function.example = CallText(function.name, example);
  return function;
}

absl::StatusOr<FunctionDefinition> MakeFunction(const pql_function& declared,
                                                const LoadedPlugin& plugin,
                                                std::shared_ptr<PluginFaults> faults) {
  if (declared.body == nullptr) return Problem("its body is null");
  PQL_ASSIGN_OR_RETURN(const std::vector<Value> example, ReadExample(declared));
  PQL_ASSIGN_OR_RETURN(FunctionDefinition function, ReadDeclaration(declared, example));
  function.family = plugin.name;
  PQL_RETURN_IF_ERROR(TryExample(declared, function, example));
  if (function.deterministic) {
    std::string ignored;
    function.example_result = ReadPluginValue(declared.example_result, &ignored).ToSource();
  }
  function.body = [&declared, signatures = function.signatures, faults = std::move(faults),
                   plugin = plugin.name, path = plugin.path,
                   name = function.name](std::span<const Value> arguments) {
    const std::optional<Kind> kind = ResultKind(signatures, arguments);
    if (!kind.has_value()) return Value::Missing();  // the checker lets no such call through
    PluginResult result = CallPlugin(declared, arguments, *kind);
    if (!result.problem.empty()) faults->Report({plugin, path, name, std::move(result.problem)});
    return std::move(result.value);
  };
  return function;
}

using Entry = const pql_plugin* (*)();

// The entry of the shared object, which stays open.
absl::StatusOr<Entry> Open(const std::string& path) {
  // dlopen would search the library path for a name without a slash.
  const std::string file = path.find('/') == std::string::npos ? StrCat("./", path) : path;
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return Problem(StrCat("cannot be loaded: ", ::dlerror()));
  void* const symbol = ::dlsym(library, kEntryName);
  if (symbol == nullptr) {
    return Problem(StrCat("is no plug-in: it exports no symbol `", kEntryName, "`"));
  }
  return reinterpret_cast<Entry>(symbol);
}

absl::StatusOr<const pql_plugin*> Enter(Entry entry) {
  const pql_plugin* declared = nullptr;
  try {
    declared = entry();
  } catch (const std::exception& exception) {
    return Problem(
        StrCat("`", kEntryName, "` threw an exception: ", EscapeUnprintable(exception.what())));
  } catch (...) {
    return Problem(StrCat("`", kEntryName, "` threw an exception"));
  }
  if (declared == nullptr) return Problem(StrCat("`", kEntryName, "` returned null"));
  if (declared->api_version != PQL_PLUGIN_API_VERSION) {
    return Problem(StrCat("is made for version ", declared->api_version,
                          " of the plug-in interface, this program has version ",
                          PQL_PLUGIN_API_VERSION, "; build it with this program's plugin_api.h"));
  }
  return declared;
}

absl::Status AddFunctions(const pql_plugin& declared, FunctionRegistry* registry,
                          const std::shared_ptr<PluginFaults>& faults, LoadedPlugin* plugin) {
  PQL_ASSIGN_OR_RETURN(plugin->name, ReadText(declared.name, "name"));
  PQL_ASSIGN_OR_RETURN(plugin->version, ReadText(declared.version, "version"));
  PQL_RETURN_IF_ERROR(
      CheckArray(declared.functions, declared.function_count, kMaxFunctions, "functions"));
  if (declared.function_count == 0) return Problem("it has no functions");
  for (size_t i = 0; i < declared.function_count; ++i) {
    const pql_function& each = declared.functions[i];
    const absl::StatusOr<std::string> name = ReadText(each.name, "name");
    absl::StatusOr<FunctionDefinition> function = MakeFunction(each, *plugin, faults);
    if (!function.ok()) {
      return Problem(StrCat("function ", name.ok() ? StrCat("`", *name, "`") : StrCat(i + 1), ": ",
                            FromAbsl(function.status().message())));
    }
    PQL_RETURN_IF_ERROR(registry->Add(*std::move(function)));
    plugin->functions.push_back(*name);
  }
  return absl::OkStatus();
}

}  // namespace

std::string PluginFault::Message() const {
  return StrCat("plug-in `", plugin, "` (", path, "): function `", function, "` ", problem);
}

void PluginFaults::Report(const PluginFault& fault) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++count_;
  if (++by_function_[{fault.path, fault.function}] == 1) listener_(fault);
}

uint64_t PluginFaults::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return count_;
}

absl::StatusOr<LoadedPlugin> LoadPlugin(const std::string& path, FunctionRegistry* registry,
                                        const std::shared_ptr<PluginFaults>& faults) {
  const auto named = [&path](const absl::Status& status) {
    return Problem(StrCat("plug-in ", path, ": ", FromAbsl(status.message())));
  };
  const absl::StatusOr<Entry> entry = Open(path);
  if (!entry.ok()) return named(entry.status());
  const absl::StatusOr<const pql_plugin*> declared = Enter(*entry);
  if (!declared.ok()) return named(declared.status());
  LoadedPlugin plugin;
  plugin.path = path;
  if (const absl::Status added = AddFunctions(**declared, registry, faults, &plugin); !added.ok()) {
    return named(added);
  }
  return plugin;
}

absl::StatusOr<PluginFunctions> LoadPlugins(std::span<const std::string> paths,
                                            const std::shared_ptr<PluginFaults>& faults) {
  PluginFunctions loaded;
  if (paths.empty()) {
    loaded.functions = FunctionRegistry::Builtin();
    return loaded;
  }
  FunctionRegistry registry = FunctionRegistry::WithBuiltins();
  for (const std::string& path : paths) {
    PQL_ASSIGN_OR_RETURN(LoadedPlugin plugin, LoadPlugin(path, &registry, faults));
    loaded.plugins.push_back(std::move(plugin));
  }
  loaded.functions = std::make_shared<const FunctionRegistry>(std::move(registry));
  return loaded;
}

}  // namespace pql
