// SPDX-License-Identifier: MIT
// Owns how a look at a face is moved and relit to fit another.
#include "nn/registration/reference_field.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/interpolation.h"
#include "nn/kernels/sampled_pixel.h"
#include "nn/runtime/parallel_for.h"

namespace ganface::nn {
namespace {

at::Tensor smoothly_at(const at::Tensor& field, int64_t side) {
  return at::upsample_bilinear2d(field, {side, side}, false);
}

at::Tensor part_of(const at::Tensor& x, const PicturePart& part) {
  return x.slice(2, part.top, part.bottom).slice(3, part.left, part.right);
}

// Flow (x, y), gain and offset of a cell.
constexpr int64_t kNumbers = kSimdWidth;
static_assert(2 + 3 + 3 == kNumbers);

// A place between cells.
using BetweenCells = Between<float, int64_t>;

// Of a pixel of a picture of `side`.
BetweenCells between_cells(int64_t pixel, int64_t side, int64_t cells) {
  const float place =
      (static_cast<float>(pixel) + 0.5f) * static_cast<float>(cells) / static_cast<float>(side);
  return {place - 0.5f, cells};
}

// A cell's numbers, or some at a time of a row's, between two.
GANFACE_INLINED void mix(const float* first, const float* second, float share, float* result) {
  const SimdVector from = *reinterpret_cast<const SimdVectorInMemory*>(first);
  *reinterpret_cast<SimdVectorInMemory*>(result) =
      from + share * (*reinterpret_cast<const SimdVectorInMemory*>(second) - from);
}

// A part of a reference under a field [cells, cells, kNumbers] -> four planes.
template <int Taps>
GANFACE_INLINED void show_part(const BorderedPicture& reference, const float* field, int64_t cells,
                               const PicturePart& part, float* result) {
  const int64_t side = reference.side, columns = part.right - part.left;
  const int64_t plane = columns * (part.bottom - part.top);
  const float step = 2 / static_cast<float>(side);
  std::vector<float> row_of_field(static_cast<size_t>(cells * kNumbers));
  std::vector<BetweenCells> across;
  for (int64_t x = part.left; x < part.right; ++x) across.push_back(between_cells(x, side, cells));
  for (int64_t y = part.top; y < part.bottom; ++y, result += columns) {
    const BetweenCells down = between_cells(y, side, cells);
    for (int64_t i = 0; i < cells * kNumbers; i += kSimdWidth)
      mix(field + down.first * cells * kNumbers + i, field + down.second * cells * kNumbers + i,
          down.share, row_of_field.data() + i);
    for (int64_t i = 0; i < columns; ++i) {
      const BetweenCells& place = across[static_cast<size_t>(i)];
      float own[kNumbers];
      mix(row_of_field.data() + place.first * kNumbers,
          row_of_field.data() + place.second * kNumbers, place.share, own);
      const Pixel value = sampled_pixel<Taps>(
          reference, (static_cast<float>(part.left + i) + 0.5f) * step - 1 + own[0],
          (static_cast<float>(y) + 0.5f) * step - 1 + own[1]);
      const float known = std::clamp(value[3], 0.f, 1.f);
      for (int c = 0; c < 3; ++c)
        result[c * plane + i] = std::clamp(value[c] * own[2 + c] + own[5 + c], -1.f, 1.f) * known;
      result[3 * plane + i] = known;
    }
  }
}

#if defined(__x86_64__)
template <int Taps>
GANFACE_ALL_SIMD void show_part_simd(const BorderedPicture& reference, const float* field,
                                     int64_t cells, const PicturePart& part, float* result) {
  show_part<Taps>(reference, field, cells, part, result);
}
#endif

template <int Taps>
void show_part_quickly(const BorderedPicture& reference, const float* field, int64_t cells,
                       const PicturePart& part, float* result) {
#if defined(__x86_64__)
  if (has_all_simd()) return show_part_simd<Taps>(reference, field, cells, part, result);
#endif
  show_part<Taps>(reference, field, cells, part, result);
}

// ReferenceField::show() on a CPU, without gradients.
at::Tensor shown_here(const ReferenceField& field, const at::Tensor& reference, Sampling sampling,
                      const PicturePart& part) {
  const BorderedPictures references(reference);
  const at::Tensor numbers = at::cat({field.flow, field.gain, field.offset}, 1)
                                 .to(torch::kFloat32)
                                 .permute({0, 2, 3, 1})
                                 .contiguous();
  const int64_t side = references.side(), cells = numbers.size(1);
  TORCH_CHECK(reference.size(1) == kPixelChannels, "reference field: the reference is ",
              reference.sizes(), ", expected [any, ", kPixelChannels, ", side, side]");
  TORCH_CHECK(numbers.sizes() == at::IntArrayRef({reference.size(0), cells, cells, kNumbers}),
              "reference field: flow is ", field.flow.sizes(), ", gain ", field.gain.sizes(),
              ", offset ", field.offset.sizes(), ", expected [", reference.size(0),
              ", 2, 3 or 3, cells, cells]");
  TORCH_CHECK(0 <= part.left && part.left <= part.right && part.right <= side && 0 <= part.top &&
                  part.top <= part.bottom && part.bottom <= side,
              "reference field: columns ", part.left, " to ", part.right, " and rows ", part.top,
              " to ", part.bottom, " are not within a side of ", side);
  const at::Tensor shown = at::empty(
      {reference.size(0), kPixelChannels, part.bottom - part.top, part.right - part.left});
  parallel_for(reference.size(0), [&](int64_t i) {
    (sampling == Sampling::kBicubic
         ? show_part_quickly<4>
         : show_part_quickly<2>)({references, i}, numbers.data_ptr<float>() + i * numbers.stride(0),
                                 cells, part, shown.data_ptr<float>() + i * shown.stride(0));
  });
  return shown;
}

}  // namespace

ReferenceField ReferenceField::at_side(int64_t side) const {
  return {smoothly_at(flow, side), smoothly_at(gain, side), smoothly_at(offset, side)};
}

at::Tensor ReferenceField::move(const at::Tensor& picture, Sampling sampling) const {
  const int64_t side = picture.size(2);
  return sampled(picture, pixel_centres(side, picture) + smoothly_at(flow, side), sampling);
}

at::Tensor ReferenceField::relight(const at::Tensor& moved) const {
  const auto fitting = [&](const at::Tensor& field) {
    return at::upsample_bilinear2d(field, {moved.size(2), moved.size(3)}, false);
  };
  return (moved * fitting(gain) + fitting(offset)).clamp(-1, 1);
}

at::Tensor ReferenceField::show(const at::Tensor& reference, Sampling sampling,
                                const std::optional<PicturePart>& part) const {
  const PicturePart wanted = part.value_or(PicturePart{0, 0, reference.size(3), reference.size(2)});
  const bool differentiated =
      at::GradMode::is_enabled() && (gain.requires_grad() || offset.requires_grad());
  if (!differentiated && samples_here(reference, flow))
    return shown_here(*this, reference, sampling, wanted);
  const at::Tensor moved = move(reference, sampling), known = moved.slice(1, 3, 4).clamp(0, 1);
  return part_of(at::cat({relight(moved.slice(1, 0, 3)) * known, known}, 1), wanted);
}

}  // namespace ganface::nn
