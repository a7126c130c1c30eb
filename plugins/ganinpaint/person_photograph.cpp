// SPDX-License-Identifier: MIT
// Owns the photograph of the person whom a stream shows.
#include "ganinpaint/person_photograph.h"

#include <ganface/error.h>
#include <ganface/face_detector.h>
#include <ganface/face_memory.h>
#include <ganface/frame.h>

namespace ganface::gst {

Image person_of_photograph(const std::string& file) {
  constexpr int kSmallest = 64;  // pixels a side of the canonical crop: fewer tell nothing
  Image picture = read_image(file);
  DetectorOptions options;
  options.min_face_size = kSmallest;
  options.max_faces = 1;
  const std::vector<DetectedFace> faces = FaceDetector(options).detect(frame_of(picture));
  if (faces.empty())
    throw Error(ErrorCode::kInput, "photograph '" + file + "' shows no face of " +
                                       std::to_string(kSmallest) +
                                       " pixels or more; name one that shows the person's face");
  const CanonicalTransform& transform = faces.front().transform;
  return extract_crop(frame_of(picture), transform,
                      FaceMemory::crop_side(crop_side_in_frame(transform)));
}

}  // namespace ganface::gst
