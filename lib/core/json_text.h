// SPDX-License-Identifier: MIT
// Owns the form in which JSON documents are written for people and scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ganface::core {

/// The document, indented; bytes that are no UTF-8, as a file's name may have, are replaced.
inline std::string json_text(const nlohmann::json& document) {
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace ganface::core
