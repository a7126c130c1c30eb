// SPDX-License-Identifier: MIT
// Owns real hands and objects that are held before a face.
#include "train/synthetic/worn_things.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "train/synthetic/worn/face_frame.h"
#include "train/synthetic/worn/plane.h"

namespace ganface::train {
namespace {

// How a cut-out is held before a face.
struct Hold {
  const RealCutout& cutout;
  Spot to{};        // where its middle comes to lie, pixels of the picture
  float size = 0;   // of its picture's side there
  float turn = 0;   // radians
  float match = 0;  // how much it takes on the face's colours, 0 to 1
  Spot motion{};    // while the picture was taken, pixels
};

// A cut-out in its place.
class HeldCutout {
 public:
  HeldCutout(const Hold& hold, bool is_mirrored)
      : mask_(hold.cutout.mask),
        photograph_(hold.cutout.picture),
        width_(static_cast<float>(hold.cutout.picture.width)),
        back_(Similarity::about(hold.to,
                                {width_ / 2, static_cast<float>(hold.cutout.picture.height) / 2},
                                width_ / hold.size, hold.turn)),
        step_(back_.scale()),
        is_mirrored_(is_mirrored) {}

  Rgb colour_at(Spot p) const { return photograph_.at(own(p), step_); }

  // How much of a point it covers.
  float share_at(Spot p) const {
    const Spot q = own(p);
    const float x = q.x - 0.5f, y = q.y - 0.5f;
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    if (left < 0 || top < 0 || left + 1 >= mask_.width || top + 1 >= mask_.height) return 0;
    const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
    const uint8_t* above = mask_.row(top) + left;
    const uint8_t* below = mask_.row(top + 1) + left;
    return ((static_cast<float>(above[0]) * (1 - fx) + static_cast<float>(above[1]) * fx) *
                (1 - fy) +
            (static_cast<float>(below[0]) * (1 - fx) + static_cast<float>(below[1]) * fx) * fy) /
           255;
  }

 private:
  // A point of the picture in the cut-out's.
  Spot own(Spot p) const {
    const Spot q = back_(p);
    return {is_mirrored_ ? width_ - q.x : q.x, q.y};
  }

