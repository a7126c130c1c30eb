// SPDX-License-Identifier: MIT
// Owns the following of faces through a video.
#include <ganface/error.h>
#include <ganface/face_tracker.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/worker.h"
#include "face/learned_detector.h"
#include "face/translate.h"

namespace ganface {
namespace {

using face::OrientedBox;

// Shares of a square's side:
constexpr double kSteady = 0.013;  // changes below are taken for noise, above for motion
constexpr double kFar = 0.12;      // the aligner looks again from there
constexpr double kSameFace = 0.5;  // between the middles of a track and of what is found
constexpr double kTaken = 0.4;     // the same, within which no other face can be
constexpr double kLargestStep = 0.8;
// Of a new face's square that must be in the picture, by area: of one that comes in, so much that
// there is something to repair it by; a photograph shows no more of it later.
constexpr double kLeastInside = 0.5, kLeastInPhotograph = 0.25;

constexpr double kSameScale = 1.7;
constexpr double kSeen = 0.5;                 // aligner's score of a face that is plainly there
constexpr double kGlimpsed = 0.15;            // of one that is followed on while it is covered
constexpr int kShown = 20, kRemembered = 45;  // frames without a sight of it: 0.7 and 1.5 s at 30/s
constexpr unsigned kRest = 2;   // frames from one search for a face that is covered to the next
constexpr int kGone = 3;        // the same at the picture's border
constexpr double kSure = 0.85;  // score of a face that is shown at once
// Beyond the threshold, for a face to be followed: one that is missed in a frame comes in the next.
constexpr double kDoubt = 0.2;
// Of the threshold: of the only face of a photograph, of whom little may be to be seen.
constexpr double kLoneFace = 0.75;
constexpr double kConfirmed = 2, kSureSupport = 7, kMostSupport = 20, kMiss = 0.25;
constexpr double kCut = 42;  // mean difference of grey levels from a frame to the next

struct Track {
  std::optional<unsigned> id;     // once it is shown
  OrientedBox square;             // smoothed
  double step_x = 0, step_y = 0;  // pixels a frame
  int unseen = 0;                 // frames
  // Searches that found it less those that did not, which weigh less: what covers a face hides it
  // from the detector for longer than chance makes one out of nothing.
  double support = 0;
  int unsearched = 0;         // frames since it was last looked for
  bool is_tentative = false;  // let pass as a photograph's
  bool is_confirmed = false;
};

double corner_distance(const OrientedBox& a, const OrientedBox& b) {
  const double dx = a.x - b.x, dy = a.y - b.y;
  const double du = a.edge_x - b.edge_x, dv = a.edge_y - b.edge_y;
  return std::sqrt(dx * dx + dy * dy + (du * du + dv * dv) / 2) / b.side();
}

double middle_distance(const OrientedBox& a, const OrientedBox& b) {
  return std::hypot(a.x - b.x, a.y - b.y) / std::max(a.side(), b.side());
}

bool could_be(const OrientedBox& a, const OrientedBox& b) {
  const double scale = a.side() / b.side();
  return middle_distance(a, b) < kSameFace && scale < kSameScale && scale > 1 / kSameScale;
}

OrientedBox blend(const OrientedBox& from, const OrientedBox& to, double share) {
  const auto between = [share](double a, double b) { return a + (b - a) * share; };
  return {to.score, between(from.x, to.x), between(from.y, to.y), between(from.edge_x, to.edge_x),
          between(from.edge_y, to.edge_y)};
}

bool is_plausible(const OrientedBox& square) {
  return std::isfinite(square.x + square.y + square.edge_x + square.edge_y) && square.side() >= 4 &&
         square.edge_x > -0.3 * square.side();
}

// Tells a cut from motion by how much a tiny copy of the picture changes.
class CutDetector {
 public:
  bool is_cut(const face::Picture& picture) {
    constexpr int kPixels = 768;
    const Image small = picture.sketch(kPixels);
    bool cut = false;
    if (last_.pixels.size() == small.pixels.size()) {
      double difference = 0;
      for (size_t i = 0; i < small.pixels.size(); i += 3)
        difference += std::abs(grey(&small.pixels[i]) - grey(&last_.pixels[i]));
      cut = difference > kCut * static_cast<double>(small.pixels.size() / 3);
    }
    last_ = small;
    return cut;
  }
  void reset() { last_ = {}; }

