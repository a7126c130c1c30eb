// SPDX-License-Identifier: MIT
// Owns what is known of an input's frames after their repair.
#include "frame_log.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace ganface::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kHundredths = 100, kShareSteps = 10000;

double number(const GstStructure* structure, const char* field) {
  gdouble value = NAN;
  gst_structure_get_double(structure, field, &value);
  return value;
}

// Digits that say nothing make a report hard to read.
Json rounded(double value, double steps) {
  return std::isfinite(value) ? Json(std::round(value * steps) / steps) : Json(nullptr);
}

Json text(const GstStructure* structure, const char* field) {
  const gchar* value = gst_structure_get_string(structure, field);
  return value != nullptr && *value != '\0' ? Json(value) : Json(nullptr);
}

// Change is what to make of each number.
template <typename Change>
Json numbers(const GstStructure* structure, const char* field, Change change) {
  Json list = Json::array();
  const GValue* array = gst_structure_get_value(structure, field);
  for (guint i = 0; array != nullptr && i < gst_value_array_get_size(array); ++i)
    list.push_back(change(g_value_get_double(gst_value_array_get_value(array, i))));
  return list;
}

Json face_of(const GstStructure* face) {
  guint id = 0;
  gst_structure_get_uint(face, "id", &id);
  const auto share = [&](const char* field) { return rounded(number(face, field), kShareSteps); };
  return {{"id", id},
          {"score", share("score")},
          {"box", numbers(face, "box", [](double value) { return rounded(value, kHundredths); })},
          {"transform", numbers(face, "transform", [](double value) { return Json(value); })},
          {"yaw_degrees", rounded(number(face, "yaw-degrees"), kHundredths)},
          {"hole", share("hole")},
          {"occluder", text(face, "occluder")},
          {"action", text(face, "action")},
          {"why", text(face, "why")},
          {"seen", share("seen")},
          {"reference", share("reference")},
          {"invented", share("invented")}};
}

std::string line_of(const GstStructure* report, const std::string& file, uint64_t frame) {
  guint64 pts = GST_CLOCK_TIME_NONE;
  gst_structure_get_uint64(report, "pts", &pts);
  Json faces = Json::array();
  const GValue* array = gst_structure_get_value(report, "faces");
  for (guint i = 0; array != nullptr && i < gst_value_array_get_size(array); ++i)
    faces.push_back(face_of(gst_value_get_structure(gst_value_array_get_value(array, i))));
  const Json line{{"file", file},
                  {"frame", frame},
                  {"pts_ns", GST_CLOCK_TIME_IS_VALID(pts) ? Json(pts) : Json(nullptr)},
                  {"faces", std::move(faces)}};
  // A file's name may have bytes that are no UTF-8.
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

FrameLog::FrameLog(FileOf file_of, Write write)
    : file_of_(std::move(file_of)), write_(std::move(write)) {}

void FrameLog::add(const GstStructure* report) {
  gboolean changed = TRUE;
  gst_structure_get_boolean(report, "changed", &changed);
  if (write_) write_(line_of(report, file_of_(frames()), frames()));
  changed_.push_back(changed != FALSE);
}

bool FrameLog::is_any_changed() const {
  return std::find(changed_.begin(), changed_.end(), true) != changed_.end();
}

}  // namespace ganface::cli
