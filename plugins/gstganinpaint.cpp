// SPDX-License-Identifier: MIT
// Owns the element ganinpaint: repairs the faces that carry a mask.
/**
 * SECTION:element-ganinpaint
 *
 * Repairs each face for which upstream attached a #GstFaceMaskMeta. Pixels outside the hole and its
 * blend band stay byte for byte; frames without a masked face pass unchanged. A face that cannot be
 * repaired is an error, unless on-error=passthrough.
 *
 * |[
 * gst-launch-1.0 filesrc location=clip.mkv ! decodebin ! videoconvert ! facemask region=mouth
 *   occlude=gray ! ganinpaint ! videoconvert ! x264enc ! mp4mux ! filesink location=repaired.mp4
 * ]|
 */
#include <ganface/model_path.h>
#include <ganface/repair.h>
#include <gst/video/gstvideofilter.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "element_error.h"
#include "elements.h"
#include "gstfacemaskmeta.h"
#include "property_table.h"
#include "video_frame.h"

GST_DEBUG_CATEGORY_STATIC(gst_gan_inpaint_debug);
#define GST_CAT_DEFAULT gst_gan_inpaint_debug

namespace {

using namespace ganface;
using Clock = std::chrono::steady_clock;

constexpr size_t kLatencyWindow = 1000;  // frames over which percentiles are taken
constexpr size_t kMostRemembered = 64;   // faces whose latent is kept
constexpr int kGuardPixels = 1;          // of the model's crop, around a hole in a real frame
constexpr guint kKeepPreset = 0;         // of an override: the preset's value

enum Method { METHOD_LATENT, METHOD_COMPLETION };
enum BlendKind { BLEND_FEATHER, BLEND_POISSON, BLEND_NONE };
enum OnError { ON_ERROR_FAIL, ON_ERROR_PASSTHROUGH };

struct Settings {
  std::string model = kDefaultModel;
  std::string device = "auto";
  Method method = METHOD_LATENT;
  std::string preset = "fast";
  guint iterations = kKeepPreset;
  double lambda = -1;
  double learning_rate = 0;
  guint restarts = kKeepPreset;
  guint64 seed = 1;
  guint deadline_ms = 0;
  bool memory = true;
  BlendKind blend = BLEND_FEATHER;
  OnError on_error = ON_ERROR_FAIL;

