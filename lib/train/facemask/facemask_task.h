// SPDX-License-Identifier: MIT
// Owns what the trainings of detector, aligner and segmenter have in common.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "models/face_networks.h"
#include "nn/runtime/images.h"
#include "train/loop/batches_ahead.h"
#include "train/loop/scene_batches.h"
#include "train/synthetic/face_scenes.h"

namespace ganface::train {

/// Weight of a square's error beside a score's.
constexpr double kSquareWeight = 4;

/// A step's loss, and the error that people read of it.
struct Losses {
  at::Tensor loss;
  double error = 0;
};

/// Root mean square distance of the corners of squares [N, 4] (centre, edge), in the unit of the
/// input, over the truth's side.
inline at::Tensor corner_error(const at::Tensor& squares, const at::Tensor& truth) {
  const at::Tensor square = (squares - truth).square();
  const at::Tensor distance =
      square.slice(1, 0, 2).sum(1) + square.slice(1, 2, 4).sum(1) / 2 + 1e-8;
  return distance.sqrt() / truth.slice(1, 2, 4).norm(2, 1);
}

/// Images as a network's input [N, 3, H, W].
inline at::Tensor stacked(const std::vector<Image>& images, const torch::Device& device) {
  return nn::network_input(nn::stack_images(images).to(device));
}

/// The random numbers of a training's steps.
struct Draws {
  uint64_t seed = 0;
  int64_t batch_size = 1;
  std::vector<Random> of(int64_t step) const { return train::randoms_of(seed, step, batch_size); }
};

/// One kind of network: its pictures and what it is wrong by.
class Task {
 public:
  virtual ~Task() = default;
  virtual torch::nn::Module& network() = 0;
  /// Whether its weights are still to be drawn.
  virtual bool is_fresh() const = 0;
  /// Of a step's pictures; to be asked for in order.
  virtual Losses losses(int64_t step) = 0;
  /// A training picture with its truth.
  virtual Image sample(Random random) const = 0;
};

template <typename Network>
class NetworkTask : public Task {
 public:
  /// Goes on with `from`, when it is not empty.
  NetworkTask(const FaceScenes& scenes, const Network& from, const nn::Execution& execution,
              const Draws& draws)
      : scenes_(scenes),
        draws_(draws),
        device_(execution.device),
        is_fresh_(!from),
        network_(from ? from : Network(execution)) {}
  torch::nn::Module& network() override { return *network_; }
  bool is_fresh() const override { return is_fresh_; }

 protected:
  const FaceScenes& scenes_;
  const Draws draws_;
  const torch::Device device_;
  const bool is_fresh_;
  Network network_;
};

/// Draws a square's outline on a picture; its upper edge is yellow.
void draw_square(Image& picture, const Square& square);

std::unique_ptr<Task> detector_task(const FaceScenes& scenes, const nn::DetectorNetwork& from,
                                    const nn::Execution& execution, const Draws& draws);
/// `negatives`: windows that show no face, to be shown among the others.
std::unique_ptr<Task> aligner_task(const FaceScenes& scenes, const nn::FaceAligner& from,
                                   const nn::Execution& execution, const Draws& draws,
                                   std::vector<Image> negatives);
std::unique_ptr<Task> segmenter_task(const FaceScenes& scenes, const nn::Segmenter& from,
                                     const nn::Execution& execution, const Draws& draws);

}  // namespace ganface::train
