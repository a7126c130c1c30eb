// SPDX-License-Identifier: MIT
// Owns the training of the networks that find faces and what covers them.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/facemask_training.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <complex>
#include <memory>
#include <optional>

#include "models/face_networks.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"
#include "train/facemask/hard_negatives.h"
#include "train/facemask/relabelled_faces.h"
#include "train/loop/batches_ahead.h"
#include "train/loop/scene_batches.h"
#include "train/loop/schedule.h"
#include "train/synthetic/face_scenes.h"

namespace ganface {
namespace {

using train::FaceScenes;
using train::for_each_sample;
using train::Random;
using train::Square;

constexpr int kSceneSide = 256;
constexpr double kSquareWeight = 4;
constexpr double kUnlabelled = 0.02;  // least share of nothing that a label of nothing is believed
constexpr double kOvalWeight = 0.4, kFaceWeight = 0.15, kPoseWeight = 0.15;
constexpr float kLost = 0.7f;            // sides, of a estimate that is not worth a second look
constexpr float kNegatives = 0.12f;      // of an aligner's windows that its model took for faces
constexpr int64_t kMostSearched = 3000;  // pictures that are searched for such
constexpr int64_t kSamplesEach = 16;     // training samples for each picture

struct Losses {
  at::Tensor loss;
  double error = 0;
};

// Root mean square distance of the corners of squares [N, 4] (centre, edge), in the unit of the
// input, over the truth's side.
at::Tensor corner_error(const at::Tensor& squares, const at::Tensor& truth) {
  const at::Tensor square = (squares - truth).square();
  const at::Tensor distance =
      square.slice(1, 0, 2).sum(1) + square.slice(1, 2, 4).sum(1) / 2 + 1e-8;
  return distance.sqrt() / truth.slice(1, 2, 4).norm(2, 1);
}

at::Tensor stacked(const std::vector<Image>& images, const torch::Device& device) {
  return nn::network_input(nn::stack_images(images).to(device));
}

// The random numbers of a training's steps.
struct Draws {
  uint64_t seed = 0;
  int64_t batch_size = 1;
  std::vector<Random> of(int64_t step) const { return train::randoms_of(seed, step, batch_size); }
};

// One kind of network: its pictures and what it is wrong by.
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
  // Goes on with `from`, when it is not empty.
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

void draw_square(Image& picture, const Square& square) {
  const auto dot = [&](float x, float y, const train::Rgb& colour) {
    const int column = static_cast<int>(x), row = static_cast<int>(y);
    if (column >= 0 && row >= 0 && column < picture.width && row < picture.height)
      train::set_pixel(picture, column, row, colour);
  };
  for (float t = -0.5f; t <= 0.5f; t += 0.005f)
    for (const auto& [u, v] : {std::pair{t, -0.5f}, {t, 0.5f}, {-0.5f, t}, {0.5f, t}})
      dot(square.centre.x + u * square.edge.x - v * square.edge.y,
          square.centre.y + u * square.edge.y + v * square.edge.x,
          v == -0.5f ? train::Rgb{255, 255, 0} : train::Rgb{0, 255, 0});
}

class DetectorTask final : public NetworkTask<nn::DetectorNetwork> {
 public:
  DetectorTask(const FaceScenes& scenes, const nn::DetectorNetwork& from,
               const nn::Execution& execution, const Draws& draws)
      : NetworkTask(scenes, from, execution, draws),
        painted_([this](int64_t step) { return paint(draws_.of(step)); }, device_) {}

  Losses losses(int64_t step) override {
    std::vector<train::FaceScene> scenes = painted_.take(step);
    std::vector<Image> pictures;
    for (train::FaceScene& scene : scenes) pictures.push_back(std::move(scene.picture));
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
    train::FaceScene scene = scenes_.scene(kSceneSide, random);
    for (const train::FaceScene::Face& face : scene.faces)
      if (!face.is_doubtful) draw_square(scene.picture, face.square);
    return std::move(scene.picture);
  }

 private:
  struct Targets {
    at::Tensor is_face;  // [N, h, w]
    at::Tensor counts;   // 0 where the score does not matter
    at::Tensor squares;  // [N, h, w, 4]
  };

  std::vector<train::FaceScene> paint(const std::vector<Random>& random) const {
    std::vector<train::FaceScene> scenes(random.size());
    for_each_sample(random,
                    [&](size_t i, Random& own) { scenes[i] = scenes_.scene(kSceneSide, own); });
    return scenes;
  }

