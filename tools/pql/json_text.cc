#include "tools/pql/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pql {
namespace {

class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  void Write(const Json& json) {
    switch (json.type()) {
      case Json::value_t::object:
        return Sequence('{', '}', json, [this](const auto& entry) {
          AppendJsonString(entry.key(), &out_);
          out_ += pretty_ ? ": " : ":";
          Write(entry.value());
        });
      case Json::value_t::array:
        return Sequence('[', ']', json, [this](const auto& entry) { Write(entry.value()); });
      case Json::value_t::number_float:
        return AppendJsonNumber(json.get<double>(), &out_);
      default:
        out_ += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  template <typename Entry>
  void Sequence(char open, char close, const Json& json, const Entry& entry) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& item : json.items()) {
      if (!first) out_ += ',';
      first = false;
      NewLine();
      entry(item);
    }
    --depth_;
    if (!first) NewLine();
    out_ += close;
  }
  void NewLine() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }
  bool pretty_;
  size_t depth_ = 0;
  std::string out_;
};

std::string Written(const Json& json, bool pretty) {
  Writer writer(pretty);
  writer.Write(json);
  return writer.Take();
}

}  // namespace

const Json* Field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string TextOf(const Json& object, const char* name) {
  const Json* field = Field(object, name);
  return field != nullptr && field->is_string() ? field->get<std::string>() : "";
}

void AppendJsonString(std::string_view text, std::string* out) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (is_plain) {
    out->push_back('"');
    out->append(text);
    out->push_back('"');
  } else {
    *out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

void AppendJsonNumber(double number, std::string* out) {
  if (!std::isfinite(number)) {
    *out += "null";  // as nlohmann's own writer; no answer holds one
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
  out->append(buffer, end);
}

std::string JsonString(std::string_view text) {
  std::string quoted;
  AppendJsonString(text, &quoted);
  return quoted;
}

std::string CompactJson(const Json& json) { return Written(json, /*pretty=*/false); }
std::string PrettyJson(const Json& json) { return Written(json, /*pretty=*/true); }

}  // namespace pql
