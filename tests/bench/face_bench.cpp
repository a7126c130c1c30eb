// SPDX-License-Identifier: MIT
// Measures how well and how fast faces and what covers them are found, on people that no network
// has seen, with OpenCV's cascades beside it. Usage: bench-face [FOLDER_FOR_PICTURES [PART]]
#include <ATen/Parallel.h>
#include <ganface/error.h>
#include <ganface/face_tracker.h>
#include <ganface/holes.h>
#include <ganface/occlusion.h>
#include <ganface/sheet.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "clip_reader.h"
#include "eyes.h"
#include "nn/runtime/device.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/face_scenes.h"
#include "train/synthetic/occluder.h"
#include "unseen_occluders.h"
#include "validation_people.h"

namespace {

using namespace ganface;
using bench::data;
using bench::validation_files;
using train::Random;
using train::Spot;
using Clock = std::chrono::steady_clock;
using Quad = std::array<cv::Point2f, 4>;

constexpr char kCascades[] = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_";
constexpr float kDegree = 0.01745329f;

Image grey(const Image& rgb) {
  Image result(rgb.width, rgb.height, 1);
  cv::Mat target(rgb.height, rgb.width, CV_8UC1, result.pixels.data());
  cv::cvtColor(cv::Mat(rgb.height, rgb.width, CV_8UC3, const_cast<uint8_t*>(rgb.pixels.data())),
               target, cv::COLOR_RGB2GRAY);
  return result;
}

Quad corners(const CanonicalTransform& t) {
  Quad quad;
  const double determinant = t[0] * t[4] - t[1] * t[3];
  constexpr double kCorners[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  for (size_t i = 0; i < 4; ++i) {
    const double u = kCorners[i][0] - t[2], v = kCorners[i][1] - t[5];
    quad[i] = {static_cast<float>((t[4] * u - t[1] * v) / determinant),
               static_cast<float>((t[0] * v - t[3] * u) / determinant)};
  }
  return quad;
}

Quad corners(const train::Similarity& to_unit) {
  const train::Similarity back = to_unit.inverse();
  Quad quad;
  constexpr float kCorners[][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  for (size_t i = 0; i < 4; ++i) {
    const Spot p = back({kCorners[i][0], kCorners[i][1]});
    quad[i] = {p.x, p.y};
  }
  return quad;
}

double side_of(const Quad& quad) { return cv::norm(quad[1] - quad[0]); }

double intersection_over_union(const Quad& a, const Quad& b) {
  std::vector<cv::Point2f> shared;
  const double both =
      cv::intersectConvexConvex(std::vector<cv::Point2f>(a.begin(), a.end()),
                                std::vector<cv::Point2f>(b.begin(), b.end()), shared);
  const double area_a = side_of(a) * side_of(a), area_b = side_of(b) * side_of(b);
  return both / (area_a + area_b - both);
}

double corner_error(const Quad& found, const Quad& truth) {
  double sum = 0;
  for (size_t i = 0; i < 4; ++i) sum += cv::norm(found[i] - truth[i]);
  return sum / 4 / side_of(truth);
}

// Of faces that were found.
struct CornerErrors {
  int count = 0;
  double sum = 0;

  void add(double error) {
    ++count;
    sum += error;
  }
  double mean_percent() const { return count > 0 ? 100 * sum / count : 0; }
};

// A way of finding faces and what it has found so far.
struct Candidate {
  const char* name;
  FaceDetector detector;
  int faces = 0, pictures_with_false = 0;
  CornerErrors found{};
  CornerErrors found_aligned{};  // of photographs whose eyes bear out that they are aligned

  std::vector<DetectedFace> detect(const Image& rgb) { return detector.detect(frame_of(rgb)); }
  void look_for(const Quad& truth, const Image& rgb, bool is_aligned = false) {
    ++faces;
    double best = 0, its_error = 0;
    for (const DetectedFace& face : detect(rgb)) {
      const Quad quad = corners(face.transform);
      const double overlap = intersection_over_union(quad, truth);
      if (overlap <= best) continue;
      best = overlap;
      its_error = corner_error(quad, truth);
    }
    if (best < 0.5) return;
    found.add(its_error);
    if (is_aligned) found_aligned.add(its_error);
  }
  double recall() const { return 100.0 * found.count / faces; }
};

std::vector<Candidate> candidates() {
  const auto with = [](const std::string& model) {
    DetectorOptions options;
    options.model = model;
    return FaceDetector(options);
  };
  std::vector<Candidate> all;
  all.push_back({"ganface", with("")});
  all.push_back({"cascade default", with(std::string(kCascades) + "default.xml")});
  all.push_back({"cascade alt2", with(std::string(kCascades) + "alt2.xml")});
  return all;
}

bool verdict(bool met, const char* goal) {
  std::printf("  %s: %s\n", met ? "met" : "MISSED", goal);
  return met;
}

bool measure_photographs(const std::vector<std::filesystem::path>& files) {
  std::printf("Photographs of 250 x 250, recall at IoU 0.5 of the canonical square:\n");
  std::vector<Candidate> ways = candidates();
  const Quad truth{cv::Point2f(61, 61), {189, 61}, {189, 189}, {61, 189}};
  for (const std::filesystem::path& file : files) {
    const Image photograph = read_image(file);
    for (Candidate& way : ways) way.look_for(truth, photograph);
  }
  for (const Candidate& way : ways)
    std::printf("  %-16s %.1f %% of %d, corner error %.1f %%\n", way.name, way.recall(), way.faces,
                way.found.mean_percent());
  return verdict(ways[0].recall() >= 99, "recall 99 % or more");
}

void draw(Image& picture, const Quad& quad) {
  cv::Mat view(picture.height, picture.width, CV_8UC3, picture.pixels.data());
  for (size_t c = 0; c < 4; ++c)
    cv::line(view, quad[c], quad[(c + 1) % 4],
             c == 0 ? cv::Scalar(255, 255, 0) : cv::Scalar(0, 255, 0), 3);
}

bool measure_hard_set(const train::Photographs& photographs, const std::filesystem::path& folder) {
  constexpr int kPictures = 500;
  constexpr double kAligned = 0.15;  // more is seldom the cascades' own error
  const train::FaceScenes scenes(photographs);
  std::vector<Candidate> ways = candidates();
  bench::EyeFinder eyes;
  std::vector<Image> shown, hard_negatives;
  for (int i = 0; i < kPictures; ++i) {
    Random random(1000003 + static_cast<uint64_t>(i));
    Image picture = scenes.background(640, 480, random);
    const float side = random.scale(40, 300), margin = side * 0.5f;
    const Spot centre{random.between(margin, 640 - margin),
                      random.between(std::min(margin, 235.f), std::max(480 - margin, 245.f))};
    const train::Photograph& photograph =
        photographs[static_cast<size_t>(i) * photographs.size() / kPictures];
    const bool is_aligned = eyes.misalignment(photograph.picture()).value_or(1) < kAligned;
    const train::Similarity to_unit = train::FaceScenes::add_face(
        picture, photograph, centre, side, random.between(-40, 40) * kDegree, random);
    train::Occluder::draw(photographs, photograph, 0.2f, 0.5f, random)
        .paint(picture, nullptr, to_unit);
    train::photograph_badly(picture, random, 0.5f);
    for (Candidate& way : ways) way.look_for(corners(to_unit), picture, is_aligned);
    if (i < 24) {
      for (const DetectedFace& face : ways[0].detect(picture))
        draw(picture, corners(face.transform));
      shown.push_back(resize(picture.view(), 320, 240));
    }
  }
  if (!folder.empty()) write_png(folder / "hard.png", contact_sheet(shown, 6).view());
  for (int i = 0; i < kPictures; ++i) {
    Random random(2000003 + static_cast<uint64_t>(i));
    const Image picture = scenes.background(640, 480, random);
    for (Candidate& way : ways) way.pictures_with_false += way.detect(picture).empty() ? 0 : 1;
    for (const DetectedFace& face : ways[0].detect(picture)) {
      Image seen = picture;
      draw(seen, corners(face.transform));
      hard_negatives.push_back(resize(seen.view(), 320, 240));
    }
  }
  if (!folder.empty() && !hard_negatives.empty())
    write_png(folder / "false.png", contact_sheet(hard_negatives, 6).view());
  std::printf(
      "Hard set: %d pictures of 640 x 480, +-40 degrees, 40 to 300 px, 20 to 50 %% covered; "
      "%d backgrounds without a face:\n",
      kPictures, kPictures);
  for (const Candidate& way : ways)
    std::printf(
        "  %-16s recall %.1f %%, corner error %.1f %% (%.1f %% of the %d whose eyes bear out LFW's "
        "alignment), false faces on %.1f %%\n",
        way.name, way.recall(), way.found.mean_percent(), way.found_aligned.mean_percent(),
        way.found_aligned.count, 100.0 * way.pictures_with_false / kPictures);
  bool met = verdict(ways[0].recall() >= 95, "recall 95 % or more");
  met &= verdict(ways[0].found.mean_percent() <= 5, "mean corner error at most 5 %");
  return met & verdict(100.0 * ways[0].pictures_with_false / kPictures <= 2,
                       "false faces on at most 2 %");
}

// Inside the face's outline, which is that of the clean photograph.
double intersection_over_union(const Image& found, const Image& covered, const Image& oval) {
  int both = 0, either = 0;
  for (size_t p = 0; p < found.pixels.size(); ++p) {
    const bool is = found.pixels[p] >= 128, should = covered.pixels[p] != 0;
    both += oval.pixels[p] >= 128 && is && should;
    either += oval.pixels[p] >= 128 && (is || should);
  }
  return either == 0 ? 1 : static_cast<double>(both) / either;
}

// The canonical crop of a photograph, and what is of it in a mask over the head crop.
constexpr int kCrop = 128, kBegin = 61;

Image canonical_part(const Image& mask) {
  const int side = mask.width * 2 / 3, margin = (mask.width - side) / 2;
  return resize(crop(mask.view(), margin, margin, side, side).view(), kCrop, kCrop);
}

bool measure_occlusion(const std::vector<std::filesystem::path>& files,
                       const std::filesystem::path& folder) {
  const OcclusionSegmenter segmenter;
  OcclusionTracker tracker;
  const std::vector<TrackedFace> face{{0, transform_of_box(kBegin, kBegin, kCrop, kCrop), 1}};
  const auto hole_of = [&](const Image& photograph) {
    return tracker.track(frame_of(photograph), face, {}, false).front().hole;
  };
  int flagged = 0;
  std::map<std::string, std::pair<double, int>> kinds;
  std::vector<Image> covered_sheet, clean_sheet;
  for (size_t i = 0; i < files.size(); ++i) {
    Image photograph = read_image(files[i]);
    const Image picture = crop(photograph.view(), kBegin, kBegin, kCrop, kCrop);
    const Image clean = hole_of(photograph);
    flagged += !is_empty(clean);
    if (!is_empty(clean) && clean_sheet.size() < 48)
      clean_sheet.push_back(bench::tinted(picture, canonical_part(clean)));
    if (i % 2 != 0) continue;
    const Image oval = canonical_part(
        segmenter.segment(OcclusionSegmenter::cut(frame_of(photograph), {face[0].transform}))
            .front()
            .oval);
    const bench::UnseenOccluder occluder = bench::cover(picture, static_cast<int>(i / 2));
    for (int y = 0; y < kCrop; ++y)
      std::copy_n(occluder.picture.row(y), 3 * kCrop, photograph.row(kBegin + y) + 3 * kBegin);
    const Image found = canonical_part(hole_of(photograph));
    auto& [sum, count] = kinds[occluder.kind];
    sum += intersection_over_union(found, occluder.covered, oval);
    ++count;
    if (covered_sheet.size() < 80) {
      covered_sheet.push_back(occluder.picture);
      covered_sheet.push_back(bench::tinted(occluder.picture, found));
    }
  }
  if (!folder.empty()) {
    write_png(folder / "covered.png", contact_sheet(covered_sheet, 16).view());
    if (!clean_sheet.empty())
      write_png(folder / "clean.png", contact_sheet(clean_sheet, 12).view());
  }
  double sum = 0;
  int count = 0;
  std::printf("Occluders of kinds and textures never trained on, mean IoU inside the oval:\n");
  for (const auto& [kind, result] : kinds) {
    std::printf("  %-16s %.3f of %d\n", kind.c_str(), result.first / result.second, result.second);
    sum += result.first;
    count += result.second;
  }
  const double often = 100.0 * flagged / static_cast<double>(files.size());
  std::printf("  %-16s %.3f of %d\nClean faces: %.2f %% of %zu flagged at all\n", "all",
              sum / count, count, often, files.size());
  bool met = verdict(sum / count >= 0.88, "mean IoU 0.88 or more");
  return met & verdict(often <= 0.5, "at most 0.5 % of clean faces flagged");
}

bool measure_clips(const std::filesystem::path& folder) {
  // Frames in which a hand is at the face, and those in which it is surely before it: seen by eye.
  struct Clip {
    const char* file;
    size_t faces;
    double least;
    size_t near_first = 1, near_last = 0, before_first = 1, before_last = 0;
  };
  constexpr double kFlagged = 0.01;  // of a face: more is a mask
  bool met = true;
  for (const Clip& clip : {Clip{"asl-again.mkv", 1, 100},
                           {"asl-bird.mkv", 1, 100, 10, 44, 12, 42},
                           {"asl-eat.mkv", 1, 100, 15, 33, 17, 31},
                           {"asl-thanks.mkv", 1, 100, 11, 23, 13, 21},
                           {"head-pose-male.mp4", 1, 100},
                           {"head-pose-female-and-male.mp4", 2, 90}}) {
    const bench::ClipReading reading =
        bench::read_clip(data() / "clips" / clip.file, "facemask draw=true");
    std::map<unsigned, int> ids;
    int complete = 0, clean = 0, clean_flagged = 0, before = 0, before_flagged = 0;
    double flagged = 0;
    for (size_t i = 0; i < reading.frames.size(); ++i) {
      const bench::ClipFrame& frame = reading.frames[i];
      complete += frame.faces.size() >= clip.faces;
      for (const bench::ClipFace& face : frame.faces) {
        ++ids[face.id];
        const bool is_flagged = face.covered > kFlagged;
        if (i < clip.near_first || i > clip.near_last) {
          ++clean;
          clean_flagged += is_flagged;
          flagged += face.covered;
        } else if (i >= clip.before_first && i <= clip.before_last) {
          ++before;
          before_flagged += is_flagged;
        }
      }
    }
    const double share = 100.0 * complete / static_cast<double>(reading.frames.size());
    std::printf("%s: %zu face(s) in %.1f %% of %zu frames, ids", clip.file, clip.faces, share,
                reading.frames.size());
    for (const auto& [id, count] : ids) std::printf(" %u (%d)", id, count);
    std::printf(
        "; clean: %.2f %% of pixels flagged, more than 1 %% in %d of %d; hand before the face: "
        "masked in %d of %d\n",
        clean == 0 ? 0 : 100 * flagged / clean, clean_flagged, clean, before_flagged, before);
    met &= verdict(share >= clip.least && ids.size() == clip.faces,
                   "every face, one constant id each");
    met &= verdict(clean_flagged == 0 && before_flagged == before,
                   "clean faces stay clean, the hand is masked");
    if (folder.empty()) continue;
    std::vector<Image> shown;
    for (size_t i = 0; i<reading.frames.size(); i += reading.frames.size()> 30 ? 5 : 1)
      shown.push_back(
          resize(reading.frames[i].picture.view(), 320,
                 320 * reading.frames[i].picture.height / reading.frames[i].picture.width));
    write_png(folder / (std::string(clip.file) + ".png"), contact_sheet(shown, 5).view());
  }
  return met;
}

bool measure_steadiness(const std::vector<std::filesystem::path>& files) {
  // A photograph that does not move, with noise and H.264's artefacts, then moved by 30 of the
  // canonical crop's 128 pixels.
  constexpr int kFrames = 60, kAfter = 20;
  double jitter_sum = 0;
  int slowest = 0, people = 0;
  for (size_t n = 0; n < files.size(); n += files.size() / 8) {
    const Image photograph = resize(read_image(files[n]).view(), 440, 440);
    const double per_pixel = 440.0 / 250;  // of the crop's
    const auto jump = static_cast<int>(std::lround(30 * per_pixel));
    Random random(n);
    std::vector<Image> frames;
    for (int i = 0; i < kFrames + kAfter; ++i) {
      Image frame(640, 480, 3, 90);
      const int left = 60 + (i >= kFrames ? jump : 0);
      for (int y = 0; y < 440; ++y)
        for (int x = 0; x < 440 * 3; ++x)
          frame.row(y + 20)[3 * left + x] = static_cast<uint8_t>(
              std::clamp(photograph.row(y)[x] + 4 * random.normal(), 0.f, 255.f));
      frames.push_back(std::move(frame));
    }
    const bench::ClipReading reading = bench::read_frames(frames, "facemask mask=region");
    std::vector<Quad> quads;
    for (const bench::ClipFrame& frame : reading.frames)
      if (!frame.faces.empty()) quads.push_back(corners(frame.faces[0].transform));
    if (quads.size() != frames.size()) {
      std::printf("Steadiness: %s is found in %zu of %zu frames\n", files[n].filename().c_str(),
                  quads.size(), frames.size());
      continue;
    }
    ++people;
    double squares = 0;
    constexpr int kFirst = 10;
    Quad mean{};
    for (int i = kFirst; i < kFrames; ++i)
      for (size_t c = 0; c < 4; ++c)
        mean[c] += quads[static_cast<size_t>(i)][c] * (1.f / (kFrames - kFirst));
    for (int i = kFirst; i < kFrames; ++i)
      for (size_t c = 0; c < 4; ++c)
        squares += std::pow(cv::norm(quads[static_cast<size_t>(i)][c] - mean[c]), 2);
    jitter_sum += std::sqrt(squares / (4 * (kFrames - kFirst))) / per_pixel;
    const Quad& end = quads.back();
    int frame = kFrames;
    while (frame < kFrames + kAfter &&
           corner_error(quads[static_cast<size_t>(frame)], end) > 3.0 / 128)
      ++frame;
    slowest = std::max(slowest, frame - kFrames + 1);
  }
  std::printf(
      "A still head: corners move by %.2f px RMS of 128, a jump of 30 px is followed within %d "
      "frame(s), "
      "%d people\n",
      jitter_sum / people, slowest, people);
  bool met = verdict(jitter_sum / people < 0.3, "below 0.3 px RMS");
  return met & verdict(slowest <= 2, "within 2 frames");
}

bool measure_cost() {
  at::set_num_threads(1);
  cv::setNumThreads(1);
  const bench::ClipReading reading = bench::read_clip(data() / "clips/asl-again.mkv", "identity");
  DetectorOptions options;
  options.model = std::string(kCascades) + "default.xml";
  FaceDetector cascade(options);
  OcclusionTracker occlusion;
  std::vector<Image> greys;
  for (const bench::ClipFrame& frame : reading.frames) greys.push_back(grey(frame.picture));
  const auto ms = [&](auto work) {
    const auto begin = Clock::now();
    for (size_t i = 0; i < reading.frames.size(); ++i) work(i);
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count() /
           static_cast<double>(reading.frames.size());
  };
  const auto own = [&](unsigned interval) {
    FaceTracker tracker{DetectorOptions()};
    occlusion.reset();
    return ms([&](size_t i) {
      const FrameView picture = frame_of(reading.frames[i].picture);
      occlusion.track(picture, tracker.track(picture, interval));
    });
  };
  own(1);
  std::vector<double> ours, theirs, seldom;
  for (int run = 0; run < 3; ++run) {
    ours.push_back(own(1));
    theirs.push_back(ms([&](size_t i) { cascade.detect(frame_of(greys[i])); }));
    seldom.push_back(own(5));
  }
  const auto least = [](const std::vector<double>& values) {
    return *std::min_element(values.begin(), values.end());
  };
  std::printf(
      "A 640 x 480 frame with one face, one core: detector, aligner, tracker, segmenter %.1f ms, "
      "every fifth "
      "frame searched %.1f ms, the default cascade alone %.1f ms\n",
      least(ours), least(seldom), least(theirs));
  return verdict(least(ours) <= least(theirs) / 2, "at most half of the cascade's");
}

}  // namespace

int main(int count, char** arguments) {
  bench::start(count, arguments);
  const std::filesystem::path folder = count > 1 ? arguments[1] : "";
  if (!std::filesystem::is_directory(data() / "lfw-deepfunneled")) {
    std::printf("skipped: no photographs in %s; set GANFACE_TEST_DATA\n", data().c_str());
    return 77;
  }
  if (!folder.empty() && !std::filesystem::is_directory(folder)) {
    std::fprintf(stderr, "no folder '%s' to write pictures to; create it first\n", folder.c_str());
    return 2;
  }
  std::printf("%s\n", nn::instruction_set_line().c_str());
  try {
    const std::vector<std::filesystem::path> files = validation_files();
    const train::Photographs photographs(files);
    bool met = true;
    const auto measure = [&](const char* part, auto work) {
      if (count < 3 || std::string(part) == arguments[2]) met &= work();
    };
    measure("photographs", [&] { return measure_photographs(files); });
    measure("hard", [&] { return measure_hard_set(photographs, folder); });
    measure("occlusion", [&] { return measure_occlusion(files, folder); });
    measure("clips", [&] { return measure_clips(folder); });
    measure("steadiness", [&] { return measure_steadiness(files); });
    measure("cost", [&] { return measure_cost(); });
    return met ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
