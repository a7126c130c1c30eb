// SPDX-License-Identifier: MIT
// Owns the photographs of the people that no network was trained on.
#include "validation_people.h"

#include <ganface/image.h>
#include <glib.h>

#include <cstdlib>

namespace ganface::bench {

std::filesystem::path data() {
  const char* folder = std::getenv("GANFACE_TEST_DATA");
  return folder != nullptr ? folder : "../shared/data";
}

std::vector<std::filesystem::path> validation_files() {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& file : list_images(data() / "lfw-deepfunneled")) {
    gchar* digest =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, file.parent_path().filename().c_str(), -1);
    int remainder = 0;
    for (const gchar* digit = digest; *digit != 0; ++digit)
      remainder = (remainder * 16 + g_ascii_xdigit_value(*digit)) % 10;
    g_free(digest);
    if (remainder == 1) files.push_back(file);
  }
  return files;
}

}  // namespace ganface::bench
