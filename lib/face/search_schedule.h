// SPDX-License-Identifier: MIT
// Owns when a stream of frames is searched for faces, and where.
#pragma once

#include <optional>
#include <vector>

#include "face/search_plan.h"
#include "face/track.h"

namespace ganface::face {

/// What a search looks in.
struct Search {
  bool all = false;                ///< views of the picture, or
  bool quick = false;              ///< those that cost as much in every picture,
  std::optional<SearchView> tile;  ///< and a part for what is small in a large one
  bool bordered = false;           ///< and all of it with grey around it

  bool is_none() const { return !all && !quick && !tile; }
  /// Whether it shows a face that is there.
  bool looks_for(const OrientedBox& square, const SearchPlan& plan) const;
  std::vector<SearchView> views(const SearchPlan& plan) const;
};

/// The frame for which a search is chosen.
struct SearchOccasion {
  unsigned interval;  ///< frames from one search to the next, where nothing else asks for one
  bool is_first;      ///< nothing is known of what was before
  bool is_video;      ///< there will be another frame
};

/// Chooses the searches of one stream.
class SearchSchedule {
 public:
  /// Unless `in_parts`, a search looks in all of the picture.
  explicit SearchSchedule(bool in_parts) : in_parts_(in_parts) {}

  /// Once a frame, before next().
  void begin_frame() { ++unsearched_; }
  Search next(const SearchPlan& plan, const std::vector<Track>& tracks,
              const SearchOccasion& occasion);

 private:
  bool is_quick_due(const SearchPlan& plan, const std::vector<Track>& tracks,
                    unsigned interval) const;
  std::optional<SearchView> next_tile(const SearchPlan& plan, const std::vector<Track>& tracks,
                                      unsigned interval);

  bool in_parts_;
  unsigned unsearched_ = 0;  // frames since the last search
  size_t turn_ = 0;          // of the tiles of a large picture
};

}  // namespace ganface::face
