// SPDX-License-Identifier: MIT
// Owns the training of the network that tells what covers a face.
#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "train/facemask/facemask_task.h"

namespace ganface::train {
namespace {

constexpr double kUnlabelled = 0.02;  // least share of nothing that a label of nothing is believed
constexpr double kOvalWeight = 0.4, kFaceWeight = 0.15, kPoseWeight = 0.15;

class SegmenterTask final : public NetworkTask<nn::Segmenter> {
 public:
  SegmenterTask(const FaceScenes& scenes, const nn::Segmenter& from, const nn::Execution& execution,
                const Draws& draws)
      : NetworkTask(scenes, from, execution, draws),
        painted_([this](int64_t step) { return paint(draws_.of(step)); }, device_) {}

  Losses losses(int64_t step) override {
    const Painted painted = painted_.take(step);
    const auto on_device = [this](const at::Tensor& tensor) { return tensor.to(device_); };
    const auto set = [&](const at::Tensor& mask) {
      return on_device(mask).gt(0).to(torch::kFloat32);
    };
    const nn::SegmenterOutput output = network_(
        nn::SegmenterInput{stacked(painted.crops, device_), stacked(painted.looks, device_),
                           set(painted.known), set(painted.kept)});
    const at::Tensor kinds = on_device(painted.kinds).squeeze(1).to(torch::kInt64);
    const at::Tensor is_face = on_device(painted.is_face);
    const at::Tensor counts =
        kinds.ne(HeadSample::kUnknown).to(torch::kFloat32) * is_face.view({-1, 1, 1});
    const at::Tensor truth = kinds.masked_fill(kinds.eq(HeadSample::kUnknown), 0);
    const at::Tensor oval = set(painted.oval);
    // What is beside the face matters less.
    const at::Tensor weight = counts * (0.35 + 0.65 * oval.squeeze(1));
    const at::Tensor log_shares = at::log_softmax(output.kinds, 1);
    at::Tensor entropy = at::nll_loss2d(log_shares, truth, {}, 0);
    // A photograph may hold a hand or a microphone that nobody has labelled: where the network is
    // sure of one, it is not taught otherwise (bootstrapping; Reed et al. 2015).
    const at::Tensor unlabelled =
        truth.eq(0).logical_and(log_shares.select(1, 0).detach().lt(std::log(kUnlabelled)));
    entropy = entropy.masked_fill(unlabelled, 0);
    Losses losses;
    losses.loss = (entropy * weight).sum() / weight.sum().clamp_min(1);
    // Soft overlap of each crop that holds an occluder (Milletari, Navab, Ahmadi 2016).
    const at::Tensor share = (1 - at::softmax(output.kinds, 1).select(1, 0)) * weight;
    const at::Tensor covered = truth.gt(0).to(torch::kFloat32) * weight;
    const at::Tensor both = (share * covered).sum({1, 2});
    const at::Tensor either = share.sum({1, 2}) + covered.sum({1, 2});
    const at::Tensor holds = covered.amax({1, 2}).gt(0).to(torch::kFloat32);
    const at::Tensor overlap = (2 * both + 1) / (either + 1);
    losses.loss = losses.loss + 0.3 * ((1 - overlap) * holds).sum() / holds.sum().clamp_min(1);
    const at::Tensor oval_entropy =
        at::binary_cross_entropy_with_logits(output.oval, oval, {}, {}, 0).mean({1, 2, 3});
    const at::Tensor faces = is_face.sum().clamp_min(1);
    losses.loss = losses.loss + kOvalWeight * (oval_entropy * is_face).sum() / faces;
    losses.loss =
        losses.loss + kFaceWeight * at::binary_cross_entropy_with_logits(output.face, is_face);
    const at::Tensor off =
        at::smooth_l1_loss(output.pose, on_device(painted.pose) / nn::kPoseUnit, 0).sum(1);
    losses.loss = losses.loss + kPoseWeight * (off * is_face).sum() / faces;
    const at::Tensor wrong =
        output.kinds.slice(1, 1).logsumexp(1).gt(output.kinds.select(1, 0)).ne(truth.gt(0));
    losses.error =
        ((wrong.to(torch::kFloat32) * counts).sum() / counts.sum().clamp_min(1)).item<double>();
    return losses;
  }

  // The crop, what covers it (a colour a kind) and the face's outline, and the look.
  Image sample(Random random) const override {
    constexpr int kSide = nn::kSegmenterSize;
    constexpr Rgb kColours[] = {{0, 0, 0},    {255, 0, 0},   {255, 160, 0},
                                {0, 90, 255}, {255, 0, 255}, {0, 220, 220}};
    HeadSample sample = scenes_.head_sample(random);
    Image shown(3 * kSide, kSide, 3);
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const Rgb colour = pixel(sample.crop, x, y);
        const uint8_t kind = sample.kinds.row(y)[x];
        set_pixel(shown, x, y, colour);
        Rgb marked = kind == HeadSample::kUnknown ? scaled(colour, 0.3f)
                     : kind != 0                  ? mix(colour, kColours[kind], 0.6f)
                                                  : colour;
        if (sample.oval.row(y)[x] != 0) marked = mix(marked, {0, 255, 0}, 0.2f);
        if (!sample.is_face) marked = {40, 40, 40};
        set_pixel(shown, x + kSide, y, marked);
        if (!sample.look.empty() && sample.known.row(y)[x] != 0)
          set_pixel(shown, x + 2 * kSide, y, pixel(sample.look, x, y));
      }
    return shown;
  }

 private:
  struct Painted {
    std::vector<Image> crops, looks;
    at::Tensor kinds, oval, known, kept;  // bytes [N, 1, S, S]
    at::Tensor is_face;                   // [N]: 0 or 1
    at::Tensor pose;                      // [N, 2], degrees
  };

  Painted paint(const std::vector<Random>& random) const {
    constexpr int64_t kSide = nn::kSegmenterSize;
    const auto n = static_cast<int64_t>(random.size());
    Painted painted;
    painted.crops.resize(random.size());
    painted.looks.resize(random.size());
    for (at::Tensor* masks : {&painted.kinds, &painted.oval, &painted.known, &painted.kept})
      *masks = at::zeros({n, 1, kSide, kSide}, torch::kUInt8);
    painted.is_face = at::zeros({n});
    painted.pose = at::zeros({n, 2});
    for_each_sample(random, [&](size_t i, Random& own) {
      HeadSample sample = scenes_.head_sample(own);
      const auto put = [i](const Image& mask, at::Tensor& all) {
        std::copy(mask.pixels.begin(), mask.pixels.end(),
                  all.data_ptr<uint8_t>() + static_cast<int64_t>(i) * kSide * kSide);
      };
      put(sample.kinds, painted.kinds);
      put(sample.oval, painted.oval);
      put(sample.known, painted.known);
      put(sample.kept, painted.kept);
      painted.is_face.data_ptr<float>()[i] = sample.is_face ? 1 : 0;
      painted.pose.data_ptr<float>()[2 * i] = sample.yaw;
      painted.pose.data_ptr<float>()[2 * i + 1] = sample.pitch;
      painted.looks[i] = sample.look.empty() ? sample.crop : std::move(sample.look);
      painted.crops[i] = std::move(sample.crop);
    });
    return painted;
  }

  BatchesAhead<Painted> painted_;  // last: it paints until it is gone
};

}  // namespace

std::unique_ptr<Task> segmenter_task(const FaceScenes& scenes, const nn::Segmenter& from,
                                     const nn::Execution& execution, const Draws& draws) {
  return std::make_unique<SegmenterTask>(scenes, from, execution, draws);
}

}  // namespace ganface::train
