// The JSON that scripts read is the protobuf JSON mapping of the messages:
// testdata/proto/json_mapping.txt fixes it byte for byte. There is no flag that updates the file:
// it is a promise to callers.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "pql/v1/evaluation_service.pb.h"
#include "pql/v1/rule_service.pb.h"

namespace pql::v1 {
namespace {

namespace pb = google::protobuf;

struct Case {
  std::string name;
  std::string type;
  std::string text;  // the message in text format
  std::string json;
};

void PrintTo(const Case& test_case, std::ostream* out) { *out << test_case.name; }

std::vector<Case> ReadCases() {
  std::ifstream in(std::string(PQL_TESTDATA_DIR) + "/proto/json_mapping.txt");
  constexpr std::string_view kStart = "=== ";
  std::vector<Case> cases;
  bool behind_separator = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kStart)) {
      cases.push_back({.name = line.substr(kStart.size()), .type = "", .text = "", .json = ""});
      behind_separator = false;
    } else if (cases.empty() || line.empty()) {
      continue;  // the comment at the top, and what stands between cases
    } else if (line == "--") {
      behind_separator = true;
    } else if (behind_separator) {
      cases.back().json += line;
    } else if (cases.back().type.empty()) {
      cases.back().type = line;
    } else {
      cases.back().text += line + "\n";
    }
  }
  return cases;
}

std::unique_ptr<pb::Message> NewMessage(const std::string& type) {
  // Naming them links the files in which all messages are.
  EvaluateRequest::descriptor();
  CreateRuleRequest::descriptor();
  const pb::Descriptor* descriptor =
      pb::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  return std::unique_ptr<pb::Message>(
      pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// As MessageToJsonString, with the entries of maps in order of key.
std::string ToJson(const pb::Message& message) {
  std::string binary;
  {
    pb::io::StringOutputStream stream(&binary);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  std::unique_ptr<pb::util::TypeResolver> resolver(pb::util::NewTypeResolverForDescriptorPool(
      "type.googleapis.com", pb::DescriptorPool::generated_pool()));
  std::string json;
  auto status = pb::util::BinaryToJsonString(
      resolver.get(), "type.googleapis.com/" + message.GetDescriptor()->full_name(), binary, &json);
  EXPECT_TRUE(status.ok()) << status.ToString();
  // The C++ library writes these as escapes; to a reader of JSON both are the same.
  ReplaceAll(json, "\\u003c", "<");
  ReplaceAll(json, "\\u003e", ">");
  return json;
}

class JsonMappingTest : public testing::TestWithParam<Case> {};

TEST_P(JsonMappingTest, PrintsExactlyThisAndReadsItBack) {
  const Case& test_case = GetParam();
  std::unique_ptr<pb::Message> message = NewMessage(test_case.type);
  ASSERT_NE(message, nullptr) << "no message " << test_case.type;
  ASSERT_TRUE(pb::TextFormat::ParseFromString(test_case.text, message.get()));

  EXPECT_EQ(ToJson(*message), test_case.json);

  std::unique_ptr<pb::Message> read_back(message->New());
  auto status = pb::util::JsonStringToMessage(test_case.json, read_back.get());
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(pb::util::MessageDifferencer::Equals(*message, *read_back))
      << "read back as\n"
      << read_back->DebugString();
}

INSTANTIATE_TEST_SUITE_P(Testdata, JsonMappingTest, testing::ValuesIn(ReadCases()),
                         [](const auto& info) {
                           std::string name;
                           for (char c : info.param.name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
                               name += c;
                             } else if (!name.empty() && name.back() != '_') {
                               name += '_';
                             }
                           }
                           return name;
                         });

}  // namespace
}  // namespace pql::v1