 private:
  static double grey(const uint8_t* rgb) {
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  }

  Image last_;
};

}  // namespace

struct FaceTracker::Implementation {
  explicit Implementation(const DetectorOptions& given) : options(given) {}

  DetectorOptions options;
  std::unique_ptr<face::LearnedDetector> learned;  // or
  std::optional<FaceDetector> detector;
  CutDetector cuts;
  std::vector<Track> tracks;
  unsigned next_id = 0;
  bool is_first = true;     // frame
  bool is_video = false;    // known to be one: there will be a second frame
  unsigned unsearched = 0;  // frames since the last search
  size_t turn = 0;          // of the tiles of a large picture
  double width = 0, height = 0;

  // What a search looks in.
  struct Search {
    bool all = false;                      // views of the picture, or
    bool quick = false;                    // those that cost as much in every picture,
    std::optional<face::SearchView> tile;  // and a part for what is small in a large one

    bool is_none() const { return !all && !quick && !tile; }
  };

  // Of the frame before, under way or done.
  Search pending;
  core::Worker<std::vector<OrientedBox>> search_thread;  // last: it searches until it is gone

  // Whether it is unknown if a track's face is there.
  static bool is_uncertain(const Track& track) {
    return !track.is_confirmed || (track.unseen > 0 && track.unseen <= kShown);
  }

  Search next_search(const face::SearchPlan& plan, unsigned interval) {
    Search search;
    search.all = is_first || interval <= 1 || (!learned && unsearched >= interval);
    if (search.all || !learned) return search;
    search.quick = tracks.empty() || unsearched >= interval;
    const bool is_rested = unsearched >= kRest;
    // Of what is uncertain and small, what was longest not looked for.
    const Track* longest = nullptr;
    for (const Track& track : tracks) {
      if (!is_uncertain(track)) continue;
      if (plan.shows(track.square, nullptr))
        search.quick |= is_rested || !track.is_confirmed;
      else if (longest == nullptr || track.unsearched > longest->unsearched)
        longest = &track;
    }
    if (longest != nullptr)
      if (const face::SearchView* tile = plan.tile_at(longest->square)) search.tile = *tile;
    // Else each tile in turn, in frames that have the time.
    const bool is_due = tracks.empty() || unsearched == (interval + 1) / 2;
    if (!search.tile && is_due && !plan.tiles.empty())
      search.tile = plan.tiles[turn++ % plan.tiles.size()];
    return search;
  }

  // The views of a search, as the detector sees them.
  std::vector<std::pair<face::SearchView, Image>> shown(const face::Picture& picture,
                                                        const face::SearchPlan& plan,
                                                        const Search& search) const {
    std::vector<face::SearchView> views;
    if (search.tile) views.push_back(*search.tile);
    if (search.all || search.quick) {
      const std::vector<face::SearchView>& some = search.all ? plan.all : plan.quick;
      views.insert(views.end(), some.begin(), some.end());
    }
    // A video shows such a face better in another frame, as a rule.
    if (search.all && (is_first || !is_video)) views.push_back(plan.bordered);
    std::vector<std::pair<face::SearchView, Image>> result;
    for (const face::SearchView& view : views)
      result.emplace_back(view, face::LearnedDetector::shown_in(picture, view));
    return result;
  }

  // Which tracks a search looks for.
  std::vector<bool> looked_for(const face::SearchPlan& plan, const Search& search) const {
    std::vector<bool> result(tracks.size(), true);
    if (learned && !search.all)
      for (size_t i = 0; i < tracks.size(); ++i)
        result[i] = (search.quick && plan.shows(tracks[i].square, nullptr)) ||
                    (search.tile && search.tile->answers_for(tracks[i].square));
    return result;
  }

