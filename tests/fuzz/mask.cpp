// SPDX-License-Identifier: MIT
// Owns the fuzzing of masks: mask images of any kind on frames of any kind, and what is made of
// them.
#include <fuzzer/FuzzedDataProvider.h>
#include <ganface/error.h>
#include <ganface/image_marks.h>

#include <optional>

#include "expect.h"
#include "facemask/face_masking.h"
#include "memory_file.h"
#include "random_frame.h"

namespace {

using namespace ganface;
using ganface::fuzz::expect;

gst::MaskSettings random_settings(FuzzedDataProvider& data) {
  gst::MaskSettings settings;
  settings.kind =
      data.PickValueInArray({gst::MaskKind::kImage, gst::MaskKind::kImage, gst::MaskKind::kColor,
                             gst::MaskKind::kAlpha, gst::MaskKind::kRegion});
  settings.region = static_cast<Region>(data.ConsumeIntegralInRange(0, 9));
  settings.seed = data.ConsumeIntegral<uint64_t>();
  settings.color = data.ConsumeIntegral<uint32_t>() & 0xffffff;
  settings.tolerance = data.ConsumeIntegral<uint8_t>();
  settings.dilate = data.ConsumeIntegralInRange(0, 8);
  settings.feather = data.ConsumeIntegralInRange(0, 2);
  settings.occlude =
      data.PickValueInArray({gst::Occlusion::kNone, gst::Occlusion::kGray, gst::Occlusion::kNoise});
  settings.draw = data.ConsumeBool();
  return settings;
}

// A mask image from a file, or one of a size that a file may have.
std::optional<Image> random_image(FuzzedDataProvider& data, const Frame& frame) {
  const int way = data.ConsumeIntegralInRange(0, 3);
  if (way == 0) return Image(frame.width, frame.height, 3, data.ConsumeIntegral<uint8_t>());
  if (way == 1) {
    const int width = data.ConsumeIntegralInRange(1, 600);
    Image image(width, data.ConsumeBool() ? width : data.ConsumeIntegralInRange(1, 60), 3);
    for (const uint8_t byte : data.ConsumeBytes<uint8_t>(16))
      image.pixels[(byte * size_t{4099}) % image.pixels.size()] = byte;
    return image;
  }
  const std::vector<uint8_t> bytes = data.ConsumeRemainingBytes<uint8_t>();
  const fuzz::MemoryFile file(bytes.data(), bytes.size());
  const ImageMarks marks = read_image_marks(file.path());
  constexpr int64_t kMostSide = 512;
  if (marks.width == 0 || marks.width > kMostSide || marks.height > kMostSide) return {};
  try {
    return read_image(file.path());
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  fuzz::RandomFrame random(data);
  const gst::MaskSettings settings = random_settings(data);
  const CanonicalTransform transform = fuzz::random_transform(data, random.frame());
  const auto id = data.ConsumeIntegral<unsigned>();
  const std::optional<Image> image = random_image(data, random.frame());
  if (settings.kind == gst::MaskKind::kImage && !image) return 0;
  const std::vector<uint8_t> before = random.samples();
  try {
    const Image hole = gst::hole_of_face(settings, image, random.frame(), transform);
    expect(hole.width == gst::kMaskSize && hole.height == gst::kMaskSize && hole.channels == 1,
           "a hole covers the head crop");
    const Image soft = gst::feathered(hole, settings.feather);
    for (size_t i = 0; i < hole.pixels.size(); ++i)
      expect(hole.pixels[i] == 0 || soft.pixels[i] == hole.pixels[i], "a soft edge lies outside");
    gst::occlude_face(random.frame(), settings, transform, hole);
    if (settings.draw) gst::draw_face(random.frame(), transform, hole, id);
  } catch (const Error& error) {
    expect(error.code() == ErrorCode::kInput, "what cannot be masked is bad input");
    expect(random.samples() == before, "a frame that is refused stays as it was");
  }
  expect(random.gaps_are_untouched(), "nothing is written between the samples");
  return 0;
}
