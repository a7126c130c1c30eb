// SPDX-License-Identifier: MIT
// Owns the differentiable augmentations that both players of the game see.
#include "train/adversarial/augmentation.h"

#include <ganface/error.h>
#include <torch/autograd.h>

#include <algorithm>
#include <vector>

#include "core/text_stream.h"

namespace ganface::train {
namespace {

constexpr int64_t kTranslationShare = 8;  // of the side, that a translation is at most
constexpr int64_t kCutoutShare = 2;       // of the side, that a cutout measures

// Uniform in [0, 1), one number an image: [N, 1, 1, 1].
at::Tensor uniform(const at::Tensor& images, RandomSource& random) {
  return random.uniform(images.size(0), {1, 1, 1}).to(images.device());
}

// Whole numbers from `low` to `high`, one an image.
std::vector<int64_t> whole(const at::Tensor& images, int64_t low, int64_t high,
                           RandomSource& random) {
  const at::Tensor numbers = random.whole(images.size(0), low, high).contiguous();
  return {numbers.data_ptr<int64_t>(), numbers.data_ptr<int64_t>() + numbers.numel()};
}

// Moves the distance from `centre` by a factor.
at::Tensor stretch(const at::Tensor& images, const at::Tensor& centre, const at::Tensor& factor) {
  return (images - centre) * factor + centre;
}

at::Tensor change_color(const at::Tensor& images, RandomSource& random) {
  at::Tensor x = images + (uniform(images, random) - 0.5);
  x = stretch(x, x.mean({1}, true), uniform(images, random) * 2);
  return stretch(x, x.mean({1, 2, 3}, true), uniform(images, random) + 0.5);
}

at::Tensor translate(const at::Tensor& images, RandomSource& random) {
  const int64_t most = images.size(2) / kTranslationShare;
  const std::vector<int64_t> right = whole(images, -most, most, random);
  const std::vector<int64_t> down = whole(images, -most, most, random);
  std::vector<at::Tensor> moved;
  for (int64_t i = 0; i < images.size(0); ++i) {
    const int64_t dx = right[static_cast<size_t>(i)], dy = down[static_cast<size_t>(i)];
    moved.push_back(at::constant_pad_nd(images[i], {dx, -dx, dy, -dy}));
  }
  return at::stack(moved);
}

at::Tensor cut_out(const at::Tensor& images, RandomSource& random) {
  const int64_t side = images.size(2), hole = side / kCutoutShare;
  const std::vector<int64_t> left = whole(images, -hole / 2, side - hole / 2, random);
  const std::vector<int64_t> top = whole(images, -hole / 2, side - hole / 2, random);
  at::Tensor kept = at::ones({images.size(0), 1, side, side});
  for (int64_t i = 0; i < images.size(0); ++i) {
    const auto clamp = [side](int64_t value) { return std::clamp<int64_t>(value, 0, side); };
    const int64_t x = left[static_cast<size_t>(i)], y = top[static_cast<size_t>(i)];
    kept[i].slice(1, clamp(y), clamp(y + hole)).slice(2, clamp(x), clamp(x + hole)).zero_();
  }
  return images * kept.to(images.device());
}

}  // namespace

Augmentation augmentation_by_names(const std::string& names) {
  Augmentation augmentation;
  if (names == "none") return augmentation;
  core::TextReader list(names);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "color")
      augmentation.color = true;
    else if (name == "translation")
      augmentation.translation = true;
    else if (name == "cutout")
      augmentation.cutout = true;
    else
      throw Error(ErrorCode::kUsage, "augmentation '" + name +
                                         "' is unknown; expected none, or some of color, "
                                         "translation, cutout, separated by commas");
  }
  return augmentation;
}

at::Tensor augment(const at::Tensor& images, const Augmentation& augmentation,
                   RandomSource& random) {
  at::Tensor x = images;
  if (augmentation.color) x = change_color(x, random);
  if (augmentation.translation) x = translate(x, random);
  if (augmentation.cutout) x = cut_out(x, random);
  return x;
}

}  // namespace ganface::train