  std::vector<OrientedBox> detected(const FrameView& frame, const face::Picture& picture) {
    std::vector<OrientedBox> squares;
    for (const DetectedFace& face : detector->detect(frame)) {
      squares.push_back(face::box_of_transform(picture.to_picture(face.transform)));
      squares.back().score = face.score;
    }
    return squares;
  }

  // A search takes longer than all else. While faces are followed it runs beside what is done with
  // them, and its findings are taken in the next frame.
  void search_for_more(const FrameView& frame, const face::Picture& picture,
                       const face::SearchPlan& plan, unsigned interval) {
    const Search search = next_search(plan, interval);
    if (search.is_none()) return;
    if (search.all || search.quick) unsearched = 0;
    if (!learned) {
      take(detected(frame, picture), looked_for(plan, search), picture);
      return;
    }
    auto find = [this, views = shown(picture, plan, search)] {
      std::vector<OrientedBox> found;
      for (const auto& [view, image] : views) learned->look_at(image, view, found);
      return found;
    };
    if (search.all || tracks.empty()) {
      take(find(), looked_for(plan, search), picture);
    } else {
      pending = search;
      search_thread.start(std::move(find));
    }
  }

  void move(Track& track, const OrientedBox& seen) {
    const double distance = corner_distance(seen, track.square);
    const double ratio = distance / kSteady, share = ratio * ratio / (1 + ratio * ratio);
    const OrientedBox before = track.square;
    track.square = blend(track.square, seen, std::max(share, 0.06));
    const double pace = distance > 2 * kSteady ? 0.6 : 0;
    track.step_x = pace * (track.square.x - before.x);
    track.step_y = pace * (track.square.y - before.y);
    track.unseen = 0;
  }

  void lose(Track& track) {
    ++track.unseen;
    track.square.score *= 0.9;
    track.step_x = track.step_y = 0;
  }

  bool is_leaving(const Track& track) const {
    const OrientedBox& square = track.square;
    const double margin = 0.3 * square.side();
    return square.x < margin || square.y < margin || square.x > width - margin ||
           square.y > height - margin;
  }

  double video_threshold() const {
    return std::max(options.threshold, std::min(0.95, options.threshold + kDoubt));
  }

  // A second frame has come: what only a photograph would have let pass goes.
  void drop_tentative() {
    tracks.erase(std::remove_if(tracks.begin(), tracks.end(),
                                [&](const Track& track) {
                                  return track.is_tentative &&
                                         track.square.score < video_threshold();
                                }),
                 tracks.end());
    for (Track& track : tracks) track.is_tentative = false;
  }

  bool is_inside(const OrientedBox& square, double least) const {
    const double half = square.side() / 2;
    const auto share = [half](double middle, double length) {
      const double seen = std::min(middle + half, length) - std::max(middle - half, 0.0);
      return std::max(seen, 0.0) / (2 * half);
    };
    return share(square.x, width) * share(square.y, height) >= least;
  }

