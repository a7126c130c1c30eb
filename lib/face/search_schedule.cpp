// SPDX-License-Identifier: MIT
// Owns when a stream of frames is searched for faces, and where.
#include "face/search_schedule.h"

#include <algorithm>

namespace ganface::face {
namespace {

constexpr unsigned kRest = 2;  // frames from one search for a face that is covered to the next

// Of what is uncertain and too small for the quick views, what was longest not looked for; null
// when there is none.
const Track* longest_unsearched(const SearchPlan& plan, const std::vector<Track>& tracks) {
  const Track* longest = nullptr;
  for (const Track& track : tracks)
    if (track.is_uncertain() && !plan.shows(track.square, nullptr) &&
        (longest == nullptr || track.unsearched > longest->unsearched))
      longest = &track;
  return longest;
}

}  // namespace

bool Search::looks_for(const OrientedBox& square, const SearchPlan& plan) const {
  return all || (quick && plan.shows(square, nullptr)) || (tile && tile->answers_for(square));
}

std::vector<SearchView> Search::views(const SearchPlan& plan) const {
  std::vector<SearchView> result;
  if (tile) result.push_back(*tile);
  if (all || quick) {
    const std::vector<SearchView>& some = all ? plan.all : plan.quick;
    result.insert(result.end(), some.begin(), some.end());
  }
  if (bordered) result.push_back(plan.bordered);
  return result;
}

Search SearchSchedule::next(const SearchPlan& plan, const std::vector<Track>& tracks,
                            const SearchOccasion& occasion) {
  const unsigned interval = occasion.interval;
  Search search;
  search.all = occasion.is_first || interval <= 1 || (!in_parts_ && unsearched_ >= interval);
  // A video shows a face that fills or leaves the picture better in another frame, as a rule.
  search.bordered = search.all && (occasion.is_first || !occasion.is_video);
  if (!search.all && in_parts_) {
    search.quick = is_quick_due(plan, tracks, interval);
    search.tile = next_tile(plan, tracks, interval);
  }
  if (search.all || search.quick) unsearched_ = 0;
  return search;
}

bool SearchSchedule::is_quick_due(const SearchPlan& plan, const std::vector<Track>& tracks,
                                  unsigned interval) const {
  if (tracks.empty() || unsearched_ >= interval) return true;
  return std::any_of(tracks.begin(), tracks.end(), [&](const Track& track) {
    return track.is_uncertain() && plan.shows(track.square, nullptr) &&
           (unsearched_ >= kRest || !track.is_confirmed);
  });
}

std::optional<SearchView> SearchSchedule::next_tile(const SearchPlan& plan,
                                                    const std::vector<Track>& tracks,
                                                    unsigned interval) {
  if (const Track* longest = longest_unsearched(plan, tracks))
    if (const SearchView* tile = plan.tile_at(longest->square)) return *tile;
  // Else each tile in turn, in frames that have the time.
  const bool is_due = tracks.empty() || unsearched_ == (interval + 1) / 2;
  if (!is_due || plan.tiles.empty()) return {};
  return plan.tiles[turn_++ % plan.tiles.size()];
}

}  // namespace ganface::face
