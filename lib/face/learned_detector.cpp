// SPDX-License-Identifier: MIT
// Owns the finding of faces with the project's own networks.
#include "face/learned_detector.h"

#include <ganface/error.h>

#include <algorithm>
#include <cmath>

#include "gan/face_network_sizes.h"

namespace ganface::face {
namespace {

constexpr double kSizeTolerance = 0.85;  // of the smallest size asked for
constexpr int kLooks = 3;                // that an aligner takes at what was found
constexpr double kDoubtful = 0.3;        // share of the threshold that is worth an aligner's look

// Of squares that cannot be two faces the one with the highest score.
std::vector<FoundSquare> surest(std::vector<FoundSquare> squares) {
  constexpr double kTaken = 0.4;  // of the larger side, between the middles
  std::stable_sort(squares.begin(), squares.end(),
                   [](const FoundSquare& a, const FoundSquare& b) { return a.score > b.score; });
  std::vector<FoundSquare> kept;
  for (const FoundSquare& square : squares)
    if (std::none_of(kept.begin(), kept.end(), [&](const FoundSquare& other) {
          return std::hypot(other.x - square.x, other.y - square.y) <
                 kTaken * std::max(other.side(), square.side());
        }))
      kept.push_back(square);
  return kept;
}

}  // namespace

LearnedDetector::LearnedDetector(const DetectorOptions& options, const std::string& model)
    : options_(options), networks_(model) {
  if (!networks_.has_finder() || !networks_.has_aligner())
    throw Error(ErrorCode::kModel, "detector model '" + model +
                                       "' holds no finder and aligner; expected a facemask model "
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
                              std::vector<FoundSquare>& found) const {
  // Finder's squares of one face that differ by more are two guesses, of which the aligner judges.
  constexpr double kSamePlace = 0.4, kSameSize = 1.35;
  const double threshold = std::clamp(options_.threshold * kDoubtful, 0.02, 0.98);
  for (FoundSquare square : networks_.find(shown.view(), threshold)) {
    square.x = view.left + square.x * view.step;
    square.y = view.top + square.y * view.step;
    square.edge_x *= view.step;
    square.edge_y *= view.step;
    if (!view.answers_for(square)) continue;
    const bool is_known = std::any_of(found.begin(), found.end(), [&](const FoundSquare& other) {
      const double larger = std::max(other.side(), square.side());
      const double smaller = std::min(other.side(), square.side());
      return std::hypot(other.x - square.x, other.y - square.y) < kSamePlace * larger &&
             larger < kSameSize * smaller;
    });
    if (!is_known) found.push_back(square);
  }
}

std::vector<FoundSquare> LearnedDetector::look(const Picture& picture) const {
  std::vector<FoundSquare> found;
  const SearchPlan plan(picture.width(), picture.height(), options_.min_face_size);
  for (const SearchView& view : plan.all) look_at(shown_in(picture, view), view, found);
  look_at(shown_in(picture, plan.bordered), plan.bordered, found);
  return found;
}

std::vector<FoundSquare> LearnedDetector::align(const Picture& picture,
                                                const std::vector<FoundSquare>& guesses,
                                                gan::AlignerGuess kind) const {
  // A guess may be anything, as it comes from a network: of what is no square nothing is shown.
  const auto is_square = [](const FoundSquare& guess) {
    constexpr double kMost = 1e6;
    return guess.side() > 0.1 && guess.side() < kMost && std::abs(guess.x) < kMost &&
           std::abs(guess.y) < kMost;
  };
  std::vector<Image> windows;
  for (const FoundSquare& guess : guesses)
    windows.push_back(is_square(guess) ? picture.cut(picture.to_frame(transform_of_square(guess)),
                                                     gan::kAlignerWindow, gan::kAlignerSize)
                                       : Image(gan::kAlignerSize, gan::kAlignerSize, 3, 128));
  std::vector<FoundSquare> aligned = networks_.align(windows, kind);
  for (size_t i = 0; i < aligned.size(); ++i) aligned[i] = aligned[i].out_of(guesses[i]);
  return aligned;
}

std::vector<FoundSquare> LearnedDetector::follow(const Picture& picture,
                                                 const std::vector<FoundSquare>& guesses) const {
  return align(picture, guesses, gan::AlignerGuess::kTracked);
}

std::vector<FoundSquare> LearnedDetector::settle(const Picture& picture,
                                                 const std::vector<FoundSquare>& found) const {
  std::vector<FoundSquare> squares = align(picture, found, gan::AlignerGuess::kFound);
  for (int look = 1; look < kLooks; ++look)
    squares = align(picture, squares, gan::AlignerGuess::kSettled);
  return squares;
}

std::vector<FoundSquare> LearnedDetector::judge(const Picture& picture,
                                                const std::vector<FoundSquare>& found,
                                                double least_score) const {
  // The score is the geometric mean, and an aligner's at most 1.
  std::vector<FoundSquare> possible;
  for (const FoundSquare& square : found)
    if (square.score >= least_score * least_score) possible.push_back(square);
  const std::vector<FoundSquare> settled = settle(picture, possible);
  std::vector<FoundSquare> faces;
  for (size_t i = 0; i < settled.size(); ++i) {
    FoundSquare face = settled[i];
    face.score = std::sqrt(possible[i].score * face.score);
    if (face.score >= least_score) faces.push_back(face);
  }
  return surest(std::move(faces));
}

bool LearnedDetector::is_large_enough(const FoundSquare& square) const {
  return square.side() >= kSizeTolerance * options_.min_face_size;
}

std::vector<DetectedFace> LearnedDetector::find(const Picture& picture) {
  std::vector<DetectedFace> faces;
  for (const FoundSquare& square : judge(picture, look(picture), options_.threshold))
    if (is_large_enough(square)) faces.push_back({transform_of_square(square), square.score});
  return faces;
}

std::unique_ptr<DetectorBackend> load_learned(const DetectorOptions& options,
                                              const std::string& model) {
  return std::make_unique<LearnedDetector>(options, model);
}

}  // namespace ganface::face
