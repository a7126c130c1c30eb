// SPDX-License-Identifier: MIT
// Owns the synthetic pictures that detector, aligner and segmenter are trained on.
#include "train/synthetic/face_scenes.h"

#include <ganface/error.h>
#include <ganface/holes.h>

#include <algorithm>
#include <map>

#include "models/face_network_sizes.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

constexpr float kNoFaces = 0.17f;  // of the segmenter's pictures

const Similarity kUnitOfPhotograph{1.f / kCropSide, 0, -float(kCropBegin) / kCropSide,
                                   -float(kCropBegin) / kCropSide};

// The crop in the face's own axes.
const Similarity kUnitOfFace =
    Similarity::about({0.5f, 0.5f}, {0.5f, 0.5f}, 1, static_cast<float>(-nn::kFunneledTilt))
        .after(kUnitOfPhotograph);

// What of a photograph is pasted: a shape around a point, all of it fading out at its edge.
class Cutout {
 public:
  // The whole photograph.
  static Cutout whole() {
    Cutout cutout;
    cutout.whole_ = true;
    return cutout;
  }
  // A head and something of what is around it, or any other lump; pixels of the photograph.
  Cutout(Spot middle, float half_width, float half_height, Random& random)
      : middle_(middle), half_width_(half_width), half_height_(half_height) {
    for (size_t i = 0; i < height_.size(); ++i) {
      height_[i] = random.between(-kSwing / 3, kSwing / 3);
      phase_[i] = random.between(0, kTau);
    }
    power_ = random.between(kLeastPower, 6);
    feather_ = random.chance(0.5f) ? random.between(0, 0.04f) : random.between(0.04f, 0.3f);
  }

  // How far from the photograph's middle it reaches, in pixels of the photograph.
  float reach() const {
    if (whole_) return 0.72f * kPhotographSide;
    return std::hypot(middle_.x - kPhotographMiddle.x, middle_.y - kPhotographMiddle.y) +
           (1 + kSwing) * 1.42f * std::max(half_width_, half_height_);
  }

  float share(Spot p, float step) const {
    if (whole_) {
      const float inside = std::min({p.x, p.y, kPhotographSide - p.x, kPhotographSide - p.y});
      return std::clamp(inside / step + 0.5f, 0.f, 1.f);
    }
    const float x = (p.x - middle_.x) / half_width_, y = (p.y - middle_.y) / half_height_;
    // Most points are clearly inside or outside, which costs much less to see.
    const float edge = std::max(feather_, 0.7f * step / half_width_);
    const float farther = std::max(std::abs(x), std::abs(y));
    if (farther > 1 + kSwing) return 0;
    if (kWidest * farther < 1 - kSwing - edge) return 1;
    const float angle = std::atan2(y, x);
    float reach = 1;
    for (size_t i = 0; i < height_.size(); ++i)
      reach += height_[i] * std::cos(static_cast<float>(i + 2) * angle + phase_[i]);
    const float radius =
        std::pow(std::pow(std::abs(x), power_) + std::pow(std::abs(y), power_), 1 / power_);
    return std::clamp((reach - radius) / edge, 0.f, 1.f);
  }

 private:
  static constexpr float kSwing = 0.27f;      // of the outline, beside a radius of 1
  static constexpr float kLeastPower = 1.8f;  // of |x|^p + |y|^p
  static constexpr float kWidest = 1.47f;     // 2^(1 / kLeastPower)
  Cutout() = default;
  bool whole_ = false;
  Spot middle_;
  float half_width_ = 1, half_height_ = 1, power_ = 2, feather_ = 0;
  std::array<float, 3> height_{}, phase_{};
};

// Pastes a photograph; `map` takes its pixels to the picture's. Sets `owner` where it is opaque.
void paste(Image& picture, Image* owner, uint8_t id, const Photograph& photograph,
           const Cutout& cutout, const Similarity& map, const Rgb& gain) {
  const Similarity back = map.inverse();
  const float step = back.scale(), reach = (cutout.reach() + 1) * map.scale();
  const Spot middle = map(kPhotographMiddle);
  const int x0 = std::clamp(static_cast<int>(middle.x - reach), 0, picture.width);
  const int x1 = std::clamp(static_cast<int>(middle.x + reach) + 1, 0, picture.width);
  const int y0 = std::clamp(static_cast<int>(middle.y - reach), 0, picture.height);
  const int y1 = std::clamp(static_cast<int>(middle.y + reach) + 1, 0, picture.height);
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) {
      const Spot p = back({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f});
      const float share = cutout.share(p, step);
      if (share <= 0) continue;
      const Rgb colour = multiplied(photograph.at(p, step), gain);
      set_pixel(picture, x, y, share < 1 ? mix(pixel(picture, x, y), colour, share) : colour);
      if (owner != nullptr && share >= 0.5f) owner->row(y)[x] = id;
    }
}

