// SPDX-License-Identifier: MIT
// Owns names with a running number, like frame-%04d.png.
#include "numbered_files.h"

#include <ganface/error.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <vector>

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

const std::regex& number_pattern() {
  static const std::regex pattern("%(0?)([1-9]?)d");
  return pattern;
}

std::string with_number(const std::smatch& match, long number) {
  std::string digits = std::to_string(number);
  const size_t width = match[2].length() > 0 ? std::stoul(match[2]) : 0;
  if (digits.size() < width)
    digits.insert(0, width - digits.size(), match[1].length() > 0 ? '0' : ' ');
  return match.prefix().str() + digits + match.suffix().str();
}

}  // namespace

bool is_numbered(const std::string& file) {
  const auto signs = std::count(file.begin(), file.end(), '%');
  if (signs == 0) return false;
  const std::string name = fs::path(file).filename().string();
  if (signs == 1 && std::regex_search(name, number_pattern())) return true;
  std::error_code error;
  // A file may well be called 100%.png.
  if (fs::exists(file, error)) return false;
  throw Error(ErrorCode::kUsage,
              "'" + file + "': expected one number like %04d, in the file's name, and no other %");
}

bool is_numbered_input(const std::string& file) {
  std::error_code error;
  return !fs::exists(file, error) && is_numbered(file);
}

FileNumbers existing_numbers(const std::string& pattern) {
  const fs::path path(pattern);
  const std::string name = path.filename().string();
  std::smatch match;
  std::regex_search(name, match, number_pattern());
  const std::string before = match.prefix(), after = match.suffix();
  std::vector<long> numbers;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(path.has_parent_path() ? path.parent_path() : fs::path("."), error)) {
    const std::string candidate = entry.path().filename().string();
    if (candidate.size() <= before.size() + after.size() ||
        candidate.compare(0, before.size(), before) != 0)
      continue;
    const long number = std::atol(candidate.c_str() + before.size());
    if (with_number(match, number) == candidate) numbers.push_back(number);
  }
  if (numbers.empty())
    throw Error(ErrorCode::kInput, "no file '" + pattern + "' exists, with any number");
  std::sort(numbers.begin(), numbers.end());
  for (size_t i = 1; i < numbers.size(); ++i)
    if (numbers[i] != numbers[i - 1] + 1)
      throw Error(ErrorCode::kInput,
                  "'" + pattern + "': number " + std::to_string(numbers[i - 1] + 1) +
                      " is missing, the files go from " + std::to_string(numbers.front()) + " to " +
                      std::to_string(numbers.back()));
  return {static_cast<int>(numbers.front()), static_cast<int>(numbers.size())};
}

}  // namespace ganface::cli
