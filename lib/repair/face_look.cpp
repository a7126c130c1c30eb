// SPDX-License-Identifier: MIT
// Owns other looks at a face that is repaired, as networks are shown them.
#include "repair/face_look.h"

#include <ATen/ATen.h>

#include "nn/runtime/images.h"
#include "repair/damage.h"

namespace ganface::repair {

at::Tensor tensor_of(const Image& image) {
  return nn::network_input(nn::stack_images({image})).contiguous();
}

Image scaled_known(const Image& known, int side) {
  constexpr uint8_t kKnownAllOver = 250;  // of 255
  Image small = at_side(known, side);
  for (uint8_t& pixel : small.pixels) pixel = pixel >= kKnownAllOver ? 255 : 0;
  return small;
}

at::Tensor FaceLook::tensor(int side) const {
  const at::Tensor colours = tensor_of(at_side(picture, side));
  if (known == nullptr) return at::cat({colours, at::ones({1, 1, side, side})}, 1);
  const Image scaled = scaled_known(*known, side);
  const at::Tensor valid = nn::stack_masks({&scaled});
  return at::cat({colours * valid, valid}, 1);
}

}  // namespace ganface::repair
