#include "engine/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

namespace pql {
namespace {

using ::testing::HasSubstr;

TEST(AdmissionTest, TurnsAwayBeyondTheLimitUntilSomebodyLeaves) {
  Admission admission(2);
  auto first = admission.Enter();
  auto second = admission.Enter();
  ASSERT_TRUE(first.ok() && second.ok());
  const auto third = admission.Enter();
  EXPECT_EQ(third.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(third.status().message()), HasSubstr("--max-in-flight=2"));
  { const Admission::Ticket gone = *std::move(first); }
  EXPECT_EQ(admission.in_flight(), 1);
  EXPECT_TRUE(admission.Enter().ok());
}

TEST(AdmissionTest, DrainingTurnsAwayAndWaitsForThoseInside) {
  Admission admission(10);
  auto ticket = admission.Enter();
  ASSERT_TRUE(ticket.ok());
  admission.Drain();
  EXPECT_EQ(admission.Enter().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(admission.WaitUntilIdle(absl::Milliseconds(10)));
  std::thread leaver([inside = *std::move(ticket)]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Admission::Ticket gone = std::move(inside);
  });
  EXPECT_TRUE(admission.WaitUntilIdle(absl::Seconds(20)));
  leaver.join();
}

}  // namespace
}  // namespace pql
