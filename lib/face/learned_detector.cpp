// SPDX-License-Identifier: MIT
// Owns the finding of faces with the project's own networks.
#include "face/learned_detector.h"

#include <ganface/error.h>

#include <algorithm>
#include <cmath>

#include "models/face_network_sizes.h"

namespace ganface::face {
namespace {

constexpr double kSizeTolerance = 0.85;  // of the smallest size asked for
constexpr int kLooks = 3;                // that an aligner takes at what was found
constexpr double kDoubtful = 0.3;        // share of the threshold that is worth an aligner's look

// Of squares that cannot be two faces the one with the highest score.
std::vector<OrientedBox> surest(std::vector<OrientedBox> squares) {
  constexpr double kTaken = 0.4;  // of the larger side, between the middles
  std::stable_sort(squares.begin(), squares.end(),
                   [](const OrientedBox& a, const OrientedBox& b) { return a.score > b.score; });
  std::vector<OrientedBox> kept;
  for (const OrientedBox& square : squares)
    if (std::none_of(kept.begin(), kept.end(), [&](const OrientedBox& other) {
          return std::hypot(other.x - square.x, other.y - square.y) <
                 kTaken * std::max(other.side(), square.side());
        }))
      kept.push_back(square);
  return kept;
}

}  // namespace

LearnedDetector::LearnedDetector(const DetectorOptions& options, const std::string& model)
    : options_(options), networks_(model) {
  if (!networks_.has_detector() || !networks_.has_aligner())
    throw Error(ErrorCode::kModel, "detector model '" + model +
                                       "' holds no detector and aligner; expected a facemask model "
                                       "as ganface train-facemask writes it");
}

Image LearnedDetector::shown_in(const Picture& picture, const SearchView& view) {
  constexpr uint8_t kGrey = 128;
  Image shown = picture.shrunk(view.left, view.top, view.step, view.width, view.height);
  if (view.border == 0) return shown;
  const auto beside = static_cast<ptrdiff_t>(view.border) * 3;
  for (int y = 0; y < shown.height; ++y) {
    uint8_t* row = shown.row(y);
    const bool is_beyond = y < view.border || y >= shown.height - view.border;
    std::fill(row, row + (is_beyond ? shown.width * 3 : beside), kGrey);
    std::fill(row + shown.width * 3 - beside, row + shown.width * 3, kGrey);
  }
  return shown;
}

void LearnedDetector::look_at(const Image& shown, const SearchView& view,
                              std::vector<OrientedBox>& found) const {
  // Finder's squares of one face that differ by more are two estimates, of which the aligner
  // judges.
  constexpr double kSamePlace = 0.4, kSameSize = 1.35;
  const double threshold = std::clamp(options_.threshold * kDoubtful, 0.02, 0.98);
  for (OrientedBox square : networks_.find(shown.view(), threshold)) {
    square.x = view.left + square.x * view.step;
    square.y = view.top + square.y * view.step;
    square.edge_x *= view.step;
    square.edge_y *= view.step;
    if (!view.answers_for(square)) continue;
    const bool is_known = std::any_of(found.begin(), found.end(), [&](const OrientedBox& other) {
      const double larger = std::max(other.side(), square.side());
      const double smaller = std::min(other.side(), square.side());
      return std::hypot(other.x - square.x, other.y - square.y) < kSamePlace * larger &&
             larger < kSameSize * smaller;
    });
    if (!is_known) found.push_back(square);
  }
}

std::vector<OrientedBox> LearnedDetector::look(const Picture& picture) const {
  std::vector<OrientedBox> found;
  const SearchPlan plan(picture.width(), picture.height(), options_.min_face_size);
  for (const SearchView& view : plan.all) look_at(shown_in(picture, view), view, found);
  look_at(shown_in(picture, plan.bordered), plan.bordered, found);
  return found;
}

std::vector<OrientedBox> LearnedDetector::align(const Picture& picture,
                                                const std::vector<OrientedBox>& estimates,
                                                nn::AlignerEstimate kind) const {
  // A estimate may be anything, as it comes from a network: of what is no square nothing is shown.
  const auto is_square = [](const OrientedBox& estimate) {
    constexpr double kMost = 1e6;
    return estimate.side() > 0.1 && estimate.side() < kMost && std::abs(estimate.x) < kMost &&
           std::abs(estimate.y) < kMost;
  };
  std::vector<Image> windows;
  for (const OrientedBox& estimate : estimates)
    windows.push_back(is_square(estimate)
                          ? picture.cut(picture.to_frame(transform_of_square(estimate)),
                                        nn::kAlignerWindow, nn::kAlignerSize)
                          : Image(nn::kAlignerSize, nn::kAlignerSize, 3, 128));
  std::vector<OrientedBox> aligned = networks_.align(windows, kind);
  for (size_t i = 0; i < aligned.size(); ++i) aligned[i] = aligned[i].out_of(estimates[i]);
  return aligned;
}

std::vector<OrientedBox> LearnedDetector::follow(const Picture& picture,
                                                 const std::vector<OrientedBox>& estimates) const {
  return align(picture, estimates, nn::AlignerEstimate::kTracked);
}

std::vector<OrientedBox> LearnedDetector::settle(const Picture& picture,
                                                 const std::vector<OrientedBox>& found) const {
  std::vector<OrientedBox> squares = align(picture, found, nn::AlignerEstimate::kFound);
  for (int look = 1; look < kLooks; ++look)
    squares = align(picture, squares, nn::AlignerEstimate::kSettled);
  return squares;
}

std::vector<OrientedBox> LearnedDetector::judge(const Picture& picture,
                                                const std::vector<OrientedBox>& found,
                                                double least_score) const {
  // The score is the geometric mean, and an aligner's at most 1.
  std::vector<OrientedBox> possible;
  for (const OrientedBox& square : found)
    if (square.score >= least_score * least_score) possible.push_back(square);
  const std::vector<OrientedBox> settled = settle(picture, possible);
  std::vector<OrientedBox> faces;
  for (size_t i = 0; i < settled.size(); ++i) {
    OrientedBox face = settled[i];
    face.score = std::sqrt(possible[i].score * face.score);
    if (face.score >= least_score) faces.push_back(face);
  }
  return surest(std::move(faces));
}

std::vector<OrientedBox> LearnedDetector::judge_again(const Picture& picture,
                                                      const std::vector<OrientedBox>& found,
                                                      double least_score) const {
  constexpr double kAside = 0.08;  // of the side
  if (found.empty()) return {};
  const OrientedBox& surest = *std::max_element(
      found.begin(), found.end(),
      [](const OrientedBox& a, const OrientedBox& b) { return a.score < b.score; });
  std::vector<OrientedBox> starts;
  for (const auto& [right, down] : {std::pair(0, 0), {1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
    starts.push_back(surest);
    starts.back().x += right * kAside * surest.side();
    starts.back().y += down * kAside * surest.side();
  }
  std::vector<OrientedBox> faces = judge(picture, starts, least_score);
  if (faces.size() > 1) faces.resize(1);
  return faces;
}

bool LearnedDetector::is_large_enough(const OrientedBox& square) const {
  return square.side() >= kSizeTolerance * options_.min_face_size;
}

std::vector<DetectedFace> LearnedDetector::find(const Picture& picture) {
  std::vector<DetectedFace> faces;
  for (const OrientedBox& square : judge(picture, look(picture), options_.threshold))
    if (is_large_enough(square)) faces.push_back({transform_of_square(square), square.score});
  return faces;
}

std::unique_ptr<DetectorBackend> load_learned(const DetectorOptions& options,
                                              const std::string& model) {
  return std::make_unique<LearnedDetector>(options, model);
}

}  // namespace ganface::face
