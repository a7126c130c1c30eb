// SPDX-License-Identifier: MIT
// Owns what an evaluation shows of each face: its damaged crop, and what lies beside it.
#include "eval/evaluation_references.h"

#include <ganface/error.h>
#include <ganface/frame.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace ganface::repair {
namespace {

constexpr uint8_t kHoleGrey = 128;
constexpr double kShift = 0.04;  // most, sides of the crop, each way
constexpr double kTurn = 0.08;   // radians
constexpr double kScale = 0.05;  // beside 1
constexpr double kGain = 0.2;    // of all colours, beside 1
constexpr double kTint = 0.06;   // of one colour, beside 1
constexpr double kSlope = 0.2;   // of the light from one side of the crop to the other

// Uniform numbers that are the same on every machine.
class Uniform {
 public:
  explicit Uniform(uint64_t seed) : engine_(seed) {}
  double within(double most) {
    return most * (2 * static_cast<double>(engine_() >> 11) * 0x1p-53 - 1);
  }

 private:
  std::mt19937_64 engine_;
};

// The photograph's canonical crop as another frame might show it.
Image moved_and_relit(const std::filesystem::path& file, int size, uint64_t seed) {
  Image photograph = read_image(file);
  const bool is_lfw = photograph.width == 250 && photograph.height == 250;
  const double begin = is_lfw ? 61 : 0, side = is_lfw ? 128 : photograph.width;
  Uniform uniform(seed);
  const double scale = side * (1 + uniform.within(kScale)), turn = uniform.within(kTurn);
  const double x = begin + side * (0.5 + uniform.within(kShift));
  const double y = begin + side * (0.5 + uniform.within(kShift));
  const double cosine = std::cos(turn) / scale, sine = std::sin(turn) / scale;
  Image moved = extract_crop(
      frame_of(photograph),
      {cosine, sine, 0.5 - cosine * x - sine * y, -sine, cosine, 0.5 + sine * x - cosine * y},
      size);
  const double gain = 1 + uniform.within(kGain);
  double tint[3];
  for (double& colour : tint) colour = gain * (1 + uniform.within(kTint));
  const double slope_x = uniform.within(kSlope), slope_y = uniform.within(kSlope);
  for (int row = 0; row < size; ++row)
    for (int column = 0; column < size; ++column) {
      const double light =
          1 + slope_x * (double(column) / size - 0.5) + slope_y * (double(row) / size - 0.5);
      for (int c = 0; c < 3; ++c) {
        uint8_t& pixel = moved.row(row)[3 * column + c];
        pixel = static_cast<uint8_t>(std::clamp(light * tint[c] * pixel + 0.5, 0.0, 255.0));
      }
    }
  return moved;
}

}  // namespace

const char* name_of(EvaluationReference reference) {
  switch (reference) {
    case EvaluationReference::kMoved:
      return "moved";
    case EvaluationReference::kPerson:
      return "person";
    default:
      return "none";
  }
}

std::vector<std::filesystem::path> spread(const std::vector<std::filesystem::path>& files,
                                          size_t limit) {
  if (limit == 0 || limit >= files.size()) return files;
  std::vector<std::filesystem::path> some;
  for (size_t i = 0; i < limit; ++i) some.push_back(files[i * files.size() / limit]);
  return some;
}

Image canonical_photograph(const std::filesystem::path& file, int size) {
  const Image photograph = read_image(file);
  try {
    return canonical_crop(photograph.view(), size);
  } catch (const Error& cause) {
    throw Error(cause.code(), "image '" + file.string() + "': " + cause.what());
  }
}

Image without_hole(const Image& face, const Image& hole) {
  Image damaged = face;
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    if (hole.pixels[i] != 0)
      std::fill_n(damaged.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, kHoleGrey);
  return damaged;
}

void add_reference(DamagedFace& face, EvaluationReference kind, const std::filesystem::path& file,
                   const std::vector<std::filesystem::path>& all, uint64_t seed) {
  const int size = face.crop.width;
  if (kind == EvaluationReference::kMoved) {
    face.reference = moved_and_relit(file, size, seed);
    face.known = Image(size, size, 1, 255);
  } else if (kind == EvaluationReference::kPerson) {
    // The next photograph in the person's folder, after the last the first.
    std::vector<std::filesystem::path> theirs;
    for (const auto& other : all)
      if (other.parent_path() == file.parent_path()) theirs.push_back(other);
    const auto own = std::find(theirs.begin(), theirs.end(), file) - theirs.begin();
    const auto& other = theirs[(static_cast<size_t>(own) + 1) % theirs.size()];
    if (other != file) face.photograph = canonical_photograph(other, size);
  }
}

}  // namespace ganface::repair

namespace ganface {

EvaluationReference reference_by_name(const std::string& name) {
  for (const auto reference :
       {EvaluationReference::kNone, EvaluationReference::kMoved, EvaluationReference::kPerson})
    if (name == repair::name_of(reference)) return reference;
  throw Error(ErrorCode::kUsage,
              "reference '" + name + "' is unknown; expected none, moved or person");
}

}  // namespace ganface
