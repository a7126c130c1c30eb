// SPDX-License-Identifier: MIT
// Owns where model files are looked for.
#include <ganface/error.h>
#include <ganface/model_path.h>

#include <cstdlib>
#include <vector>

#include "core/text_stream.h"
#include "ganface-config.h"

namespace ganface {

namespace fs = std::filesystem;

fs::path find_model(const std::string& name_or_path) {
  std::error_code error;
  const std::string ending = ".safetensors";
  const bool is_path =
      name_or_path.find('/') != std::string::npos ||
      (name_or_path.size() > ending.size() &&
       name_or_path.compare(name_or_path.size() - ending.size(), ending.size(), ending) == 0);
  if (is_path && fs::is_regular_file(name_or_path, error)) return name_or_path;

  std::vector<fs::path> folders;
  if (const char* variable = std::getenv("GANFACE_MODEL_PATH")) {
    core::TextReader list(variable);
    for (std::string folder; std::getline(list, folder, ':');)
      if (!folder.empty()) folders.emplace_back(folder);
  }
  folders.emplace_back(GANFACE_INSTALLED_MODELS);
  folders.emplace_back(GANFACE_SOURCE_MODELS);

  std::string places;
  if (!is_path)
    for (const fs::path& folder : folders) {
      const fs::path file = folder / (name_or_path + ending);
      if (fs::is_regular_file(file, error)) return file;
      places += "\n  " + file.string();
    }
  throw Error(ErrorCode::kModel,
              is_path ? "model '" + name_or_path + "': no such file"
                      : "model '" + name_or_path +
                            "' was not found; set GANFACE_MODEL_PATH to its folder or give a "
                            "path. Looked for:" +
                            places);
}

}  // namespace ganface
