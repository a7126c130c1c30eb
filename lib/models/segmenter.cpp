// SPDX-License-Identifier: MIT
// Owns the network that tells what covers a face, and where the face is under it.
#include "models/segmenter.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "nn/kernels/box_filter.h"
#include "nn/registration/reference_fit.h"

namespace ganface::nn {
namespace {

constexpr int64_t kPlanes = kOccluderKinds + 1;  // kinds, oval
constexpr int64_t kCell = 4;     // pixels a side that a place of the last level stands for
constexpr int64_t kFitted = 64;  // side of the part of a halved crop that a look is laid over
constexpr int64_t kWholes = 3;   // face, yaw, pitch
constexpr double kUsualContrast = 0.43;  // standard deviation of a crop's greys, of [-1, 1]
constexpr double kUnusual = 2.5;         // times the median of a crop's differences from a look
constexpr double kLeastContrast = 0.02;  // below, there is nothing to be seen
constexpr double kClearChange = 0.1;     // of a crop from a look
constexpr double kStrange = 0.1;         // twice this in half of a face: something covers it all
constexpr double kReassurance = 3;       // what a look that has not changed takes from a logit
// Middle and half axes of the face in a head crop, sides.
constexpr double kOvalX = 0.5, kOvalY = 0.5;
constexpr double kOvalWidth = 0.42 / kHeadSpan, kOvalHeight = 0.55 / kHeadSpan;

// Dim and hazy faces as those of good photographs: colours are spread about their mean. Contrast
// that is high enough already is left.
at::Tensor with_usual_contrast(const at::Tensor& crops) {
  const int64_t side = crops.size(2), border = side / 4;
  const at::Tensor middle = crops.slice(2, border, side - border).slice(3, border, side - border);
  const at::Tensor mean = middle.mean({2, 3}, true);
  const at::Tensor contrast =
      middle.mean(1, true).var({2, 3}, false, true).sqrt().clamp_min(kLeastContrast);
  return ((crops - mean) * (kUsualContrast / contrast).clamp_min(1) + mean).clamp(-1, 1);
}

// 1 in the part of a head crop [1, 1, S, S] that is face. What is around it changes as soon
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

Difference difference_from_look(const at::Tensor& crops, const SegmenterInput& input) {
  const auto halved = [](const at::Tensor& x) { return block_means(x, 2); };
  const at::Tensor seen = halved(crops), face = input.known * face_oval(input.known);
  // The face lies in the middle; what is around it would only mislead the fit.
  const int64_t margin = (seen.size(2) - kFitted) / 2;
  const auto middle = [margin](const at::Tensor& x) {
    return x.slice(2, margin, margin + kFitted).slice(3, margin, margin + kFitted).contiguous();
  };
  const auto whole = [margin](const at::Tensor& x) {
    return at::constant_pad_nd(x, {margin, margin, margin, margin}, 0);
  };
  const at::Tensor shown = middle(seen);
  const LaidReference look = laid_over(shown, middle(halved(input.kept * face)),
                                       middle(halved(at::cat({input.look * face, face}, 1))));
  const at::Tensor difference =
      (sum_around(sum_around(shown - look.picture, 2, 3), 3, 3) / 9).square().mean(1, true).sqrt();
  const at::Tensor usual =
      std::get<0>(at::where(look.known.gt(0), difference, at::full_like(difference, NAN))
                      .flatten(1)
                      .nanmedian(1, true))
          .nan_to_num()
          .view({-1, 1, 1, 1});
  return {whole((difference - kUnusual * usual).clamp_min(0) * look.known), whole(look.known),
          usual};
}

}  // namespace

SegmenterImpl::SegmenterImpl(const Execution& execution) {
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
  // Up to a quarter of the crop's side only: most of the time would go into finer levels, which
  // tell no more than the finest's channels do.
  const std::vector<int64_t> up_widths{32, 64};
  for (size_t i = up_widths.size(); i-- > 0;) {
    const size_t level = i + 1;
    up_.push_back(
        register_module("up" + std::to_string(level),
                        ConvolutionBlock(channels + widths[level], up_widths[i], 1, execution)));
    channels = up_widths[i];
  }
  // 4 x 4 pixels of each plane.
  head_ = register_module("head", ConvolutionHead(channels, kCell * kCell * kPlanes, execution));
  face_weight_ = register_parameter("face_weight", torch::zeros({kWholes, 2 * widths.back()}));
  face_bias_ = register_parameter("face_bias", torch::zeros({kWholes}));
  to(execution.device);
}

SegmenterOutput SegmenterImpl::forward(const SegmenterInput& input) {
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
  // Of the whole crop: what is in it somewhere, and how much of it.
  const at::Tensor coarse = x.to(torch::kFloat32).flatten(2);
  const at::Tensor whole =
      at::linear(at::cat({coarse.mean(2), coarse.amax(2)}, 1), face_weight_, face_bias_);
  for (size_t i = 0; i < up_.size(); ++i)
    x = up_[i](at::cat({enlarged(x), kept[kept.size() - 2 - i]}, 1));
  const at::Tensor planes = at::pixel_shuffle(head_(x), kCell);
  SegmenterOutput output{planes.slice(1, 0, kOccluderKinds), planes.slice(1, kOccluderKinds),
                         whole.select(1, 0), whole.slice(1, 1)};
  if (difference) {
    const at::Tensor nothing = output.kinds.slice(1, 0, 1);
    output.kinds =
        at::cat({nothing + kReassurance * difference->unchanged(), output.kinds.slice(1, 1)}, 1);
  }
  return output;
}

}  // namespace ganface::nn
