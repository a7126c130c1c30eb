// SPDX-License-Identifier: MIT
// Owns facemask's settings and their properties.
#include "facemask/face_mask_settings.h"

#include "gstfacemaskmeta.h"

namespace ganface::gst {
namespace {

GType face_source_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(FaceSource::kDetect), "Find faces in the picture", "detect"},
      {static_cast<int>(FaceSource::kFrame), "The whole frame is the canonical crop", "frame"},
      {static_cast<int>(FaceSource::kRoi), "Region-of-interest metas of type face from upstream",
       "roi"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskSource", values);
  return type;
}

GType mask_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(MaskKind::kAuto), "Segment what covers the face", "auto"},
      {static_cast<int>(MaskKind::kRegion), "A named part of the face", "region"},
      {static_cast<int>(MaskKind::kImage), "An image file", "image"},
      {static_cast<int>(MaskKind::kColor), "Pixels of a colour", "color"},
      {static_cast<int>(MaskKind::kAlpha), "Transparent pixels of RGBA and BGRA video", "alpha"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskKind", values);
  return type;
}

GType region_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Region::kCenter), "The middle square of half the side", "center"},
      {static_cast<int>(Region::kLeft), "Left half", "left"},
      {static_cast<int>(Region::kRight), "Right half", "right"},
      {static_cast<int>(Region::kTop), "Top half", "top"},
      {static_cast<int>(Region::kBottom), "Bottom half", "bottom"},
      {static_cast<int>(Region::kEyes), "Eyes", "eyes"},
      {static_cast<int>(Region::kNose), "Nose", "nose"},
      {static_cast<int>(Region::kMouth), "Mouth", "mouth"},
      {static_cast<int>(Region::kRandom), "80 percent of the pixels", "random"},
      {static_cast<int>(Region::kPattern), "25 percent of the pixels, in blobs", "pattern"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskRegion", values);
  return type;
}

GType occluders_type() {
  static const GFlagsValue values[] = {
      {GST_FACE_MASK_OCCLUDER_HAND, "Hands", "hand"},
      {GST_FACE_MASK_OCCLUDER_OBJECT, "Things that are held, hang or stand before the face",
       "object"},
      {GST_FACE_MASK_OCCLUDER_MEDICAL_MASK, "Whatever is worn over nose or mouth, scarves too",
       "medical-mask"},
      {GST_FACE_MASK_OCCLUDER_MARK, "Text, bars, a censor's blur or mosaic", "mark"},
      {GST_FACE_MASK_OCCLUDER_SUNGLASSES, "Glasses that hide the eyes", "sunglasses"},
      {0, nullptr, nullptr}};
  static const GType type = g_flags_register_static("GstFaceMaskOccluders", values);
  return type;
}

GType caution_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Caution::kNormal), "In doubt a face is left alone", "normal"},
      {static_cast<int>(Caution::kNone), "Whatever may be covered is masked", "none"},
      {static_cast<int>(Caution::kHigh), "Only what is certainly covered is masked", "high"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskCaution", values);
  return type;
}

GType occlusion_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Occlusion::kNone), "Leave the picture alone", "none"},
      {static_cast<int>(Occlusion::kGray), "Paint holes gray", "gray"},
      {static_cast<int>(Occlusion::kBlack), "Paint holes black", "black"},
      {static_cast<int>(Occlusion::kNoise), "Fill holes with noise", "noise"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskOcclusion", values);
  return type;
}

}  // namespace

