// SPDX-License-Identifier: MIT
// Owns ganinpaint's settings and their properties.
#pragma once

#include <ganface/model_path.h>
#include <ganface/repair.h>
#include <gst/gst.h>

#include <optional>

#include "common/property_table.h"

namespace ganface::gst {

enum class MethodChoice { kAuto, kLatent, kCompletion };
enum class OnError { kFail, kPassthrough };

constexpr guint kKeepPreset = 0;  ///< of an override: the preset's value

constexpr int kAutoDeadline = -1;

struct RepairSettings {
  std::string model = "auto";
  std::string device = "auto";
  MethodChoice method = MethodChoice::kAuto;
  bool search_is_set = false;  // some setting of a search was chosen
  std::string preset = "fast";
  guint iterations = kKeepPreset;
  double lambda = -1;
  double learning_rate = 0;
  guint restarts = kKeepPreset;
  guint64 seed = 1;
  int deadline_ms = kAutoDeadline;
  guint batch_size = 1;
  guint batch_timeout_ms = 40;
  bool memory = true;
  std::string photograph;  // a file; empty = none
  Blend blend = Blend::kFeather;
  OnError on_error = OnError::kFail;
  bool post_messages = false;
  bool post_reports = false;
  bool qos = false;

  /// The preset with its overrides. Throws Error(kUsage).
  RepairOptions repair_options() const;
  /// The model named, or the one that ships for the method: a completion, unless a search or some
  /// setting of a search was asked for.
  std::string model_name() const;
  /// How long a frame of a stream may take, nanoseconds; nothing: as long as it takes. An automatic
  /// deadline is for a live stream whose faces can do with their last completion meanwhile, and
  /// counts from where facemask took the frame up.
  std::optional<GstClockTime> time_limit(bool is_live, RepairMethod of_model,
                                         GstClockTime frame_duration) const;
  /// Throws Error(kUsage) when a model repairs by another method than the one asked for.
  void check_method(RepairMethod of_model) const;
};

/// Gives ganinpaint's class its properties.
void add_repair_settings(PropertyTable<RepairSettings>& properties);

}  // namespace ganface::gst
