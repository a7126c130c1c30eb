// SPDX-License-Identifier: MIT
// Tests what exceptions of all kinds mean to the user.
#include <ganface/current_error.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

namespace ganface::core {
namespace {

template <typename Exception>
Error error_of(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return current_error();
  }
}

TEST(CurrentError, KeepsAnError) {
  const Error error = error_of(Error(ErrorCode::kModel, "model 'a': damaged"));
  EXPECT_EQ(error.code(), ErrorCode::kModel);
  EXPECT_STREQ(error.what(), "model 'a': damaged");
}

TEST(CurrentError, CallsMemoryThatRanOutByItsName) {
  const Error error = error_of(std::bad_alloc());
  EXPECT_EQ(error.code(), ErrorCode::kMemory);
  EXPECT_NE(std::string(error.what()).find("out of memory"), std::string::npos);
}

TEST(CurrentError, SaysWhichLimitAThreadNeeds) {
  const Error error =
      error_of(std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again)));
  EXPECT_EQ(error.code(), ErrorCode::kDevice);
  EXPECT_NE(std::string(error.what()).find("ulimit -u"), std::string::npos);
}

TEST(CurrentError, TellsLimitsOfFilesFromFaultsOfTheInput) {
  const auto failed = [](std::errc cause) {
    return error_of(
        std::filesystem::filesystem_error("cannot open", "x.png", std::make_error_code(cause)));
  };
  EXPECT_EQ(failed(std::errc::too_many_files_open).code(), ErrorCode::kDevice);
  EXPECT_EQ(failed(std::errc::not_enough_memory).code(), ErrorCode::kMemory);
  EXPECT_EQ(failed(std::errc::permission_denied).code(), ErrorCode::kInput);
}

TEST(CurrentError, CallsTheRestADefect) {
  EXPECT_EQ(error_of(std::logic_error("x")).code(), ErrorCode::kInternal);
  EXPECT_EQ(error_of(1).code(), ErrorCode::kInternal);
}

}  // namespace
}  // namespace ganface::core
