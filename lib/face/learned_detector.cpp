// SPDX-License-Identifier: MIT
// Owns the finding of faces with the project's own networks.
#include "face/learned_detector.h"

#include <ganface/error.h>

#include <algorithm>
#include <cmath>

#include "gan/face_network_sizes.h"

namespace ganface::face {
namespace {

constexpr double kLeastFound = 14, kMostFound = 260;  // sides that the finder sees, pixels
constexpr double kSizeTolerance = 0.85;               // of the smallest size asked for
constexpr int kLooks = 3;                             // that an aligner takes at what was found
constexpr double kDoubtful = 0.3;  // share of the threshold that is worth an aligner's look

}  // namespace

LearnedDetector::LearnedDetector(const DetectorOptions& options, const std::string& model)
    : options_(options), networks_(model) {
  if (!networks_.has_finder() || !networks_.has_aligner())
    throw Error(ErrorCode::kModel, "detector model '" + model +
                                       "' holds no finder and aligner; expected a facemask model "
                                       "as ganface train-facemask writes it");
}

std::vector<FoundSquare> LearnedDetector::look(Picture& picture) const {
  // Small enough to be quick, large enough for the smallest faces that are asked for.
  int halvings = 0;
  while (options_.min_face_size / std::pow(2, halvings + 1) >= kLeastFound) ++halvings;
  const double threshold = std::clamp(options_.threshold * kDoubtful, 0.02, 0.98);
  std::vector<FoundSquare> found;
  while (true) {
    const cv::Mat& level = picture.halved(halvings);
    const cv::Mat& full = picture.halved(0);
    const double scale = double(full.cols) / level.cols;
    for (FoundSquare square : networks_.find(view_of(level), threshold)) {
      square.x *= scale;
      square.y *= double(full.rows) / level.rows;
      square.edge_x *= scale;
      square.edge_y *= scale;
      const bool is_known = std::any_of(found.begin(), found.end(), [&](const FoundSquare& other) {
        return std::hypot(other.x - square.x, other.y - square.y) <
               0.4 * std::max(other.side(), square.side());
      });
      if (!is_known) found.push_back(square);
    }
    if (std::max(level.cols, level.rows) <= kMostFound * 1.6) break;
    halvings += 2;  // for faces that are larger than the finder knows
  }
  return found;
}

std::vector<FoundSquare> LearnedDetector::align(Picture& picture,
                                                const std::vector<FoundSquare>& guesses,
                                                gan::AlignerGuess kind) const {
  std::vector<FoundSquare> frames;  // in faces' own axes
  std::vector<Image> windows;
  for (const FoundSquare& guess : guesses) {
    frames.push_back(guess.turned(gan::kFunneledTilt));
    windows.push_back(
        picture.cut(transform_of_square(frames.back()), gan::kAlignerWindow, gan::kAlignerSize));
  }
  std::vector<FoundSquare> aligned = networks_.align(windows, kind);
  for (size_t i = 0; i < aligned.size(); ++i)
    aligned[i] = aligned[i].out_of(frames[i]).turned(-gan::kFunneledTilt);
  return aligned;
}

std::vector<FoundSquare> LearnedDetector::follow(Picture& picture,
                                                 const std::vector<FoundSquare>& guesses) const {
  return align(picture, guesses, gan::AlignerGuess::kTracked);
}

std::vector<FoundSquare> LearnedDetector::settle(Picture& picture,
                                                 const std::vector<FoundSquare>& found) const {
  std::vector<FoundSquare> squares = align(picture, found, gan::AlignerGuess::kFound);
  for (int look = 1; look < kLooks; ++look)
    squares = align(picture, squares, gan::AlignerGuess::kSettled);
  return squares;
}

std::vector<FoundSquare> LearnedDetector::judge(Picture& picture,
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
  return faces;
}

bool LearnedDetector::is_large_enough(const FoundSquare& square) const {
  return square.side() >= kSizeTolerance * options_.min_face_size;
}

std::vector<DetectedFace> LearnedDetector::find(const ImageView& rgb) {
  Picture picture(rgb);
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
