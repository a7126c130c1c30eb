// SPDX-License-Identifier: MIT
// Owns the unit tests of the safetensors file format.
#include "core/safetensors.h"

#include <sys/resource.h>

#include "temporary_folder.h"

namespace ganface::core {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

std::string length_prefix(uint64_t length) {
  std::string prefix;
  for (int i = 0; i < 8; ++i) prefix += static_cast<char>(length >> (8 * i));
  return prefix;
}

std::string file_bytes(const std::string& header, const std::string& data) {
  return length_prefix(header.size()) + header + data;
}

void expect_refused(const std::string& bytes, const std::string& tensor) {
  const TemporaryFolder folder;
  write_file(folder / "bad.safetensors", bytes);
  expect_error(ErrorCode::kModel, {"bad.safetensors", tensor},
               [&] { read_safetensors(folder / "bad.safetensors"); });
}

constexpr char kTwoBytes[] = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";

TEST(Safetensors, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  TensorFile content;
  content.metadata = {{"architecture", "dcgan"}, {"licence", "MIT \"quoted\""}};
  content.tensors["b"] = {"F32", {2, 1}, {1, 2, 3, 4, 5, 6, 7, 8}};
  content.tensors["a"] = {"U8", {3}, {9, 8, 7}};
  content.tensors["scalar"] = {"I64", {}, {1, 0, 0, 0, 0, 0, 0, 0}};
  content.tensors["empty"] = {"F32", {0, 4}, {}};
  write_safetensors(folder / "m.safetensors", content);
  const TensorFile read = read_safetensors(folder / "m.safetensors");
  EXPECT_EQ(read.metadata, content.metadata);
  ASSERT_EQ(read.tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    SCOPED_TRACE(name);
    ASSERT_EQ(read.tensors.count(name), 1u);
    EXPECT_EQ(read.tensors.at(name).dtype, tensor.dtype);
    EXPECT_EQ(read.tensors.at(name).shape, tensor.shape);
    EXPECT_EQ(read.tensors.at(name).bytes, tensor.bytes);
  }
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Safetensors, WritesLengthThenPaddedHeaderThenData) {
  const TemporaryFolder folder;
  TensorFile content;
  content.tensors["a"] = {"U8", {2}, {'x', 'y'}};
  write_safetensors(folder / "m.safetensors", content);
  // 53 bytes of JSON (keys in order), padded with spaces to the next multiple of 8.
  const std::string header = R"({"a":{"data_offsets":[0,2],"dtype":"U8","shape":[2]}})"
                             "   ";
  ASSERT_EQ(header.size(), 56u);
  EXPECT_EQ(read_file(folder / "m.safetensors"),
            std::string("\x38\0\0\0\0\0\0\0", 8) + header + "xy");
}

TEST(Safetensors, ReadsAFileMadeByHand) {
  const TemporaryFolder folder;
  write_file(folder / "m.safetensors", file_bytes(kTwoBytes, "xy"));
  EXPECT_EQ(read_safetensors(folder / "m.safetensors").tensors.at("a").bytes,
            (std::vector<uint8_t>{'x', 'y'}));
}

TEST(Safetensors, RefusesAMissingFile) {
  expect_error(ErrorCode::kModel, {"absent.safetensors", "no such file"},
               [] { read_safetensors("/nowhere/absent.safetensors"); });
}

TEST(Safetensors, RefusesAFileShorterThanTheLength) { expect_refused("\x01\x02", "truncated"); }

TEST(Safetensors, RefusesAHeaderCutShort) {
  expect_refused(file_bytes(kTwoBytes, "").substr(0, 30), "not a safetensors file");
}

TEST(Safetensors, RefusesDataCutShortNamingTheTensor) {
  expect_refused(file_bytes(kTwoBytes, "x"), "'a'");
}

TEST(Safetensors, RefusesAHugeHeaderLength) {
  expect_refused(length_prefix(UINT64_MAX) + "{}", "18446744073709551615");
  expect_refused(length_prefix(UINT64_C(1) << 40) + "{}", "1099511627776");
}

TEST(Safetensors, RefusesAHeaderThatIsNotJson) {
  expect_refused(file_bytes("not json", ""), "header is not valid");
}

// An error's text is shown by applications, and UTF-8.
TEST(Safetensors, RefusesBytesThatAreNoTextWithoutRepeatingThem) {
  expect_refused(file_bytes("{\"weight\xe9", ""), "no JSON (RFC 8259) within the first 10 bytes");
  // 38 letters and a character of two bytes, of which the error has room for one.
  expect_refused(file_bytes("{\"a\":\"" + std::string(38, 'b') + "\u00e9\"}", ""), "b; expected");
}

TEST(Safetensors, RefusesAHeaderWithoutTheFieldsOfATensor) {
  expect_refused(file_bytes(R"({"a":{"dtype":"U8"}})", ""), "header is not valid");
  expect_refused(file_bytes(R"({"a":3})", ""), "header is not valid");
}

TEST(Safetensors, RefusesAnUnknownDtypeNamingTheTensor) {
  expect_refused(file_bytes(R"({"odd":{"dtype":"F5","shape":[1],"data_offsets":[0,1]}})", "x"),
                 "'odd' has the unknown dtype 'F5'");
}

TEST(Safetensors, RefusesOverlappingOffsetsNamingTheTensor) {
  expect_refused(file_bytes(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                            R"("late":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                            "xyz"),
                 "'late' overlaps");
}

TEST(Safetensors, RefusesAGapNamingTheTensorAfterIt) {
  expect_refused(file_bytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                            R"("late":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                            "xyz"),
                 "'late' overlaps another or leaves a gap");
}

TEST(Safetensors, RefusesOffsetsThatDoNotFitTheShape) {
  expect_refused(file_bytes(R"({"thin":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "wxyz"),
                 "'thin'");
}

TEST(Safetensors, RefusesShapesThatOverflowOrAreNegative) {
  expect_refused(file_bytes(R"({"vast":{"dtype":"F32","shape":[4294967296,4294967296],)"
                            R"("data_offsets":[0,0]}})",
                            ""),
                 "'vast'");
  expect_refused(file_bytes(R"({"minus":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})", ""),
                 "'minus'");
}

// One tensor of 8 bytes with a shape and offsets.
std::string header_of(const std::string& shape, const std::string& offsets) {
  return R"({"odd":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TEST(Safetensors, RefusesNumbersThatAreNotWholeOrBeyond64Bits) {
  const std::string data(8, '\0');
  for (const char* shape :
       {"[2.0]", "[2.9]", "[0,1184467440737095516150]", "[1e0]", "[9223372036854775808]", "[-1]",
        "[true]", "[null]", R"(["2"])", "[[2]]", "2", "{}"}) {
    SCOPED_TRACE(shape);
    expect_refused(file_bytes(header_of(shape, "[0,8]"), data), "'odd'");
  }
  for (const char* offsets : {"[0.7,8.9]", R"([0,8,"x"])", "[0,8,8]", "[0]", "[]",
                              "[0,36893488147419103240]", "[-0,8]"}) {
    SCOPED_TRACE(offsets);
    expect_refused(file_bytes(header_of("[2]", offsets), data), "'odd'");
  }
}

TEST(Safetensors, RefusesANameThatIsThereTwice) {
  expect_refused(file_bytes(R"({"a.w":{"dtype":"U8","shape":[9],"data_offsets":[0,1]},)"
                            R"("a.w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                            "x"),
                 "'a.w'");
  expect_refused(file_bytes(R"({"__metadata__":{"k":"1","k":"2"}})", ""), "'k' is there twice");
  expect_refused(
      file_bytes(R"({"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "x"),
      "'dtype' twice");
}

TEST(Safetensors, RefusesMetadataThatIsNoText) {
  expect_refused(file_bytes(R"({"__metadata__":{"k":1}})", ""), "metadata 'k'");
  expect_refused(file_bytes(R"({"__metadata__":[]})", ""), "'__metadata__'");
}

// Each of these would take gigabytes when it were built before it is looked at.
TEST(Safetensors, RefusesAHeaderThatIsDeepOrLongAtItsBeginning) {
  expect_refused(file_bytes(std::string(1'000'000, '['), ""), "header is not valid");
  expect_refused(file_bytes(R"({"a":{"dtype":)" + std::string(1'000'000, '{'), ""), "'a'");
  std::string shape = "[0";
  for (int i = 0; i < 64; ++i) shape += ",0";
  expect_refused(file_bytes(header_of(shape + "]", "[0,0]"), ""), "'odd'");
  expect_refused(length_prefix(16'000'001) + std::string(16'000'001, ' '), "16000001");
}

TEST(Safetensors, SaysThatNoFurtherFileCanBeOpened) {
  const TemporaryFolder folder;
  write_file(folder / "m.safetensors", file_bytes(kTwoBytes, "xy"));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  expect_error(ErrorCode::kDevice, {"m.safetensors", "Too many open files", "ulimit"},
               [&] { read_safetensors(folder / "m.safetensors"); });
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Safetensors, RefusesBytesAfterTheLastTensor) {
  expect_refused(file_bytes(kTwoBytes, "xyz"), "after the last tensor");
}

TEST(Safetensors, LeavesNoFileWhenTheWriteFails) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "taken.safetensors");
  TensorFile content;
  content.tensors["a"] = {"U8", {1}, {1}};
  expect_error(ErrorCode::kOutput, {"taken.safetensors"},
               [&] { write_safetensors(folder / "taken.safetensors", content); });
  EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace ganface::core
