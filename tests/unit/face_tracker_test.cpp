// SPDX-License-Identifier: MIT
// Tests of finding, following and masking faces with the shipped model, on generated faces.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/face_tracker.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>
#include <vector>

#include "face/picture.h"
#include "face/search_plan.h"
#include "models/face_network_sizes.h"

namespace ganface {
namespace {

using face::OrientedBox;

constexpr int kWidth = 480, kHeight = 360;

const std::vector<Image>& people() {
  static const std::vector<Image> faces = [] {
    FaceGenerator generator("lfw-dcgan64", "cpu");
    return generator.generate(generator.sample(8, 1));
  }();
  return faces;
}

// Pastes a face so that it fills the square.
void paste(Image& picture, const Image& face, const OrientedBox& square) {
  cv::Mat target(picture.height, picture.width, CV_8UC3, picture.pixels.data());
  const cv::Mat source(face.height, face.width, CV_8UC3, const_cast<uint8_t*>(face.pixels.data()));
  const double a = square.edge_x / face.width, b = square.edge_y / face.width;
  const double half = face.width / 2.0 - 0.5;
  const cv::Matx23d map(a, -b, square.x - 0.5 - a * half + b * half, b, a,
                        square.y - 0.5 - b * half - a * half);
  cv::warpAffine(source, target, map, target.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

OrientedBox square(double x, double y, double side, double degrees = 0) {
  const double angle = degrees * CV_PI / 180;
  return {1, x, y, side * std::cos(angle), side * std::sin(angle)};
}

Image scene(const std::vector<std::pair<int, OrientedBox>>& faces) {
  Image picture(kWidth, kHeight, 3, 110);
  for (const auto& [person, place] : faces)
    paste(picture, people()[static_cast<size_t>(person)], place);
  return picture;
}

double error_of(const CanonicalTransform& transform, const OrientedBox& truth) {
  const OrientedBox found = face::box_of_transform(transform);
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
  const face::Picture cuttable(frame_of(picture));
  const OrientedBox place{1, 100, 80, 40, 30};
  const Image cut = cuttable.cut(face::transform_of_square(place), 1, 50);
  for (int v = 5; v < 50; v += 10)
    for (int u = 5; u < 50; u += 10) {
      const double s = (u + 0.5) / 50 - 0.5, t = (v + 0.5) / 50 - 0.5;
      EXPECT_NEAR(cut.row(v)[3 * u], 100 + s * 40 - t * 30 - 0.5, 1.01);
      EXPECT_NEAR(cut.row(v)[3 * u + 1], 80 + s * 30 + t * 40 - 0.5, 1.01);
    }
  const OrientedBox back = face::box_of_transform(face::transform_of_square(place));
  EXPECT_NEAR(back.x, 100, 1e-9);
  EXPECT_NEAR(back.edge_y, 30, 1e-9);
}

// A frame whose colours rise by a grey level a pixel, to the right in red or luma, downwards in
// green (RGB); YUV has one hue.
struct RisingFrame {
  RisingFrame(int width, int height, bool is_yuv, bool is_packed, uint8_t cb = 128,
              uint8_t cr = 128)
      : bytes(static_cast<size_t>(width * height * 4)) {
    view.width = width;
    view.height = height;
    view.is_yuv = is_yuv;
    const auto at = [this](int offset) { return bytes.data() + offset; };
    const int luma = width * height, half = width / 2;
    if (!is_yuv)
      for (int c = 0; c < 3; ++c)
        view.components[static_cast<size_t>(c)] = {at(is_packed ? 2 - c : luma * c),
                                                   is_packed ? width * 4 : width,
                                                   is_packed ? 4 : 1};  // BGRx, or planes
    else if (is_packed)                                                 // NV12
      view.components = {{{at(0), width, 1}, {at(luma), width, 2}, {at(luma + 1), width, 2}}};
    else
      view.components = {{{at(0), width, 1}, {at(luma), half, 1}, {at(luma + luma / 4), half, 1}}};
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        set(0, x, y, x);
        if (!is_yuv) set(1, x, y, y);
        if (is_yuv && x % 2 == 0 && y % 2 == 0) {
          set(1, x / 2, y / 2, cb);
          set(2, x / 2, y / 2, cr);
        }
      }
  }
  void set(size_t component, int x, int y, int value) {
    const FrameView::Component& c = view.components[component];
    bytes[static_cast<size_t>(c.data - bytes.data() + y * c.stride + x * c.pixel_stride)] =
        static_cast<uint8_t>(value);
  }
  std::vector<uint8_t> bytes;
  FrameView view;
};

TEST(Picture, CutsOutOfPlanesOfAnyFormat) {
  for (const bool is_packed : {false, true}) {
    const RisingFrame rgb(200, 160, false, is_packed), yuv(200, 160, true, is_packed);
    // From an enlarged to a much shrunk one; the mean of what rises evenly is its middle's.
    for (const int size : {90, 40, 20, 5}) {
      const OrientedBox place{1, 100, 80, 48, 36};
      const CanonicalTransform transform = face::transform_of_square(place);
      const Image red = face::Picture(rgb.view).cut(transform, 1, size);
      const Image grey = face::Picture(yuv.view).cut(transform, 1, size);
      for (int v = 0; v < size; ++v)
        for (int u = 0; u < size; ++u) {
          const double s = (u + 0.5) / size - 0.5, t = (v + 0.5) / size - 0.5;
          const double x = 100 + s * 48 - t * 36 - 0.5, y = 80 + s * 36 + t * 48 - 0.5;
          // Nearest samples are off by half a pixel; nine or more of them even that out.
          ASSERT_NEAR(red.row(v)[3 * u], x, 1.01) << size;
          ASSERT_NEAR(red.row(v)[3 * u + 1], y, 1.01) << size;
          ASSERT_EQ(red.row(v)[3 * u + 2], 0) << size;
          for (int c = 0; c < 3; ++c) ASSERT_NEAR(grey.row(v)[3 * u + c], x, 1.01) << size;
        }
    }
  }
}

TEST(Picture, ConvertsColours) {
  const RisingFrame yuv(64, 48, true, true, 90, 200);
  const Image all = face::Picture(yuv.view).rgb();
  ASSERT_EQ(all.width, 64);
  // BT.601, full range, at luma 40.
  EXPECT_EQ(all.row(7)[3 * 40], std::lround(40 + 1.402 * 72));
  EXPECT_EQ(
      all.row(7)[3 * 40 + 1],
      std::lround(40 + 0.344136 * 38 - 0.714136 * 72 > 0 ? 40 + 0.344136 * 38 - 0.714136 * 72 : 0));
  EXPECT_EQ(all.row(7)[3 * 40 + 2], 0);
  EXPECT_EQ(face::Picture(yuv.view).grey().row(7)[40], 40);
}

TEST(Picture, AFinePatternShrinksToItsMean) {
  // Columns of black and white, which single samples would show as stripes of their own.
  Image stripes(1024, 768, 3);
  for (size_t i = 0; i < stripes.pixels.size(); ++i)
    stripes.pixels[i] = i / 3 % 1024 % 4 < 2 ? 255 : 0;
  const FrameView frame = frame_of(std::as_const(stripes));
  const face::Picture picture(frame);
  for (const double step : {4.0, 8.0}) {
    const auto width = static_cast<int>(1024 / step), height = static_cast<int>(768 / step);
    const Image shrunk = picture.shrunk(0, 0, step, width, height);
    for (const uint8_t value : shrunk.pixels) ASSERT_NEAR(value, 127.5, 0.5) << step;
  }
}

TEST(Picture, RepeatsItsBorder) {
  const RisingFrame rgb(40, 30, false, true);
  const Image shrunk = face::Picture(rgb.view).shrunk(-8, -8, 2, 40, 30);
  EXPECT_EQ(shrunk.row(0)[0], 0);
  EXPECT_EQ(shrunk.row(29)[3 * 39], 39);
  EXPECT_EQ(shrunk.row(29)[3 * 39 + 1], 29);
  const Image cut = face::Picture(rgb.view).cut(transform_of_box(-100, 0, 100, 100), 1, 10);
  EXPECT_EQ(cut.row(9)[3 * 9], 0);
  EXPECT_EQ(cut.row(9)[1], 29);
}

TEST(Picture, HasSquarePixels) {
  // A pixel as wide as two are high.
  RisingFrame narrow(100, 160, false, true);
  narrow.view.pixel_aspect = 2;
  const face::Picture picture(narrow.view);
  EXPECT_EQ(picture.width(), 200);
  // Columns 20 to 39 of the frame are 40 to 79 of the picture.
  const CanonicalTransform transform = picture.to_frame(transform_of_box(40, 40, 40, 40));
  EXPECT_DOUBLE_EQ(transform[0], 1.0 / 20);
  const Image cut = picture.cut(transform, 1, 20);
  EXPECT_NEAR(cut.row(10)[3 * 10], 30, 1);
  EXPECT_NEAR(cut.row(10)[3 * 10 + 1], 60.5, 1);
  const CanonicalTransform back = picture.to_picture(transform);
  EXPECT_DOUBLE_EQ(back[0], 1.0 / 40);
}

TEST(SearchPlan, CoversThePictureWithViewsThatStaySmall) {
  for (const auto& [width, height] : {std::pair{640.0, 480.0},
                                      {480.0, 270.0},
                                      {1920.0, 1080.0},
                                      {3840.0, 2160.0},
                                      {2160.0, 3840.0}}) {
    const face::SearchPlan plan(width, height, 32);
    const bool is_small = width * height <= 640 * 480;
    EXPECT_EQ(plan.tiles.empty(), is_small);
    for (const face::SearchView& view : plan.quick) {
      EXPECT_LE(view.width * view.height, 150000 + view.width + view.height) << width;
      EXPECT_GE(view.width * view.step, width);
      EXPECT_GE(view.height * view.step, height);
    }
    for (const face::SearchView& tile : plan.tiles)
      EXPECT_LE(tile.width * tile.height, (400 + 128) * (300 + 128)) << width;
    // The largest face is seen, at no more than 260 pixels.
    EXPECT_LE(std::min(width, height) / plan.quick.back().step, 260) << width;
    // Each place is one tile's, which shows a face there and what is around it.
    if (is_small) continue;
    for (double y = 0.5; y < height; y += 37)
      for (double x = 0.5; x < width; x += 37) {
        const OrientedBox place{1, x, y, 40, 0};
        const auto count =
            std::count_if(plan.tiles.begin(), plan.tiles.end(),
                          [&](const face::SearchView& tile) { return tile.answers_for(place); });
        ASSERT_EQ(count, 1) << x << ", " << y;
        const face::SearchView* tile = plan.tile_at(place);
        ASSERT_LE(tile->left, std::max(0.0, x - 100));
        ASSERT_GE(tile->left + tile->width * tile->step, std::min(width, x + 100));
        ASSERT_TRUE(plan.shows(place, tile));
        ASSERT_FALSE(plan.shows(place, nullptr));
      }
  }
}

TEST(FaceDetector, FindsFacesOfAnyTiltAndSize) {
  FaceDetector detector({});
  for (const OrientedBox& place :
       {square(200, 150, 160), square(240, 180, 90, 35), square(200, 180, 60, -35),
        square(300, 100, 40), square(240, 180, 320, 10)}) {
    const std::vector<DetectedFace> faces = detector.detect(frame_of(scene({{0, place}})));
    ASSERT_EQ(faces.size(), 1u) << place.side();
    EXPECT_LT(error_of(faces[0].transform, place), 0.2) << place.side();
    EXPECT_GT(faces[0].score, 0.5);
  }
  EXPECT_TRUE(detector.detect(frame_of(scene({}))).empty());
  EXPECT_TRUE(detector.detect(frame_of(Image(64, 64, 1))).empty());
  EXPECT_NO_THROW(detector.detect(frame_of(Image(1, 1, 3))));
}

TEST(FaceDetector, AnswersInTheFacesOwnAxes) {
  // The same pixels in the mirror: the two mean nothing but the tilt.
  FaceDetector detector((DetectorOptions()));
  double sum = 0;
  int count = 0;
  for (int person = 0; person < 8; ++person) {
    Image picture = scene({{person, square(240, 180, 128)}});
    Image mirrored = picture;
    cv::flip(cv::Mat(kHeight, kWidth, CV_8UC3, picture.pixels.data()),
             cv::Mat(kHeight, kWidth, CV_8UC3, mirrored.pixels.data()), 1);
    const std::vector<DetectedFace> one = detector.detect(frame_of(picture)),
                                    other = detector.detect(frame_of(mirrored));
    if (one.size() != 1 || other.size() != 1) continue;
    for (const DetectedFace& face : {one[0], other[0]}) {
      const OrientedBox found = face::box_of_transform(face.transform);
      sum += std::atan2(found.edge_y, found.edge_x);
    }
    count += 2;
  }
  ASSERT_GE(count, 10);
  EXPECT_NEAR(sum / count, 0, 0.003);
}

TEST(FaceDetector, TakesACascadeOfOpenCv) {
  const std::string file = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_alt2.xml";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the package opencv-data is not installed";
  DetectorOptions options;
  options.model = file;
  FaceDetector detector(options);
  int found = 0;
  for (int person = 0; person < 8; ++person) {
    const OrientedBox place = square(250, 170, 180);
    const Image picture = scene({{person, place}});
    const std::vector<DetectedFace> faces = detector.detect(frame_of(picture));
    ASSERT_LE(faces.size(), 1u);
    if (faces.empty()) continue;
    ++found;
    EXPECT_LT(error_of(faces[0].transform, place), 0.25);
    EXPECT_GT(faces[0].score, 0.5) << "what reached the last stage";
    EXPECT_LE(faces[0].score, 1);
  }
  EXPECT_GE(found, 6);
  EXPECT_TRUE(detector.detect(frame_of(Image(kWidth, kHeight, 3, 110))).empty());
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
    const size_t at_once = photograph.track(frame_of(faint)).size();
    const size_t later = video.track(frame_of(faint)).size();
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
    const OrientedBox first = square(110 + 2 * i, 150, 110, i),
                      second = square(360 - i, 200, 90, -i);
    const std::vector<TrackedFace> faces =
        tracker.track(frame_of(scene({{0, first}, {1, second}})), 3);
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

TEST(FaceTracker, FollowsWithoutASearchAndSearchesAgain) {
  DetectorOptions options;
  options.threshold = 0.3;  // what a generator makes is not plainly a face
  FaceTracker tracker(options);
  tracker.reset(true);
  const OrientedBox first = square(120, 180, 130), second = square(360, 170, 120);
  constexpr unsigned kInterval = 5;
  const Image one = scene({{0, first}});
  for (int i = 0; i < 10; ++i) tracker.track(frame_of(one), kInterval);
  ASSERT_EQ(tracker.track(frame_of(one), kInterval).size(), 1u);
  // One that comes is found by the next search, or by the second if it is not plain.
  const Image both = scene({{0, first}, {1, second}});
  size_t faces = 1;
  unsigned frames = 0;
  for (; frames < 3 * kInterval && faces < 2; ++frames)
    faces = tracker.track(frame_of(both), kInterval).size();
  EXPECT_EQ(faces, 2u);
  EXPECT_GT(frames, 1u);
  EXPECT_LE(frames, kInterval + 2);
}

TEST(FaceTracker, AFaceThatIsSmallInALargeFrameIsFound) {
  // 44 of 1080 pixels: in one of the tiles, which take turns beside a face that is followed.
  DetectorOptions options;
  options.threshold = 0.3;
  FaceTracker tracker(options);
  tracker.reset(true);
  Image large(1920, 1080, 3, 110);
  paste(large, people()[0], square(700, 500, 400));
  for (int i = 0; i < 10; ++i) tracker.track(frame_of(std::as_const(large)), 5);
  ASSERT_EQ(tracker.track(frame_of(std::as_const(large)), 5).size(), 1u);
  paste(large, people()[1], square(1500, 300, 44));
  size_t faces = 1;
  for (int i = 0; i < 60 && faces < 2; ++i)
    faces = tracker.track(frame_of(std::as_const(large)), 5).size();
  EXPECT_EQ(faces, 2u);
}

TEST(FaceTracker, AFaceThatLeavesAPhotographIsFound) {
  // Three fifths of the canonical square are in it.
  int photographs = 0;
  for (int person = 0; person < 8; ++person) {
    const Image picture = scene({{person, square(30, 180, 300)}});
    FaceTracker tracker({});
    photographs += !tracker.track(frame_of(picture)).empty();
  }
  EXPECT_GE(photographs, 5);
}

TEST(FaceTracker, AnswersInThePixelsOfTheFrame) {
  // Half as many columns, each twice as wide.
  const OrientedBox place = square(200, 150, 160);
  const Image narrow = resize(scene({{0, place}}).view(), kWidth / 2, kHeight);
  FrameView frame = frame_of(narrow);
  frame.pixel_aspect = 2;
  FaceTracker tracker({});
  const std::vector<TrackedFace> faces = tracker.track(frame);
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_LT(error_of(face::Picture(frame).to_picture(faces[0].transform), place), 0.2);
}

TEST(FaceTracker, OfAPhotographWithoutASureFaceOneIsGivenToBeConfirmed) {
  const Image photograph = scene({{2, square(240, 180, 140)}});
  const std::vector<TrackedFace> sure = FaceTracker({}).track(frame_of(photograph));
  ASSERT_EQ(sure.size(), 1u);
  EXPECT_FALSE(sure[0].is_unconfirmed);
  DetectorOptions options;
  options.threshold = (1 + sure[0].score) / 2;
  EXPECT_TRUE(FaceTracker(options).track(frame_of(photograph)).empty());
  options.lone_face = true;
  FaceTracker tracker(options);
  const std::vector<TrackedFace> lone = tracker.track(frame_of(photograph));
  ASSERT_EQ(lone.size(), 1u);
  EXPECT_EQ(lone[0].is_unconfirmed, lone[0].score < options.threshold);
  tracker.reset(true);
  EXPECT_TRUE(tracker.track(frame_of(photograph)).empty()) << "a video shows it better later";
}

TEST(FaceTracker, HoldsAFaceThatIsCoveredForAWhile) {
  FaceTracker tracker({});
  const OrientedBox place = square(240, 180, 140);
  const unsigned id = tracker.track(frame_of(scene({{2, place}}))).at(0).id;
  for (int i = 0; i < 15; ++i) {
    Image covered = scene({{2, place}});
    for (int y = 100; y < 270; ++y)
      for (int x = 160; x < 320; ++x)
        for (int c = 0; c < 3; ++c) covered.row(y)[3 * x + c] = static_cast<uint8_t>(60 + 40 * c);
    tracker.track(frame_of(covered));
  }
  const std::vector<TrackedFace> faces = tracker.track(frame_of(scene({{2, place}})));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].id, id);
}

TEST(FaceTracker, ForgetsAtACutAndWhenAFaceIsGone) {
  FaceTracker tracker({});
  const OrientedBox place = square(240, 180, 140);
  const unsigned id = tracker.track(frame_of(scene({{2, place}}))).at(0).id;
  Image dark = scene({{2, place}});
  for (uint8_t& value : dark.pixels) value = static_cast<uint8_t>(value / 3 + 150);
  const std::vector<TrackedFace> after = tracker.track(frame_of(dark));
  for (const TrackedFace& face : after) EXPECT_NE(face.id, id);
  for (int i = 0; i < 60; ++i) tracker.track(frame_of(scene({})));
  EXPECT_TRUE(tracker.track(frame_of(scene({}))).empty());
}

TEST(FaceTracker, AStillHeadHasAStillCrop) {
  FaceTracker tracker({});
  const OrientedBox place = square(240, 180, 140);
  cv::RNG random(1);
  OrientedBox first;
  double most = 0;
  for (int i = 0; i < 30; ++i) {
    Image picture = scene({{3, place}});
    for (uint8_t& value : picture.pixels)
      value = cv::saturate_cast<uint8_t>(value + random.gaussian(4));
    const OrientedBox found =
        face::box_of_transform(tracker.track(frame_of(picture)).at(0).transform);
    if (i == 10) first = found;
    if (i > 10) most = std::max(most, std::hypot(found.x - first.x, found.y - first.y));
  }
  EXPECT_LT(most, 0.01 * place.side());
}

}  // namespace
}  // namespace ganface
