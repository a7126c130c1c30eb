// SPDX-License-Identifier: MIT
// Owns the correction of where photographs' faces are.
#include "train/facemask/relabelled_faces.h"

#include <ganface/frame.h>

#include <cmath>

#include "face/facemask_networks.h"
#include "models/face_network_sizes.h"
#include "nn/runtime/parallel_for.h"

namespace ganface::train {
namespace {

using face::OrientedBox;

constexpr double kConfidence = 0.75;  // in what the aligner sees
constexpr double kSure = 0.5;         // least score of a face that is seen
constexpr double kTooFar = 0.3;       // sides: somebody else's face
// Where deep funneling has put a face, in its own axes.
const OrientedBox kFunneled =
    OrientedBox{1, kPhotographSide / 2.0, kPhotographSide / 2.0, kCropSide, 0}.turned(
        nn::kFunneledTilt);

// How views are off from where the face is thought to be: in its sides and radians. In pairs, so
// that what a network makes of an offset goes out.
struct Offset {
  double x, y, scale, angle;
};
constexpr Offset kFirst[] = {{0.06, 0.04, 0.88, 0.12}, {-0.06, -0.04, 1.14, -0.12}};
constexpr Offset kSecond[] = {{0.08, 0.03, 0.95, 0.2},  {-0.08, -0.03, 1.05, -0.2},
                              {0.03, -0.08, 1.2, 0.1},  {-0.03, 0.08, 0.83, -0.1},
                              {0.02, 0.05, 1.1, -0.05}, {-0.02, -0.05, 0.91, 0.05}};

// a + share (b - a).
OrientedBox between(const OrientedBox& a, const OrientedBox& b, double share) {
  const auto mix = [share](double from, double to) { return from + share * (to - from); };
  return {mix(a.score, b.score), mix(a.x, b.x), mix(a.y, b.y), mix(a.edge_x, b.edge_x),
          mix(a.edge_y, b.edge_y)};
}

template <size_t Count>
OrientedBox seen_from(const Offset (&offsets)[Count], const OrientedBox& thought,
                      const Photograph& photograph, const face::FaceMaskNetworks& networks) {
  std::vector<OrientedBox> estimates;
  std::vector<Image> windows;
  Image picture = photograph.picture();  // a frame may be written to
  const Frame frame = frame_of(picture);
  for (const Offset& offset : offsets) {
    const OrientedBox off{0, offset.x, offset.y, offset.scale * std::cos(offset.angle),
                          offset.scale * std::sin(offset.angle)};
    estimates.push_back(off.out_of(thought));
    windows.push_back(
        extract_crop(frame, transform_of_square(estimates.back().enlarged(nn::kAlignerWindow)),
                     nn::kAlignerSize));
  }
  const std::vector<OrientedBox> seen = networks.align(windows, nn::AlignerEstimate::kFound);
  OrientedBox mean;
  for (size_t i = 0; i < Count; ++i)
    mean = between(mean, seen[i].out_of(estimates[i]), 1 / static_cast<double>(i + 1));
  return mean;
}

bool is_same_face(const OrientedBox& seen) {
  return seen.score >= kSure &&
         std::hypot(seen.x - kFunneled.x, seen.y - kFunneled.y) +
                 std::hypot(seen.edge_x - kFunneled.edge_x, seen.edge_y - kFunneled.edge_y) <
             kTooFar * kFunneled.side();
}

}  // namespace

std::vector<Similarity> seen_faces(const Photographs& photographs, const std::string& model) {
  const face::FaceMaskNetworks networks(model);
  std::vector<Similarity> faces(photographs.size());
  nn::parallel_for(static_cast<int64_t>(faces.size()), [&](int64_t number) {
    const auto i = static_cast<size_t>(number);
    OrientedBox seen = seen_from(kFirst, kFunneled, photographs[i], networks);
    if (is_same_face(seen)) seen = seen_from(kSecond, seen, photographs[i], networks);
    const OrientedBox face = is_same_face(seen) ? between(kFunneled, seen, kConfidence) : kFunneled;
    const CanonicalTransform map = transform_of_square(face);
    faces[i] = {static_cast<float>(map[0]), static_cast<float>(map[3]), static_cast<float>(map[2]),
                static_cast<float>(map[5])};
  });
  return faces;
}

}  // namespace ganface::train
