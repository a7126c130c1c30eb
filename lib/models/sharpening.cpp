// SPDX-License-Identifier: MIT
// Owns the filter that gives completed faces the fine detail of photographs.
#include "models/sharpening.h"

#include <ATen/ATen.h>
#include <ganface/error.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "core/text_stream.h"
#include "nn/layers/frequency_bands.h"
#include "nn/layers/hole_filling.h"

namespace ganface::nn {
namespace {

constexpr int64_t kLongest = 15;           // taps from the middle, of a kernel read from a file
constexpr double kStructure = 0.05;        // root mean square of the second band, of a face
constexpr double kLittleStructure = 0.03;  // where it is this, half as much is added
constexpr double kMostWanted = 1.2;        // at edges, which are sharp enough
constexpr int64_t kStructureWindow = 5;    // pixels

// How much of the detail that the filter adds is wanted where: 1 of a face on the whole.
at::Tensor wanted(const at::Tensor& pictures) {
  const std::vector<at::Tensor> bands = without_each_band(pictures, 2);
  const at::Tensor energy = (bands[1] - bands[2]).square().mean(1, true);
  const at::Tensor structure =
      at::avg_pool2d(energy, kStructureWindow, 1, kStructureWindow / 2, false, false).sqrt();
  return (structure / (structure + kLittleStructure) * (1 + kLittleStructure / kStructure))
      .clamp_max(kMostWanted);
}

}  // namespace

Sharpening::Sharpening(at::Tensor quarter) : quarter_(quarter.to(at::kFloat).contiguous()) {
  const int64_t reach = quarter_.size(0) - 1;
  const at::Tensor from_middle = (at::arange(2 * reach + 1) - reach).abs();
  kernel_ = quarter_.index_select(0, from_middle).index_select(1, from_middle);
  kernel_[reach][reach] += 1 - kernel_.sum();
  kernel_ = kernel_.view({1, 1, 2 * reach + 1, 2 * reach + 1}).contiguous();
}

Sharpening Sharpening::from_text(const std::string& text) {
  core::TextReader words(text);
  std::vector<float> numbers;
  for (std::string word; words >> word;) {
    char* end = nullptr;
    numbers.push_back(std::strtof(word.c_str(), &end));
    if (*end != '\0' || !std::isfinite(numbers.back()))
      throw Error(ErrorCode::kModel, "its sharpening has '" + word + "', expected a number");
  }
  const auto count = static_cast<int64_t>(numbers.size());
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(count))));
  if (count == 0 || side * side != count || side > kLongest + 1)
    throw Error(ErrorCode::kModel, "its sharpening has " + std::to_string(count) +
                                       " numbers, expected 1, 4, 9, ... or 256 of them");
  return Sharpening(at::tensor(numbers).view({side, side}));
}

std::string Sharpening::text() const {
  core::TextWriter words;
  for (int64_t i = 0; i < quarter_.numel(); ++i)
    words << (i > 0 ? " " : "") << quarter_.data_ptr<float>()[i];
  return words.str();
}

at::Tensor Sharpening::operator()(const at::Tensor& pictures, const at::Tensor& hole) const {
  if (is_empty()) return pictures;
  const int64_t n = pictures.size(0), channels = pictures.size(1), rows = pictures.size(2),
                columns = pictures.size(3), reach = kernel_.size(2) / 2;
  const at::Tensor planes = pictures.reshape({n * channels, 1, rows, columns});
  const at::Tensor filtered = at::conv2d(
      at::replication_pad2d(planes, {reach, reach, reach, reach}), kernel_.to(pictures.device()));
  const at::Tensor added = filtered.view_as(pictures) - pictures;
  const at::Tensor sharp = pictures + deep_inside(hole) * wanted(pictures) * added;
  // No lighter and no darker than what is beside it: a filter rings where an edge meets the hole.
  const at::Tensor lightest = at::max_pool2d(pictures, 3, 1, 1);
  const at::Tensor darkest = -at::max_pool2d(-pictures, 3, 1, 1);
  return at::min(at::max(sharp, darkest), lightest);
}

}  // namespace ganface::nn
