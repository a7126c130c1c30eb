// SPDX-License-Identifier: MIT
// Owns the measurement of how far generated faces are, as a whole, from real ones.
#include <ganface/error.h>
#include <ganface/frechet.h>
#include <ganface/model_path.h>

#include <algorithm>
#include <vector>

#include "eval/face_sets.h"
#include "eval/gaussian.h"
#include "eval/image_folder.h"
#include "models/feature_network.h"
#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"

namespace ganface {
namespace {

constexpr int64_t kComponents = 64;
constexpr int64_t kBatch = 64;

// [N, features] of faces uint8 [N, S, S, 3].
at::Tensor features_of(nn::FeatureNetwork& network, const at::Tensor& faces,
                       const nn::Execution& execution) {
  torch::NoGradGuard no_gradient;
  const int64_t side = network->options.image_size;
  std::vector<at::Tensor> rows;
  for (int64_t first = 0; first < faces.size(0); first += kBatch) {
    at::Tensor part =
        nn::network_input(faces.slice(0, first, std::min(first + kBatch, faces.size(0))));
    if (part.size(2) != side)
      part = at::upsample_bilinear2d(part.contiguous(), {side, side}, false);
    rows.push_back(network(part.to(execution.device)).cpu());
  }
  return at::cat(rows);
}

void expect_enough(const at::Tensor& faces, const std::string& whose) {
  if (faces.size(0) < 2)
    throw Error(ErrorCode::kInput,
                whose + " gives " + std::to_string(faces.size(0)) + " faces, expected 2 or more");
}

}  // namespace

FrechetDistances frechet_distances(const FrechetOptions& options) {
  if (options.samples < 2 || options.samples > 1000000)
    throw Error(ErrorCode::kUsage, "samples must be 2 to 1000000");
  return nn::translated("the comparison", [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    nn::FeatureNetwork network = nn::load_features(find_model(options.features), execution);
    const auto side = static_cast<int>(network->options.image_size);
    const at::Tensor made =
        std::filesystem::is_directory(options.model)
            ? train::ImageFolder(options.model, side).pixels()
            : train::generate_faces(nn::load_model(find_model(options.model), execution).generator,
                                    options.samples, options.seed, execution);
    const at::Tensor real = train::ImageFolder(options.folder, side).pixels();
    expect_enough(made, "'" + options.model + "'");
    expect_enough(real, "folder '" + options.folder.string() + "'");

    FrechetDistances distances;
    distances.samples = made.size(0);
    distances.images = real.size(0);
    const at::Tensor real_rows = train::small_rows(real).to(torch::kFloat64);
    const at::Tensor components = train::principal_components(
        real_rows, std::min(kComponents, std::min(real_rows.size(0) - 1, real_rows.size(1))));
    distances.pixels = train::frechet_distance(
        train::fit_gaussian(train::small_rows(made).to(torch::kFloat64).mm(components)),
        train::fit_gaussian(real_rows.mm(components)));
    distances.features =
        train::frechet_distance(train::fit_gaussian(features_of(network, made, execution)),
                                train::fit_gaussian(features_of(network, real, execution)));
    return distances;
  });
}

}  // namespace ganface
