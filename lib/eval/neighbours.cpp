// SPDX-License-Identifier: MIT
// Owns the search of the training images for those that generated faces may be copies of.
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <ganface/neighbours.h>
#include <ganface/sheet.h>

#include <cmath>
#include <limits>
#include <vector>

#include "eval/face_sets.h"
#include "eval/image_folder.h"
#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"

namespace ganface {
namespace {

constexpr int kPairsPerRow = 8;
constexpr double kLevels = 127.5;  // 8-bit levels of a unit in [-1, 1]
constexpr int64_t kDistanceBatch = 1024;

// For each of some faces the nearest of many.
struct Nearest {
  at::Tensor squared;   // [N] squared distance
  at::Tensor row;       // [N] int64
  at::Tensor mirrored;  // [N] bool: nearest to the mirror image
};

// Of faces and training images uint8 [., S, S, 3].
Nearest nearest(const at::Tensor& faces, const at::Tensor& training) {
  const at::Tensor rows = train::small_rows(faces);
  const int64_t count = rows.size(0);
  Nearest found{at::full({count}, std::numeric_limits<float>::infinity(), torch::kFloat32),
                at::zeros({count}, torch::kInt64), at::zeros({count}, torch::kBool)};
  for (const bool mirrored : {false, true})
    for (int64_t first = 0; first < training.size(0); first += kDistanceBatch) {
      const at::Tensor part =
          training.slice(0, first, std::min(first + kDistanceBatch, training.size(0)));
      const at::Tensor others = train::small_rows(mirrored ? part.flip(2).contiguous() : part);
      const auto [distance, row] = at::cdist(rows, others).square().min(1);
      const at::Tensor better = distance < found.squared;
      found.squared = at::where(better, distance, found.squared);
      found.row = at::where(better, row + first, found.row);
      found.mirrored = at::where(better, at::full_like(found.mirrored, mirrored), found.mirrored);
    }
  return found;
}

// Root mean square difference a sample, in 8-bit levels.
double median_levels(const Nearest& found, const at::Tensor& faces) {
  const auto numbers = static_cast<double>(train::small_rows(faces.slice(0, 0, 1)).numel());
  return kLevels * std::sqrt(found.squared.median().item<double>() / numbers);
}

}  // namespace

Neighbours find_neighbours(const NeighbourOptions& options) {
  if (options.count < 1 || options.count > 4096)
    throw Error(ErrorCode::kUsage, "count must be 1 to 4096");
  return nn::translated("the search for neighbours", [&] {
    torch::NoGradGuard no_gradient;
    const nn::Execution execution = nn::choose_execution(options.device);
    const nn::Generator generator = nn::load_model(find_model(options.model), execution).generator;
    const auto side = static_cast<int>(generator->options.image_size);
    const train::ImageFolder training(options.folder, side);
    const at::Tensor made =
        train::generate_faces(generator, options.count, options.seed, execution);
    const Nearest found = nearest(made, training.pixels());
    Neighbours neighbours;
    neighbours.generated = median_levels(found, made);
    if (!options.unseen.empty()) {
      const train::ImageFolder unseen(options.unseen, side);
      neighbours.unseen = median_levels(nearest(unseen.pixels(), training.pixels()), made);
    }
    std::vector<Image> cells;
    const std::vector<Image> faces = nn::to_images(nn::network_input(made));
    const std::vector<Image> matches = nn::to_images(training.batch(found.row, found.mirrored));
    for (size_t i = 0; i < faces.size(); ++i) cells.insert(cells.end(), {faces[i], matches[i]});
    neighbours.sheet = contact_sheet(cells, 2 * kPairsPerRow);
    return neighbours;
  });
}

}  // namespace ganface
