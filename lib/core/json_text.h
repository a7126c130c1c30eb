// SPDX-License-Identifier: MIT
// Owns the form in which JSON documents, and what is wrong with them, are written for people and
// scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ganface::core {

/// The document, indented; bytes that are no UTF-8, as a file's name may have, are replaced.
inline std::string json_text(const nlohmann::json& document) {
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What is wrong with a document. The library's own text of a parse error quotes what it read,
/// which may be no UTF-8, and an error's text has to be.
inline std::string json_error(const nlohmann::json::exception& cause) {
  const auto* parse_error = dynamic_cast<const nlohmann::json::parse_error*>(&cause);
  return parse_error == nullptr ? cause.what()
                                : "no JSON (RFC 8259) within the first " +
                                      std::to_string(parse_error->byte) + " bytes";
}

}  // namespace ganface::core
