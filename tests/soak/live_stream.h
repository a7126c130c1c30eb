// SPDX-License-Identifier: MIT
// Owns a live stream to which everything happens that an application may do to one.
#pragma once

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include "checks.h"
#include "neighbour.h"
#include "properties.h"
#include "scene.h"

namespace ganface::soak {

/// What a stream is made of. Made before anything is checked, by elements of others.
struct Materials {
  /// `folder`: for the files that properties name. Throws std::runtime_error.
  explicit Materials(const std::string& folder);

  Portraits portraits;
  std::string mask_file, photograph;  // the latter empty where faces are made up
};

/// Feeds frames of a scene to facemask ! ganinpaint at the pace of a camera, and between them does
/// at random what applications do. What it does depends on the seed and the number of the frame
/// alone, so that the same seed does the same again.
class LiveStream {
 public:
  /// `program`: this one, for Neighbour.
  LiveStream(uint64_t seed, Checks& checks, const Materials& materials, const std::string& program);
  ~LiveStream();

  /// A pipeline from its making to its end of stream, or until `end`.
  void play_one(std::chrono::steady_clock::time_point end);

  uint64_t pipelines() const { return pipelines_; }
  uint64_t actions() const { return actions_; }

 private:
  using Clock = std::chrono::steady_clock;

  void make_pipeline();
  void end_pipeline();
  void feed();
  void act();
  void say(const std::string& action);
  void drain_bus();
  void set_state(GstState state);
  void stop_and_go(GstState state);
  void choose_stopped_settings();
  void change_format();
  void flush();
  void seek();
  void send_segment();
  void send_gap();
  void pause();
  void ask();
  void end_and_begin_again();
  void wait_for_end();
  void begin_segment(GstClockTime start, GstClockTime base);
  GstClockTime time_of_next() const;
  GstClockTime duration() const;
  guint64 below(guint64 count) { return random_() % count; }

  Checks& checks_;
  std::mt19937_64 random_;
  Scene scene_;
  Neighbour neighbour_;
  const std::string mask_file_, photograph_;
  const Properties properties_;

  GstElement* pipeline_ = nullptr;
  GstElement *source_ = nullptr, *mask_ = nullptr, *repair_ = nullptr, *sink_ = nullptr;
  GstBus* bus_ = nullptr;
  bool is_at_end_ = false;   // EOS has come on the bus
  bool has_failed_ = false;  // an error has
  GstVideoInfo info_;
  GstClockTime next_pts_ = 0, segment_start_ = 0, segment_base_ = 0;
  Clock::time_point due_;
  uint64_t frames_ = 0, pipelines_ = 0, actions_ = 0;
};

}  // namespace ganface::soak
