// SPDX-License-Identifier: MIT
// Owns the random numbers of the tests: each begins with the same, whichever ran before it.
#include <gtest/gtest.h>
#include <torch/utils.h>

namespace {

class Seeds : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo&) override { torch::manual_seed(1); }
};

[[maybe_unused]] const bool kAreSeeded = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new Seeds);
  return true;
}();

}  // namespace
