// SPDX-License-Identifier: MIT
// Owns the fuzzing of model files: header, tensors, metadata, and what `ganface info` says of them.
#include <ganface/error.h>
#include <ganface/model_information.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "expect.h"
#include "memory_file.h"

namespace {

using ganface::fuzz::expect;
using ganface::fuzz::MemoryFile;

constexpr size_t kPrefix = 8;

// The file's header and its data.
struct Parts {
  std::string header;
  std::vector<uint8_t> data;
};

Parts parts_of(const uint8_t* bytes, size_t size) {
  uint64_t length = 0;
  for (size_t i = kPrefix; i-- > 0;) length = length << 8 | bytes[i];
  length = std::min<uint64_t>(length, size - kPrefix);
  const uint8_t* end_of_header = bytes + kPrefix + length;
  return {std::string(bytes + kPrefix, end_of_header),
          std::vector<uint8_t>(end_of_header, bytes + size)};
}

// As many bytes as there is room for.
size_t write_parts(const Parts& parts, uint8_t* bytes, size_t room) {
  if (room < kPrefix) return 0;
  const size_t header = std::min(parts.header.size(), room - kPrefix);
  const size_t data = std::min(parts.data.size(), room - kPrefix - header);
  for (size_t i = 0; i < kPrefix; ++i) bytes[i] = static_cast<uint8_t>(uint64_t{header} >> (8 * i));
  std::copy_n(parts.header.data(), header, bytes + kPrefix);
  std::copy_n(parts.data.data(), data, bytes + kPrefix + header);
  return kPrefix + header + data;
}

struct Extent {
  size_t at, length;  // of a number in the header
};

// Where the header's whole numbers stand.
std::vector<Extent> numbers_of(const std::string& header) {
  constexpr char kDigits[] = "0123456789";
  std::vector<Extent> numbers;
  for (size_t at = 0; (at = header.find_first_of(kDigits, at)) != std::string::npos;) {
    const size_t end = std::min(header.find_first_not_of(kDigits, at), header.size());
    numbers.push_back({at, end - at});
    at = end;
  }
  return numbers;
}

// Puts an interesting number in the place of one of the header's.
void change_number(std::string& header, size_t data_size, std::mt19937& random) {
  const std::vector<Extent> numbers = numbers_of(header);
  if (numbers.empty()) return;
  const std::string texts[] = {"0",
                               "1",
                               "2",
                               "4",
                               std::to_string(data_size),
                               std::to_string(data_size / 2),
                               "4294967296",
                               "4611686018427387904",
                               "9223372036854775807",
                               "9223372036854775808",
                               "18446744073709551615",
                               "18446744073709551616",
                               "-1",
                               "1.0",
                               "1e9"};
  const Extent number = numbers[random() % numbers.size()];
  header.replace(number.at, number.length, texts[random() % std::size(texts)]);
}

// Writes a tensor more, at the end of the data.
void add_tensor(Parts& parts, std::mt19937& random) {
  const size_t end = parts.header.rfind('}');
  if (end == std::string::npos) return;
  const struct {
    const char* name;
    size_t bytes;
  } types[] = {{"F32", 4}, {"F16", 2}, {"I64", 8}, {"U8", 1}, {"BOOL", 1}, {"F8", 1}};
  const auto& type = types[random() % std::size(types)];
  const size_t rows = random() % 4, columns = random() % 4, begin = parts.data.size();
  parts.data.resize(begin + rows * columns * type.bytes, static_cast<uint8_t>(random()));
  const bool first = parts.header.find('"') == std::string::npos;
  const std::string name =
      std::string(1, static_cast<char>('a' + random() % 3)) + "." + std::to_string(random() % 5);
  parts.header.insert(end, std::string(first ? "" : ",") + "\"" + name + "\":{\"dtype\":\"" +
                               type.name + "\",\"shape\":[" + std::to_string(rows) + "," +
                               std::to_string(columns) + "],\"data_offsets\":[" +
                               std::to_string(begin) + "," + std::to_string(parts.data.size()) +
                               "]}");
}

std::string scratch_file() {
  static const std::string file =
      (std::filesystem::temp_directory_path() / ("fuzz-" + std::to_string(getpid()))).string();
  return file;
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

// Most changes are to the header's text, whose length stays right.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  std::mt19937 random(seed);
  if (size < kPrefix || most < 2 * kPrefix || random() % 16 == 0)
    return LLVMFuzzerMutate(bytes, size, most);
  Parts parts = parts_of(bytes, size);
  switch (random() % 6) {
    case 0:
      change_number(parts.header, parts.data.size(), random);
      break;
    case 1:
      add_tensor(parts, random);
      break;
    case 2:  // the data, so that offsets no longer fit
      parts.data.resize(random() % 2 == 0 ? parts.data.size() / 2 : parts.data.size() + 4);
      break;
    default: {
      std::vector<uint8_t> text(most - kPrefix);
      const size_t length = std::min(parts.header.size(), text.size());
      std::copy_n(parts.header.data(), length, text.data());
      text.resize(LLVMFuzzerMutate(text.data(), length, text.size()));
      parts.header.assign(text.begin(), text.end());
    }
  }
  return write_parts(parts, bytes, most);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace ganface;
  const MemoryFile file(bytes, size);
  core::TensorFile content;
  try {
    content = core::read_safetensors(file.path());
  } catch (const Error& error) {
    expect(error.code() == ErrorCode::kModel, "a damaged model is an error of the model");
    return 0;
  }
  size_t data = 0;
  for (const auto& [name, tensor] : content.tensors) {
    size_t count = core::element_size(tensor.dtype);
    for (const int64_t side : tensor.shape) count *= static_cast<size_t>(side);
    expect(count == tensor.bytes.size(), "a tensor has the bytes of its shape");
    data += tensor.bytes.size();
  }
  expect(data < size, "no more data than the file holds");
  const ModelInformation information = model_information(file.path());
  int64_t of_networks = 0;
  for (const auto& [name, network] : information.networks) of_networks += network.bytes;
  expect(static_cast<size_t>(of_networks) == data, "networks hold all of the data");
  expect(!information.json().empty(), "what a model says of itself can be written");
  // What was read can be written, and is the same when it is read again.
  core::write_safetensors(scratch_file(), content);
  const core::TensorFile again = core::read_safetensors(scratch_file());
  expect(again.metadata == content.metadata, "metadata stay");
  expect(again.tensors.size() == content.tensors.size(), "tensors stay");
  for (const auto& [name, tensor] : content.tensors) {
    const core::StoredTensor& other = again.tensors.at(name);
    expect(
        other.dtype == tensor.dtype && other.shape == tensor.shape && other.bytes == tensor.bytes,
        "a tensor stays");
  }
  return 0;
}
