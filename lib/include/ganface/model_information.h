// SPDX-License-Identifier: MIT
// Owns what a model file says of itself.
#pragma once

#include <ganface/api.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace ganface {

/// What a model file holds.
struct GANFACE_API ModelInformation {
  struct Network {
    int64_t tensors = 0;
    int64_t parameters = 0;  ///< numbers in them
    int64_t bytes = 0;
  };
  std::filesystem::path file;
  std::map<std::string, std::string> metadata;  ///< architecture, data, recipe, licence, metrics
  std::map<std::string, Network> networks;      ///< by the first part of the tensors' names

  /// {"file", "metadata": {…}, "networks": {"generator": {"tensors", "parameters", "bytes"}, …}}
  std::string json() const;
};

/// Reads a model's header by name or path; no network is built. Throws Error(kModel).
GANFACE_API ModelInformation model_information(const std::string& model);

}  // namespace ganface
