// SPDX-License-Identifier: MIT
// Owns the fuzzing of the way between frames and crops: any layout of samples, any transform.
#include <fuzzer/FuzzedDataProvider.h>
#include <ganface/error.h>
#include <ganface/frame.h>

#include <cmath>

#include "expect.h"
#include "random_frame.h"

namespace {

using namespace ganface;
using ganface::fuzz::expect;

void look(const FrameView& frame, const CanonicalTransform& transform, int width, int height) {
  const Image crop = extract_crop(frame, transform, width, height);
  expect(crop.pixels.size() == static_cast<size_t>(width * height * 3), "a crop has its pixels");
  inside_frame(frame, transform, width, height);
  expect(crop_side_in_frame(transform) >= 0, "a crop has a side");
  if (frame.alpha.data != nullptr) transparent_hole(frame, transform, width);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  fuzz::RandomFrame random(data);
  const CanonicalTransform transform = fuzz::random_transform(data, random.frame());
  const int side = data.ConsumeIntegralInRange(1, 24);
  to_image(random.frame());
  // A mask with nothing, something or all of it set.
  Image mask(side, side, 1, data.ConsumeBool() ? 255 : 0), colours(side, side, 3, 200);
  for (const uint8_t share : data.ConsumeBytes<uint8_t>(16))
    mask.pixels[(share * size_t{37}) % mask.pixels.size()] = share;
  const std::vector<uint8_t> before = random.samples();
  try {
    look(random.frame(), transform, side, data.ConsumeIntegralInRange(1, 24));
    expect(random.samples() == before, "who looks changes nothing");
    composite_crop(random.frame(), transform, colours, mask);
    paint_hole(random.frame(), transform, mask, {1, 2, 3});
  } catch (const Error& error) {
    expect(error.code() == ErrorCode::kInput, "a transform without an inverse is bad input");
    expect(random.samples() == before, "a frame that is refused stays as it was");
  }
  expect(random.gaps_are_untouched(), "nothing is written between the samples");
  return 0;
}
