// SPDX-License-Identifier: MIT
// Owns the reading of a training run's log, whose lines may be torn or changed.
#include "train/loop/log_lines.h"

#include <ganface/error.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace ganface::train {
namespace {

// What is no number, or not there, counts as 0.
double number_in(const nlohmann::json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::string lines_until(const std::filesystem::path& log, int64_t step) {
  std::ifstream lines(log);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && number_in(entry, "step") <= static_cast<double>(step))
      kept += line + '\n';
  }
  if (lines.bad()) throw Error(ErrorCode::kInput, "cannot read '" + log.string() + "' to its end");
  return kept;
}

bool write_table(const std::filesystem::path& log, const std::filesystem::path& table) {
  std::ifstream lines(log);
  std::ofstream rows(table);
  bool reconstruction = false;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("epoch")) continue;
    for (const char* key : {"epoch", "value", "divergence", "real_score", "fake_score"})
      rows << number_in(entry, key) << ' ';
    const double loss = number_in(entry, "reconstruction");
    rows << loss << '\n';
    reconstruction = reconstruction || loss > 0;
  }
  return reconstruction;
}

}  // namespace ganface::train