Rgb random_gain(Random& random) {
  const float bright = random.scale(0.65f, 1.35f);
  return {bright * random.between(0.92f, 1.08f), bright * random.between(0.92f, 1.08f),
          bright * random.between(0.92f, 1.08f)};
}

void mirror(Image& image) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width / 2; ++x)
      for (int c = 0; c < image.channels; ++c)
        std::swap(image.row(y)[x * image.channels + c],
                  image.row(y)[(image.width - 1 - x) * image.channels + c]);
}

// In a picture that reaches from 0 to `width`; 0: that has its origin in the middle.
void mirror(Square& square, float width) {
  square.centre.x = width - square.centre.x;
  square.edge.y = -square.edge.y;
}

// Head with more or less of its surroundings.
Cutout head(Random& random) {
  if (random.chance(0.3f)) return Cutout::whole();
  const float size = random.between(0.56f, 0.95f) * kCropSide;
  return {
      {kPhotographMiddle.x + random.between(-6, 6), kPhotographMiddle.y + random.between(-10, 10)},
      size * random.between(0.8f, 1.05f),
      size * random.between(1, 1.2f),
      random};
}

// Lumps of pictures without faces, cut like heads are, so that being cut out says nothing. They
// take `owner`, which may be null, from what they cover.
void add_decoys(Image& picture, Image* owner, const Photographs& photographs, int count,
                Random& random) {
  const auto side = static_cast<float>(std::min(picture.width, picture.height));
  for (int i = 0; i < count; ++i) {
    Tiling tiling = Tiling::surroundings(photographs, random);
    const Spot at{random.unit() * static_cast<float>(picture.width),
                  random.unit() * static_cast<float>(picture.height)};
    const float size = random.scale(0.05f, 0.5f) * side;
    tiling.map = Similarity::about(at, kPhotographMiddle, random.scale(0.3f, 4) * 100 / size,
                                   random.between(0, kTau));
    const Cutout cutout(at, size * random.between(0.6f, 1), size, random);
    const Rgb gain = random_gain(random);
    const auto low = [&](float middle) {
      return std::max(0, static_cast<int>(middle - 1.4f * size));
    };
    const int x1 = std::min(picture.width, static_cast<int>(at.x + 1.4f * size) + 1);
    const int y1 = std::min(picture.height, static_cast<int>(at.y + 1.4f * size) + 1);
    for (int y = low(at.y); y < y1; ++y)
      for (int x = low(at.x); x < x1; ++x) {
        const Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        const float share = cutout.share(p, 1);
        if (share <= 0) continue;
        const Rgb colour = multiplied(tiling.at(p, 1), gain);
        set_pixel(picture, x, y, mix(pixel(picture, x, y), colour, share));
        if (owner != nullptr && share >= 0.5f) owner->row(y)[x] = 0;
      }
  }
}

// Hands, objects and text where no face is, and scraps of faces too small to be one.
void add_clutter(Image& picture, const Photographs& photographs, Random& random) {
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  const float side = std::min(width, height);
  for (int i = random.below(3); i > 0; --i) {
    const Spot at{random.unit() * width, random.unit() * height};
    const float size = random.scale(0.06f, 0.6f) * side, angle = random.between(0, kTau);
    const Photograph& photograph = photographs.any(random);
    if (random.chance(0.3f)) {
      const Spot scrap{kCropBegin + random.between(0.2f, 0.8f) * kCropSide,
                       kCropBegin + random.between(0.2f, 0.8f) * kCropSide};
      const float radius = random.between(0.08f, 0.17f) * kCropSide;
      const Cutout cutout(scrap, radius, radius * random.between(0.6f, 1), random);
      const float scale = random.scale(0.05f, 0.4f) * side / radius;
      paste(picture, nullptr, 0, photograph, cutout,
            Similarity::about(scrap, at, scale, random.between(-0.9f, 0.9f)), random_gain(random));
    } else {
      Occluder::draw(photographs, photograph, 0.05f, 0.6f, random)
          .paint(picture, nullptr, Similarity::about(at, {0.5f, 0.5f}, 1 / size, angle));
    }
  }
}

