#include "common/secrets/messages.h"

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace loadctl::secrets {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// True: it has changed.
bool RedactText(const FieldDescriptor& field, std::string& text, const Redactor& redactor) {
  return std::string_view(field.name()).ends_with("json") ? redactor.RedactJson(text)
                                                          : redactor.Redact(text);
}

void RedactField(Message& message, const FieldDescriptor& field, const Redactor& redactor) {
  const auto& reflection = *message.GetReflection();
  const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (!text && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  if (!field.is_repeated()) {
    if (!text) return RedactMessage(*reflection.MutableMessage(&message, &field), redactor);
    std::string value = reflection.GetString(message, &field);
    if (RedactText(field, value, redactor)) reflection.SetString(&message, &field, value);
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (!text) {
      RedactMessage(*reflection.MutableRepeatedMessage(&message, &field, i), redactor);
      continue;
    }
    std::string value = reflection.GetRepeatedString(message, &field, i);
    if (RedactText(field, value, redactor))
      reflection.SetRepeatedString(&message, &field, i, value);
  }
}

}  // namespace

void RedactMessage(Message& message, const Redactor& redactor) {
  if (redactor.empty()) return;
  std::vector<const FieldDescriptor*> fields;  // those that are there
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) RedactField(message, *field, redactor);
}

}  // namespace loadctl::secrets
