// SPDX-License-Identifier: MIT
// Owns the training of the network that finds faces in a picture.
#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "train/facemask/facemask_task.h"

namespace ganface::train {
namespace {

constexpr int kSceneSide = 256;

class DetectorTask final : public NetworkTask<nn::DetectorNetwork> {
 public:
  DetectorTask(const FaceScenes& scenes, const nn::DetectorNetwork& from,
               const nn::Execution& execution, const Draws& draws)
      : NetworkTask(scenes, from, execution, draws),
        painted_([this](int64_t step) { return paint(draws_.of(step)); }, device_) {}

  Losses losses(int64_t step) override {
    std::vector<FaceScene> scenes = painted_.take(step);
    std::vector<Image> pictures;
    for (FaceScene& scene : scenes) pictures.push_back(std::move(scene.picture));
    const std::vector<at::Tensor> results = network_(stacked(pictures, device_));
    at::Tensor score_loss = at::zeros({}, results[0].options());
    std::vector<at::Tensor> errors;
    int64_t positives = 0;
    for (size_t level = 0; level < results.size(); ++level) {
      const Targets targets = targets_of(scenes, level, results[level].size(2));
      const at::Tensor scores = results[level].select(1, 0);
      const at::Tensor is_face = targets.is_face.to(device_), counts = targets.counts.to(device_);
      const at::Tensor entropy = at::binary_cross_entropy_with_logits(scores, is_face, {}, {}, 0);
      // Focal loss (Lin, Goyal, Girshick, He, Dollar 2017).
      const at::Tensor right = at::exp(-entropy);
      score_loss = score_loss + 0.5 * ((1 - right).square() * entropy * counts).sum();
      const at::Tensor cells = targets.is_face.flatten().nonzero().squeeze(1);
      positives += cells.size(0);
      if (cells.size(0) == 0) continue;
      const at::Tensor squares =
          results[level].slice(1, 1, 5).permute({0, 2, 3, 1}).reshape({-1, 4});
      errors.push_back(
          corner_error(squares.index_select(0, cells.to(device_)),
                       targets.squares.view({-1, 4}).index_select(0, cells).to(device_)));
    }
    Losses losses;
    losses.loss = score_loss / static_cast<double>(std::max<int64_t>(positives, 1));
    if (!errors.empty()) {
      const at::Tensor error = at::cat(errors).mean();
      losses.loss = losses.loss + kSquareWeight * error;
      losses.error = error.item<double>();
    }
    return losses;
  }

  Image sample(Random random) const override {
    FaceScene scene = scenes_.scene(kSceneSide, random);
    for (const FaceScene::Face& face : scene.faces)
      if (!face.is_doubtful) draw_square(scene.picture, face.square);
    return std::move(scene.picture);
  }

 private:
  struct Targets {
    at::Tensor is_face;  // [N, h, w]
    at::Tensor counts;   // 0 where the score does not matter
    at::Tensor squares;  // [N, h, w, 4]
  };

  std::vector<FaceScene> paint(const std::vector<Random>& random) const {
    std::vector<FaceScene> scenes(random.size());
    for_each_sample(random,
                    [&](size_t i, Random& own) { scenes[i] = scenes_.scene(kSceneSide, own); });
    return scenes;
  }

  // Cells near a face's middle answer for it, on the levels made for its size; those a little
  // farther off, and on levels that are almost for its size, may say what they like.
  static Targets targets_of(const std::vector<FaceScene>& scenes, size_t level, int64_t cells) {
    const nn::DetectorLevel& sizes = nn::detector_levels()[level];
    const auto n = static_cast<int64_t>(scenes.size());
    Targets targets{at::zeros({n, cells, cells}), at::ones({n, cells, cells}),
                    at::zeros({n, cells, cells, 4})};
    auto is_face = targets.is_face.accessor<float, 3>();
    auto counts = targets.counts.accessor<float, 3>();
    auto squares = targets.squares.accessor<float, 4>();
    const double stride = static_cast<double>(sizes.stride);
    for (int64_t i = 0; i < n; ++i)
      for (const FaceScene::Face& face : scenes[static_cast<size_t>(i)].faces) {
        const Square& square = face.square;
        const double side = std::hypot(square.edge.x, square.edge.y);
        const bool fits = side >= sizes.least && side <= sizes.most && !face.is_doubtful;
        const bool nearly = side >= sizes.least / 1.3 && side <= sizes.most * 1.3;
        if (!fits && !nearly && !face.is_doubtful) continue;
        const double inner = std::max(0.6 * stride, 0.15 * side);
        const double outer = std::max(1.3 * stride, 0.35 * side);
        for (int64_t y = 0; y < cells; ++y)
          for (int64_t x = 0; x < cells; ++x) {
            const double cell_x = (static_cast<double>(x) + 0.5) * stride;
            const double cell_y = (static_cast<double>(y) + 0.5) * stride;
            const double away = std::hypot(cell_x - square.centre.x, cell_y - square.centre.y);
            if (away > outer || is_face[i][y][x] > 0) continue;
            if (!fits || away > inner) {
              counts[i][y][x] = 0;
              continue;
            }
            counts[i][y][x] = 1;
            is_face[i][y][x] = 1;
            squares[i][y][x][0] = static_cast<float>((square.centre.x - cell_x) / sizes.nominal);
            squares[i][y][x][1] = static_cast<float>((square.centre.y - cell_y) / sizes.nominal);
            squares[i][y][x][2] = static_cast<float>(square.edge.x / sizes.nominal);
            squares[i][y][x][3] = static_cast<float>(square.edge.y / sizes.nominal);
          }
      }
    return targets;
  }

  BatchesAhead<std::vector<FaceScene>> painted_;  // last: it paints until it is gone
};

}  // namespace

void draw_square(Image& picture, const Square& square) {
  const auto dot = [&](float x, float y, const Rgb& colour) {
    const int column = static_cast<int>(x), row = static_cast<int>(y);
    if (column >= 0 && row >= 0 && column < picture.width && row < picture.height)
      set_pixel(picture, column, row, colour);
  };
  for (float t = -0.5f; t <= 0.5f; t += 0.005f)
    for (const auto& [u, v] : {std::pair{t, -0.5f}, {t, 0.5f}, {-0.5f, t}, {0.5f, t}})
      dot(square.centre.x + u * square.edge.x - v * square.edge.y,
          square.centre.y + u * square.edge.y + v * square.edge.x,
          v == -0.5f ? Rgb{255, 255, 0} : Rgb{0, 255, 0});
}

std::unique_ptr<Task> detector_task(const FaceScenes& scenes, const nn::DetectorNetwork& from,
                                    const nn::Execution& execution, const Draws& draws) {
  return std::make_unique<DetectorTask>(scenes, from, execution, draws);
}

}  // namespace ganface::train
