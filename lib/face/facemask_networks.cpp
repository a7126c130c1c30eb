// SPDX-License-Identifier: MIT
// Owns a facemask model's networks as functions of images.
#include "face/facemask_networks.h"

#include <ATen/ATen.h>
#include <ganface/model_path.h>

#include <algorithm>
#include <cmath>

#include "models/face_networks.h"
#include "nn/runtime/device.h"
#include "nn/runtime/images.h"
#include "nn/runtime/translate.h"

namespace ganface::face {
namespace {

constexpr double kOverlap = 0.3;  // of boxes of one face, intersection over union

double sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }

double overlap(const OrientedBox& a, const OrientedBox& b) {
  const double half_a = a.side() / 2, half_b = b.side() / 2;
  const auto shared = [&](double first, double second) {
    return std::max(
        0.0, std::min(first + half_a, second + half_b) - std::max(first - half_a, second - half_b));
  };
  const double both = shared(a.x, b.x) * shared(a.y, b.y);
  return both / (4 * half_a * half_a + 4 * half_b * half_b - both);
}

// One square for each cluster: the mean, weighted by score.
std::vector<OrientedBox> merged(std::vector<OrientedBox> squares) {
  std::stable_sort(squares.begin(), squares.end(),
                   [](const OrientedBox& a, const OrientedBox& b) { return a.score > b.score; });
  std::vector<OrientedBox> kept;
  std::vector<bool> taken(squares.size());
  for (size_t i = 0; i < squares.size(); ++i) {
    if (taken[i]) continue;
    OrientedBox mean;
    double weight = 0;
    for (size_t j = i; j < squares.size(); ++j) {
      if (taken[j] || overlap(squares[i], squares[j]) < kOverlap) continue;
      taken[j] = true;
      const double share = squares[j].score * squares[j].score;
      weight += share;
      mean.x += share * squares[j].x;
      mean.y += share * squares[j].y;
      mean.edge_x += share * squares[j].edge_x;
      mean.edge_y += share * squares[j].edge_y;
    }
    kept.push_back({squares[i].score, mean.x / weight, mean.y / weight, mean.edge_x / weight,
                    mean.edge_y / weight});
  }
  return kept;
}

at::Tensor tensor_of(const ImageView& picture) {
  at::Tensor bytes = at::empty({1, picture.height, picture.width, 3}, torch::kUInt8);
  for (int y = 0; y < picture.height; ++y)
    std::copy_n(picture.row(y), picture.width * 3,
                bytes.data_ptr<uint8_t>() + int64_t{y} * picture.width * 3);
  return nn::network_input(bytes);
}

}  // namespace

struct FaceMaskNetworks::Implementation {
  nn::FaceMaskModel model;
};

FaceMaskNetworks::FaceMaskNetworks(const std::string& model)
    : implementation_(std::make_unique<Implementation>()) {
  const std::filesystem::path file = find_model(model);
  implementation_->model = nn::translated("loading model '" + file.string() + "'", [&] {
    return nn::load_facemask_model(file, nn::choose_execution("cpu"));
  });
}

FaceMaskNetworks::~FaceMaskNetworks() = default;

bool FaceMaskNetworks::has_detector() const { return bool(implementation_->model.detector); }
bool FaceMaskNetworks::has_aligner() const { return bool(implementation_->model.aligner); }
bool FaceMaskNetworks::has_segmenter() const { return bool(implementation_->model.segmenter); }

std::vector<OrientedBox> FaceMaskNetworks::find(const ImageView& picture, double threshold) const {
  return nn::translated("finding faces", [&] {
    torch::NoGradGuard no_gradient;
    const nn::OneThread one_thread;
    const std::vector<at::Tensor> levels = implementation_->model.detector(tensor_of(picture));
    const double least_logit = std::log(threshold / (1 - threshold));
    std::vector<OrientedBox> squares;
    for (size_t level = 0; level < levels.size(); ++level) {
      const nn::DetectorLevel& sizes = nn::detector_levels()[level];
      const at::Tensor result = levels[level].contiguous();
      const int64_t height = result.size(2), width = result.size(3), cells = height * width;
      const float* values = result.data_ptr<float>();
      for (int64_t cell = 0; cell < cells; ++cell) {
        if (!(values[cell] >= least_logit)) continue;
        const auto at = [&](int64_t channel) {
          return static_cast<double>(values[channel * cells + cell]);
        };
        const double column = static_cast<double>(cell % width) + 0.5;
        const double row = static_cast<double>(cell / width) + 0.5;
        const double stride = static_cast<double>(sizes.stride);
        squares.push_back({sigmoid(at(0)), column * stride + at(1) * sizes.nominal,
                           row * stride + at(2) * sizes.nominal, at(3) * sizes.nominal,
                           at(4) * sizes.nominal});
        if (squares.back().side() < 4) squares.pop_back();
      }
    }
    return merged(std::move(squares));
  });
}

