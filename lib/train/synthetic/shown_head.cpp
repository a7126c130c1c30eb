// SPDX-License-Identifier: MIT
// Owns which labelled head a segmenter's sample shows, and how.
#include "train/synthetic/shown_head.h"

#include "models/face_network_sizes.h"
#include "train/synthetic/pasting.h"

namespace ganface::train {

ShownHead ShownHead::draw(const FacePool& pool, Random& random) {
  constexpr int kSide = nn::kSegmenterSize;
  const bool is_covered = pool.has_covered_heads() && random.chance(0.08f);
  const size_t number = is_covered ? pool.draw_covered_head(random) : pool.draw_head(random);
  const HeadLabel& label = pool.heads()->labels[number];
  // The aligner's errors.
  const Similarity map = Similarity::about(
      kPhotographMiddle,
      {kSide * (0.5f + random.between(-0.045f, 0.045f)),
       kSide * (0.5f + random.between(-0.045f, 0.045f))},
      random.scale(0.88f, 1.15f) * static_cast<float>(kSide / (nn::kHeadSpan * kCropSide)),
      random.between(-0.14f, 0.14f));
  const Rgb gain = random_gain(random);
  const bool is_grey = random.chance(0.12f);
  return {number,  pool.photographs()[number], label, is_covered, map, gain,
          is_grey, label.moved(map),           {},    {}};
}

}  // namespace ganface::train
