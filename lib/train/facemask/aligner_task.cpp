// SPDX-License-Identifier: MIT
// Owns the training of the network that puts a face's square in place.
#include <ATen/ATen.h>

#include <algorithm>
#include <complex>
#include <utility>

#include "train/facemask/facemask_task.h"
#include "train/synthetic/degradation.h"

namespace ganface::train {
namespace {

constexpr float kLost = 0.7f;        // sides, of an estimate that is not worth a second look
constexpr float kNegatives = 0.12f;  // of an aligner's windows that its model took for faces

class AlignerTask final : public NetworkTask<nn::FaceAligner> {
 public:
  // `negatives`: windows that show no face, to be shown among the others.
  AlignerTask(const FaceScenes& scenes, const nn::FaceAligner& from, const nn::Execution& execution,
              const Draws& draws, std::vector<Image> negatives)
      : NetworkTask(scenes, from, execution, draws),
        negatives_(std::move(negatives)),
        painted_([this](int64_t step) { return draw(draws_.of(step), {}); }, device_) {}

  Losses losses(int64_t step) override {
    const Batch first = painted_.take(step);
    const at::Tensor answer = network_(stacked(first.windows, device_));
    const at::Tensor found = nn::FaceAlignerImpl::squares(answer, nn::AlignerEstimate::kFound);
    // Where a track is nearly right the truth is known too well to learn from how to do without it,
    // but a track may also jump.
    at::Tensor error =
        mean_error(nn::FaceAlignerImpl::squares(answer, nn::AlignerEstimate::kTracked), first.truth,
                   first.is_face) +
        mean_error(found, first.truth, first.is_found);
    Losses losses;
    // The same pictures again, cut out where the network has just put the face: unlike windows
    // drawn around the truth, these say nothing of it but what can be seen.
    const Second second = looked_at_again(draws_.of(step), first, found.detach().to(torch::kCPU));
    if (!second.random.empty()) {
      const Batch again = draw(second.random, second.squares);
      const at::Tensor settled =
          mean_error(nn::FaceAlignerImpl::squares(network_(stacked(again.windows, device_)),
                                                  nn::AlignerEstimate::kSettled),
                     again.truth, again.is_face);
      error = error + settled;
      losses.error = settled.item<double>();
    }
    losses.loss =
        at::binary_cross_entropy_with_logits(answer.select(1, 0), first.is_face.to(device_)) +
        kSquareWeight / 2 * error;
    return losses;
  }

  Image sample(Random random) const override {
    AlignerSample sample = scenes_.aligner_sample(random);
    constexpr int kShown = 4 * nn::kAlignerSize;
    Image shown = resize(sample.window.view(), kShown, kShown);
    constexpr auto kNominal = static_cast<float>(kShown / nn::kAlignerWindow);
    if (sample.is_face)
      draw_square(shown, {{kShown / 2 + kNominal * sample.square.centre.x,
                           kShown / 2 + kNominal * sample.square.centre.y},
                          {kNominal * sample.square.edge.x, kNominal * sample.square.edge.y}});
    return shown;
  }

 private:
  struct Batch {
    std::vector<Image> windows;
    at::Tensor is_face, is_found;  // [N]: 0 or 1; of the found ones, none is tracked
    at::Tensor truth;              // [N, 4]
  };
  // What is drawn again, with the faces elsewhere.
  struct Second {
    std::vector<Random> random;
    std::vector<Square> squares;
  };

  // `placed`: as of FaceScenes::aligner_sample(), for each window; empty: as chance has it.
  Batch draw(const std::vector<Random>& random, const std::vector<Square>& placed) const {
    const auto n = static_cast<int64_t>(random.size());
    Batch batch{std::vector<Image>(random.size()), at::zeros({n}), at::zeros({n}),
                at::zeros({n, 4})};
    auto faces = batch.is_face.accessor<float, 1>(), found = batch.is_found.accessor<float, 1>();
    auto squares = batch.truth.accessor<float, 2>();
    for_each_sample(random, [&](size_t i, Random& own) {
      AlignerSample sample;
      if (!negatives_.empty() && own.chance(kNegatives)) {
        sample.window =
            negatives_[static_cast<size_t>(own.below(static_cast<int>(negatives_.size())))];
        photograph_badly(sample.window, own, 0.5f);
        sample.square.edge = {1, 0};
      } else {
        sample = scenes_.aligner_sample(own, placed.empty() ? nullptr : &placed[i]);
      }
      batch.windows[i] = std::move(sample.window);
      const auto row = static_cast<int64_t>(i);
      faces[row] = sample.is_face ? 1 : 0;
      found[row] = sample.is_face && !sample.is_tracked ? 1 : 0;
      squares[row][0] = sample.square.centre.x;
      squares[row][1] = sample.square.centre.y;
      squares[row][2] = sample.square.edge.x;
      squares[row][3] = sample.square.edge.y;
    });
    return batch;
  }

  // The found faces of a batch as seen from where the network's squares [N, 4] are, on the CPU.
  static Second looked_at_again(const std::vector<Random>& random, const Batch& first,
                                const at::Tensor& squares) {
    const auto found = first.is_found.accessor<float, 1>();
    const auto truth = first.truth.accessor<float, 2>(), estimate = squares.accessor<float, 2>();
    Second second;
    for (int64_t i = 0; i < first.is_found.size(0); ++i) {
      if (found[i] == 0) continue;
      using Complex = std::complex<float>;
      const Complex edge(estimate[i][2], estimate[i][3]);
      const Complex centre =
          Complex(truth[i][0] - estimate[i][0], truth[i][1] - estimate[i][1]) / edge;
      const Complex turned = Complex(truth[i][2], truth[i][3]) / edge;
      // A network that knows nothing yet would have the face anywhere.
      if (!(std::abs(centre) < kLost && std::abs(turned - 1.f) < kLost)) continue;
      second.random.push_back(random[static_cast<size_t>(i)]);
      second.squares.push_back({{centre.real(), centre.imag()}, {turned.real(), turned.imag()}});
    }
    return second;
  }

  // Of those that count, [N].
  at::Tensor mean_error(const at::Tensor& squares, const at::Tensor& truth,
                        const at::Tensor& counts) const {
    const at::Tensor weight = counts.to(device_);
    return (corner_error(squares, truth.to(device_)) * weight).sum() / weight.sum().clamp_min(1);
  }

  const std::vector<Image> negatives_;
  BatchesAhead<Batch> painted_;  // last: it paints until it is gone
};

}  // namespace

std::unique_ptr<Task> aligner_task(const FaceScenes& scenes, const nn::FaceAligner& from,
                                   const nn::Execution& execution, const Draws& draws,
                                   std::vector<Image> negatives) {
  return std::make_unique<AlignerTask>(scenes, from, execution, draws, std::move(negatives));
}

}  // namespace ganface::train
