// SPDX-License-Identifier: MIT
// Owns the correction of where photographs' faces are.
#include "train/seen_faces.h"

#include <cmath>

#include "face/facemask_networks.h"
#include "gan/face_network_sizes.h"

namespace ganface::train {
namespace {

using face::FoundSquare;

constexpr double kTrust = 0.75;  // in what the aligner sees
constexpr double kSure = 0.5;    // least score of a face that is seen
constexpr double kTooFar = 0.3;  // sides: somebody else's face
constexpr FoundSquare kFunneled{1, kPhotographSide / 2.0, kPhotographSide / 2.0, kCropSide, 0};

// How views are off from where the face is thought to be: in its sides and radians. In pairs, so
// that what a network makes of an offset goes out.
struct Offset {
  double x, y, scale, angle;
};
constexpr Offset kFirst[] = {{0.06, 0.04, 0.88, 0.12}, {-0.06, -0.04, 1.14, -0.12}};
constexpr Offset kSecond[] = {{0.08, 0.03, 0.95, 0.2},  {-0.08, -0.03, 1.05, -0.2},
                              {0.03, -0.08, 1.2, 0.1},  {-0.03, 0.08, 0.83, -0.1},
                              {0.02, 0.05, 1.1, -0.05}, {-0.02, -0.05, 0.91, 0.05}};

// A photograph as an aligner sees it that takes the face to be at `guess`.
Image window_at(const Photograph& photograph, const FoundSquare& guess) {
  constexpr int kSide = gan::kAlignerSize;
  const double step = guess.side() * gan::kAlignerWindow / kSide;
  const Similarity to_photograph = Similarity::about(
      {kSide / 2.f, kSide / 2.f}, {static_cast<float>(guess.x), static_cast<float>(guess.y)},
      static_cast<float>(step), static_cast<float>(std::atan2(guess.edge_y, guess.edge_x)));
  Image window(kSide, kSide, 3);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      set_pixel(
          window, x, y,
          photograph.at(to_photograph({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f}),
                        static_cast<float>(step)));
  return window;
}

// a + share (b - a).
FoundSquare between(const FoundSquare& a, const FoundSquare& b, double share) {
  const auto mix = [share](double from, double to) { return from + share * (to - from); };
  return {mix(a.score, b.score), mix(a.x, b.x), mix(a.y, b.y), mix(a.edge_x, b.edge_x),
          mix(a.edge_y, b.edge_y)};
}

template <size_t Count>
FoundSquare seen_from(const Offset (&offsets)[Count], const FoundSquare& thought,
                      const Photograph& photograph, const face::FaceMaskNetworks& networks) {
  std::vector<FoundSquare> guesses;
  std::vector<Image> windows;
  for (const Offset& offset : offsets) {
    const FoundSquare off{0, offset.x, offset.y, offset.scale * std::cos(offset.angle),
                          offset.scale * std::sin(offset.angle)};
    guesses.push_back(off.out_of(thought));
    windows.push_back(window_at(photograph, guesses.back()));
  }
  const std::vector<FoundSquare> seen = networks.align(windows, gan::AlignerGuess::kFound);
  FoundSquare mean;
  for (size_t i = 0; i < Count; ++i)
    mean = between(mean, seen[i].out_of(guesses[i]), 1 / static_cast<double>(i + 1));
  return mean;
}

bool is_same_face(const FoundSquare& seen) {
  return seen.score >= kSure &&
         std::hypot(seen.x - kFunneled.x, seen.y - kFunneled.y) +
                 std::hypot(seen.edge_x - kFunneled.edge_x, seen.edge_y - kFunneled.edge_y) <
             kTooFar * kFunneled.side();
}

}  // namespace

std::vector<Similarity> seen_faces(const Photographs& photographs, const std::string& model) {
  const face::FaceMaskNetworks networks(model);
  std::vector<Similarity> faces;
  for (size_t i = 0; i < photographs.size(); ++i) {
    FoundSquare seen = seen_from(kFirst, kFunneled, photographs[i], networks);
    if (is_same_face(seen)) seen = seen_from(kSecond, seen, photographs[i], networks);
    const FoundSquare face = is_same_face(seen) ? between(kFunneled, seen, kTrust) : kFunneled;
    faces.push_back(Similarity::about({static_cast<float>(face.x), static_cast<float>(face.y)},
                                      {0.5f, 0.5f}, static_cast<float>(1 / face.side()),
                                      static_cast<float>(-std::atan2(face.edge_y, face.edge_x))));
  }
  return faces;
}

}  // namespace ganface::train