  RepairOptions repair_options() const {
    RepairOptions options = preset_options(preset);
    if (iterations != kKeepPreset) options.iterations = static_cast<int>(iterations);
    if (lambda >= 0) options.lambda = lambda;
    if (learning_rate > 0) options.learning_rate = learning_rate;
    if (restarts != kKeepPreset) options.restarts = static_cast<int>(restarts);
    options.seed = seed;
    options.blend = blend == BLEND_NONE      ? Blend::kNone
                    : blend == BLEND_POISSON ? Blend::kPoisson
                                             : Blend::kFeather;
    options.guard_px = kGuardPixels;
    options.validate();
    return options;
  }
};

struct Statistics {
  guint64 frames = 0, faces = 0, iterations = 0, deadlines_missed = 0, failed = 0;
  double contextual_loss = 0, perceptual_loss = 0;  // of the last frame with a face
  std::vector<double> latency_ms;                   // ring of the last frames
};

struct State {
  Settings settings;
  Statistics statistics;
  std::unique_ptr<Inpainter> inpainter;
  std::map<guint, std::vector<float>> latents;  // by face id
};

GType method_type() {
  static const GEnumValue values[] = {
      {METHOD_LATENT, "Search the generator's latent space (Yeh et al. 2017)", "latent"},
      {METHOD_COMPLETION, "Feed-forward completion (not built yet)", "completion"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintMethod", values);
  return type;
}

GType blend_type() {
  static const GEnumValue values[] = {
      {BLEND_FEATHER, "Fade out over a few pixels around the hole", "feather"},
      {BLEND_POISSON, "Poisson blending: the picture's colours, no seam", "poisson"},
      {BLEND_NONE, "Hard edge", "none"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintBlend", values);
  return type;
}

GType on_error_type() {
  static const GEnumValue values[] = {
      {ON_ERROR_FAIL, "Stop with an error", "fail"},
      {ON_ERROR_PASSTHROUGH, "Pass the frame on unrepaired, with a warning", "passthrough"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintOnError", values);
  return type;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto position =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

GstStructure* to_structure(const Statistics& statistics) {
  return gst_structure_new(
      "ganinpaint-stats", "frames", G_TYPE_UINT64, statistics.frames, "faces", G_TYPE_UINT64,
      statistics.faces, "iterations", G_TYPE_UINT64, statistics.iterations, "deadlines-missed",
      G_TYPE_UINT64, statistics.deadlines_missed, "failed", G_TYPE_UINT64, statistics.failed,
      "contextual-loss", G_TYPE_DOUBLE, statistics.contextual_loss, "perceptual-loss",
      G_TYPE_DOUBLE, statistics.perceptual_loss, "latency-p50-ms", G_TYPE_DOUBLE,
      percentile(statistics.latency_ms, 0.5), "latency-p99-ms", G_TYPE_DOUBLE,
      percentile(statistics.latency_ms, 0.99), nullptr);
}

}  // namespace

struct GstGanInpaint {
  GstVideoFilter parent;
  State* state;
  inline static gst::PropertyTable<Settings>* properties = nullptr;  // lives as long as the class
};

struct GstGanInpaintClass {
  GstVideoFilterClass parent_class;
};

G_DEFINE_TYPE(GstGanInpaint, gst_gan_inpaint, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE(ganinpaint, "ganinpaint", GST_RANK_NONE, gst_gan_inpaint_get_type())

#define GST_GAN_INPAINT(object) (reinterpret_cast<GstGanInpaint*>(object))

// The number after those of the properties that are settings.
static guint stats_property = 0;

static void gst_gan_inpaint_get_property(GObject* object, guint id, GValue* value,
                                         GParamSpec* spec) {
  if (id != stats_property) return gst::get_property<GstGanInpaint>(object, id, value, spec);
  GST_OBJECT_LOCK(object);
  const Statistics statistics = GST_GAN_INPAINT(object)->state->statistics;
  GST_OBJECT_UNLOCK(object);
  g_value_take_boxed(value, to_structure(statistics));
}

static gboolean gst_gan_inpaint_start(GstBaseTransform* base) {
  State& state = *GST_GAN_INPAINT(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    const Settings& settings = state.settings;
    if (settings.method == METHOD_COMPLETION)
      throw Error(ErrorCode::kUnsupported,
                  "ganinpaint: method=completion is not built yet; use method=latent");
    state.inpainter = std::make_unique<Inpainter>(settings.model, settings.device);
    settings.repair_options();  // refuses values out of range before the first frame
    state.latents.clear();
    GST_OBJECT_LOCK(base);
    state.statistics = {};
    GST_OBJECT_UNLOCK(base);
    return TRUE;
  });
}

static gboolean gst_gan_inpaint_stop(GstBaseTransform* base) {
  GST_GAN_INPAINT(base)->state->inpainter.reset();
  return TRUE;
}

namespace {

// The masked faces of a frame: what the engine repairs, and where the results go.
struct FrameFaces {
  std::vector<DamagedFace> damaged;
  std::vector<CanonicalTransform> transforms;
  std::vector<guint> ids;
};

FrameFaces collect_faces(const State& state, const Settings& settings, const Frame& frame,
                         GstBuffer* buffer) {
  FrameFaces faces;
  gpointer iterator = nullptr;
  while (const GstFaceMaskMeta* meta = gst_buffer_iterate_face_mask_meta(buffer, &iterator)) {
    const auto side = static_cast<int>(meta->mask_size);
    DamagedFace face;
    face.hole = Image(side, side, 1);
    gsize size = 0;
    const auto* bytes = static_cast<const uint8_t*>(g_bytes_get_data(meta->mask, &size));
    face.hole.pixels.assign(bytes, bytes + size);
    if (std::all_of(bytes, bytes + size, [](uint8_t pixel) { return pixel == 0; })) continue;
    CanonicalTransform transform;
    std::copy_n(meta->transform, transform.size(), transform.begin());
    face.crop = extract_crop(frame, transform, side);
    const auto remembered = state.latents.find(meta->face_id);
    if (settings.memory && remembered != state.latents.end()) face.start = remembered->second;
    faces.damaged.push_back(std::move(face));
    faces.transforms.push_back(transform);
    faces.ids.push_back(meta->face_id);
  }
  return faces;
}

void repair_frame(State& state, const Settings& settings, Frame& frame, GstBuffer* buffer,
                  Statistics& statistics) {
  FrameFaces faces = collect_faces(state, settings, frame, buffer);
  if (faces.damaged.empty()) return;
  std::optional<Clock::time_point> deadline;
  if (settings.deadline_ms > 0)
    deadline = Clock::now() + std::chrono::milliseconds(settings.deadline_ms);
  const std::vector<RepairedFace> repaired =
      state.inpainter->repair(faces.damaged, settings.repair_options(), deadline);
  if (deadline && Clock::now() > *deadline) ++statistics.deadlines_missed;
  if (state.latents.size() > kMostRemembered) state.latents.clear();
  statistics.contextual_loss = statistics.perceptual_loss = 0;
  for (size_t i = 0; i < repaired.size(); ++i) {
    if (repaired[i].failed)
      throw Error(ErrorCode::kInternal, "the repair of face " + std::to_string(faces.ids[i]) +
                                            " failed: its loss is not finite; lower learning-rate "
                                            "or check the model");
    composite_crop(frame, faces.transforms[i], repaired[i].completion, repaired[i].alpha);
    if (settings.memory) state.latents[faces.ids[i]] = repaired[i].latent;
    statistics.iterations += static_cast<guint64>(repaired[i].iterations);
    statistics.contextual_loss += repaired[i].contextual_loss;
    statistics.perceptual_loss += repaired[i].perceptual_loss;
  }
  statistics.faces += repaired.size();
}

}  // namespace

static GstFlowReturn gst_gan_inpaint_transform_frame_ip(GstVideoFilter* filter,
                                                        GstVideoFrame* video_frame) {
  State& state = *GST_GAN_INPAINT(filter)->state;
  GST_OBJECT_LOCK(filter);
  const Settings settings = state.settings;
  Statistics statistics = state.statistics;
  GST_OBJECT_UNLOCK(filter);
  const auto begin = Clock::now();
  GstFlowReturn flow = GST_FLOW_OK;
  Frame frame = gst::view_of(video_frame);
  const auto repair = [&] {
    repair_frame(state, settings, frame, video_frame->buffer, statistics);
    return GST_FLOW_OK;
  };
  if (settings.on_error == ON_ERROR_FAIL) {
    flow = gst::guard(GST_ELEMENT(filter), GST_FLOW_ERROR, repair);
  } else {
    try {
      repair();
    } catch (const std::exception& error) {
      ++statistics.failed;
      GST_ELEMENT_WARNING(filter, STREAM, FAILED, ("frame passed on unrepaired: %s", error.what()),
                          (nullptr));
    }
  }
  const double latency_ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  if (statistics.latency_ms.size() < kLatencyWindow)
    statistics.latency_ms.push_back(latency_ms);
  else
    statistics.latency_ms[statistics.frames % kLatencyWindow] = latency_ms;
  ++statistics.frames;
  GST_OBJECT_LOCK(filter);
  state.statistics = std::move(statistics);
  GST_OBJECT_UNLOCK(filter);
  return flow;
}

static void gst_gan_inpaint_class_init(GstGanInpaintClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_gan_inpaint_debug, "ganinpaint", 0, "face repair");
  object_class->set_property = gst::set_property<GstGanInpaint>;
  object_class->get_property = gst_gan_inpaint_get_property;
  object_class->finalize = gst::finalize<GstGanInpaint, &gst_gan_inpaint_parent_class>;
  GST_BASE_TRANSFORM_CLASS(klass)->start = gst_gan_inpaint_start;
  GST_BASE_TRANSFORM_CLASS(klass)->stop = gst_gan_inpaint_stop;
  GST_VIDEO_FILTER_CLASS(klass)->transform_frame_ip = gst_gan_inpaint_transform_frame_ip;

  static gst::PropertyTable<Settings> properties(object_class);
  GstGanInpaint::properties = &properties;
  properties
      .add(g_param_spec_string("model", "Model", "Name or path of a .safetensors model",
                               kDefaultModel, gst::kWhenStopped),
           &Settings::model)
      .add(g_param_spec_string("device", "Device", "auto, cpu, cuda or cuda:N", "auto",
                               gst::kWhenStopped),
           &Settings::device)
      .add(g_param_spec_enum("method", "Method", "How a hole is filled", method_type(),
                             METHOD_LATENT, gst::kWhenStopped),
           &Settings::method)
      .add(g_param_spec_string(
               "preset", "Preset",
               "fast (from the encoder's guess, few steps), paper (Yeh et al. 2017) or seed: the "
               "values that the other properties override",
               "fast", gst::kWhenStopped),
           &Settings::preset)
      .add(g_param_spec_uint("iterations", "Iterations",
                             "Most search steps a face; 0 = the preset's", 0, 100000, kKeepPreset,
                             gst::kAnyTime),
           &Settings::iterations)
      .add(g_param_spec_double("lambda", "Lambda",
                               "Weight of the perceptual loss; negative = the preset's", -1, 1000,
                               -1, gst::kAnyTime),
           &Settings::lambda)
      .add(g_param_spec_double("learning-rate", "Learning rate",
                               "Adam's step size on z; 0 = the preset's", 0, 1, 0, gst::kAnyTime),
           &Settings::learning_rate)
      .add(g_param_spec_uint("restarts", "Restarts",
                             "Searches a face, the best is kept; 0 = the preset's", 0, 64,
                             kKeepPreset, gst::kAnyTime),
           &Settings::restarts)
      .add(g_param_spec_uint64("seed", "Seed", "Of the first z", 0, G_MAXUINT64, 1, gst::kAnyTime),
           &Settings::seed)
      .add(g_param_spec_uint("deadline", "Deadline",
                             "Milliseconds that the search of a frame may take; 0 = no limit", 0,
                             G_MAXUINT, 0, gst::kAnyTime),
           &Settings::deadline_ms)
      .add(g_param_spec_boolean("memory", "Memory",
                                "Start each tracked face's search from its z in the last frame",
                                TRUE, gst::kAnyTime),
           &Settings::memory)
      .add(g_param_spec_enum("blend", "Blend", "How the hole meets the picture around it",
                             blend_type(), BLEND_FEATHER, gst::kWhenStopped),
           &Settings::blend)
      .add(g_param_spec_enum("on-error", "On error", "What happens when a face cannot be repaired",
                             on_error_type(), ON_ERROR_FAIL, gst::kAnyTime),
           &Settings::on_error);
  stats_property = properties.size() + 1;
  g_object_class_install_property(
      object_class, stats_property,
      g_param_spec_boxed("stats", "Statistics",
                         "Frames, faces, iterations, losses, latency percentiles in milliseconds",
                         GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  gst_element_class_set_static_metadata(element_class, "Face inpainter", "Filter/Effect/Video",
                                        "Repairs occluded faces with a GAN", "ganface");
  gst::add_pad_template(element_class, "sink", GST_PAD_SINK,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst::add_pad_template(element_class, "src", GST_PAD_SRC,
                        GST_VIDEO_CAPS_MAKE(GANFACE_VIDEO_FORMATS));
  gst_type_mark_as_plugin_api(method_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(blend_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(on_error_type(), static_cast<GstPluginAPIFlags>(0));
}

static void gst_gan_inpaint_init(GstGanInpaint* self) {
  self->state = new State;
  // A slow filter must not drop frames: frames in = frames out.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
}
