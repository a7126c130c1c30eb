// SPDX-License-Identifier: MIT
// Owns the safetensors file format: named arrays and string metadata, nothing that runs code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ganface::core {

/// One array of a safetensors file.
struct StoredTensor {
  std::string dtype;  ///< the format's names: "F32", "BF16", "F16", "F64", "I64", "I32", "U8", …
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;  ///< row-major, little-endian
};

/// The whole content of a safetensors file.
struct TensorFile {
  std::map<std::string, std::string> metadata;  ///< the header's "__metadata__"
  std::map<std::string, StoredTensor> tensors;
};

/// Bytes of one element of a safetensors dtype; 0 when the name is unknown.
size_t element_size(const std::string& dtype);

/// Reads a file. Throws Error(kModel) naming the file and what is wrong: missing, truncated,
/// header not JSON, longer than 16 MB or with what does not belong there, a name twice, more than
/// 64 dimensions, unknown dtype, offsets that overlap, leave holes or do not fit the shape.
/// Throws Error(kDevice) when the process may open no further file.
TensorFile read_safetensors(const std::filesystem::path& file);

/// Writes a file through a temporary one. Throws Error(kOutput).
void write_safetensors(const std::filesystem::path& file, const TensorFile& content);

}  // namespace ganface::core
