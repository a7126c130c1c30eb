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
#include <set>
#include <tuple>
#include <utility>

#include "core/atomic_file.h"
#include "core/json_text.h"

namespace ganface::core {
namespace {

using nlohmann::json;

// A header of a thousand tensors has 100 kB; one of this size takes a few hundred MB to read.
constexpr uint64_t kLongestHeader = 16'000'000;
constexpr size_t kMostDimensions = 64;  // as in LibTorch
constexpr char kMetadataKey[] = "__metadata__";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::kModel, "model '" + file.string() + "': " + why);
}

// Why a file that is there cannot be opened. Limits of the process are no fault of the file.
[[noreturn]] void refuse_to_open(const std::filesystem::path& file, int cause) {
  if (cause == EMFILE || cause == ENFILE || cause == ENOMEM)
    throw Error(ErrorCode::kDevice, "model '" + file.string() +
                                        "' cannot be opened: " + std::strerror(cause) +
                                        "; raise the limit (ulimit -n) or do less at a time");
  refuse(file, std::string("cannot be opened: ") + std::strerror(cause));
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

// Where a tensor's data lie.
struct Extent {
  uint64_t begin, end;
  std::string name;
};

// Reads a header as it is parsed, so that nothing is kept of what does not belong there.
class HeaderReader : public json::json_sax_t {
 public:
  HeaderReader(const std::filesystem::path& file, uint64_t data_size, TensorFile& content)
      : file_(file), data_size_(data_size), content_(content) {}

  std::vector<Extent> extents;

  bool start_object(size_t) override {
    if (place_ == Place::kOutside)
      place_ = Place::kHeader;
    else if (place_ == Place::kHeader && name_ == kMetadataKey)
      place_ = Place::kMetadata;
    else if (place_ == Place::kHeader)
      begin_tensor();
    else
      unexpected("an object");
    return true;
  }
  bool end_object() override {
    if (place_ == Place::kTensor) end_tensor();
    place_ = place_ == Place::kHeader ? Place::kOutside : Place::kHeader;
    return true;
  }
  bool key(std::string& name) override {
    if (place_ == Place::kHeader) {
      if (!names_.insert(name).second) refuse(file_, "'" + name + "' is there twice");
      name_ = name;
      return true;
    }
    if (place_ == Place::kMetadata && content_.metadata.count(name) > 0)
      refuse(file_, "metadata '" + name + "' is there twice");
    if (place_ == Place::kTensor && !fields_.insert(name).second)
      refuse(file_, "tensor '" + name_ + "' has '" + name + "' twice");
    field_ = name;
    return true;
  }
  bool start_array(size_t) override {
    if (place_ != Place::kTensor || (field_ != "shape" && field_ != "data_offsets"))
      unexpected("a list");
    place_ = field_ == "shape" ? Place::kShape : Place::kOffsets;
    return true;
  }
  bool end_array() override {
    place_ = Place::kTensor;
    return true;
  }
  bool string(std::string& text) override {
    if (place_ == Place::kMetadata)
      content_.metadata[field_] = text;
    else if (place_ == Place::kTensor && field_ == "dtype")
      tensor().dtype = text;
    else
      unexpected("'" + text + "'");
    return true;
  }
  bool number_unsigned(uint64_t number) override {
    if (place_ == Place::kShape && number <= std::numeric_limits<int64_t>::max() &&
        tensor().shape.size() < kMostDimensions)
      tensor().shape.push_back(static_cast<int64_t>(number));
    else if (place_ == Place::kOffsets && offsets_.size() < 2)
      offsets_.push_back(number);
    else
      unexpected(std::to_string(number));
    return true;
  }
  bool number_integer(int64_t number) override {
    unexpected(std::to_string(number));
    return true;
  }
  // Also whole numbers that 64 bits do not hold.
  bool number_float(double, const std::string& text) override {
    unexpected(text);
    return true;
  }
  bool null() override {
    unexpected("null");
    return true;
  }
  bool boolean(bool) override {
    unexpected("true or false");
    return true;
  }
  bool binary(json::binary_t&) override {
    unexpected("bytes");
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception& cause) override {
    refuse(file_, "header is not valid: " + json_error(cause));
  }

 private:
  enum class Place { kOutside, kHeader, kMetadata, kTensor, kShape, kOffsets };

  [[noreturn]] void unexpected(const std::string& what) const {
    std::string where = place_ == Place::kMetadata ? "metadata '" + field_ + "'"
                        : place_ <= Place::kHeader ? "'" + name_ + "'"
                                                   : "tensor '" + name_ + "': " + field_;
    size_t end = std::min<size_t>(what.size(), 40);
    // Not within a character of UTF-8.
    while (end < what.size() && end > 0 && (what[end] & 0xC0) == 0x80) --end;
    refuse(file_, "header is not valid: " + where + " holds " + what.substr(0, end) +
                      "; expected tensors of a dtype, a shape and two data offsets in whole "
                      "numbers, and metadata of text");
  }

  StoredTensor& tensor() { return content_.tensors[name_]; }

  void begin_tensor() {
    place_ = Place::kTensor;
    content_.tensors[name_];
    fields_.clear();
    offsets_.clear();
    field_.clear();
  }

  void end_tensor() {
    for (const char* field : {"dtype", "shape", "data_offsets"})
      if (fields_.count(field) == 0)
        refuse(file_,
               "header is not valid: tensor '" + name_ + "' has no '" + std::string(field) + "'");
    const size_t element = element_size(tensor().dtype);
    if (element == 0)
      refuse(file_, "tensor '" + name_ + "' has the unknown dtype '" + tensor().dtype + "'");
    if (offsets_.size() != 2)
      refuse(file_, "header is not valid: tensor '" + name_ + "' has " +
                        std::to_string(offsets_.size()) + " data offsets, expected 2");
    const uint64_t begin = offsets_[0], end = offsets_[1];
    const int64_t expected = byte_count(tensor().shape, element);
    if (begin > end || end > data_size_ || expected < 0 ||
        end - begin != static_cast<uint64_t>(expected))
      refuse(file_, "tensor '" + name_ + "': data offsets " + std::to_string(begin) + " to " +
                        std::to_string(end) + " do not fit its shape (" + std::to_string(expected) +
                        " bytes) and the file's " + std::to_string(data_size_) +
                        " data bytes; the file is damaged");
    extents.push_back({begin, end, name_});
  }

  const std::filesystem::path& file_;
  const uint64_t data_size_;
  TensorFile& content_;
  Place place_ = Place::kOutside;
  std::string name_, field_;
  std::set<std::string> names_, fields_;
  std::vector<uint64_t> offsets_;
};

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
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) refuse_to_open(file, errno);
  uint8_t prefix[8];
  if (error || !stream.read(reinterpret_cast<char*>(prefix), sizeof prefix))
    refuse(file, "truncated or unreadable; expected a safetensors file");
  uint64_t header_size = 0;
  for (int i = 7; i >= 0; --i) header_size = header_size << 8 | prefix[i];
  if (header_size > kLongestHeader && header_size <= size - sizeof prefix)
    refuse(file, "header of " + std::to_string(header_size) + " bytes, expected " +
                     std::to_string(kLongestHeader) + " or fewer");
  if (header_size > size - sizeof prefix)
    refuse(file, "not a safetensors file (header of " + std::to_string(header_size) +
                     " bytes in a file of " + std::to_string(size) + ")");
  std::string text(header_size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(header_size)))
    refuse(file, "truncated inside the header");

  TensorFile content;
  const uint64_t data_size = size - sizeof prefix - header_size;
  HeaderReader header(file, data_size, content);
  json::sax_parse(text, &header);
  std::vector<Extent>& extents = header.extents;

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