  // What the aligner sees of the tracks.
  void follow(const face::Picture& picture) {
    std::vector<OrientedBox> estimates;
    for (const Track& track : tracks) {
      estimates.push_back(track.square);
      estimates.back().x += track.step_x;
      estimates.back().y += track.step_y;
    }
    std::vector<OrientedBox> seen = learned->follow(picture, estimates);
    std::vector<size_t> again;
    std::vector<OrientedBox> second;
    for (size_t i = 0; i < seen.size(); ++i)
      if (is_plausible(seen[i]) && seen[i].score > kGlimpsed &&
          corner_distance(seen[i], estimates[i]) > kFar) {
        again.push_back(i);
        second.push_back(seen[i]);
      }
    if (!second.empty()) {
      second = learned->follow(picture, second);
      for (size_t i = 0; i < again.size(); ++i) seen[again[i]] = second[i];
    }
    for (size_t i = 0; i < tracks.size(); ++i) {
      const bool followed = is_plausible(seen[i]) && seen[i].score >= kGlimpsed &&
                            middle_distance(seen[i], tracks[i].square) < kLargestStep;
      if (!followed) {
        lose(tracks[i]);
        continue;
      }
      // Of a face that is hardly seen little is believed.
      const double confidence = std::min(1.0, seen[i].score / kSeen);
      const int unseen = tracks[i].unseen;
      move(tracks[i], confidence < 1 ? blend(tracks[i].square, seen[i], confidence) : seen[i]);
      tracks[i].square.score = seen[i].score;
      if (seen[i].score < kSeen) tracks[i].unseen = unseen + (unseen > 0 ? 1 : 0);
    }
  }

  // Whether a track stands there already.
  bool is_followed(const OrientedBox& square) const {
    return std::any_of(tracks.begin(), tracks.end(), [&](const Track& track) {
      return middle_distance(square, track.square) < kTaken;
    });
  }

  // Gives what was found to the tracks, and makes new ones of the rest. `was_looked_for`: for each
  // track.
  void take(const std::vector<OrientedBox>& found, const std::vector<bool>& was_looked_for,
            const face::Picture& picture) {
    std::vector<bool> is_known(found.size());
    std::vector<bool> is_found(tracks.size());
    for (size_t n = 0; n < tracks.size(); ++n) {
      // A search speaks for the frames since the last one, but once for what is not yet believed.
      const double weight = tracks[n].is_confirmed ? std::max(1, tracks[n].unsearched) : 1;
      if (was_looked_for[n]) {
        tracks[n].support -= kMiss * weight;
        tracks[n].unsearched = 0;
      }
      std::optional<size_t> nearest;
      for (size_t i = 0; i < found.size(); ++i)
        if (!is_known[i] && could_be(found[i], tracks[n].square) &&
            (!nearest || middle_distance(found[i], tracks[n].square) <
                             middle_distance(found[*nearest], tracks[n].square)))
          nearest = i;
      if (!nearest) continue;
      is_known[*nearest] = is_found[n] = true;
      if (found[*nearest].score >= kGlimpsed)
        tracks[n].support = std::min(kMostSupport, tracks[n].support + (kMiss + 1) * weight);
      tracks[n].is_confirmed |= tracks[n].support >= kConfirmed;
      const bool must_move = !learned || tracks[n].unseen > 0 || tracks[n].square.score < kGlimpsed;
      if (!must_move) continue;
      if (learned) {
        const OrientedBox seen = learned->settle(picture, {found[*nearest]}).front();
        if (!is_plausible(seen) || seen.score < kSeen) continue;
        tracks[n].square.score = seen.score;
        move(tracks[n], seen);
      } else {
        move(tracks[n], found[*nearest]);
        tracks[n].square.score = found[*nearest].score;
      }
    }
    if (!learned)
      for (size_t n = 0; n < tracks.size(); ++n)
        if (!is_found[n]) lose(tracks[n]);
    std::vector<OrientedBox> fresh;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!is_known[i] && !is_followed(found[i])) fresh.push_back(found[i]);
    }
    const bool at_once = is_first && !is_video;
    const double least_score = at_once ? options.threshold : video_threshold();
    std::vector<OrientedBox> faces =
        learned ? learned->judge(picture, fresh, least_score) : std::move(fresh);
    if (learned && at_once && faces.empty() && options.lone_face)
      faces = learned->judge_again(picture, fresh, kLoneFace * options.threshold);
    for (const OrientedBox& square : faces) {
      const bool is_face =
          !learned || (is_plausible(square) && learned->is_large_enough(square) &&
                       is_inside(square, at_once ? kLeastInPhotograph : kLeastInside));
      if (!is_face || is_followed(square)) continue;
      Track track;
      track.square = square;
      const bool is_sure = square.score >= kSure;
      track.is_confirmed = !learned || is_first || is_sure;
      track.support = is_sure ? kSureSupport : 0;
      track.is_tentative = learned && square.score < video_threshold();
      tracks.push_back(track);
    }
  }

  void forget() {
    // Two tracks that have come to follow one face.
    for (size_t i = 0; i < tracks.size(); ++i)
      for (size_t j = i + 1; j < tracks.size();)
        if (middle_distance(tracks[i].square, tracks[j].square) < 0.25)
          tracks.erase(tracks.begin() + static_cast<ptrdiff_t>(j));
        else
          ++j;
    tracks.erase(std::remove_if(tracks.begin(), tracks.end(),
                                [&](const Track& track) {
                                  return track.unseen > (is_leaving(track) ? kGone : kRemembered) ||
                                         (learned && track.support < -1);
                                }),
                 tracks.end());
  }

  std::vector<TrackedFace> track(const FrameView& frame, unsigned interval) {
    const face::Picture picture(frame);
    width = picture.width();
    height = picture.height();
    const face::SearchPlan plan(width, height, options.min_face_size);
    if (cuts.is_cut(picture)) {
      search_thread.drop();
      tracks.clear();
      is_first = true;
    }
    if (learned) {
      if (!tracks.empty()) follow(picture);
      drop_tentative();
    }
    ++unsearched;
    for (Track& track : tracks) ++track.unsearched;
    if (search_thread.is_busy()) take(search_thread.take(), looked_for(plan, pending), picture);
    search_for_more(frame, picture, plan, interval);
    forget();
    is_first = false;
    std::vector<TrackedFace> faces;
    for (Track& track : tracks) {
      if (!track.is_confirmed || track.unseen > kShown) continue;
      if (!track.id) track.id = next_id++;
      faces.push_back({*track.id, picture.to_frame(face::transform_of_square(track.square)),
                       track.square.score,
                       track.is_tentative && track.square.score < options.threshold});
    }
    std::stable_sort(faces.begin(), faces.end(), [](const TrackedFace& a, const TrackedFace& b) {
      return a.transform[0] * a.transform[4] - a.transform[1] * a.transform[3] <
             b.transform[0] * b.transform[4] - b.transform[1] * b.transform[3];
    });
    if (faces.size() > static_cast<size_t>(options.max_faces))
      faces.resize(static_cast<size_t>(options.max_faces));
    return faces;
  }
};

