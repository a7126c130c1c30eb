// SPDX-License-Identifier: MIT
// Owns what a file is by its content.
#include "media/file_type.h"

#include <gst/base/gsttypefindhelper.h>

#include <fstream>

#include "media/owned.h"

namespace ganface::media {

std::string media_type_of(const std::string& file) {
  constexpr size_t kEnoughToTell = 65536;
  std::ifstream stream(file, std::ios::binary);
  std::string start(kEnoughToTell, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(stream.gcount()));
  if (start.empty()) return "";
  const Owned<GstCaps> caps(gst_type_find_helper_for_data(
      nullptr, reinterpret_cast<const guint8*>(start.data()), start.size(), nullptr));
  return caps ? gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)) : "";
}

}  // namespace ganface::media
