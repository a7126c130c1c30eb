// SPDX-License-Identifier: MIT
// Owns the following of faces through a video.
#include <ganface/error.h>
#include <ganface/face_tracker.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/worker.h"
#include "face/cut_detector.h"
#include "face/learned_detector.h"
#include "face/search_schedule.h"
#include "face/track.h"
#include "face/translate.h"

namespace ganface {
namespace {

using face::corner_distance;
using face::middle_distance;
using face::OrientedBox;
using face::Search;
using face::SearchPlan;
using face::Track;

// Shares of a square's side:
constexpr double kFar = 0.12;      // the aligner looks again from there
constexpr double kSameFace = 0.5;  // between the middles of a track and of what is found
constexpr double kTaken = 0.4;     // the same, within which no other face can be
constexpr double kMerged = 0.25;   // the same, within which two tracks follow one face
// Of a new face's square that must be in the picture, by area: of one that comes in, so much that
// there is something to repair it by; a photograph shows no more of it later.
constexpr double kLeastInside = 0.5, kLeastInPhotograph = 0.25;

constexpr double kSameScale = 1.7;
constexpr int kRemembered = 45;  // frames without a sight of a face: 1.5 s at 30/s
constexpr int kGone = 3;         // the same at the picture's border
constexpr double kSure = 0.85;   // score of a face that is shown at once
// Beyond the threshold, for a face to be followed: one that is missed in a frame comes in the next.
constexpr double kDoubt = 0.2;
// Of the threshold: of the only face of a photograph, of whom little may be to be seen.
constexpr double kLoneFace = 0.75;
constexpr double kSureSupport = 7, kLeastSupport = -1;

bool could_be(const OrientedBox& a, const OrientedBox& b) {
  const double scale = a.side() / b.side();
  return middle_distance(a, b) < kSameFace && scale < kSameScale && scale > 1 / kSameScale;
}

// Of what was found and is not yet known, what is nearest to a track and could be its face.
std::optional<size_t> nearest_finding(const Track& track, const std::vector<OrientedBox>& found,
                                      const std::vector<bool>& is_known) {
  std::optional<size_t> nearest;
  for (size_t i = 0; i < found.size(); ++i)
    if (!is_known[i] && could_be(found[i], track.square) &&
        (!nearest ||
         middle_distance(found[i], track.square) < middle_distance(found[*nearest], track.square)))
      nearest = i;
  return nearest;
}

bool is_larger(const TrackedFace& a, const TrackedFace& b) {
  return a.transform[0] * a.transform[4] - a.transform[1] * a.transform[3] <
         b.transform[0] * b.transform[4] - b.transform[1] * b.transform[3];
}

}  // namespace

struct FaceTracker::Implementation {
  Implementation(const DetectorOptions& given, const std::string& model)
      : options(given), schedule(!model.empty()) {
    if (model.empty())
      detector.emplace(options);
    else
      learned = std::make_unique<face::LearnedDetector>(options, model);
  }

  DetectorOptions options;
  std::unique_ptr<face::LearnedDetector> learned;  // or
  std::optional<FaceDetector> detector;
  face::CutDetector cuts;
  face::SearchSchedule schedule;
  std::vector<Track> tracks;
  unsigned next_id = 0;
  bool is_first = true;   // frame
  bool is_video = false;  // known to be one: there will be a second frame
  double width = 0, height = 0;

  // Of the frame before, under way or done.
  Search pending;
  core::Worker<std::vector<OrientedBox>> search_thread;  // last: it searches until it is gone