FaceTracker::FaceTracker(const DetectorOptions& options)
    : implementation_(std::make_unique<Implementation>(options)) {
  const std::string model = face::learned_model(options);
  face::validate(options);
  if (model.empty())
    implementation_->detector.emplace(options);
  else
    implementation_->learned = std::make_unique<face::LearnedDetector>(options, model);
}

FaceTracker::~FaceTracker() = default;
FaceTracker::FaceTracker(FaceTracker&&) noexcept = default;
FaceTracker& FaceTracker::operator=(FaceTracker&&) noexcept = default;

void FaceTracker::warm_up(int width, int height) {
  if (!implementation_->learned) return;
  face::translated("preparing to follow faces", [&] {
    const Image grey(width, height, 1, 128);
    const face::Picture picture(frame_of(grey));
    implementation_->learned->look(picture);
    OrientedBox middle;
    middle.x = width / 2.0;
    middle.y = height / 2.0;
    middle.edge_x = std::min(width, height) / 2.0;
    implementation_->learned->follow(picture, {middle});
  });
}

std::vector<TrackedFace> FaceTracker::track(const FrameView& frame, unsigned interval) {
  return face::translated("following faces",
                          [&] { return implementation_->track(frame, interval); });
}

void FaceTracker::reset(bool is_video) {
  implementation_->search_thread.drop();
  implementation_->is_video = is_video;
  implementation_->tracks.clear();
  implementation_->is_first = true;
  implementation_->cuts.reset();
}

}  // namespace ganface
