// SPDX-License-Identifier: MIT
// Owns the networks that find faces, align them and segment what covers them.
#include "gan/face_networks.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "gan/initialisation.h"
#include "gan/reference_fit.h"
#include "gan/windows.h"

namespace ganface::gan {
namespace {

constexpr int64_t kSquare = 4;             // numbers: centre, edge
constexpr int64_t kOutputs = 1 + kSquare;  // of a finder: score, square
constexpr int64_t kAlignerOutputs = 1 + kAlignerGuesses * kSquare;
// Of finder cells that hold a face at the start of a training; keeps the many empty ones from
// drowning the first steps (Lin et al. 2017).
constexpr double kPriorLogit = -4;
constexpr double kUsualContrast = 0.43;  // standard deviation of a crop's greys, of [-1, 1]
constexpr double kUnusual = 2.5;         // times the median of a crop's differences from a look
constexpr double kLeastContrast = 0.02;  // below, there is nothing to be seen
constexpr double kClearChange = 0.1;     // of a crop from a look
constexpr double kStrange = 0.1;         // twice this in half of a face: something covers it all
constexpr double kReassurance = 3;       // what a look that has not changed takes from a logit
// Middle and half axes of the face in a canonical crop, sides.
constexpr double kOvalX = 0.5, kOvalY = 0.5, kOvalWidth = 0.42, kOvalHeight = 0.55;

// Dim and hazy faces as those of good photographs: colours are spread about their mean. Contrast
// that is high enough already is left.
at::Tensor with_usual_contrast(const at::Tensor& crops) {
  const int64_t side = crops.size(2), border = side / 8;
  const at::Tensor middle = crops.slice(2, border, side - border).slice(3, border, side - border);
  const at::Tensor mean = middle.mean({2, 3}, true);
  const at::Tensor contrast =
      middle.mean(1, true).var({2, 3}, false, true).sqrt().clamp_min(kLeastContrast);
  return ((crops - mean) * (kUsualContrast / contrast).clamp_min(1) + mean).clamp(-1, 1);
}

// 1 in the part of a canonical crop [1, 1, S, S] that is face. What is around it changes as soon
// as the head turns: hair, collar, the room.
at::Tensor face_oval(const at::Tensor& like) {
  const int64_t side = like.size(2);
  const at::Tensor line = (at::arange(side, like.options()) + 0.5) / static_cast<double>(side);
  const at::Tensor x = (line - kOvalX) / kOvalWidth, y = (line - kOvalY) / kOvalHeight;
  return (x.square().view({1, 1, 1, side}) + y.square().view({1, 1, side, 1}))
      .le(1)
      .to(like.scalar_type());
}

// How crops differ from an earlier look of the face, seen at half the side and smoothly, so that
// noise and a pixel's shift are no difference.
struct Difference {
  at::Tensor unusual;  // [N, 1, S / 2, S / 2]
  at::Tensor known;    // the same: where there is a look
  at::Tensor usual;    // [N, 1, 1, 1]: what noise, light and a turned head make of all of the face

  // What the network sees: [N, 2, S, S].
  at::Tensor seen() const { return enlarged(at::cat({unusual, known}, 1)); }

  // How sure it is that nothing has come to a place: 1 where nothing near differs from the look.
  // When all of the face differs, that says nothing. [N, 1, S, S].
  at::Tensor unchanged() const {
    constexpr int64_t kReach = 4;
    constexpr int64_t kWindow = 2 * kReach + 1;
    const at::Tensor most_near = at::max_pool2d(
        at::max_pool2d(unusual, {1, kWindow}, 1, {0, kReach}), {kWindow, 1}, 1, {kReach, 0});
    const at::Tensor changed = (most_near / kClearChange).clamp_max(1);
    const at::Tensor strange = ((usual - kStrange) / kStrange).clamp(0, 1);
    return enlarged((1 - changed) * (1 - strange) * known);
  }
};

Difference difference_from_look(const at::Tensor& crops, const OcclusionInput& input) {
  const auto halved = [](const at::Tensor& x) { return block_means(x, 2); };
  const at::Tensor seen = halved(crops), face = input.known * face_oval(input.known);
  const LaidReference look =
      laid_over(seen, halved(input.kept * face), halved(at::cat({input.look * face, face}, 1)));
  const at::Tensor difference =
      (sum_around(sum_around(seen - look.picture, 2, 3), 3, 3) / 9).square().mean(1, true).sqrt();
  const at::Tensor usual =
      std::get<0>(at::where(look.known.gt(0), difference, at::full_like(difference, NAN))
                      .flatten(1)
                      .nanmedian(1, true))
          .nan_to_num()
          .view({-1, 1, 1, 1});
  return {(difference - kUnusual * usual).clamp_min(0) * look.known, look.known, usual};
}

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

at::Tensor FaceAlignerImpl::squares(const at::Tensor& answer, AlignerGuess guess) {
  const int64_t first = 1 + kSquare * static_cast<int64_t>(guess);
  return answer.slice(1, first, first + kSquare);
}

OcclusionNetworkImpl::OcclusionNetworkImpl(const Execution& execution) {
  const std::vector<int64_t> widths{24, 48, 96, 160};
  int64_t channels = 5;  // crop, difference from the look, where it is known
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

at::Tensor OcclusionNetworkImpl::forward(const OcclusionInput& input) {
  const at::Tensor crop = with_usual_contrast(input.crop);
  std::optional<Difference> difference;
  if (input.look.defined()) difference = difference_from_look(crop, input);
  at::Tensor x =
      at::cat({crop, difference ? difference->seen() : at::zeros_like(crop.slice(1, 0, 2))}, 1)
          .contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<at::Tensor> kept;
  for (std::vector<ConvolutionBlock>& level : down_) {
    for (ConvolutionBlock& block : level) x = block(x);
    kept.push_back(x);
  }
  for (size_t i = 0; i < up_.size(); ++i)
    x = up_[i](at::cat({enlarged(x), kept[kept.size() - 2 - i]}, 1));
  const at::Tensor logits = at::pixel_shuffle(head_(x), 2);
  return difference ? logits - kReassurance * difference->unchanged() : logits;
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
    const bool is_last = parameter.size(0) <= kAlignerOutputs;
    draw_normal(parameter, 0, is_last ? 0.01 : std::sqrt(2 / inputs), random);
  }
  // Scores start low, edges upright at the nominal side.
  for (auto& item : network.named_parameters()) {
    at::Tensor& bias = item.value();
    if (item.key().find("bias") == std::string::npos) continue;
    if (bias.size(0) != kOutputs && bias.size(0) != kAlignerOutputs) continue;
    bias[0] = network.as<FaceFinderImpl>() != nullptr ? kPriorLogit : 0;
    for (int64_t square = 1; square < bias.size(0); square += kSquare) bias[square + 2] = 1;
  }
}

}  // namespace ganface::gan
