#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/wire/environment.h"
#include "loadctl/v1/clients.pb.h"
#include "loadctl/v1/inspect.pb.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::wire {
namespace {

void ExpectNoStrings(const google::protobuf::Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    EXPECT_NE(message.field(i)->type(), google::protobuf::FieldDescriptor::TYPE_STRING)
        << message.field(i)->full_name();
  }
  for (int i = 0; i < message.nested_type_count(); ++i) ExpectNoStrings(*message.nested_type(i));
}

// Whoever names a variable, a scenario or a file in Latin-1 would end the stream.
TEST(Proto, NoTextMustBeUtf8) {
  for (const auto* file : {v1::Hello::descriptor()->file(), v1::ClientHello::descriptor()->file(),
                           v1::InspectBegin::descriptor()->file()}) {
    EXPECT_GT(file->message_type_count(), 2);
    for (int i = 0; i < file->message_type_count(); ++i) ExpectNoStrings(*file->message_type(i));
  }
}

TEST(Environment, TravelsWhateverItsBytes) {
  const std::map<std::string, std::string> env = {{"A", "1"}, {"\xff", "\xfe"}, {"", "="}};
  v1::Prepare sent, come;
  PutEnvironment(env, *sent.mutable_env());
  ASSERT_TRUE(come.ParseFromString(sent.SerializeAsString()));
  EXPECT_EQ(TakeEnvironment(come.env()), env);
}

}  // namespace
}  // namespace loadctl::wire