  const Image& mask_;
  const Photograph photograph_;
  const float width_;
  const Similarity back_;
  const float step_;
  const bool is_mirrored_;
};

// Means of the colours of a cut-out and of the face behind it; nothing when one has no pixel.
struct MeanColours {
  Rgb cutout, face;
};

std::optional<MeanColours> mean_colours(const Image& picture, const FaceFrame& frame,
                                        const RealCutout& cutout) {
  Rgb own{}, face{};
  float own_count = 0, face_count = 0;
  for (int y = 0; y < cutout.mask.height; ++y)
    for (int x = 0; x < cutout.mask.width; ++x) {
      if (cutout.mask.row(y)[x] < 128) continue;
      ++own_count;
      for (size_t c = 0; c < 3; ++c) own[c] += pixel(cutout.picture, x, y)[c];
    }
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float away = distance(frame.middle(), {static_cast<float>(x), static_cast<float>(y)});
      if (away > 0.25f * frame.side()) continue;
      ++face_count;
      for (size_t c = 0; c < 3; ++c) face[c] += pixel(picture, x, y)[c];
    }
  if (own_count < 1 || face_count < 1) return {};
  MeanColours means{};
  for (size_t c = 0; c < 3; ++c) {
    means.cutout[c] = own[c] / own_count;
    means.face[c] = face[c] / face_count;
  }
  return means;
}

Rgb matching_gain(const MeanColours& means, float match, float light) {
  Rgb gain{};
  for (size_t c = 0; c < 3; ++c) {
    const float ratio = means.face[c] / std::max(means.cutout[c], 8.f);
    gain[c] = light * std::pow(std::clamp(ratio, 0.2f, 5.f), match);
  }
  return gain;
}

// What is seen of a cut-out while the picture is taken.
struct Exposure {
  Rgb colour{};     // by how long it covers
  float cover = 0;  // share of the time
};

Exposure exposed(const HeldCutout& held, Spot p, Spot motion, int moments) {
  Exposure seen;
  for (int i = 0; i < moments; ++i) {
    const float t = (static_cast<float>(i) + 0.5f) / static_cast<float>(moments) - 0.5f;
    const Spot then{p.x + t * motion.x, p.y + t * motion.y};
    const float share = held.share_at(then) / static_cast<float>(moments);
    if (share <= 0) continue;
    const Rgb shown = held.colour_at(then);
    for (size_t c = 0; c < 3; ++c) seen.colour[c] += share * shown[c];
    seen.cover += share;
  }
  return seen;
}

void hold_before(Image& picture, Image& mask, const FaceFrame& frame, const Hold& hold,
                 Random& random) {
  constexpr float kCovers = 0.4f;  // of the time that the picture was taken
  const float side = frame.side();
  const bool is_mirrored = random.chance(0.5f);
  const std::optional<MeanColours> means = mean_colours(picture, frame, hold.cutout);
  if (!means) return;
  const Rgb gain = matching_gain(*means, hold.match, random.scale(0.75f, 1.3f));
  const float shadow = random.chance(0.6f) ? random.between(0.1f, 0.5f) : 0;
  const Spot cast{random.between(-0.04f, 0.04f) * side, random.between(-0.01f, 0.06f) * side};
  const HeldCutout held(hold, is_mirrored);
  const float way = std::hypot(hold.motion.x, hold.motion.y);
  const int moments = way > 0 ? 2 + static_cast<int>(way / 2) : 1;
  for_pixels_near({hold.to}, 0.75f * hold.size + way, picture, [&](int x, int y) {
    const Spot p = pixel_centre(x, y);
    const Exposure seen = exposed(held, p, hold.motion, moments);
    Rgb colour = pixel(picture, x, y);
    if (shadow > 0 && seen.cover < 1)
      colour = scaled(colour, 1 - shadow * held.share_at({p.x - cast.x, p.y - cast.y}));
    if (seen.cover > 0)
      colour = mix(colour, multiplied(scaled(seen.colour, 1 / seen.cover), gain), seen.cover);
    set_pixel(picture, x, y, colour);
    if (seen.cover >= kCovers) mask.row(y)[x] = 255;
  });
}

}  // namespace

void hold_hand(Image& picture, Image& mask, const std::vector<Spot>& points, const RealCutout& hand,
               Random& random) {
  const FaceFrame frame(points);
  Hold hold{hand};
  // Mouth and chin are covered most often.
  hold.to = frame.moved(points[HeadLabel::kTip], random.between(-0.5f, 0.5f),
                        random.between(-0.35f, 0.55f));
  hold.size = random.between(0.7f, 1.5f) * frame.side();
  hold.turn = random.chance(0.6f) ? random.between(-0.8f, 0.8f) : random.between(0, 6.28f);
  hold.match = random.chance(0.6f) ? random.between(0.6f, 1) : random.between(0, 0.4f);
  // Signing hands are seldom sharp.
  if (random.chance(0.4f))
    hold.motion = {random.between(-0.16f, 0.16f) * frame.side(),
                   random.between(-0.16f, 0.16f) * frame.side()};
  hold_before(picture, mask, frame, hold, random);
}

void hold_object(Image& picture, Image& mask, const std::vector<Spot>& points,
                 const RealCutout& object, Random& random) {
  const FaceFrame frame(points);
  Hold hold{object};
  hold.to = random.chance(0.6f)
                ? frame.moved(points[HeadLabel::kTip], random.between(-0.3f, 0.3f),
                              random.between(0.1f, 0.6f))
                : frame.moved(points[HeadLabel::kTip], random.between(-0.55f, 0.55f),
                              random.between(-0.6f, 0.6f));
  hold.size = random.scale(0.2f, 1.4f) * frame.side();
  hold.turn = random.between(0, 6.28f);
  hold.match = random.chance(0.3f) ? random.between(0.2f, 0.8f) : 0;
  hold_before(picture, mask, frame, hold, random);
}

}  // namespace ganface::train