  // Which tracks a search looks for.
  std::vector<bool> looked_for(const SearchPlan& plan, const Search& search) const {
    std::vector<bool> result;
    for (const Track& track : tracks) result.push_back(search.looks_for(track.square, plan));
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
  void search_for_more(const FrameView& frame, const face::Picture& picture, const SearchPlan& plan,
                       unsigned interval) {
    const Search search = schedule.next(plan, tracks, {interval, is_first, is_video});
    if (search.is_none()) return;
    if (!learned) {
      take(detected(frame, picture), looked_for(plan, search), picture);
      return;
    }
    // The frame is gone before a search in a thread ends.
    std::vector<std::pair<face::SearchView, Image>> shown;
    for (const face::SearchView& view : search.views(plan))
      shown.emplace_back(view, face::LearnedDetector::shown_in(picture, view));
    auto find = [this, views = std::move(shown)] {
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

  // What the aligner sees at the estimates, once more where that is far from them.
  std::vector<OrientedBox> aligned(const face::Picture& picture,
                                   const std::vector<OrientedBox>& estimates) const {
    std::vector<OrientedBox> seen = learned->follow(picture, estimates);
    std::vector<size_t> again;
    std::vector<OrientedBox> second;
    for (size_t i = 0; i < seen.size(); ++i)
      if (face::is_plausible(seen[i]) && seen[i].score > face::kGlimpsed &&
          corner_distance(seen[i], estimates[i]) > kFar) {
        again.push_back(i);
        second.push_back(seen[i]);
      }
    if (second.empty()) return seen;
    second = learned->follow(picture, second);
    for (size_t i = 0; i < again.size(); ++i) seen[again[i]] = second[i];
    return seen;
  }

  void follow(const face::Picture& picture) {
    std::vector<OrientedBox> estimates;
    for (const Track& track : tracks) estimates.push_back(track.expected());
    const std::vector<OrientedBox> seen = aligned(picture, estimates);
    for (size_t i = 0; i < tracks.size(); ++i) tracks[i].follow(seen[i]);
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
    const std::vector<bool> is_known = recognise(found, was_looked_for, picture);
    std::vector<OrientedBox> fresh;
    for (size_t i = 0; i < found.size(); ++i)
      if (!is_known[i] && !is_followed(found[i])) fresh.push_back(found[i]);
    admit(fresh, picture);
  }

  // Gives what was found to the tracks whose faces it shows; says what of it that was.
  std::vector<bool> recognise(const std::vector<OrientedBox>& found,
                              const std::vector<bool>& was_looked_for,
                              const face::Picture& picture) {
    std::vector<bool> is_known(found.size());
    for (size_t n = 0; n < tracks.size(); ++n) {
      const std::optional<size_t> nearest = nearest_finding(tracks[n], found, is_known);
      tracks[n].weigh(was_looked_for[n], nearest ? &found[*nearest] : nullptr);
      if (nearest) {
        is_known[*nearest] = true;
        correct(tracks[n], found[*nearest], picture);
      } else if (!learned) {
        tracks[n].lose();
      }
    }
    return is_known;
  }

  // Moves a track to where a search found its face. The aligner says better where a face is, while
  // it sees it.
  void correct(Track& track, const OrientedBox& found, const face::Picture& picture) const {
    if (!learned) {
      track.move(found);
      track.square.score = found.score;
    } else if (track.unseen > 0 || track.square.score < face::kGlimpsed) {
      const OrientedBox seen = learned->settle(picture, {found}).front();
      if (!face::is_plausible(seen) || seen.score < face::kSeen) return;
      track.square.score = seen.score;
      track.move(seen);
    }
  }

  // Makes tracks of what was found that are faces.
  void admit(const std::vector<OrientedBox>& fresh, const face::Picture& picture) {
    // There may be no other frame.
    const bool at_once = is_first && !is_video;
    for (const OrientedBox& square : learned ? judged(fresh, at_once, picture) : fresh)
      if (!is_followed(square)) tracks.push_back(new_track(square));
  }

  // What of it are faces to be followed, as the aligner sees them.
  std::vector<OrientedBox> judged(const std::vector<OrientedBox>& fresh, bool at_once,
                                  const face::Picture& picture) const {
    std::vector<OrientedBox> faces =
        learned->judge(picture, fresh, at_once ? options.threshold : video_threshold());
    if (at_once && faces.empty() && options.lone_face)
      faces = learned->judge_again(picture, fresh, kLoneFace * options.threshold);
    const auto is_no_face = [&](const OrientedBox& square) {
      return !face::is_plausible(square) || !learned->is_large_enough(square) ||
             !is_inside(square, at_once ? kLeastInPhotograph : kLeastInside);
    };
    faces.erase(std::remove_if(faces.begin(), faces.end(), is_no_face), faces.end());
    return faces;
  }

  Track new_track(const OrientedBox& square) const {
    const bool is_sure = square.score >= kSure;
    Track track;
    track.square = square;
    track.is_confirmed = !learned || is_first || is_sure;
    track.support = is_sure ? kSureSupport : 0;
    track.is_tentative = learned && square.score < video_threshold();
    return track;
  }

  void forget() {
    for (size_t i = 0; i < tracks.size(); ++i)
      for (size_t j = i + 1; j < tracks.size();)
        if (middle_distance(tracks[i].square, tracks[j].square) < kMerged)
          tracks.erase(tracks.begin() + static_cast<ptrdiff_t>(j));
        else
          ++j;
    tracks.erase(std::remove_if(tracks.begin(), tracks.end(),
                                [&](const Track& track) {
                                  return track.unseen > (is_leaving(track) ? kGone : kRemembered) ||
                                         (learned && track.support < kLeastSupport);
                                }),
                 tracks.end());
  }

  std::vector<TrackedFace> shown_faces(const face::Picture& picture) {
    std::vector<TrackedFace> faces;
    for (Track& track : tracks) {
      if (!track.is_confirmed || track.unseen > face::kShown) continue;
      if (!track.id) track.id = next_id++;
      faces.push_back({*track.id, picture.to_frame(face::transform_of_square(track.square)),
                       track.square.score,
                       track.is_tentative && track.square.score < options.threshold});
    }
    std::stable_sort(faces.begin(), faces.end(), is_larger);
    if (faces.size() > static_cast<size_t>(options.max_faces))
      faces.resize(static_cast<size_t>(options.max_faces));
    return faces;
  }

  std::vector<TrackedFace> track(const FrameView& frame, unsigned interval) {
    const face::Picture picture(frame);
    width = picture.width();
    height = picture.height();
    const SearchPlan plan(width, height, options.min_face_size);
    if (cuts.is_cut(picture)) {
      search_thread.drop();
      tracks.clear();
      is_first = true;
    }
    if (learned) {
      if (!tracks.empty()) follow(picture);
      drop_tentative();
    }
    schedule.begin_frame();
    for (Track& track : tracks) ++track.unsearched;
    if (search_thread.is_busy()) take(search_thread.take(), looked_for(plan, pending), picture);
    search_for_more(frame, picture, plan, interval);
    forget();
    is_first = false;
    return shown_faces(picture);
  }
};

FaceTracker::FaceTracker(const DetectorOptions& options) {
  const std::string model = face::learned_model(options);
  face::validate(options);
  implementation_ = std::make_unique<Implementation>(options, model);
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