  // Cells near a face's middle answer for it, on the levels made for its size; those a little
  // farther off, and on levels that are almost for its size, may say what they like.
  static Targets targets_of(const std::vector<train::FaceScene>& scenes, size_t level,
                            int64_t cells) {
    const nn::DetectorLevel& sizes = nn::detector_levels()[level];
    const auto n = static_cast<int64_t>(scenes.size());
    Targets targets{at::zeros({n, cells, cells}), at::ones({n, cells, cells}),
                    at::zeros({n, cells, cells, 4})};
    auto is_face = targets.is_face.accessor<float, 3>();
    auto counts = targets.counts.accessor<float, 3>();
    auto squares = targets.squares.accessor<float, 4>();
    const double stride = static_cast<double>(sizes.stride);
    for (int64_t i = 0; i < n; ++i)
      for (const train::FaceScene::Face& face : scenes[static_cast<size_t>(i)].faces) {
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

  train::BatchesAhead<std::vector<train::FaceScene>> painted_;  // last: it paints until it is gone
};

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
    train::AlignerSample sample = scenes_.aligner_sample(random);
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
      train::AlignerSample sample;
      if (!negatives_.empty() && own.chance(kNegatives)) {
        sample.window =
            negatives_[static_cast<size_t>(own.below(static_cast<int>(negatives_.size())))];
        train::photograph_badly(sample.window, own, 0.5f);
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
  train::BatchesAhead<Batch> painted_;  // last: it paints until it is gone
};

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
        kinds.ne(train::HeadSample::kUnknown).to(torch::kFloat32) * is_face.view({-1, 1, 1});
    const at::Tensor truth = kinds.masked_fill(kinds.eq(train::HeadSample::kUnknown), 0);
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
    constexpr train::Rgb kColours[] = {{0, 0, 0},    {255, 0, 0},   {255, 160, 0},
                                       {0, 90, 255}, {255, 0, 255}, {0, 220, 220}};
    train::HeadSample sample = scenes_.head_sample(random);
    Image shown(3 * kSide, kSide, 3);
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const train::Rgb colour = train::pixel(sample.crop, x, y);
        const uint8_t kind = sample.kinds.row(y)[x];
        train::set_pixel(shown, x, y, colour);
        train::Rgb marked = kind == train::HeadSample::kUnknown ? train::scaled(colour, 0.3f)
                            : kind != 0 ? train::mix(colour, kColours[kind], 0.6f)
                                        : colour;
        if (sample.oval.row(y)[x] != 0) marked = train::mix(marked, {0, 255, 0}, 0.2f);
        if (!sample.is_face) marked = {40, 40, 40};
        train::set_pixel(shown, x + kSide, y, marked);
        if (!sample.look.empty() && sample.known.row(y)[x] != 0)
          train::set_pixel(shown, x + 2 * kSide, y, train::pixel(sample.look, x, y));
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
      train::HeadSample sample = scenes_.head_sample(own);
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

  train::BatchesAhead<Painted> painted_;  // last: it paints until it is gone
};

// Throws Error(kUsage) unless there is a network of this name.
void check_name(const std::string& network) {
  if (network != "detector" && network != "aligner" && network != "segmenter")
    throw Error(ErrorCode::kUsage,
                "network '" + network + "' is unknown; expected detector, aligner or segmenter");
}

std::unique_ptr<Task> task_of(const std::string& network, const FaceScenes& scenes,
                              const nn::FaceMaskModel& from, const nn::Execution& execution,
                              const Draws& draws = {}, std::vector<Image> negatives = {}) {
  check_name(network);
  if (network == "detector")
    return std::make_unique<DetectorTask>(scenes, from.detector, execution, draws);
  if (network == "aligner")
    return std::make_unique<AlignerTask>(scenes, from.aligner, execution, draws,
                                         std::move(negatives));
  return std::make_unique<SegmenterTask>(scenes, from.segmenter, execution, draws);
}

// A folder's labels, when it has some.
std::optional<train::LabelledHeads> heads_in(const std::filesystem::path& folder) {
  if (!train::LabelledHeads::are_in(folder)) return {};
  return train::LabelledHeads::read(folder);
}

// The photographs in the order of their labels.
train::Photographs photographs_in(const std::filesystem::path& folder,
                                  const std::optional<train::LabelledHeads>& heads) {
  return heads ? train::Photographs(heads->files) : train::Photographs(folder);
}

class ModelWriter {
 public:
  ModelWriter(const FaceMaskTrainingOptions& options,
              const std::optional<std::filesystem::path>& from)
      : options_(options) {
    if (from) {
      content_ = core::read_safetensors(*from);
      const std::string prefix = options.network + ".";
      for (auto tensor = content_.tensors.begin(); tensor != content_.tensors.end();)
        tensor = tensor->first.rfind(prefix, 0) == 0 ? content_.tensors.erase(tensor)
                                                     : std::next(tensor);
    }
    content_.metadata["architecture"] = nn::kFaceMaskArchitecture;
    content_.metadata["image_size"] = std::to_string(nn::kSegmenterSize);
    content_.metadata["licence"] = "MIT";
    const auto note = [&](const std::string& key, const std::string& value) {
      content_.metadata[options.network + "." + key] = value;
    };
    note("epochs", std::to_string(options.epochs));
    note("batch_size", std::to_string(options.batch_size));
    note("learning_rate", std::to_string(options.learning_rate));
    note("seed", std::to_string(options.seed));
    note("training_data", options.data_name.empty() ? options.folder.lexically_normal().string()
                                                    : options.data_name);
  }

