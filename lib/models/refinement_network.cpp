// SPDX-License-Identifier: MIT
// Owns the network that repaints a completed face with the detail of a photograph.
#include "models/refinement_network.h"

#include <ATen/ATen.h>

#include <string>

#include "nn/layers/pixel_blocks.h"

namespace ganface::nn {
namespace {

constexpr int64_t kRefinedBlock = 2;  // side of the pixels that are seen together
constexpr int64_t kRefinementSeen =
    3 + 1 + 3 + 1 + 2;  // picture and hole, their mirror images, place
constexpr int64_t kRefinementWidths[] = {40, 80, 128, 192};  // channels from level to level
constexpr int64_t kCoarsestBlocks = 6;                       // blocks of the last level

// The mean of the colours' changes, by 1, 2, 1 along rows and columns: without what alternates from
// pixel to pixel, the mesh in which networks paint that work on blocks. The first stage's chroma
// stays, since the network's own gives irises all colours.
at::Tensor luma_change(const at::Tensor& x) {
  const at::Tensor luma = at::replication_pad2d(x.mean(1, true), {1, 1, 1, 1});
  return at::avg_pool2d(at::avg_pool2d(luma, 2, 1), 2, 1).expand({-1, 3, -1, -1});
}

}  // namespace

RefinementNetworkImpl::RefinementNetworkImpl(const Execution& execution)
    : type_(execution.convolution_type) {
  const auto block = [&](const std::string& name, int64_t in, int64_t out, int64_t stride) {
    return register_module(name, ConvolutionBlock(in, out, stride, execution));
  };
  int64_t channels = kRefinedBlock * kRefinedBlock * kRefinementSeen;
  constexpr size_t kLevels = std::size(kRefinementWidths);
  for (size_t level = 0; level < kLevels; ++level) {
    const std::string name = "down" + std::to_string(level) + "_";
    const int64_t width = kRefinementWidths[level];
    down_.push_back({block(name + "0", channels, width, level == 0 ? 1 : 2)});
    for (int64_t i = 1; i < (level + 1 == kLevels ? kCoarsestBlocks : 2); ++i)
      down_.back().push_back(block(name + std::to_string(i), width, width, 1));
    channels = width;
  }
  for (size_t level = kLevels - 1; level-- > 0;) {
    const std::string name = "up" + std::to_string(level) + "_";
    const int64_t width = kRefinementWidths[level];
    up_.push_back(
        {block(name + "0", channels + width, width, 1), block(name + "1", width, width, 1)});
    channels = width;
  }
  head_ = register_module("head",
                          ConvolutionHead(channels, kRefinedBlock * kRefinedBlock * 3, execution));
  const at::Tensor along = at::linspace(-1, 1, kRefinementSize);
  places_ = at::stack({along.view({1, -1}).expand({kRefinementSize, kRefinementSize}),
                       along.view({-1, 1}).expand({kRefinementSize, kRefinementSize})})
                .unsqueeze(0)
                .to(execution.device);
  to(execution.device);
}

at::Tensor RefinementNetworkImpl::forward(const at::Tensor& composed, const at::Tensor& hole) {
  const at::Tensor seen = at::cat({composed, hole}, 1);
  at::Tensor x = blocks_as_channels(
      at::cat({seen, seen.flip(3), places_.expand({seen.size(0), -1, -1, -1})}, 1), kRefinedBlock,
      type_);
  std::vector<at::Tensor> kept;
  for (std::vector<ConvolutionBlock>& level : down_) {
    x = residual_level(level, x);
    kept.push_back(x);
  }
  for (size_t i = 0; i < up_.size(); ++i)
    x = residual_level(up_[i], at::cat({enlarged(x), kept[kept.size() - 2 - i]}, 1));
  return luma_change(channels_as_blocks(head_(x), kRefinedBlock)) * hole;
}

}  // namespace ganface::nn