void add_face_mask_settings(PropertyTable<FaceMaskSettings>& properties) {
  const auto mask_setting = [](auto member) {
    return [member](FaceMaskSettings & settings) -> auto& { return settings.mask.*member; };
  };
  properties
      .add(g_param_spec_enum("face-source", "Face source",
                             "Where faces come from; sources other than detect take no notice of "
                             "threshold, min-face-size, inference-interval and detector-model",
                             face_source_type(), static_cast<int>(FaceSource::kDetect),
                             kWhenStopped),
           &FaceMaskSettings::face_source)
      .add(g_param_spec_enum("mask", "Mask",
                             "What says which part of a face is missing; while it is not set, "
                             "setting region, location or color chooses region, image or color",
                             mask_type(), static_cast<int>(MaskKind::kAuto), kWhenStopped),
           mask_setting(&MaskSettings::kind))
      .add(g_param_spec_enum("region", "Region", "Part of the canonical crop that is missing",
                             region_type(), static_cast<int>(Region::kCenter), kControlled),
           mask_setting(&MaskSettings::region))
      .add(g_param_spec_uint64("seed", "Seed",
                               "Fixes region=random, region=pattern and occlude=noise", 0,
                               G_MAXUINT64, 1, kControlled),
           mask_setting(&MaskSettings::seed))
      .add(
          g_param_spec_flags("occluders", "Occluders",
                             "What mask=auto takes off a face; what else covers it is left alone. "
                             "Glasses, hats, headscarves, beards, hair and jewellery never are "
                             "occluders",
                             occluders_type(), kUsualOccluders, kControlled),
          [](FaceMaskSettings & s) -> auto& { return s.occlusion.kinds; })
      .add(
          g_param_spec_enum("caution", "Caution",
                            "How sure mask=auto must be before it lets a face be painted",
                            caution_type(), static_cast<int>(Caution::kNormal), kControlled),
          [](FaceMaskSettings & s) -> auto& { return s.occlusion.caution; })
      .add(
          g_param_spec_double("max-yaw", "Maximum yaw",
                              "Degrees to a side beyond which mask=auto leaves a head alone", 0, 90,
                              60, kControlled),
          [](FaceMaskSettings & s) -> auto& { return s.occlusion.max_yaw; })
      .add(g_param_spec_string(
               "location", "Location",
               "Mask image for mask=image (any type that GStreamer decodes, frame-sized or a "
               "square canonical crop; bright = missing)",
               nullptr, kWhenStopped),
           mask_setting(&MaskSettings::location))
      .add(g_param_spec_uint("color", "Color", "Colour that is missing for mask=color (0xRRGGBB)",
                             0, 0xffffff, 0x00ff00, kControlled),
           mask_setting(&MaskSettings::color))
      .add(g_param_spec_uint("tolerance", "Tolerance",
                             "Largest difference from color in each of red, green and blue", 0, 255,
                             40, kControlled),
           mask_setting(&MaskSettings::tolerance))
      .add(g_param_spec_uint("dilate", "Dilate",
                             "Grow holes by so many pixels of the 128 pixel canonical crop", 0, 64,
                             0, kControlled),
           mask_setting(&MaskSettings::dilate))
      .add(g_param_spec_uint("feather", "Feather",
                             "Let holes fade out over so many pixels of the 128 pixel canonical "
                             "crop; 0 = the hard edge that ganinpaint's blend works on",
                             0, 64, 0, kControlled),
           mask_setting(&MaskSettings::feather))
      .add(g_param_spec_enum("occlude", "Occlude", "Paint the hole into the picture (demos, tests)",
                             occlusion_type(), static_cast<int>(Occlusion::kNone), kControlled),
           mask_setting(&MaskSettings::occlude))
      .add(
          g_param_spec_uint(
              "inference-interval", "Inference interval",
              "Search a video's frames for faces every Nth time, and more often while it is "
              "uncertain whether one is there; those that are known are followed in between, other "
              "detectors' stay where they were. 1 searches all of each frame, also for what is "
              "small in a large one. Photographs are always searched",
              1, G_MAXUINT, 5, kControlled),
          &FaceMaskSettings::inference_interval)
      .add(
          g_param_spec_double("threshold", "Threshold",
                              "Higher finds fewer and surer faces, 0 to 1", 0, 1, 0.6,
                              kWhenStopped),
          [](FaceMaskSettings & s) -> auto& { return s.detector.threshold; })
      .add(
          g_param_spec_uint("max-faces", "Maximum faces", "The largest faces are kept", 1, 1000, 16,
                            kWhenStopped),
          [](FaceMaskSettings & s) -> auto& { return s.detector.max_faces; })
      .add(
          g_param_spec_uint("min-face-size", "Minimum face size",
                            "Smallest side of a canonical crop to look for, in pixels", 8, 8192, 32,
                            kWhenStopped),
          [](FaceMaskSettings & s) -> auto& { return s.detector.min_face_size; })
      .add(
          g_param_spec_string(
              "detector-model", "Detector model",
              "Name or path of a facemask model, OpenCV cascade (.xml) or YuNet network (.onnx); "
              "empty = lfw-facemask",
              nullptr, kWhenStopped),
          [](FaceMaskSettings & s) -> auto& { return s.detector.model; })
      .add(g_param_spec_boolean("draw", "Draw", "Draw box, id and tinted hole on the picture",
                                FALSE, kControlled),
           mask_setting(&MaskSettings::draw));
  gst_type_mark_as_plugin_api(face_source_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(mask_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(region_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(occluders_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(caution_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(occlusion_type(), static_cast<GstPluginAPIFlags>(0));
}

}  // namespace ganface::gst