// A head that has turned or nodded a little: its middle, which is in front, has moved the farthest.
void turn_head(Image& crop, Random& random) {
  constexpr float kMost = 0.05f;  // sides
  const Photograph before(crop);
  const auto side = static_cast<float>(crop.width);
  const Spot way{side * random.between(-kMost, kMost), side * random.between(-kMost, kMost) / 2};
  const Spot middle{side * random.between(0.4f, 0.6f), side * random.between(0.45f, 0.7f)};
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const float u = (static_cast<float>(x) - middle.x) / (0.45f * side);
      const float v = (static_cast<float>(y) - middle.y) / (0.6f * side);
      const float front = 1 - u * u - v * v;
      if (front <= 0) continue;
      const float depth = std::sqrt(front);
      set_pixel(crop, x, y,
                before.at({static_cast<float>(x) + 0.5f - depth * way.x,
                           static_cast<float>(y) + 0.5f - depth * way.y},
                          1));
    }
}

uint8_t kind_number(OccluderKind kind) { return static_cast<uint8_t>(1 + static_cast<int>(kind)); }

// An occluder with the colours and the contrast, more or less, of what it covers, as a hand in the
// face's own light has.
void camouflage(HeadSample& sample, const Occluder& occluder, const Similarity& to_unit,
                Random& random) {
  Image painted = sample.crop, mask(painted.width, painted.height, 1);
  occluder.paint(painted, &mask, to_unit);
  Rgb face{}, cover{};
  float count = 0;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (mask.row(y)[x] == 0) continue;
      ++count;
      for (size_t c = 0; c < 3; ++c) {
        face[c] += sample.crop.row(y)[3 * x + static_cast<int>(c)];
        cover[c] += painted.row(y)[3 * x + static_cast<int>(c)];
      }
    }
  const float share = random.between(0.5f, 1), contrast = random.between(0.4f, 1);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (mask.row(y)[x] == 0) continue;
      sample.kinds.row(y)[x] = kind_number(occluder.kind());
      Rgb colour = pixel(painted, x, y);
      for (size_t c = 0; c < 3; ++c)
        colour[c] = (cover[c] + share * (face[c] - cover[c])) / count +
                    contrast * (colour[c] - cover[c] / count);
      set_pixel(painted, x, y, colour);
    }
  sample.crop = std::move(painted);
}

// All of a photograph that a picture has room for, its border repeated beyond it; `map` takes its
// pixels to the picture's.
void show(Image& picture, const Photograph& photograph, const Similarity& map, const Rgb& gain) {
  const Similarity back = map.inverse();
  const float step = back.scale();
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      set_pixel(
          picture, x, y,
          multiplied(photograph.at(
                         back({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f}), step),
                     gain));
}

