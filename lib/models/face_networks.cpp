// SPDX-License-Identifier: MIT
// Owns the networks that find faces and align them, and the loading of facemask models.
#include "models/face_networks.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nn/layers/initialisation.h"

namespace ganface::nn {
namespace {

constexpr int64_t kCell = 32;              // pixels of the coarsest level's cells
constexpr int64_t kSquare = 4;             // numbers: centre, edge
constexpr int64_t kOutputs = 1 + kSquare;  // of a detector: score, square
constexpr int64_t kAlignerOutputs = 1 + kAlignerEstimates * kSquare;
// Of detector cells that hold a face at the start of a training; keeps the many empty ones from
// drowning the first steps (Lin et al. 2017).
constexpr double kPriorLogit = -4;

}  // namespace

const std::vector<DetectorLevel>& detector_levels() {
  static const std::vector<DetectorLevel> levels{
      {8, 28, 13, 46}, {16, 64, 38, 104}, {32, 150, 86, 290}};
  return levels;
}

DetectorNetworkImpl::DetectorNetworkImpl(const Execution& execution) {
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

std::vector<at::Tensor> DetectorNetworkImpl::forward(const at::Tensor& pictures) {
  int64_t height = pictures.size(2), width = pictures.size(3);
  // A size is a kernel of each layer. Sizes of whole cells are few; what is beyond the picture is 0
  // for each layer, as if it were padding.
  const bool is_padded = !at::GradMode::is_enabled() && !is_training();
  const auto beyond = [](int64_t length) { return (kCell - length % kCell) % kCell; };
  at::Tensor x = pictures;
  if (is_padded) x = at::constant_pad_nd(x, {0, beyond(width), 0, beyond(height)});
  x = x.contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<at::Tensor> results;
  for (size_t level = 0; level < levels_.size(); ++level) {
    for (ConvolutionBlock& block : levels_[level]) {
      const int64_t before = x.size(2);
      x = block(x);
      if (!is_padded) continue;
      const int64_t stride = before / x.size(2);
      height = (height + stride - 1) / stride;
      width = (width + stride - 1) / stride;
      x.slice(2, height).zero_();
      x.slice(3, width).zero_();
    }
    const at::Tensor cells = heads_[level](x);
    results.push_back(is_padded ? cells.slice(2, 0, height).slice(3, 0, width) : cells);
  }
  return results;
}

FaceAlignerImpl::FaceAlignerImpl(const Execution& execution) {
  int64_t channels = 3;
  for (const auto& [out, stride] : std::vector<std::pair<int64_t, int64_t>>{
           {32, 2}, {64, 2}, {64, 1}, {128, 2}, {128, 1}, {128, 1}, {192, 2}, {192, 1}, {192, 1}}) {
    blocks_.push_back(register_module("block" + std::to_string(blocks_.size()),
                                      ConvolutionBlock(channels, out, stride, execution)));
    channels = out;
  }
  // What is left of a half covered face says where the rest is only in combination.
  constexpr int64_t kCells = (kAlignerSize / 16) * (kAlignerSize / 16);
  int64_t values = channels * kCells;
  for (const int64_t units : {int64_t{512}, int64_t{256}, int64_t{kAlignerOutputs}}) {
    const std::string name = "head" + std::to_string(head_.size());
    head_.push_back({register_parameter(name + "_weight", torch::zeros({units, values})),
                     register_parameter(name + "_bias", torch::zeros({units}))});
    values = units;
  }
  to(execution.device);
}

at::Tensor FaceAlignerImpl::forward(const at::Tensor& windows) {
  at::Tensor x = windows.contiguous(at::MemoryFormat::ChannelsLast);
  for (ConvolutionBlock& block : blocks_) x = block(x);
  // [N, C, 6, 6] flattened in memory order would depend on the layout; this order does not.
  x = first_units(x.contiguous().flatten(1));
  for (size_t i = 1; i < head_.size(); ++i)
    x = at::linear(at::relu(x), head_[i].weight, head_[i].bias);
  return x;
}

void FaceAlignerImpl::fold() {
  if (!has_bfloat16_lanes() || !head_.front().weight.device().is_cpu()) return;
  first_weight_.emplace(head_.front().weight.t().unsqueeze(0).to(torch::kBFloat16));
}

at::Tensor FaceAlignerImpl::first_units(const at::Tensor& x) const {
  const Layer& layer = head_.front();
  if (!first_weight_ || layer.weight.requires_grad() || x.scalar_type() != torch::kBFloat16)
    return at::linear(x.to(torch::kFloat32), layer.weight, layer.bias);
  const at::Tensor product = at::empty({1, x.size(0), first_weight_->columns()});
  first_weight_->left_times(x.unsqueeze(0), product);
  return product[0] + layer.bias;
}

at::Tensor FaceAlignerImpl::squares(const at::Tensor& answer, AlignerEstimate estimate) {
  const int64_t first = 1 + kSquare * static_cast<int64_t>(estimate);
  return answer.slice(1, first, first + kSquare);
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
    if (auto* aligner = network->template as<FaceAlignerImpl>()) aligner->fold();
    holder = network;
  };
  load("detector", model.detector, DetectorNetwork(execution));
  load("aligner", model.aligner, FaceAligner(execution));
  load("segmenter", model.segmenter, Segmenter(execution));
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
    const bool is_last = parameter.size(0) <= kAlignerOutputs;
    draw_normal(parameter, 0, is_last ? 0.01 : std::sqrt(2 / inputs), random);
  }
  // Scores start low, edges upright at the nominal side.
  for (auto& item : network.named_parameters()) {
    at::Tensor& bias = item.value();
    if (item.key().find("bias") == std::string::npos) continue;
    if (bias.size(0) != kOutputs && bias.size(0) != kAlignerOutputs) continue;
    bias[0] = network.as<DetectorNetworkImpl>() != nullptr ? kPriorLogit : 0;
    for (int64_t square = 1; square < bias.size(0); square += kSquare) bias[square + 2] = 1;
  }
}

}  // namespace ganface::nn
