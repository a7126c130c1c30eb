// SPDX-License-Identifier: MIT
// Owns the fuzzing of JSON that is read back: a training run's log, and the labels of heads.
#include <ganface/error.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "expect.h"
#include "memory_file.h"
#include "train/loop/log_lines.h"
#include "train/synthetic/head_labels.h"

namespace {

using namespace ganface;
using ganface::fuzz::expect;
using ganface::fuzz::MemoryFile;

void read_log(const uint8_t* bytes, size_t size) {
  const MemoryFile log(bytes, size);
  const std::string kept = train::lines_until(log.path(), 10);
  const MemoryFile shorter(reinterpret_cast<const uint8_t*>(kept.data()), kept.size());
  expect(train::lines_until(shorter.path(), 10) == kept, "a log that was cut stays as it is");
  const MemoryFile table(nullptr, 0);
  train::write_table(log.path(), table.path());
  std::ifstream rows(table.path());
  for (std::string row; std::getline(rows, row);) {
    std::istringstream columns(row);
    int count = 0;
    for (std::string column; columns >> column;) ++count;
    expect(count == 6, "a row of the table has six columns");
  }
}

// A folder with nothing in it but the labels.
const std::filesystem::path& folder() {
  static const std::filesystem::path place = [] {
    const std::filesystem::path made =
        std::filesystem::temp_directory_path() / ("fuzz-heads-" + std::to_string(getpid()));
    std::filesystem::create_directories(made);
    return made;
  }();
  return place;
}

void read_labels(const uint8_t* bytes, size_t size) {
  const MemoryFile labels(bytes, size);
  const std::filesystem::path file = folder() / "heads.jsonl";
  std::filesystem::remove(file);
  std::filesystem::create_symlink(labels.path(), file);
  try {
    const train::LabelledHeads heads = train::LabelledHeads::read(folder());
    expect(heads.files.size() == heads.labels.size(), "every file has a label");
    for (const train::HeadLabel& label : heads.labels) {
      expect(label.points.size() == train::HeadLabel::kPoints, "a label has all its points");
      Image mask(32, 24, 1);
      train::fill_polygon(mask, label.points, 255);
      for (const train::HeadLabel::Cover& cover : label.covers)
        train::fill_polygon(mask, cover.outline, 128);
    }
  } catch (const Error& error) {
    expect(error.code() == ErrorCode::kInput, "damaged labels are an error of the input");
  }
}

// Puts another value in the place of a number, a word or a text.
void change_value(std::string& text, std::mt19937& random) {
  const char* const values[] = {"0",
                                "1",
                                "-1",
                                "1e300",
                                "-1e300",
                                "1e39",
                                "1e-300",
                                "18446744073709551616",
                                "9223372036854775807",
                                "0.5",
                                "2147483648",
                                "null",
                                "true",
                                "\"text\"",
                                "\"\"",
                                "[]",
                                "{}",
                                "[[1,2],[3]]",
                                "{\"a\":1}"};
  const auto is_value = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
           letter == '.' || letter == '"';
  };
  std::vector<size_t> begins;
  for (size_t i = 1; i < text.size(); ++i)
    if (is_value(text[i]) &&
        (text[i - 1] == ' ' || text[i - 1] == ':' || text[i - 1] == '[' || text[i - 1] == ','))
      begins.push_back(i);
  if (begins.empty()) return;
  const size_t begin = begins[random() % begins.size()];
  size_t end = begin + 1;
  while (end < text.size() && is_value(text[end])) ++end;
  text.replace(begin, end - begin, values[random() % std::size(values)]);
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

// Every other change keeps to the values.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(bytes, size, most);
  std::string text(reinterpret_cast<const char*>(bytes), size);
  for (unsigned i = random() % 3 + 1; i > 0; --i) change_value(text, random);
  size = std::min(text.size(), most);
  std::copy_n(text.data(), size, bytes);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  read_log(bytes, size);
  read_labels(bytes, size);
  return 0;
}
