// SPDX-License-Identifier: MIT
// Completes the crops that refinement_crops.py has cut, for the refinement network to learn from.
// Usage: refinement_completed MODEL BASE: reads BASE.truth and BASE.hole, writes BASE.completed.
#include <ganface/error.h>
#include <ganface/repair.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr int kSide = 256;
constexpr size_t kAtATime = 4;

// Whether there was another crop.
bool read_face(std::ifstream& truth, std::ifstream& holes, ganface::DamagedFace& face) {
  face.crop = ganface::Image(kSide, kSide, 3);
  face.hole = ganface::Image(kSide, kSide, 1);
  const auto read = [](std::ifstream& file, ganface::Image& image) {
    const auto size = static_cast<std::streamsize>(image.pixels.size());
    return file.read(reinterpret_cast<char*>(image.pixels.data()), size).gcount() == size;
  };
  if (!read(truth, face.crop) || !read(holes, face.hole)) return false;
  for (size_t i = 0; i < face.hole.pixels.size(); ++i)
    if (face.hole.pixels[i] != 0)
      std::fill_n(face.crop.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, uint8_t{0});
  return true;
}

void complete(const std::string& model, const std::string& base) {
  std::ifstream truth(base + ".truth", std::ios::binary), holes(base + ".hole", std::ios::binary);
  if (!truth || !holes)
    throw ganface::Error(ganface::ErrorCode::kInput, "'" + base + ".truth' and '" + base +
                                                         ".hole' are expected; refinement_crops.py "
                                                         "makes them");
  const std::string part = base + ".completed.part";
  std::ofstream out(part, std::ios::binary);
  const ganface::Inpainter inpainter(model, "auto");
  ganface::RepairOptions options;
  options.guard_px = 1;
  std::vector<ganface::DamagedFace> faces;
  for (bool more = true; more;) {
    ganface::DamagedFace face;
    more = read_face(truth, holes, face);
    if (more) faces.push_back(std::move(face));
    if (faces.empty() || (more && faces.size() < kAtATime)) continue;
    for (const ganface::RepairedFace& repaired : inpainter.repair(faces, options, {})) {
      if (repaired.completion.width != kSide)
        throw ganface::Error(ganface::ErrorCode::kModel, "'" + model + "' does not complete faces");
      out.write(reinterpret_cast<const char*>(repaired.completion.pixels.data()),
                static_cast<std::streamsize>(repaired.completion.pixels.size()));
    }
    faces.clear();
  }
  out.close();
  if (!out) throw ganface::Error(ganface::ErrorCode::kOutput, "'" + part + "' cannot be written");
  std::filesystem::rename(part, base + ".completed");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: %s MODEL BASE\n", arguments[0]);
    return 2;
  }
  try {
    complete(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", arguments[0], error.what());
    return 1;
  }
  return 0;
}
