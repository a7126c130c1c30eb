// SPDX-License-Identifier: MIT
// Owns the element facemask: finds faces and says what of them is missing.
/**
 * SECTION:element-facemask
 *
 * Passes frames on and attaches, for each face, a #GstFaceMaskMeta and a region-of-interest meta of
 * type "face". A frame without a face passes unchanged.
 *
 * |[
 * gst-launch-1.0 filesrc location=photo.jpg ! decodebin ! videoconvert ! facemask region=mouth
 *   occlude=gray ! ganinpaint ! videoconvert ! pngenc ! filesink location=repaired.png
 * ]|
 */
#include <ganface/face_detector.h>
#include <ganface/holes.h>
#include <gst/video/gstvideofilter.h>
#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <random>

#include "element_error.h"
#include "elements.h"
#include "face_tracks.h"
#include "gstfacemaskmeta.h"
#include "property_table.h"
#include "video_frame.h"

GST_DEBUG_CATEGORY_STATIC(gst_face_mask_debug);
#define GST_CAT_DEFAULT gst_face_mask_debug

namespace {

using namespace ganface;

constexpr int kMaskSize = 128;  // pixels; the canonical crop of the training photographs

enum FaceSource { FACE_SOURCE_DETECT, FACE_SOURCE_FRAME, FACE_SOURCE_ROI };
enum MaskKind { MASK_AUTO, MASK_REGION, MASK_IMAGE, MASK_COLOR, MASK_ALPHA };
enum Occlusion { OCCLUDE_NONE, OCCLUDE_GRAY, OCCLUDE_BLACK, OCCLUDE_NOISE };

struct Settings {
  FaceSource face_source = FACE_SOURCE_DETECT;
  MaskKind mask = MASK_REGION;
  Region region = Region::kCenter;
  uint64_t seed = 1;
  std::string location;
  guint color = 0x00ff00;
  int tolerance = 40;
  int dilate = 0;
  Occlusion occlude = OCCLUDE_NONE;
  unsigned inference_interval = 1;
  bool draw = false;
  DetectorOptions detector;
};

struct State {
  Settings settings;
  std::unique_ptr<FaceDetector> detector;
  gst::FaceTracks tracks;
  std::vector<DetectedFace> faces;  // of the last frame on which detection ran
  std::vector<unsigned> ids;
  uint64_t frames = 0;
  std::optional<Image> location_mask;
};

GType face_source_type() {
  static const GEnumValue values[] = {
      {FACE_SOURCE_DETECT, "Find faces in the picture", "detect"},
      {FACE_SOURCE_FRAME, "The whole frame is the canonical crop", "frame"},
      {FACE_SOURCE_ROI, "Region-of-interest metas of type face from upstream", "roi"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskSource", values);
  return type;
}

GType mask_type() {
  static const GEnumValue values[] = {
      {MASK_AUTO, "Segment what covers the face (not built yet)", "auto"},
      {MASK_REGION, "A named part of the face", "region"},
      {MASK_IMAGE, "An image file", "image"},
      {MASK_COLOR, "Pixels of a colour", "color"},
      {MASK_ALPHA, "Transparent pixels (not built yet)", "alpha"},
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

GType occlusion_type() {
  static const GEnumValue values[] = {{OCCLUDE_NONE, "Leave the picture alone", "none"},
                                      {OCCLUDE_GRAY, "Paint holes gray", "gray"},
                                      {OCCLUDE_BLACK, "Paint holes black", "black"},
                                      {OCCLUDE_NOISE, "Fill holes with noise", "noise"},
                                      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstFaceMaskOcclusion", values);
  return type;
}

}  // namespace

struct GstFaceMask {
  GstVideoFilter parent;
  State* state;
  inline static gst::PropertyTable<Settings>* properties = nullptr;  // lives as long as the class
};

struct GstFaceMaskClass {
  GstVideoFilterClass parent_class;
};

G_DEFINE_TYPE(GstFaceMask, gst_face_mask, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE(facemask, "facemask", GST_RANK_NONE, gst_face_mask_get_type())

#define GST_FACE_MASK(object) (reinterpret_cast<GstFaceMask*>(object))

static gboolean gst_face_mask_start(GstBaseTransform* base) {
  State& state = *GST_FACE_MASK(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    const Settings& settings = state.settings;
    if (settings.mask == MASK_AUTO || settings.mask == MASK_ALPHA)
      throw Error(ErrorCode::kUnsupported,
                  "facemask: mask=auto and alpha are not built yet; use mask=region, image or "
                  "color");
    state.location_mask.reset();
    if (settings.mask == MASK_IMAGE) {
      if (settings.location.empty())
        throw Error(ErrorCode::kUsage, "facemask: mask=image needs the property location");
      state.location_mask = read_image(settings.location);
    }
    state.detector.reset();
    if (settings.face_source == FACE_SOURCE_DETECT)
      state.detector = std::make_unique<FaceDetector>(settings.detector);
    state.tracks.reset();
    state.faces.clear();
    state.ids.clear();
    state.frames = 0;
    return TRUE;
  });
}

static gboolean gst_face_mask_stop(GstBaseTransform* base) {
  GST_FACE_MASK(base)->state->detector.reset();
  return TRUE;
}

namespace {

void find_faces(State& state, const Settings& settings, const Frame& frame, GstBuffer* buffer) {
  if (settings.face_source == FACE_SOURCE_FRAME) {
    state.faces = {{transform_of_box(0, 0, frame.width, frame.height), 1.0}};
    state.ids = {0};
    return;
  }
  if (settings.face_source == FACE_SOURCE_ROI) {
    state.faces.clear();
    gpointer iterator = nullptr;
    while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
               buffer, &iterator, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
      const auto* roi = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
      if (roi->roi_type != g_quark_from_string("face") || roi->w == 0 || roi->h == 0) continue;
      state.faces.push_back({transform_of_box(roi->x, roi->y, roi->w, roi->h), 1.0});
    }
  } else if (state.frames % settings.inference_interval == 0) {
    state.faces = state.detector->detect(gst::grey_of(frame).view());
  } else {
    return;
  }
  state.ids = state.tracks.update(state.faces);
}

// The hole of one face on the canonical crop.
Image hole_of(const State& state, const Settings& settings, const Frame& frame,
              const CanonicalTransform& transform) {
  if (settings.mask == MASK_REGION) return region_hole(settings.region, kMaskSize, settings.seed);
  if (settings.mask == MASK_COLOR)
    return color_hole(
        extract_crop(frame, transform, kMaskSize),
        {static_cast<uint8_t>(settings.color >> 16), static_cast<uint8_t>(settings.color >> 8),
         static_cast<uint8_t>(settings.color)},
        settings.tolerance);
  const Image& mask = *state.location_mask;
  Image rgb;
  if (mask.width == frame.width && mask.height == frame.height) {
    Image copy = mask;
    Frame view;
    view.width = copy.width;
    view.height = copy.height;
    for (size_t c = 0; c < 3; ++c)
      view.components[c] = {copy.pixels.data() + c, ptrdiff_t{copy.width} * 3, 3};
    rgb = extract_crop(view, transform, kMaskSize);
  } else if (mask.width == mask.height) {
    rgb = resize(mask.view(), kMaskSize, kMaskSize);
  } else {
    throw Error(ErrorCode::kInput,
                "facemask: mask image '" + settings.location + "' is " +
                    std::to_string(mask.width) + "x" + std::to_string(mask.height) +
                    " pixels; expected the frame's " + std::to_string(frame.width) + "x" +
                    std::to_string(frame.height) + " or a square canonical crop");
  }
  Image hole(kMaskSize, kMaskSize, 1);
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    hole.pixels[i] =
        rgb.pixels[3 * i] + rgb.pixels[3 * i + 1] + rgb.pixels[3 * i + 2] > 3 * 127 ? 255 : 0;
  return hole;
}

void occlude(Frame& frame, const Settings& settings, const CanonicalTransform& transform,
             const Image& hole) {
  if (settings.occlude == OCCLUDE_GRAY) paint_hole(frame, transform, hole, {128, 128, 128});
  if (settings.occlude == OCCLUDE_BLACK) paint_hole(frame, transform, hole, {0, 0, 0});
  if (settings.occlude == OCCLUDE_NOISE) {
    Image noise(kMaskSize, kMaskSize, 3);
    std::mt19937 engine(static_cast<uint32_t>(settings.seed));
    for (uint8_t& pixel : noise.pixels) pixel = static_cast<uint8_t>(engine() & 255);
    composite_crop(frame, transform, noise, hole);
  }
}

// Red tint over the hole and a green frame around the canonical crop.
void draw_face(Frame& frame, const CanonicalTransform& transform, const Image& hole) {
  Image tint(kMaskSize, kMaskSize, 3), alpha(kMaskSize, kMaskSize, 1);
  for (int y = 0; y < kMaskSize; ++y)
    for (int x = 0; x < kMaskSize; ++x) {
      const bool border = std::min({x, y, kMaskSize - 1 - x, kMaskSize - 1 - y}) < 2;
      tint.row(y)[3 * x + (border ? 1 : 0)] = 255;
      alpha.row(y)[x] = border ? 255 : hole.row(y)[x] != 0 ? 96 : 0;
    }
  composite_crop(frame, transform, tint, alpha);
}

// The axis-parallel box around the canonical crop, cut to the frame.
void attach_region(GstBuffer* buffer, const Frame& frame, const CanonicalTransform& t,
                   unsigned id) {
  const double determinant = t[0] * t[4] - t[1] * t[3];
  double left = frame.width, top = frame.height, right = 0, bottom = 0;
  for (int corner = 0; corner < 4; ++corner) {
    const double u = corner % 2 - t[2], v = corner / 2 - t[5];
    const double x = (t[4] * u - t[1] * v) / determinant;
    const double y = (t[0] * v - t[3] * u) / determinant;
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  const auto clamp = [](double value, int most) {
    return static_cast<guint>(std::clamp(std::lround(value), 0L, long{most}));
  };
  const guint x = clamp(left, frame.width), y = clamp(top, frame.height);
  GstVideoRegionOfInterestMeta* roi = gst_buffer_add_video_region_of_interest_meta(
      buffer, "face", x, y, clamp(right, frame.width) - x, clamp(bottom, frame.height) - y);
  roi->id = static_cast<gint>(id);
}

}  // namespace

static GstFlowReturn gst_face_mask_transform_frame_ip(GstVideoFilter* filter,
                                                      GstVideoFrame* video_frame) {
  State& state = *GST_FACE_MASK(filter)->state;
  GST_OBJECT_LOCK(filter);
  const Settings settings = state.settings;
  GST_OBJECT_UNLOCK(filter);
  return gst::guard(GST_ELEMENT(filter), GST_FLOW_ERROR, [&] {
    Frame frame = gst::view_of(video_frame);
    find_faces(state, settings, frame, video_frame->buffer);
    ++state.frames;
    for (size_t i = 0; i < state.faces.size(); ++i) {
      const DetectedFace& face = state.faces[i];
      const Image hole = dilate(hole_of(state, settings, frame, face.transform), settings.dilate);
      occlude(frame, settings, face.transform, hole);
      if (settings.draw) draw_face(frame, face.transform, hole);
      GBytes* mask = g_bytes_new(hole.pixels.data(), hole.pixels.size());
      gst_buffer_add_face_mask_meta(video_frame->buffer, state.ids[i], face.score,
                                    face.transform.data(), kMaskSize, mask);
      g_bytes_unref(mask);
      if (settings.face_source != FACE_SOURCE_ROI)
        attach_region(video_frame->buffer, frame, face.transform, state.ids[i]);
    }
    return GST_FLOW_OK;
  });
}

static void gst_face_mask_class_init(GstFaceMaskClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_face_mask_debug, "facemask", 0, "face finder and masker");
  object_class->set_property = gst::set_property<GstFaceMask>;
  object_class->get_property = gst::get_property<GstFaceMask>;
  object_class->finalize = gst::finalize<GstFaceMask, &gst_face_mask_parent_class>;
  GST_BASE_TRANSFORM_CLASS(klass)->start = gst_face_mask_start;
  GST_BASE_TRANSFORM_CLASS(klass)->stop = gst_face_mask_stop;
  GST_VIDEO_FILTER_CLASS(klass)->transform_frame_ip = gst_face_mask_transform_frame_ip;

  static gst::PropertyTable<Settings> properties(object_class);
  GstFaceMask::properties = &properties;
  properties
      .add(g_param_spec_enum("face-source", "Face source", "Where faces come from",
                             face_source_type(), FACE_SOURCE_DETECT, gst::kWhenStopped),
           &Settings::face_source)
      .add(g_param_spec_enum("mask", "Mask", "What says which part of a face is missing",
                             mask_type(), MASK_REGION, gst::kWhenStopped),
           &Settings::mask)
      .add(g_param_spec_enum("region", "Region", "Part of the canonical crop that is missing",
                             region_type(), static_cast<int>(Region::kCenter), gst::kAnyTime),
           &Settings::region)
      .add(g_param_spec_uint64("seed", "Seed",
                               "Fixes region=random, region=pattern and occlude=noise", 0,
                               G_MAXUINT64, 1, gst::kAnyTime),
           &Settings::seed)
      .add(g_param_spec_string("location", "Location",
                               "Mask image for mask=image (JPEG or PNG, frame-sized or a square "
                               "canonical crop; bright = missing)",
                               nullptr, gst::kWhenStopped),
           &Settings::location)
      .add(g_param_spec_uint("color", "Color", "Colour that is missing for mask=color (0xRRGGBB)",
                             0, 0xffffff, 0x00ff00, gst::kAnyTime),
           &Settings::color)
      .add(g_param_spec_uint("tolerance", "Tolerance",
                             "Largest difference from color in each of red, green and blue", 0, 255,
                             40, gst::kAnyTime),
           &Settings::tolerance)
      .add(g_param_spec_uint("dilate", "Dilate",
                             "Grow holes by so many pixels of the 128 pixel canonical crop", 0, 64,
                             0, gst::kAnyTime),
           &Settings::dilate)
      .add(g_param_spec_enum("occlude", "Occlude", "Paint the hole into the picture (demos, tests)",
                             occlusion_type(), OCCLUDE_NONE, gst::kAnyTime),
           &Settings::occlude)
      .add(g_param_spec_uint("inference-interval", "Inference interval",
                             "Detect on every Nth frame; the faces stay where they were in between",
                             1, G_MAXUINT, 1, gst::kAnyTime),
           &Settings::inference_interval)
      .add(
          g_param_spec_double("threshold", "Threshold",
                              "Higher finds fewer and surer faces, 0 to 1", 0, 1, 0.5,
                              gst::kWhenStopped),
          [](Settings & s) -> auto& { return s.detector.threshold; })
      .add(
          g_param_spec_uint("max-faces", "Maximum faces", "The largest faces are kept", 1, 1000, 16,
                            gst::kWhenStopped),
          [](Settings & s) -> auto& { return s.detector.max_faces; })
      .add(
          g_param_spec_uint("min-face-size", "Minimum face size",
                            "Smallest side of a canonical crop to look for, in pixels", 8, 8192, 40,
                            gst::kWhenStopped),
          [](Settings & s) -> auto& { return s.detector.min_face_size; })
      .add(
          g_param_spec_string("detector-model", "Detector model",
                              "OpenCV cascade file (.xml); empty = frontal faces", nullptr,
                              gst::kWhenStopped),
          [](Settings & s) -> auto& { return s.detector.model; })
      .add(g_param_spec_boolean("draw", "Draw", "Draw box and tinted hole on the picture", FALSE,
                                gst::kAnyTime),
           &Settings::draw);

  gst_element_class_set_static_metadata(
      element_class, "Face masker", "Filter/Analyzer/Video",
      "Finds faces and attaches to each the mask of what is missing", "ganface");
  gst::add_pad_template(element_class, "sink", GST_PAD_SINK,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst::add_pad_template(element_class, "src", GST_PAD_SRC,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst_type_mark_as_plugin_api(face_source_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(mask_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(region_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(occlusion_type(), static_cast<GstPluginAPIFlags>(0));
}

static void gst_face_mask_init(GstFaceMask* self) {
  self->state = new State;
  // A slow filter must not drop frames: frames in = frames out.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
}