  void write(const torch::nn::Module& network, const NetworkProgress& progress,
             const std::filesystem::path& file) {
    core::TensorFile content = content_;
    content.metadata[options_.network + ".steps"] = std::to_string(progress.step);
    content.metadata[options_.network + ".error"] = std::to_string(progress.error);
    nn::add_network(content, options_.network, network, torch::kBFloat16);
    core::write_safetensors(file, content);
  }

 private:
  const FaceMaskTrainingOptions& options_;
  core::TensorFile content_;
};

// The training of a task's network.
class TaskTraining : public train::SyntheticTraining {
 public:
  TaskTraining(const FaceMaskTrainingOptions& options, Task& task, ModelWriter writer)
      : options_(options), task_(task), writer_(std::move(writer)) {
    torch::nn::Module& network = task.network();
    if (task.is_fresh())
      nn::initialise_face_network(network, at::detail::createCPUGenerator(options.seed));
    network.train();
    for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(true);
    optimiser_ = std::make_unique<torch::optim::Adam>(
        network.parameters(), torch::optim::AdamOptions(options.learning_rate));
  }

  Step step(int64_t number, double done) override {
    train::set_cosine_rate(*optimiser_, options_.learning_rate, done);
    optimiser_->zero_grad();
    const Losses losses = task_.losses(number);
    losses.loss.backward();
    optimiser_->step();
    return {losses.loss.item<double>(), losses.error};
  }

  void write(const NetworkProgress& progress, const std::filesystem::path& file, bool) override {
    writer_.write(task_.network(), progress, file);
  }

 private:
  const FaceMaskTrainingOptions& options_;
  Task& task_;
  ModelWriter writer_;
  std::unique_ptr<torch::optim::Adam> optimiser_;
};

}  // namespace

void FaceMaskTrainingOptions::validate() const {
  SyntheticTrainingOptions::validate();
  check_name(network);
}

bool train_facemask(const FaceMaskTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the " + options.network, [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    std::optional<std::filesystem::path> file;
    nn::FaceMaskModel from;
    if (!options.from.empty()) {
      file = find_model(options.from);
      from = nn::load_facemask_model(*file, execution);
    }
    std::optional<train::LabelledHeads> heads = heads_in(options.folder);
    const train::Photographs photographs = photographs_in(options.folder, heads);
    // Where teachers have put the faces is better than where deep funneling has.
    const bool goes_on = options.network == "aligner" && from.aligner && !heads;
    const FaceScenes scenes(
        photographs,
        goes_on ? train::seen_faces(photographs, file->string()) : std::vector<train::Similarity>{},
        std::move(heads));
    std::vector<Image> negatives;
    if (options.network == "aligner" && from.aligner && from.detector) {
      const auto samples =
          static_cast<int64_t>(options.epochs) * static_cast<int64_t>(photographs.size());
      negatives = train::hard_negatives(
          scenes, file->string(), static_cast<int>(std::min(kMostSearched, samples / kSamplesEach)),
          options.seed);
    }
    const std::unique_ptr<Task> task =
        task_of(options.network, scenes, from, execution, {options.seed, options.batch_size},
                std::move(negatives));
    TaskTraining training(options, *task, ModelWriter(options, file));
    return train::run_training(training, options, options.network, photographs.size(), observe);
  });
}

void write_facemask_samples(const std::filesystem::path& folder, const std::string& network,
                            int count, uint64_t seed, const std::filesystem::path& file) {
  if (count < 1 || count > 4096) throw Error(ErrorCode::kUsage, "samples must be 1 to 4096");
  check_name(network);
  const Image sheet = nn::translated("drawing training pictures", [&] {
    std::optional<train::LabelledHeads> heads = heads_in(folder);
    const train::Photographs photographs = photographs_in(folder, heads);
    const FaceScenes scenes(photographs, {}, std::move(heads));
    const std::unique_ptr<Task> task = task_of(network, scenes, {}, nn::choose_execution("cpu"));
    std::vector<Image> samples;
    for (const Random& random : Draws{seed, count}.of(0)) samples.push_back(task->sample(random));
    return contact_sheet(samples, std::min(count, 8));
  });
  write_png(file, sheet.view());
}

}  // namespace ganface
