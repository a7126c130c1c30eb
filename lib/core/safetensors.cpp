// SPDX-License-Identifier: MIT
// Owns the safetensors file format: named arrays and string metadata, nothing that runs code.
#include "core/safetensors.h"

#include <ganface/error.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/atomic_file.h"

namespace ganface::core {
namespace {

using nlohmann::json;

// The reference implementation's limit on the header.
constexpr uint64_t kLongestHeader = 100'000'000;
constexpr char kMetadataKey[] = "__metadata__";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::kModel, "model '" + file.string() + "': " + why);
}

// Elements x element size, or -1 when a dimension is negative or the product overflows.
int64_t byte_count(const std::vector<int64_t>& shape, size_t element) {
  auto bytes = static_cast<int64_t>(element);
  for (const int64_t side : shape) {
    if (side < 0 || (side > 0 && bytes > std::numeric_limits<int64_t>::max() / side)) return -1;
    bytes *= side;
  }
  return bytes;
}

}  // namespace

size_t element_size(const std::string& dtype) {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  return 0;
}

TensorFile read_safetensors(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) refuse(file, "no such file");
  const uint64_t size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  uint8_t prefix[8];
  if (error || !stream.read(reinterpret_cast<char*>(prefix), sizeof prefix))
    refuse(file, "truncated or unreadable; expected a safetensors file");
  uint64_t header_size = 0;
  for (int i = 7; i >= 0; --i) header_size = header_size << 8 | prefix[i];
  if (header_size > kLongestHeader || header_size > size - sizeof prefix)
    refuse(file, "not a safetensors file (header of " + std::to_string(header_size) +
                     " bytes in a file of " + std::to_string(size) + ")");
  std::string text(header_size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(header_size)))
    refuse(file, "truncated inside the header");

  struct Extent {
    uint64_t begin, end;
    std::string name;
  };
  std::vector<Extent> extents;
  TensorFile content;
  const uint64_t data_size = size - sizeof prefix - header_size;
  try {
    const json header = json::parse(text);
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadataKey) {
        content.metadata = entry.get<std::map<std::string, std::string>>();
        continue;
      }
      StoredTensor& tensor = content.tensors[name];
      tensor.dtype = entry.at("dtype").get<std::string>();
      tensor.shape = entry.at("shape").get<std::vector<int64_t>>();
      const auto [begin, end] = entry.at("data_offsets").get<std::pair<uint64_t, uint64_t>>();
      const size_t element = element_size(tensor.dtype);
      if (element == 0)
        refuse(file, "tensor '" + name + "' has the unknown dtype '" + tensor.dtype + "'");
      const int64_t expected = byte_count(tensor.shape, element);
      if (begin > end || end > data_size || expected < 0 ||
          end - begin != static_cast<uint64_t>(expected))
        refuse(file, "tensor '" + name + "': data offsets " + std::to_string(begin) + " to " +
                         std::to_string(end) + " do not fit its shape (" +
                         std::to_string(expected) + " bytes) and the file's " +
                         std::to_string(data_size) + " data bytes; the file is damaged");
      extents.push_back({begin, end, name});
    }
  } catch (const json::exception& cause) {
    refuse(file, std::string("header is not valid: ") + cause.what());
  }

  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t position = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != position)
      refuse(file, "tensor '" + extent.name +
                       "' overlaps another or leaves a gap before it; the "
                       "file is damaged");
    std::vector<uint8_t>& bytes = content.tensors[extent.name].bytes;
    bytes.resize(extent.end - extent.begin);
    if (!stream.read(reinterpret_cast<char*>(bytes.data()),
                     static_cast<std::streamsize>(bytes.size())))
      refuse(file, "truncated inside tensor '" + extent.name + "'");
    position = extent.end;
  }
  if (position != data_size) refuse(file, "bytes after the last tensor; the file is damaged");
  return content;
}

void write_safetensors(const std::filesystem::path& file, const TensorFile& content) {
  json header = json::object();
  if (!content.metadata.empty()) header[kMetadataKey] = content.metadata;
  uint64_t position = 0;
  for (const auto& [name, tensor] : content.tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {position, position + tensor.bytes.size()}}};
    position += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the format aligns the data to 8 bytes
  write_atomically(file, [&](const std::filesystem::path& temporary) {
    std::ofstream stream(temporary, std::ios::binary);
    uint8_t prefix[8];
    for (int i = 0; i < 8; ++i) prefix[i] = static_cast<uint8_t>(text.size() >> (8 * i));
    stream.write(reinterpret_cast<const char*>(prefix), sizeof prefix);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const auto& [name, tensor] : content.tensors)
      stream.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                   static_cast<std::streamsize>(tensor.bytes.size()));
    stream.close();
    if (!stream)
      throw Error(ErrorCode::kOutput,
                  "cannot write '" + file.string() + "': " + std::strerror(errno));
  });
}

}  // namespace ganface::core
