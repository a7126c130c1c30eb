// SPDX-License-Identifier: MIT
// Owns the holes that encoders are trained on.
#include "train/adversarial/training_holes.h"

#include <ATen/ATen.h>
#include <ganface/holes.h>

#include <algorithm>
#include <iterator>

namespace ganface::train {
namespace {

// Scattered holes have more forms than the fixed regions, so they come more often.
constexpr Region kRegions[] = {Region::kCenter,  Region::kLeft,   Region::kRight,   Region::kTop,
                               Region::kBottom,  Region::kEyes,   Region::kNose,    Region::kMouth,
                               Region::kCenter,  Region::kRandom, Region::kPattern, Region::kRandom,
                               Region::kPattern, Region::kPattern};

}  // namespace

at::Tensor draw_holes(int64_t count, int size, RandomSource& random) {
  at::Tensor holes = at::empty({count, 1, size, size});
  const at::Tensor kinds =
      random.whole(count, 0, static_cast<int64_t>(std::size(kRegions)) - 1).contiguous();
  const at::Tensor seeds = random.whole(count, 0, int64_t{1} << 40).contiguous();
  for (int64_t i = 0; i < count; ++i) {
    const Region region = kRegions[kinds.data_ptr<int64_t>()[i]];
    const Image hole =
        region_hole(region, size, static_cast<uint64_t>(seeds.data_ptr<int64_t>()[i]));
    std::transform(hole.pixels.begin(), hole.pixels.end(), holes[i].data_ptr<float>(),
                   [](uint8_t pixel) { return pixel != 0 ? 1.f : 0.f; });
  }
  return holes;
}

}  // namespace ganface::train
