// SPDX-License-Identifier: MIT
// Owns the networks that find faces, align them and segment what covers them.
#include "gan/face_networks.h"

#include <ATen/ATen.h>

#include <cmath>

namespace ganface::gan {
namespace {

constexpr int64_t kOutputs = 5;  // score, centre, edge
// Of finder cells that hold a face at the start of a training; keeps the many empty ones from
// drowning the first steps (Lin et al. 2017).
constexpr double kPriorLogit = -4;

}  // namespace

const std::vector<FinderLevel>& finder_levels() {
  static const std::vector<FinderLevel> levels{
      {8, 28, 13, 46}, {16, 64, 38, 104}, {32, 150, 86, 290}};
  return levels;
}

FaceFinderImpl::FaceFinderImpl(const Execution& execution) {
  const std::vector<std::vector<std::pair<int64_t, int64_t>>> layers{
      // channels, stride
      {{16, 2}, {32, 2}, {64, 2}, {64, 1}, {64, 1}},
      {{128, 2}, {128, 1}},
      {{128, 2}, {128, 1}, {128, 1}}};
  int64_t channels = 3;
  for (size_t level = 0; level < layers.size(); ++level) {
    levels_.emplace_back();
    for (size_t i = 0; i < layers[level].size(); ++i) {
      const auto& [out, stride] = layers[level][i];
      levels_.back().push_back(
          register_module("level" + std::to_string(level) + "_" + std::to_string(i),
                          ConvolutionBlock(channels, out, stride, execution)));
      channels = out;
    }
    heads_.push_back(register_module("head" + std::to_string(level),
                                     ConvolutionHead(channels, kOutputs, execution)));
  }
  to(execution.device);
}

std::vector<at::Tensor> FaceFinderImpl::forward(const at::Tensor& pictures) {
  std::vector<at::Tensor> results;
  at::Tensor x = pictures.contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t level = 0; level < levels_.size(); ++level) {
    for (ConvolutionBlock& block : levels_[level]) x = block(x);
    results.push_back(heads_[level](x));
  }
  return results;
}

FaceAlignerImpl::FaceAlignerImpl(const Execution& execution) {
  int64_t channels = 3;
  for (const auto& [out, stride] : std::vector<std::pair<int64_t, int64_t>>{
           {24, 2}, {48, 2}, {64, 1}, {96, 2}, {128, 1}, {128, 2}}) {
    blocks_.push_back(register_module("block" + std::to_string(blocks_.size()),
                                      ConvolutionBlock(channels, out, stride, execution)));
    channels = out;
  }
  constexpr int64_t kHidden = 128, kCells = 16;
  hidden_weight_ = register_parameter("hidden_weight", torch::zeros({kHidden, channels * kCells}));
  hidden_bias_ = register_parameter("hidden_bias", torch::zeros({kHidden}));
  weight_ = register_parameter("weight", torch::zeros({kOutputs, kHidden}));
  bias_ = register_parameter("bias", torch::zeros({kOutputs}));
  to(execution.device);
}

at::Tensor FaceAlignerImpl::forward(const at::Tensor& windows) {
  at::Tensor x = windows.contiguous(at::MemoryFormat::ChannelsLast);
  for (ConvolutionBlock& block : blocks_) x = block(x);
  // [N, C, 4, 4] flattened in memory order would depend on the layout; this order does not.
  x = x.to(torch::kFloat32).contiguous().flatten(1);
  return at::linear(at::relu(at::linear(x, hidden_weight_, hidden_bias_)), weight_, bias_);
}

OcclusionNetworkImpl::OcclusionNetworkImpl(const Execution& execution) {
  const std::vector<int64_t> widths{24, 48, 96, 160};
  int64_t channels = 3;
  for (size_t level = 0; level < widths.size(); ++level) {
    const std::string name = "down" + std::to_string(level);
    down_.push_back(
        {register_module(name + "_0", ConvolutionBlock(channels, widths[level], 2, execution)),
         register_module(name + "_1",
                         ConvolutionBlock(widths[level], widths[level], 1, execution))});
    channels = widths[level];
  }
  // Sees past the crop's quarter that a cell of the coarsest level stands for.
  down_.back().push_back(
      register_module("down3_2", ConvolutionBlock(channels, channels, 1, execution)));
  for (size_t level = widths.size() - 1; level-- > 0;) {
    up_.push_back(
        register_module("up" + std::to_string(level),
                        ConvolutionBlock(channels + widths[level], widths[level], 1, execution)));
    channels = widths[level];
  }
  head_ = register_module("head", ConvolutionHead(channels, 4, execution));
  to(execution.device);
}

at::Tensor OcclusionNetworkImpl::forward(const at::Tensor& crops) {
  at::Tensor x = crops.contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<at::Tensor> kept;
  for (std::vector<ConvolutionBlock>& level : down_) {
    for (ConvolutionBlock& block : level) x = block(x);
    kept.push_back(x);
  }
  for (size_t i = 0; i < up_.size(); ++i)
    x = up_[i](at::cat({enlarged(x), kept[kept.size() - 2 - i]}, 1));
  return at::pixel_shuffle(head_(x), 2);
}

FaceMaskModel load_facemask_model(const std::filesystem::path& file, const Execution& execution) {
  const core::TensorFile content = core::read_safetensors(file);
  expect_architecture(content.metadata, kFaceMaskArchitecture, file);
  FaceMaskModel model;
  model.metadata = content.metadata;
  const auto load = [&](const std::string& prefix, auto& holder, auto network) {
    if (!has_network(content, prefix)) return;
    load_network(content, prefix, *network, file);
    freeze(*network);
    fold_blocks(*network);
    holder = network;
  };
  load("finder", model.finder, FaceFinder(execution));
  load("aligner", model.aligner, FaceAligner(execution));
  load("occlusion", model.occlusion, OcclusionNetwork(execution));
  return model;
}

void initialise_face_network(torch::nn::Module& network, at::Generator random) {
  torch::NoGradGuard no_gradient;
  for (auto& item : network.named_parameters()) {
    at::Tensor& parameter = item.value();
    const bool is_scale = item.key().find("norm.weight") != std::string::npos;
    if (parameter.dim() == 1) {
      parameter.fill_(is_scale ? 1 : 0);
      continue;
    }
    const double inputs = static_cast<double>(parameter.numel() / parameter.size(0));
    const bool is_last = parameter.size(0) <= kOutputs;
    parameter.normal_(0, is_last ? 0.01 : std::sqrt(2 / inputs), random);
  }
  // Scores start low, edges upright at the nominal side.
  for (auto& item : network.named_parameters())
    if (item.key().find("bias") != std::string::npos && item.value().size(0) == kOutputs) {
      item.value()[0] = network.as<FaceFinderImpl>() != nullptr ? kPriorLogit : 0;
      item.value()[3] = 1;
    }
}

}  // namespace ganface::gan