std::vector<OrientedBox> FaceMaskNetworks::align(const std::vector<Image>& windows,
                                                 nn::AlignerEstimate estimate) const {
  if (windows.empty()) return {};
  return nn::translated("aligning faces", [&] {
    torch::NoGradGuard no_gradient;
    const nn::OneThread one_thread;
    // Each window and its mirror image: what the network gets wrong differs, and the mean is
    // nearer.
    const at::Tensor seen = nn::network_input(nn::stack_images(windows));
    const at::Tensor answer = implementation_->model.aligner(at::cat({seen, seen.flip(3)}));
    const at::Tensor both =
        at::cat({answer.slice(1, 0, 1), nn::FaceAlignerImpl::squares(answer, estimate)}, 1);
    const auto count = static_cast<int64_t>(windows.size());
    const at::Tensor signs = at::tensor({1.f, -1.f, 1.f, 1.f, -1.f});
    const at::Tensor result =
        ((both.slice(0, 0, count) + both.slice(0, count) * signs) / 2).contiguous();
    const auto values = result.accessor<float, 2>();
    std::vector<OrientedBox> squares;
    for (int64_t i = 0; i < result.size(0); ++i)
      squares.push_back(
          {sigmoid(values[i][0]), values[i][1], values[i][2], values[i][3], values[i][4]});
    return squares;
  });
}

std::vector<HeadSegmentation> FaceMaskNetworks::segment(
    const std::vector<Image>& crops, const std::vector<const FaceReference*>& references) const {
  if (crops.empty()) return {};
  return nn::translated("segmenting heads", [&] {
    torch::NoGradGuard no_gradient;
    const nn::OneThread one_thread;
    nn::SegmenterInput input{nn::network_input(nn::stack_images(crops)), {}, {}, {}};
    if (std::any_of(references.begin(), references.end(),
                    [](const FaceReference* reference) { return reference; })) {
      const Image nothing(nn::kSegmenterSize, nn::kSegmenterSize, 1);
      std::vector<Image> before;
      std::vector<const Image*> known, covered;
      for (size_t i = 0; i < crops.size(); ++i) {
        const FaceReference* reference = references[i];
        before.push_back(reference != nullptr ? reference->crop : crops[i]);
        known.push_back(reference != nullptr ? &reference->known : &nothing);
        covered.push_back(reference != nullptr ? &reference->covered : &nothing);
      }
      input.look = nn::network_input(nn::stack_images(before));
      input.known = nn::stack_masks(known);
      input.kept = 1 - nn::stack_masks(covered);
    }
    const nn::SegmenterOutput output = implementation_->model.segmenter(input);
    // Planes as bytes: the kinds, then the oval.
    const at::Tensor shares =
        at::cat({at::softmax(output.kinds, 1).slice(1, 1), at::sigmoid(output.oval)}, 1);
    const at::Tensor bytes = shares.mul(255).round_().to(torch::kUInt8).contiguous();
    const at::Tensor faces = at::sigmoid(output.face).contiguous();
    const at::Tensor poses = (output.pose * nn::kPoseUnit).contiguous();
    std::vector<HeadSegmentation> heads(crops.size());
    const uint8_t* source = bytes.data_ptr<uint8_t>();
    for (size_t i = 0; i < heads.size(); ++i) {
      HeadSegmentation& head = heads[i];
      const auto take = [&source](Image& plane) {
        plane = Image(nn::kSegmenterSize, nn::kSegmenterSize, 1);
        std::copy_n(source, plane.pixels.size(), plane.pixels.begin());
        source += plane.pixels.size();
      };
      for (Image& kind : head.kinds) take(kind);
      take(head.oval);
      head.face = faces.data_ptr<float>()[i];
      head.yaw = poses.data_ptr<float>()[2 * i];
      head.pitch = poses.data_ptr<float>()[2 * i + 1];
    }
    return heads;
  });
}

}  // namespace ganface::face