// A black and white picture, or one of a single tint.
void make_grey(Image& picture) {
  for (size_t i = 0; i < picture.pixels.size(); i += 3) {
    uint8_t* p = picture.pixels.data() + i;
    p[0] = p[1] = p[2] = static_cast<uint8_t>((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
  }
}

// The picture ends inside a crop, as selfies do: its border is repeated from there on, and
// beyond(x, y) is told where.
template <typename Beyond>
void repeat_border(Image& picture, Random& random, Beyond beyond) {
  const int side = picture.width;
  const int left = random.chance(0.4f) ? random.below(side / 3) : 0;
  const int right = side - (random.chance(0.4f) ? random.below(side / 3) : 0);
  const int top = random.chance(0.4f) ? random.below(side / 3) : 0;
  const int bottom = side - (random.chance(0.4f) ? random.below(side / 3) : 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      if (x >= left && x < right && y >= top && y < bottom) continue;
      set_pixel(picture, x, y,
                pixel(picture, std::clamp(x, left, right - 1), std::clamp(y, top, bottom - 1)));
      beyond(x, y);
    }
}

// A pixel on each side of what covers a face becomes unknown.
void forget_edges(Image& kinds) {
  const Image before = kinds;
  for (int y = 0; y < kinds.height; ++y)
    for (int x = 0; x < kinds.width; ++x) {
      const int right = std::min(x + 1, kinds.width - 1), lower = std::min(y + 1, kinds.height - 1);
      const uint8_t here = before.row(y)[x];
      if (before.row(y)[right] != here)
        kinds.row(y)[x] = kinds.row(y)[right] = HeadSample::kUnknown;
      if (before.row(lower)[x] != here)
        kinds.row(y)[x] = kinds.row(lower)[x] = HeadSample::kUnknown;
    }
}

// Light that the air or the lens adds, and a camera that makes little of dark and bright.
void haze(Image& picture, Random& random) {
  const float contrast = random.between(0.35f, 0.9f), grey = random.between(60, 190);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      set_pixel(picture, x, y, mix({grey, grey, grey}, pixel(picture, x, y), contrast));
}

}  // namespace

Image FaceScenes::background(int width, int height, Random& random) const {
  // Most backgrounds are out of focus.
  if (width >= 128 && height >= 128 && random.chance(0.75f))
    return resize(background(width / 2, height / 2, random).view(), width, height);
  Image picture(width, height, 3);
  if (nothing_ && random.chance(0.5f)) {
    const float scale = static_cast<float>(std::max(width, height)) / kPhotographSide;
    show(picture, nothing_->any(random),
         Similarity::about({random.between(90, 160), random.between(90, 160)},
                           {static_cast<float>(width) / 2, static_cast<float>(height) / 2},
                           scale * random.scale(1.2f, 2.5f), random.between(-0.4f, 0.4f)),
         random_gain(random));
    return picture;
  }
  const int pieces = random.chance(0.4f) ? 1 : 2 + random.below(5);
  for (int piece = 0; piece < pieces; ++piece) {
    int x0 = 0, y0 = 0, x1 = width, y1 = height;
    if (piece > 0) {
      x0 = random.below(width);
      y0 = random.below(height);
      x1 = std::min(width, x0 + 4 + random.below(width));
      y1 = std::min(height, y0 + 4 + random.below(height));
    }
    const bool plain = random.chance(0.2f);
    const Rgb first = random_colour(random), second = random_colour(random);
    const float contrast = random.unit();
    Tiling tiling = Tiling::surroundings(photographs_, random);
    tiling.map = Similarity::about({0, 0}, {random.between(0, 250), random.between(0, 250)},
                                   random.scale(0.25f, 2),
                                   random.chance(0.6f) ? 0 : random.between(0, kTau));
    const Rgb gain = random_gain(random);
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) {
        const Spot p{static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
        const Rgb colour =
            plain
                ? mix(first, second, contrast * static_cast<float>(y) / static_cast<float>(height))
                : multiplied(tiling.at(p, 1), gain);
        set_pixel(picture, x, y, colour);
      }
  }
  return picture;
}

Similarity FaceScenes::add_face(Image& picture, const Photograph& photograph, Spot centre,
                                float side, float angle, Random& random) {
  const Similarity map = Similarity::about(kPhotographMiddle, centre, side / kCropSide, angle);
  paste(picture, nullptr, 0, photograph, head(random), map, random_gain(random));
  return kUnitOfPhotograph.after(map.inverse());
}

FaceScene FaceScenes::scene(int side, Random& random) const {
  const auto length = static_cast<float>(side);
  FaceScene scene;
  scene.picture = background(side, side, random);
  add_decoys(scene.picture, nullptr, photographs_, random.below(4), random);
  add_clutter(scene.picture, photographs_, random);
  Image owner(side, side, 1);
  struct Pasted {
    const Photograph* photograph;
    Similarity map;
  };
  std::vector<Pasted> faces;
  const float lot = random.unit();
  const int wanted = lot < 0.12f ? 0 : lot < 0.5f ? 1 : lot < 0.75f ? 2 : 3 + random.below(2);
  // Large ones first: what is pasted around them would hide the small ones.
  std::vector<float> sizes;
  for (int i = 0; i < wanted; ++i)
    sizes.push_back(random.scale(13, (wanted > 2 ? 0.4f : 1.12f) * length));
  std::sort(sizes.rbegin(), sizes.rend());
  for (const float size : sizes) {
    Spot centre;
    bool free = false;
    for (int attempt = 0; attempt < 10 && !free; ++attempt) {
      // The picture may end inside a face, as selfies do.
      const float margin = std::min(random.between(0.2f, 0.4f) * size, 0.5f * length);
      centre = {random.between(margin, length - margin), random.between(margin, length - margin)};
      free = std::all_of(faces.begin(), faces.end(), [&](const Pasted& other) {
        const Spot at = other.map(kPhotographMiddle);
        return std::hypot(at.x - centre.x, at.y - centre.y) >
               0.6f * (size + other.map.scale() * kCropSide);
      });
    }
    if (!free) continue;
    const float angle =
        random.chance(0.4f) ? random.between(-0.25f, 0.25f) : random.between(-0.88f, 0.88f);
    const size_t number = heads_ ? draw_head(random) : photographs_.draw(random);
    const Photograph& photograph = photographs_[number];
    const Similarity map = Similarity::about(kPhotographMiddle, centre, size / kCropSide, angle);
    faces.push_back({&photograph, map});
    paste(scene.picture, &owner, static_cast<uint8_t>(faces.size()), photograph, head(random), map,
          random_gain(random));
    if (heads_ && random.chance(0.15f)) {
      Image worn(side, side, 1);
      wear_mask(scene.picture, worn, heads_->labels[number].moved(map), photographs_,
                heads_->objects, random);
    }
  }
  for (const Pasted& face : faces)
    if (random.chance(0.4f)) {
      Image covered(side, side, 1);
      const Similarity to_unit = kUnitOfPhotograph.after(face.map.inverse());
      Occluder::draw(photographs_, *face.photograph, 0.1f, 0.55f, random)
          .paint(scene.picture, &covered, to_unit);
      for (size_t i = 0; i < covered.pixels.size(); ++i)
        if (covered.pixels[i] != 0) owner.pixels[i] = 0;
    }
  add_decoys(scene.picture, &owner, photographs_, random.chance(0.2f) ? 1 : 0, random);
  for (size_t i = 0; i < faces.size(); ++i) {
    const Similarity& map = faces[i].map;
    constexpr int kGrid = 12;
    int visible = 0;
    for (int v = 0; v < kGrid; ++v)
      for (int u = 0; u < kGrid; ++u) {
        const auto place = [](int cell) {
          return kCropBegin + (static_cast<float>(cell) + 0.5f) / kGrid * kCropSide;
        };
        const Spot p = map({place(u), place(v)});
        const int x = static_cast<int>(std::floor(p.x)), y = static_cast<int>(std::floor(p.y));
        visible += x >= 0 && y >= 0 && x < side && y < side && owner.row(y)[x] == i + 1;
      }
    const float share = static_cast<float>(visible) / (kGrid * kGrid);
    scene.faces.push_back(
        {{map(kPhotographMiddle), {map.a * kCropSide, map.b * kCropSide}}, share < 0.4f});
  }
  if (random.chance(0.3f)) light_unevenly(scene.picture, random);
  photograph_badly(scene.picture, random, 0.8f);
  if (random.chance(0.5f)) {
    mirror(scene.picture);
    for (FaceScene::Face& face : scene.faces) mirror(face.square, length);
  }
  return scene;
}

AlignerSample FaceScenes::aligner_sample(Random& random, const Square* placed) const {
  constexpr auto kSide = static_cast<float>(nn::kAlignerSize);
  constexpr float kNominal = kSide / static_cast<float>(nn::kAlignerWindow);
  AlignerSample sample;
  const bool is_mirrored = random.chance(0.5f);
  const float lot = random.unit();
  sample.window = background(nn::kAlignerSize, nn::kAlignerSize, random);
  add_decoys(sample.window, nullptr, photographs_, random.below(3), random);
  const bool is_empty = lot < 0.12f;
  if (is_empty) add_clutter(sample.window, photographs_, random);
  sample.is_face = lot >= 0.25f;
  float away = 0.3f * std::sqrt(random.unit()), direction = random.between(0, kTau);
  float scale = random.scale(0.72f, 1.4f), angle = random.between(-0.6f, 0.6f);
  sample.is_tracked = random.chance(0.5f);
  if (sample.is_tracked) {
    away *= 0.3f;
    scale = std::pow(scale, 0.3f);
    angle *= 0.3f;
  }
  if (!sample.is_face) {
    if (random.chance(0.6f))
      away = random.between(0.65f, 1.2f);
    else
      scale = random.chance(0.5f) ? random.scale(0.25f, 0.45f) : random.scale(2.2f, 4);
  }
  sample.square.centre = {away * std::cos(direction), away * std::sin(direction)};
  sample.square.edge = {scale * std::cos(angle), scale * std::sin(angle)};
  if (placed != nullptr) {
    sample.square = *placed;
    if (is_mirrored) mirror(sample.square, 0);
  }
  const size_t number = heads_ ? draw_head(random) : photographs_.draw(random);
  const Photograph& photograph = photographs_[number];
  // Teachers have put labelled heads upright.
  const Similarity to_unit = !faces_.empty() ? faces_[number]
                             : heads_        ? kUnitOfPhotograph
                                             : kUnitOfFace;
  const Spot& edge = sample.square.edge;
  const Similarity map =
      Similarity::about({0.5f, 0.5f},
                        {kSide / 2 + kNominal * sample.square.centre.x,
                         kSide / 2 + kNominal * sample.square.centre.y},
                        std::hypot(edge.x, edge.y) * kNominal, std::atan2(edge.y, edge.x))
          .after(to_unit);
  if (!is_empty)
    paste(sample.window, nullptr, 0, photograph, head(random), map, random_gain(random));
  bool is_covered = random.chance(0.75f);
  if (heads_ && !is_empty && random.chance(0.25f)) {
    Image worn(nn::kAlignerSize, nn::kAlignerSize, 1);
    const std::vector<Spot> points = heads_->labels[number].moved(map);
    if (random.chance(0.65f))
      wear_mask(sample.window, worn, points, photographs_, heads_->objects, random);
    else
      wear_glasses(sample.window, worn, points, random.chance(0.5f), random);
    is_covered = is_covered && random.chance(0.3f);
  }
  if (is_covered)
    Occluder::draw(photographs_, photograph, 0.1f, 0.6f, random)
        .paint(sample.window, nullptr, to_unit.after(map.inverse()));
  if (random.chance(0.15f)) repeat_border(sample.window, random, [](int, int) {});
  if (random.chance(0.3f)) light_unevenly(sample.window, random);
  photograph_badly(sample.window, random, 0.8f);
  if (is_mirrored) {
    mirror(sample.window);
    mirror(sample.square, 0);
  }
  return sample;
}

FaceScenes::FaceScenes(const Photographs& photographs, std::vector<Similarity> faces,
                       std::optional<LabelledHeads> heads)
    : photographs_(photographs), faces_(std::move(faces)), heads_(std::move(heads)) {
  if (!heads_) return;
  // The folder that holds the people's.
  std::map<std::filesystem::path, std::vector<size_t>> sets;
  for (size_t i = 0; i < heads_->files.size(); ++i)
    if (heads_->labels[i].covers.empty())
      sets[heads_->files[i].parent_path().parent_path()].push_back(i);
    else
      covered_.push_back(i);
  for (auto& [folder, numbers] : sets) sets_.push_back(std::move(numbers));
  if (!heads_->nothing.empty()) nothing_.emplace(heads_->nothing);
}

size_t FaceScenes::draw_head(Random& random) const {
  // As often as the square root of a set's size says.
  float sum = 0;
  for (const std::vector<size_t>& set : sets_) sum += std::sqrt(static_cast<float>(set.size()));
  float lot = random.unit() * sum;
  for (const std::vector<size_t>& set : sets_) {
    lot -= std::sqrt(static_cast<float>(set.size()));
    if (lot <= 0) return set[static_cast<size_t>(random.below(static_cast<int>(set.size())))];
  }
  return sets_.front().front();
}

Image FaceScenes::not_a_face(Random& random) const {
  constexpr int kSide = nn::kSegmenterSize;
  Image window(kSide, kSide, 3);
  const bool is_empty = nothing_ && random.chance(0.5f);
  const Photograph& photograph = is_empty ? nothing_->any(random) : photographs_[draw_head(random)];
  constexpr auto kUsual = static_cast<float>(kSide / (nn::kHeadSpan * kCropSide));
  float scale = kUsual, away = 0, angle = random.between(-0.6f, 0.6f);
  if (is_empty) {
    scale = kUsual * random.scale(0.77f, 4);
    away = random.unit() * 40;
  } else if (random.chance(0.6f)) {
    away = random.between(0.55f, 1.1f) * kCropSide;
    scale *= random.scale(0.8f, 1.6f);
  } else {
    scale *= random.chance(0.3f) ? random.scale(0.3f, 0.5f) : random.scale(2.2f, 5);
    away = random.unit() * 0.4f * kCropSide;
  }
  const float direction = random.between(0, kTau);
  const Similarity map = Similarity::about({kPhotographMiddle.x + away * std::cos(direction),
                                            kPhotographMiddle.y + away * std::sin(direction)},
                                           {kSide / 2.f, kSide / 2.f}, scale, angle);
  show(window, photograph, map, random_gain(random));
  if (random.chance(0.3f)) light_unevenly(window, random);
  photograph_badly(window, random, 0.8f);
  return window;
}

HeadSample FaceScenes::head_sample(Random& random) const {
  if (!heads_)
    throw Error(ErrorCode::kInput,
                "the segmenter learns from labelled heads; expected a folder with heads.jsonl as "
                "models/recipes/align_heads.py writes it");
  constexpr int kSide = nn::kSegmenterSize;
  HeadSample sample;
  sample.kinds = Image(kSide, kSide, 1);
  sample.oval = Image(kSide, kSide, 1);
  sample.kept = Image(kSide, kSide, 1, 255);
  if (random.chance(kNoFaces)) {
    sample.crop = not_a_face(random);
    if (random.chance(0.5f)) mirror(sample.crop);
    sample.is_face = false;
    return sample;
  }
  sample.crop = Image(kSide, kSide, 3);
  const auto draw_covered = [&] {
    return covered_[static_cast<size_t>(random.below(static_cast<int>(covered_.size())))];
  };
  const bool is_covered = !covered_.empty() && random.chance(0.08f);
  const size_t number = is_covered ? draw_covered() : draw_head(random);
  const Photograph& photograph = photographs_[number];
  const HeadLabel& label = heads_->labels[number];
  sample.yaw = label.yaw;
  sample.pitch = label.pitch;
  // The aligner's errors.
  const Similarity map = Similarity::about(
      kPhotographMiddle,
      {kSide * (0.5f + random.between(-0.045f, 0.045f)),
       kSide * (0.5f + random.between(-0.045f, 0.045f))},
      random.scale(0.88f, 1.15f) * static_cast<float>(kSide / (nn::kHeadSpan * kCropSide)),
      random.between(-0.14f, 0.14f));
  const Rgb gain = random_gain(random);
  const bool is_grey = random.chance(0.12f);
  const auto pictured = [&](Image& picture) {
    if (is_grey) make_grey(picture);
  };
  show(sample.crop, photograph, map, gain);
  fill_polygon(sample.oval, label.oval(map), 255);
  const std::vector<Spot> points = label.moved(map);
  const bool has_fringe = random.chance(0.25f);
  const Random random_before_fringe = random;  // the same ones in the look
  Random fringe = random;
  if (has_fringe) wear_fringe(sample.crop, points, fringe);
  if (random.chance(0.13f)) open_mouth(sample.crop, points, random);
  Image worn(kSide, kSide, 1);
  const bool has_glasses = random.chance(0.16f);
  Random glasses = random;  // the same ones in the look
  if (has_glasses) wear_glasses(sample.crop, worn, points, false, random);
  if (random.chance(0.7f)) light_unevenly(sample.crop, random);
  if (random.chance(0.4f)) add_shine(sample.crop, random);
  if (random.chance(0.2f)) soften_part(sample.crop, random);
  const Similarity to_unit = kUnitOfPhotograph.after(map.inverse());
  const auto set = [&](const Image& mask, OccluderKind kind) {
    for (size_t i = 0; i < mask.pixels.size(); ++i)
      if (mask.pixels[i] != 0) sample.kinds.pixels[i] = kind_number(kind);
  };
  for (const HeadLabel::Cover& cover : label.covers) {
    Image covered(kSide, kSide, 1);
    fill_polygon(covered, moved(cover.outline, map), 255);
    set(covered, cover.kind);
  }
  // Outlines by eye are not exact.
  if (is_covered) forget_edges(sample.kinds);
  const auto cover = [&](const Occluder& occluder, float camouflaged) {
    if (random.chance(camouflaged)) {
      camouflage(sample, occluder, to_unit, random);
      return;
    }
    Image covered(kSide, kSide, 1);
    occluder.paint(sample.crop, &covered, to_unit);
    set(covered, occluder.kind());
  };
  if (random.chance(0.07f)) {
    Image covered(kSide, kSide, 1);
    wear_glasses(sample.crop, covered, points, true, random);
    set(covered, OccluderKind::kSunglasses);
  }
  const float lot = random.unit();
  if (lot > 0.36f && lot < 0.54f) {
    Image covered(kSide, kSide, 1);
    wear_mask(sample.crop, covered, points, photographs_, heads_->objects, random);
    set(covered, OccluderKind::kMedicalMask);
    if (random.chance(0.4f)) light_unevenly(sample.crop, random);
  }
  for (int i = is_covered || lot < 0.5f ? 0 : lot < 0.9f ? 1 : 2; i > 0; --i) {
    // Real things have surfaces of all kinds.
    const Photographs& surfaces = nothing_ && random.chance(0.4f) ? *nothing_ : photographs_;
    const auto any = [&](const std::vector<RealCutout>& cutouts) -> const RealCutout& {
      return cutouts[static_cast<size_t>(random.below(static_cast<int>(cutouts.size())))];
    };
    const float thing = random.unit();
    if (!covered_.empty() && thing < 0.28f) {
      const size_t other = draw_covered();
      const Similarity moved =
          Similarity::about(kPhotographMiddle,
                            {kPhotographMiddle.x + random.between(-8, 8),
                             kPhotographMiddle.y + random.between(-6, 10)},
                            random.scale(0.85f, 1.15f), random.between(-0.15f, 0.15f));
      put_cover(sample.crop, sample.kinds, points, photographs_[other], heads_->labels[other],
                map.after(moved), random);
    } else if (!heads_->hands.empty() && thing < 0.48f) {
      Image covered(kSide, kSide, 1);
      hold_hand(sample.crop, covered, points, any(heads_->hands), random);
      set(covered, OccluderKind::kHand);
    } else if (!heads_->objects.empty() && thing < 0.66f) {
      Image covered(kSide, kSide, 1);
      hold_object(sample.crop, covered, points, any(heads_->objects), random);
      set(covered, OccluderKind::kObject);
    } else if (random.chance(0.2f))
      cover(Occluder::arriving_hand(photographs_, photograph, random), 0.3f);
    else
      cover(Occluder::draw_solid(surfaces, photograph, 0.03f, 0.65f, random), 0.1f);
  }
  if (random.chance(0.15f))
    repeat_border(sample.crop, random,
                  [&](int x, int y) { sample.kinds.row(y)[x] = HeadSample::kUnknown; });
  if (random.chance(0.3f)) haze(sample.crop, random);
  photograph_badly(sample.crop, random, 1);
  pictured(sample.crop);
  if (random.chance(0.5f)) {
    const int margin = 2 + random.below(8);
    Image covered(kSide, kSide, 1);
    for (size_t i = 0; i < covered.pixels.size(); ++i)
      covered.pixels[i] =
          sample.kinds.pixels[i] != 0 && sample.kinds.pixels[i] != HeadSample::kUnknown ? 255 : 0;
    const Image near = dilate(covered, margin);
    for (size_t i = 0; i < near.pixels.size(); ++i)
      if (near.pixels[i] != 0) sample.kept.pixels[i] = 0;
  }
  if (!is_covered && random.chance(0.55f)) {
    // The same photograph has all of the face as it was; another one has its own expression.
    const bool same = random.chance(0.85f);
    const size_t another = photographs_.another_of_person(number, random);
    const Photograph& changed = photographs_[another];
    const Photograph& other = same ? photograph : changed;
    const Similarity moved =
        Similarity::about({kSide / 2.f, kSide / 2.f},
                          {kSide * (0.5f + random.between(-0.03f, 0.03f)),
                           kSide * (0.5f + random.between(-0.03f, 0.03f))},
                          random.scale(0.95f, 1.05f), random.between(-0.07f, 0.07f))
            .after(map);
    sample.look = Image(kSide, kSide, 3);
    show(sample.look, other, moved, gain);
    if (same && random.chance(0.35f)) {  // the mouth has opened, say
      const Spot middle{kPhotographMiddle.x + random.between(-0.2f, 0.2f) * kCropSide,
                        kPhotographMiddle.y + random.between(-0.25f, 0.35f) * kCropSide};
      const float size = random.between(0.08f, 0.2f) * kCropSide;
      paste(sample.look, nullptr, 0, changed,
            Cutout(middle, size, size * random.between(0.5f, 0.9f), random), moved, gain);
    }
    const std::vector<Spot> there = heads_->labels[same ? number : another].moved(moved);
    if (has_fringe) {
      fringe = random_before_fringe;
      wear_fringe(sample.look, there, fringe);
    }
    if (has_glasses) {
      wear_glasses(sample.look, worn, there, false, glasses);
    }
    if (random.chance(0.5f)) turn_head(sample.look, random);
    if (random.chance(0.6f)) light_unevenly(sample.look, random);
    if (random.chance(0.15f))  // which was missed
      Occluder::draw(photographs_, other, 0.02f, 0.4f, random)
          .paint(sample.look, nullptr, kUnitOfPhotograph.after(moved.inverse()));
    if (random.chance(0.3f)) haze(sample.look, random);
    photograph_badly(sample.look, random, 1);
    pictured(sample.look);
    sample.known = Image(kSide, kSide, 1, 255);
    if (random.chance(0.4f)) {  // something was in front of it then, and was seen
      Image then = sample.look, covered(kSide, kSide, 1);
      Occluder::draw(photographs_, other, 0.02f, 0.5f, random)
          .paint(then, &covered, kUnitOfPhotograph.after(moved.inverse()));
      for (size_t i = 0; i < covered.pixels.size(); ++i)
        if (covered.pixels[i] != 0) sample.known.pixels[i] = 0;
    }
  }
  if (random.chance(0.5f)) {
    for (Image* image :
         {&sample.crop, &sample.kinds, &sample.oval, &sample.kept, &sample.look, &sample.known})
      if (!image->empty()) mirror(*image);
    sample.yaw = -sample.yaw;
  }
  return sample;
}

}  // namespace ganface::train
