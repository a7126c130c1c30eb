// SPDX-License-Identifier: MIT
// Owns where model files are looked for.
#pragma once

#include <ganface/api.h>

#include <filesystem>
#include <string>

namespace ganface {

/// The models used when none is named: the generator, for made up faces and searches, and the
/// network that completes faces.
inline constexpr char kDefaultModel[] = "lfw-dcgan64";
inline constexpr char kDefaultCompletionModel[] = "lfw-complete128";

/// Finds a model file by name or path. Anything with a '/' or the ending .safetensors is a path
/// and taken as it is; a bare name NAME is looked up as NAME.safetensors in the folders of the
/// environment variable GANFACE_MODEL_PATH (separated by ':'), in the installed data folder and in
/// the source tree the library was built from. Throws Error(kModel) that lists the places looked
/// at.
GANFACE_API std::filesystem::path find_model(const std::string& name_or_path);

}  // namespace ganface
