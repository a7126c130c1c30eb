// SPDX-License-Identifier: MIT
// Owns the sets of faces that are compared as wholes: generated, or from a folder.
#include "eval/face_sets.h"

#include <algorithm>
#include <vector>

#include "nn/runtime/images.h"

namespace ganface::train {
namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kSmallSide = 32;

}  // namespace

at::Tensor generate_faces(nn::Generator generator, int64_t count, uint64_t seed,
                          const nn::Execution& execution) {
  torch::NoGradGuard no_gradient;
  const at::Tensor z = nn::sample_latent(count, generator->options.latent_size, seed);
  std::vector<at::Tensor> faces;
  for (int64_t first = 0; first < count; first += kBatch) {
    const at::Tensor part = z.slice(0, first, std::min(first + kBatch, count));
    faces.push_back(nn::to_bytes(generator(part.to(execution.device)).cpu())
                        .permute({0, 2, 3, 1})
                        .contiguous());
  }
  return at::cat(faces);
}

at::Tensor small_rows(const at::Tensor& faces) {
  std::vector<at::Tensor> rows;
  for (int64_t first = 0; first < faces.size(0); first += kBatch) {
    const at::Tensor part = faces.slice(0, first, std::min(first + kBatch, faces.size(0)));
    rows.push_back(
        at::adaptive_avg_pool2d(nn::network_input(part).contiguous(), {kSmallSide, kSmallSide})
            .flatten(1));
  }
  return at::cat(rows);
}

}  // namespace ganface::train
