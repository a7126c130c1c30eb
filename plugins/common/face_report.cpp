// SPDX-License-Identifier: MIT
// Owns what ganinpaint tells of each frame: its faces, and what became of them.
#include "common/face_report.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ganface::gst {
namespace {

const char* name_of(FaceAction action) {
  switch (action) {
    case FaceAction::kClean:
      return "clean";
    case FaceAction::kRepaired:
      return "repaired";
    case FaceAction::kLeftAlone:
      return "left-alone";
    case FaceAction::kLate:
      return "late";
  }
  return "";
}

// Nothing of a face that is not left alone.
const char* name_of(GstFaceMaskVerdict verdict) {
  switch (verdict) {
    case GST_FACE_MASK_VERDICT_CLEAR:
      return nullptr;
    case GST_FACE_MASK_VERDICT_TURNED:
      return "turned";
    case GST_FACE_MASK_VERDICT_UNCERTAIN:
      return "uncertain";
    case GST_FACE_MASK_VERDICT_NEW:
      return "new";
    case GST_FACE_MASK_VERDICT_NOT_ASKED:
      return "not-asked";
  }
  return "unknown";
}

// Named as facemask's property `occluders` names them.
std::string names_of(guint occluders) {
  constexpr std::pair<guint, const char*> kNames[] = {
      {GST_FACE_MASK_OCCLUDER_HAND, "hand"},
      {GST_FACE_MASK_OCCLUDER_OBJECT, "object"},
      {GST_FACE_MASK_OCCLUDER_MEDICAL_MASK, "medical-mask"},
      {GST_FACE_MASK_OCCLUDER_MARK, "mark"},
      {GST_FACE_MASK_OCCLUDER_SUNGLASSES, "sunglasses"}};
  std::string names;
  for (const auto& [flag, name] : kNames)
    if ((occluders & flag) != 0) names += (names.empty() ? "" : ",") + std::string(name);
  return names;
}

template <size_t count>
void set_numbers(GstStructure* structure, const char* name,
                 const std::array<double, count>& numbers) {
  GValue array = G_VALUE_INIT, item = G_VALUE_INIT;
  gst_value_array_init(&array, count);
  for (const double number : numbers) {
    g_value_init(&item, G_TYPE_DOUBLE);
    g_value_set_double(&item, number);
    gst_value_array_append_and_take_value(&array, &item);
    item = G_VALUE_INIT;
  }
  gst_structure_take_value(structure, name, &array);
}

GstStructure* to_structure(const FaceReport& face) {
  GstStructure* structure = gst_structure_new(
      "face", "id", G_TYPE_UINT, face.id, "score", G_TYPE_DOUBLE, face.score, "yaw-degrees",
      G_TYPE_DOUBLE, face.yaw, "hole", G_TYPE_DOUBLE, face.hole, "occluder", G_TYPE_STRING,
      names_of(face.occluders).c_str(), "action", G_TYPE_STRING, name_of(face.action), "why",
      G_TYPE_STRING, face.why != nullptr ? face.why : "", "seen", G_TYPE_DOUBLE, face.seen,
      "reference", G_TYPE_DOUBLE, face.reference, "invented", G_TYPE_DOUBLE, face.invented,
      nullptr);
  set_numbers(structure, "box", box_of(face.transform));
  set_numbers(structure, "transform", face.transform);
  return structure;
}

}  // namespace

std::array<double, 4> box_of(const CanonicalTransform& t) {
  const double determinant = t[0] * t[4] - t[1] * t[3];
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const double column : {0.0, 1.0})
    for (const double row : {0.0, 1.0}) {
      const double u = column - t[2], v = row - t[5];
      const double x = (t[4] * u - t[1] * v) / determinant;
      const double y = (t[0] * v - t[3] * u) / determinant;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  return {left, top, right - left, bottom - top};
}

FaceReport report_of(const GstFaceMaskMeta& meta) {
  FaceReport face;
  face.id = meta.face_id;
  face.score = meta.score;
  face.yaw = meta.yaw;
  face.occluders = static_cast<guint>(meta.occluders);
  face.why = name_of(meta.verdict);
  face.action = face.why != nullptr ? FaceAction::kLeftAlone : FaceAction::kClean;
  return face;
}

GstStructure* to_structure(const FrameReport& report, guint64 number) {
  GstStructure* structure = gst_structure_new(
      "ganinpaint-report", "frame", G_TYPE_UINT64, number, "pts", G_TYPE_UINT64, report.pts,
      "changed", G_TYPE_BOOLEAN, report.is_changed ? TRUE : FALSE, nullptr);
  GValue faces = G_VALUE_INIT, item = G_VALUE_INIT;
  gst_value_array_init(&faces, static_cast<guint>(report.faces.size()));
  for (const FaceReport& face : report.faces) {
    g_value_init(&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed(&item, to_structure(face));
    gst_value_array_append_and_take_value(&faces, &item);
    item = G_VALUE_INIT;
  }
  gst_structure_take_value(structure, "faces", &faces);
  return structure;
}

}  // namespace ganface::gst
