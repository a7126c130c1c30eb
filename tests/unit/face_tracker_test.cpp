// SPDX-License-Identifier: MIT
// Tests of finding, following and masking faces with the shipped model, on generated faces.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/face_tracker.h>
#include <ganface/occlusion.h>
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "face/picture.h"
#include "gan/face_network_sizes.h"

namespace ganface {
namespace {

using face::FoundSquare;

constexpr int kWidth = 480, kHeight = 360;

const std::vector<Image>& people() {
  static const std::vector<Image> faces = [] {
    FaceGenerator generator("lfw-dcgan64", "cpu");
    return generator.generate(generator.sample(8, 1));
  }();
  return faces;
}

// Pastes a face so that it fills the square.
void paste(Image& picture, const Image& face, const FoundSquare& square) {
  cv::Mat target(picture.height, picture.width, CV_8UC3, picture.pixels.data());
  const cv::Mat source(face.height, face.width, CV_8UC3, const_cast<uint8_t*>(face.pixels.data()));
  const double a = square.edge_x / face.width, b = square.edge_y / face.width;
  const double half = face.width / 2.0 - 0.5;
  const cv::Matx23d map(a, -b, square.x - 0.5 - a * half + b * half, b, a,
                        square.y - 0.5 - b * half - a * half);
  cv::warpAffine(source, target, map, target.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

FoundSquare square(double x, double y, double side, double degrees = 0) {
  const double angle = degrees * CV_PI / 180;
  return {1, x, y, side * std::cos(angle), side * std::sin(angle)};
}

Image scene(const std::vector<std::pair<int, FoundSquare>>& faces) {
  Image picture(kWidth, kHeight, 3, 110);
  for (const auto& [person, place] : faces)
    paste(picture, people()[static_cast<size_t>(person)], place);
  return picture;
}

double error_of(const CanonicalTransform& transform, const FoundSquare& truth) {
  const FoundSquare found = face::square_of_transform(transform);
  return (std::hypot(found.x - truth.x, found.y - truth.y) +
          std::hypot(found.edge_x - truth.edge_x, found.edge_y - truth.edge_y)) /
         truth.side();
}

TEST(Picture, CutsOutSquaresOfAnyTilt) {
  Image picture(200, 160, 3);
  for (int y = 0; y < 160; ++y)
    for (int x = 0; x < 200; ++x) {
      picture.row(y)[3 * x] = static_cast<uint8_t>(x);
      picture.row(y)[3 * x + 1] = static_cast<uint8_t>(y);
    }
  face::Picture cuttable(picture.view());
  const FoundSquare place{1, 100, 80, 40, 30};
  const Image cut = cuttable.cut(face::transform_of_square(place), 1, 50);
  for (int v = 5; v < 50; v += 10)
    for (int u = 5; u < 50; u += 10) {
      const double s = (u + 0.5) / 50 - 0.5, t = (v + 0.5) / 50 - 0.5;
      EXPECT_NEAR(cut.row(v)[3 * u], 100 + s * 40 - t * 30 - 0.5, 1.01);
      EXPECT_NEAR(cut.row(v)[3 * u + 1], 80 + s * 30 + t * 40 - 0.5, 1.01);
    }
  const FoundSquare back = face::square_of_transform(face::transform_of_square(place));
  EXPECT_NEAR(back.x, 100, 1e-9);
  EXPECT_NEAR(back.edge_y, 30, 1e-9);
}

TEST(FaceDetector, FindsFacesOfAnyTiltAndSize) {
  FaceDetector detector({});
  ASSERT_TRUE(detector.needs_color());
  for (const FoundSquare& place :
       {square(200, 150, 160), square(240, 180, 90, 35), square(200, 180, 60, -35),
        square(300, 100, 40), square(240, 180, 320, 10)}) {
    const std::vector<DetectedFace> faces = detector.detect(scene({{0, place}}).view());
    ASSERT_EQ(faces.size(), 1u) << place.side();
    EXPECT_LT(error_of(faces[0].transform, place), 0.2) << place.side();
    EXPECT_GT(faces[0].score, 0.5);
  }
  EXPECT_TRUE(detector.detect(scene({}).view()).empty());
  EXPECT_THROW(detector.detect(Image(64, 64, 1).view()), Error);
  EXPECT_NO_THROW(detector.detect(Image(1, 1, 3).view()));
}

TEST(FaceDetector, AnswersWithTheTiltOfFunneledFaces) {
  // The same pixels in the mirror: the two mean nothing but the tilt.
  FaceDetector detector((DetectorOptions()));
  double sum = 0;
  int count = 0;
  for (int person = 0; person < 8; ++person) {
    Image picture = scene({{person, square(240, 180, 128)}});
    Image mirrored = picture;
    cv::flip(cv::Mat(kHeight, kWidth, CV_8UC3, picture.pixels.data()),
             cv::Mat(kHeight, kWidth, CV_8UC3, mirrored.pixels.data()), 1);
    const std::vector<DetectedFace> one = detector.detect(picture.view()),
                                    other = detector.detect(mirrored.view());
    if (one.size() != 1 || other.size() != 1) continue;
    for (const DetectedFace& face : {one[0], other[0]}) {
      const FoundSquare found = face::square_of_transform(face.transform);
      sum += std::atan2(found.edge_y, found.edge_x);
    }
    count += 2;
  }
  ASSERT_GE(count, 10);
  EXPECT_NEAR(sum / count, -gan::kFunneledTilt, 0.003);
}

TEST(FaceDetector, NamesAModelThatIsMissing) {
  DetectorOptions options;
  options.model = "no-such-model";
  try {
    FaceDetector detector(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kModel);
    EXPECT_NE(std::string(error.what()).find("no-such-model"), std::string::npos);
  }
  options.model = "lfw-dcgan64";  // another architecture
  EXPECT_THROW(FaceDetector{options}, Error);
}

TEST(FaceTracker, ADoubtfulFaceOfAVideosFirstFrameWaits) {
  // From grey to a face: somewhere between it is doubtful.
  const Image face = scene({{0, square(200, 150, 120)}});
  FaceTracker photograph({}), video({});
  int waited = 0;
  for (int share = 0; share <= 20; ++share) {
    Image faint = face;
    for (uint8_t& pixel : faint.pixels)
      pixel = static_cast<uint8_t>(128 + (pixel - 128) * share / 20);
    photograph.reset();
    video.reset(true);
    const size_t at_once = photograph.track(faint.view()).size();
    const size_t later = video.track(faint.view()).size();
    EXPECT_LE(later, at_once);
    waited += later < at_once;
    if (share == 20) {
      EXPECT_EQ(later, 1u);
    }
  }
  EXPECT_GT(waited, 0);
}

TEST(FaceTracker, KeepsIdsOfMovingFaces) {
  FaceTracker tracker({});
  unsigned left = 0, right = 0;
  for (int i = 0; i < 30; ++i) {
    const FoundSquare first = square(110 + 2 * i, 150, 110, i),
                      second = square(360 - i, 200, 90, -i);
    const std::vector<TrackedFace> faces =
        tracker.track(scene({{0, first}, {1, second}}).view(), i % 3 == 0);
    ASSERT_EQ(faces.size(), 2u) << "frame " << i;
    EXPECT_LT(error_of(faces[0].transform, first), 0.25) << "frame " << i;
    EXPECT_LT(error_of(faces[1].transform, second), 0.25) << "frame " << i;
    if (i == 0) {
      left = faces[0].id;
      right = faces[1].id;
      EXPECT_NE(left, right);
    }
    EXPECT_EQ(faces[0].id, left);
    EXPECT_EQ(faces[1].id, right);
  }
}

TEST(FaceTracker, HoldsAFaceThatIsCoveredForAWhile) {
  FaceTracker tracker({});
  const FoundSquare place = square(240, 180, 140);
  const unsigned id = tracker.track(scene({{2, place}}).view()).at(0).id;
  for (int i = 0; i < 15; ++i) {
    Image covered = scene({{2, place}});
    for (int y = 100; y < 270; ++y)
      for (int x = 160; x < 320; ++x)
        for (int c = 0; c < 3; ++c) covered.row(y)[3 * x + c] = static_cast<uint8_t>(60 + 40 * c);
    tracker.track(covered.view());
  }
  const std::vector<TrackedFace> faces = tracker.track(scene({{2, place}}).view());
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].id, id);
}

TEST(FaceTracker, ForgetsAtACutAndWhenAFaceIsGone) {
  FaceTracker tracker({});
  const FoundSquare place = square(240, 180, 140);
  const unsigned id = tracker.track(scene({{2, place}}).view()).at(0).id;
  Image dark = scene({{2, place}});
  for (uint8_t& value : dark.pixels) value = static_cast<uint8_t>(value / 3 + 150);
  const std::vector<TrackedFace> after = tracker.track(dark.view());
  for (const TrackedFace& face : after) EXPECT_NE(face.id, id);
  for (int i = 0; i < 60; ++i) tracker.track(scene({}).view());
  EXPECT_TRUE(tracker.track(scene({}).view()).empty());
}

TEST(FaceTracker, AStillHeadHasAStillCrop) {
  FaceTracker tracker({});
  const FoundSquare place = square(240, 180, 140);
  cv::RNG random(1);
  FoundSquare first;
  double most = 0;
  for (int i = 0; i < 30; ++i) {
    Image picture = scene({{3, place}});
    for (uint8_t& value : picture.pixels)
      value = cv::saturate_cast<uint8_t>(value + random.gaussian(4));
    const FoundSquare found =
        face::square_of_transform(tracker.track(picture.view()).at(0).transform);
    if (i == 10) first = found;
    if (i > 10) most = std::max(most, std::hypot(found.x - first.x, found.y - first.y));
  }
  EXPECT_LT(most, 0.01 * place.side());
}

TEST(OcclusionSegmenter, SeesABlockInFrontOfAFace) {
  const OcclusionSegmenter segmenter;
  Image crop = resize(people()[1].view(), 128, 128);
  const auto share = [](const Image& mask, int x0, int x1) {
    int covered = 0;
    for (int y = 40; y < 90; ++y)
      for (int x = x0; x < x1; ++x) covered += mask.row(y)[x] >= 128;
    return covered / (50.0 * (x1 - x0));
  };
  EXPECT_LT(share(segmenter.segment({crop}).at(0), 0, 128), 0.1);
  for (int y = 40; y < 90; ++y)
    for (int x = 60; x < 110; ++x)
      for (int c = 0; c < 3; ++c) crop.row(y)[3 * x + c] = c == 2 ? 220 : 30;
  const Image covered = segmenter.segment({crop}).at(0);
  EXPECT_GT(share(covered, 60, 110), 0.9);
  EXPECT_LT(share(covered, 0, 50), 0.1);
  EXPECT_TRUE(segmenter.segment({}).empty());
  EXPECT_THROW(OcclusionSegmenter("lfw-dcgan64"), Error);
}

TEST(FaceLooks, RememberWhatStayedUncovered) {
  const Image first(128, 128, 3, 10), later(128, 128, 3, 20), clear(128, 128, 1);
  Image covered(128, 128, 1);
  for (int y = 0; y < 64; ++y) std::fill_n(covered.row(y), 128, uint8_t{255});
  FaceLooks looks;
  const auto take = [&](int frames, const Image& crop, const Image& hole) {
    for (int i = 0; i < frames; ++i) looks.take(1, crop, hole);
  };
  take(6, first, clear);
  EXPECT_EQ(looks.of(1), nullptr);
  take(1, later, covered);  // what came may have been there before
  ASSERT_NE(looks.of(1), nullptr);
  EXPECT_EQ(looks.of(1)->known.row(66)[5], 0);
  EXPECT_EQ(looks.of(1)->known.row(67)[5], 255);
  EXPECT_EQ(looks.of(1)->crop.row(67)[15], 10);
  take(7, later, covered);  // may be covered where it seems not to be
  EXPECT_EQ(looks.of(1)->crop.row(67)[15], 10);
  take(7, later, clear);
  EXPECT_EQ(looks.of(1)->known.row(5)[5], 255);
  EXPECT_EQ(looks.of(1)->crop.row(67)[15], 20);
  take(140, first, covered);
  EXPECT_EQ(looks.of(1)->crop.row(67)[15], 20);
  EXPECT_EQ(looks.of(1)->covered.row(5)[5], 255);
  EXPECT_EQ(looks.of(1)->covered.row(100)[5], 0);
  take(11, first, covered);  // so long ago that it says nothing any more
  EXPECT_EQ(looks.of(1), nullptr);
  take(7, first, covered);
  EXPECT_EQ(looks.of(1)->crop.row(67)[15], 10);
  EXPECT_EQ(looks.of(2), nullptr);
  looks.keep({2});
  EXPECT_EQ(looks.of(1), nullptr);
}

// How much of a place something soft covers.
double cover(int x, int y) {
  return std::exp(-std::pow(std::hypot((x - 64) / 22.0, (y - 92) / 14.0), 14));
}

// A face whose mouth, if wanted, skin of its own forehead covers almost without an edge.
Image own_skin(bool covered) {
  Image crop = resize(people()[1].view(), 128, 128);
  if (covered)
    for (int y = 70; y < 116; ++y)
      for (int x = 34; x < 94; ++x)
        for (int c = 0; c < 3; ++c) {
          uint8_t& own = crop.row(y)[3 * x + c];
          own = static_cast<uint8_t>(own + cover(x, y) * (crop.row(20 + y % 8)[3 * x + c] - own));
        }
  return crop;
}

TEST(OcclusionTracker, SeesInAVideoThatAFaceWasNotLikeThatBefore) {
  const Image clear = own_skin(false), covered = own_skin(true);
  const std::vector<TrackedFace> face{{4, transform_of_box(0, 0, 128, 128), 1}};
  const auto found = [&](bool is_video) {
    OcclusionTracker tracker;
    for (int frame = 0; frame < 10; ++frame) {
      const Image hole = tracker.track(clear.view(), face, is_video).at(0);
      EXPECT_LT(std::count(hole.pixels.begin(), hole.pixels.end(), 255), 200);
    }
    const Image hole = tracker.track(covered.view(), face, is_video).at(0);
    double inside = 0, all = 0;
    for (int y = 70; y < 116; ++y)
      for (int x = 34; x < 94; ++x) {
        inside += hole.row(y)[x] != 0 ? cover(x, y) : 0;
        all += cover(x, y);
      }
    return inside / all;
  };
  EXPECT_GT(found(true), 0.6);
  EXPECT_LT(found(false), 0.4) << "a photograph shows nothing but a smooth chin";
}

TEST(MaskSmoother, TakesLargeChangesAtOnceAndFlickerSlowly) {
  MaskSmoother smoother;
  Image clear(128, 128, 1), covered(128, 128, 1), doubtful(128, 128, 1, 120);
  for (int y = 30; y < 90; ++y)
    for (int x = 30; x < 90; ++x) covered.row(y)[x] = 255;
  const auto count = [](const Image& hole) {
    return std::count(hole.pixels.begin(), hole.pixels.end(), 255);
  };
  EXPECT_EQ(count(smoother.smooth(1, clear)), 0);
  EXPECT_EQ(count(smoother.smooth(1, covered)), 60 * 60);
  EXPECT_EQ(count(smoother.smooth(1, clear)), 0);
  // Around the limit, in turn above and below it: the mask stays as it is.
  smoother.smooth(2, doubtful);
  for (int i = 0; i < 10; ++i) {
    Image flicker(128, 128, 1, i % 2 == 0 ? 134 : 116);
    EXPECT_EQ(count(smoother.smooth(2, flicker)), 0) << i;
  }
  // Specks are nothing.
  Image speck(128, 128, 1);
  speck.row(5)[5] = 255;
  EXPECT_EQ(count(smoother.smooth(3, speck)), 0);
  // What is only beside the face does not cover it; what reaches it does, all of it.
  Image beside(128, 128, 1), reaching(128, 128, 1);
  for (int y = 108; y < 128; ++y) {
    std::fill_n(beside.row(y), 20, uint8_t{255});
    std::fill_n(reaching.row(y), 50, uint8_t{255});
  }
  EXPECT_EQ(count(smoother.smooth(4, beside)), 0);
  EXPECT_EQ(count(smoother.smooth(5, reaching)), 20 * 50);
}

TEST(MaskSmoother, KeepsForAFrameWhatMayStillBeThere) {
  MaskSmoother smoother;
  Image covered(128, 128, 1), leaving(128, 128, 1);
  for (int y = 40; y < 90; ++y) {
    std::fill_n(covered.row(y) + 40, 50, uint8_t{255});
    std::fill_n(leaving.row(y) + 40, 50, uint8_t{20});
  }
  const auto count = [&](unsigned id, const Image& segmented) {
    const Image hole = smoother.smooth(id, segmented, true);
    return std::count(hole.pixels.begin(), hole.pixels.end(), 255);
  };
  EXPECT_EQ(count(1, covered), 50 * 50);
  EXPECT_EQ(count(1, leaving), 50 * 50);
  EXPECT_EQ(count(1, leaving), 0) << "it trails";
  EXPECT_EQ(count(2, leaving), 0) << "it never was there";
}

TEST(MaskSmoother, ReachesFartherAroundSomethingLargeInFrontOfAFaceSeenBefore) {
  MaskSmoother smoother;
  const auto count = [&](unsigned id, int side, bool was_seen) {
    // A square that surely covers the face, and a finger that hardly does.
    Image segmented(128, 128, 1);
    for (int y = 50; y < 50 + side; ++y) {
      std::fill_n(segmented.row(y) + 40, 50, uint8_t{20});
      std::fill_n(segmented.row(y) + 40, side, uint8_t{255});
    }
    const Image hole = smoother.smooth(id, segmented, was_seen);
    return std::count(hole.pixels.begin(), hole.pixels.end(), 255);
  };
  EXPECT_EQ(count(1, 40, false), 40 * 40);
  EXPECT_EQ(count(2, 40, true), 40 * 50);
  EXPECT_EQ(count(3, 20, true), 20 * 20) << "what is small may be a mistake";
}

}  // namespace
}  // namespace ganface
