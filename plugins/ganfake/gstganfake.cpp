// SPDX-License-Identifier: MIT
// Owns the element ganfake: a source of generated faces.
/**
 * SECTION:element-ganfake
 *
 * @title: ganfake
 * @short_description: makes faces up
 *
 * Makes a grid of faces; each frame holds new ones (walk=none) or the same people changing smoothly
 * (walk=line, walk=loop). The same seed gives the same bytes, and frame n is the same whether the
 * stream came to it or was sent there by a seek. With num-buffers the stream has a duration; a live
 * source cannot seek.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 ganfake grid=8x8 seed=1 num-buffers=1 ! videoconvert ! pngenc ! filesink
 *   location=faces.png
 * ]|
 * |[
 * gst-launch-1.0 ganfake grid=4x2 walk=line is-live=true ! videoconvert ! autovideosink
 * ]|
 */
#include <ganface/face_generator.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>
#include <gst/base/gstpushsrc.h>
#include <gst/video/video.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "common/element_error.h"
#include "common/elements.h"
#include "common/object_lock.h"
#include "common/property_table.h"
#include "common/spare_memory.h"

GST_DEBUG_CATEGORY_STATIC(gst_gan_fake_debug);
#define GST_CAT_DEFAULT gst_gan_fake_debug

namespace {

using namespace ganface;

constexpr guint64 kStopSpacing = 1000003;  // between the seeds of a walk's stops

enum Walk { WALK_NONE, WALK_LINE, WALK_LOOP };

struct Settings {
  std::string model = kDefaultModel;
  std::string device = "auto";
  guint64 seed = 1;
  std::string grid = "8x8";
  Walk walk = WALK_NONE;
  guint walk_frames = 100;
  bool is_live = false;
  int num_buffers = -1;
};

bool has_rate(const GstVideoInfo& info) {
  return GST_VIDEO_INFO_FPS_N(&info) > 0 && GST_VIDEO_INFO_FPS_D(&info) > 0;
}

GstClockTime time_of(gint64 n, const GstVideoInfo& info) {
  return gst_util_uint64_scale(static_cast<guint64>(n),
                               GST_SECOND * static_cast<guint64>(GST_VIDEO_INFO_FPS_D(&info)),
                               static_cast<guint64>(GST_VIDEO_INFO_FPS_N(&info)));
}

// What applications ask for from their threads.
struct Known {
  int width = 0, height = 0;  // of a frame; 0 while the element is stopped
  GstVideoInfo info;          // of no format before there are caps
  gint64 frames = -1;         // of the stream; -1 = without end

  Known() { gst_video_info_init(&info); }
  bool has_caps() const { return GST_VIDEO_INFO_FORMAT(&info) != GST_VIDEO_FORMAT_UNKNOWN; }
};

struct State {
  // Guarded by the object lock.
  Settings settings;
  Known known;

  // Of the thread that starts, stops and streams.
  Settings started;  // what holds until the next start
  std::unique_ptr<FaceGenerator> generator;
  int columns = 8, rows = 8;
  GstVideoInfo info;
  // Of the next frame; what a renegotiation of the framerate and a seek go by.
  GstClockTime position = 0;
  gint64 frame = 0;
  bool backwards = false;

  bool has_rate() const { return ::has_rate(info); }
  GstClockTime time_of(gint64 n) const { return ::time_of(n, info); }
  // The frame that is shown at a time.
  gint64 frame_at(GstClockTime time) const {
    const auto n = static_cast<gint64>(
        gst_util_uint64_scale(time, static_cast<guint64>(GST_VIDEO_INFO_FPS_N(&info)),
                              GST_SECOND * static_cast<guint64>(GST_VIDEO_INFO_FPS_D(&info))));
    // A frame's own time is rounded down.
    return time_of(n + 1) <= time ? n + 1 : n;
  }
};

GType walk_type() {
  static const GEnumValue values[] = {
      {WALK_NONE, "New faces in every frame", "none"},
      {WALK_LINE, "From one set of faces to the next, on and on", "line"},
      {WALK_LOOP, "Through four sets of faces and back, in walk-frames frames", "loop"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanFakeWalk", values);
  return type;
}

// The faces' latent vectors at frame n.
std::vector<float> latents_at(const State& state, guint64 n) {
  constexpr guint kLoopStops = 4;
  const Settings& settings = state.started;
  const int count = state.columns * state.rows;
  const auto stop = [&](guint64 number) {
    return state.generator->sample(count, settings.seed + number * kStopSpacing);
  };
  if (settings.walk == WALK_NONE) return stop(n);
  const bool loop = settings.walk == WALK_LOOP;
  const double position = static_cast<double>(loop ? n % settings.walk_frames : n) /
                          settings.walk_frames * (loop ? kLoopStops : 1);
  const auto leg = static_cast<guint64>(position);
  // Slow at the stops, so that the motion has no kinks.
  const double share = (1 - std::cos(M_PI * (position - static_cast<double>(leg)))) / 2;
  std::vector<float> from = stop(leg);
  const std::vector<float> to = stop(loop ? (leg + 1) % kLoopStops : leg + 1);
  for (size_t i = 0; i < from.size(); ++i)
    from[i] = static_cast<float>((1 - share) * from[i] + share * to[i]);
  return from;
}

}  // namespace

struct GstGanFake {
  GstPushSrc parent;
  State* state;
  inline static gst::PropertyTable<Settings>* properties = nullptr;  // lives as long as the class
};

struct GstGanFakeClass {
  GstPushSrcClass parent_class;
};

G_DEFINE_TYPE(GstGanFake, gst_gan_fake, GST_TYPE_PUSH_SRC)
GST_ELEMENT_REGISTER_DEFINE(ganfake, "ganfake", GST_RANK_NONE, gst_gan_fake_get_type())

#define GST_GAN_FAKE(object) (reinterpret_cast<GstGanFake*>(object))

namespace {

Known known_of(gpointer element) {
  const gst::ObjectLock lock(element);
  return GST_GAN_FAKE(element)->state->known;
}

void set_known(gpointer element, const Known& known) {
  const gst::ObjectLock lock(element);
  GST_GAN_FAKE(element)->state->known = known;
}

}  // namespace

static GstStateChangeReturn gst_gan_fake_change_state(GstElement* element,
                                                      GstStateChange transition) {
  // Before the base class asks, and never under a stream that runs: it would wait for a clock that
  // the pipeline has not given it.
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    GST_OBJECT_LOCK(element);
    const bool is_live = GST_GAN_FAKE(element)->state->settings.is_live;
    GST_OBJECT_UNLOCK(element);
    gst_base_src_set_live(GST_BASE_SRC(element), is_live);
  }
  return GST_ELEMENT_CLASS(gst_gan_fake_parent_class)->change_state(element, transition);
}

static gboolean gst_gan_fake_start(GstBaseSrc* base) {
  State& state = *GST_GAN_FAKE(base)->state;
  return gst::guard(GST_ELEMENT(base), FALSE, [&]() -> gboolean {
    {
      const gst::ObjectLock lock(base);
      state.started = state.settings;
    }
    const Grid grid = parse_grid(state.started.grid);
    state.columns = grid.columns;
    state.rows = grid.rows;
    state.generator = std::make_unique<FaceGenerator>(state.started.model, state.started.device);
    state.position = 0;
    state.frame = 0;
    state.backwards = false;
    gst_video_info_init(&state.info);
    Known known;
    known.width = state.columns * state.generator->size();
    known.height = state.rows * state.generator->size();
    known.frames = state.started.num_buffers;
    set_known(base, known);
    return TRUE;
  });
}

static gboolean gst_gan_fake_stop(GstBaseSrc* base) {
  set_known(base, {});
  GST_GAN_FAKE(base)->state->generator.reset();
  gst::return_spare_memory();
  return TRUE;
}

static GstCaps* gst_gan_fake_get_caps(GstBaseSrc* base, GstCaps* filter) {
  const Known known = known_of(base);
  GstCaps* caps = gst_pad_get_pad_template_caps(GST_BASE_SRC_PAD(base));
  if (known.width > 0) {
    caps = gst_caps_make_writable(caps);
    gst_caps_set_simple(caps, "width", G_TYPE_INT, known.width, "height", G_TYPE_INT, known.height,
                        "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr);
  }
  if (filter != nullptr) {
    GstCaps* both = gst_caps_intersect_full(filter, caps, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref(caps);
    return both;
  }
  return caps;
}

static GstCaps* gst_gan_fake_fixate(GstBaseSrc* base, GstCaps* caps) {
  caps = gst_caps_make_writable(caps);
  gst_structure_fixate_field_nearest_fraction(gst_caps_get_structure(caps, 0), "framerate", 25, 1);
  return GST_BASE_SRC_CLASS(gst_gan_fake_parent_class)->fixate(base, caps);
}

static gboolean gst_gan_fake_set_caps(GstBaseSrc* base, GstCaps* caps) {
  State& state = *GST_GAN_FAKE(base)->state;
  if (!gst_video_info_from_caps(&state.info, caps)) return FALSE;
  Known known = known_of(base);
  known.info = state.info;
  set_known(base, known);
  if (state.has_rate()) state.frame = state.frame_at(state.position);
  gst_base_src_set_blocksize(base, static_cast<guint>(GST_VIDEO_INFO_SIZE(&state.info)));
  return TRUE;
}

static gboolean gst_gan_fake_is_seekable(GstBaseSrc* base) { return !gst_base_src_is_live(base); }

static gboolean gst_gan_fake_do_seek(GstBaseSrc* base, GstSegment* segment) {
  State& state = *GST_GAN_FAKE(base)->state;
  if (segment->format != GST_FORMAT_TIME) return FALSE;
  segment->time = segment->start;
  state.backwards = segment->rate < 0;
  state.position = segment->position;
  if (state.has_rate()) {
    state.frame = state.frame_at(state.position);
    // Backwards, the first frame is the last one that begins before the segment's end.
    if (state.backwards && state.time_of(state.frame) == state.position) --state.frame;
    if (state.backwards && state.started.num_buffers >= 0)
      state.frame = std::min<gint64>(state.frame, state.started.num_buffers - 1);
  }
  return TRUE;
}

static gboolean gst_gan_fake_query(GstBaseSrc* base, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_CONVERT) {
    const Known known = known_of(base);
    if (!known.has_caps()) return FALSE;
    GstFormat from, to;
    gint64 value = 0, converted = 0;
    gst_query_parse_convert(query, &from, &value, &to, nullptr);
    if (!gst_video_info_convert(&known.info, from, value, to, &converted)) return FALSE;
    gst_query_set_convert(query, from, value, to, converted);
    return TRUE;
  }
  if (GST_QUERY_TYPE(query) == GST_QUERY_DURATION) {
    GstFormat format;
    gst_query_parse_duration(query, &format, nullptr);
    const Known known = known_of(base);
    const gint64 frames = known.frames;
    if (frames < 0) return FALSE;  // without end
    if (format == GST_FORMAT_DEFAULT) {
      gst_query_set_duration(query, format, frames);
      return TRUE;
    }
    if (format == GST_FORMAT_TIME && has_rate(known.info)) {
      gst_query_set_duration(query, format, static_cast<gint64>(time_of(frames, known.info)));
      return TRUE;
    }
    return FALSE;
  }
  return GST_BASE_SRC_CLASS(gst_gan_fake_parent_class)->query(base, query);
}

// A live source's frames leave at their time.
static void gst_gan_fake_get_times(GstBaseSrc* base, GstBuffer* buffer, GstClockTime* start,
                                   GstClockTime* end) {
  *start = *end = GST_CLOCK_TIME_NONE;
  if (!gst_base_src_is_live(base)) return;
  *start = GST_BUFFER_PTS(buffer);
  *end = *start + GST_BUFFER_DURATION(buffer);
}

static GstFlowReturn gst_gan_fake_fill(GstPushSrc* source, GstBuffer* buffer) {
  State& state = *GST_GAN_FAKE(source)->state;
  const gint64 count = state.started.num_buffers;
  if (state.frame < 0 || (count >= 0 && state.frame >= count)) return GST_FLOW_EOS;
  return gst::guard(GST_ELEMENT(source), GST_FLOW_ERROR, [&] {
    const Image sheet = contact_sheet(
        state.generator->generate(latents_at(state, static_cast<guint64>(state.frame))),
        state.columns);
    GstVideoFrame frame;
    if (!gst_video_frame_map(&frame, &state.info, buffer, GST_MAP_WRITE))
      throw Error(ErrorCode::kInternal, "ganfake: the output buffer cannot be mapped");
    for (int y = 0; y < sheet.height; ++y)
      std::copy_n(sheet.row(y), sheet.width * 3,
                  static_cast<uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                      ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0));
    gst_video_frame_unmap(&frame);
    const gint64 n = state.frame;
    GST_BUFFER_PTS(buffer) = state.has_rate() ? state.time_of(n) : 0;
    GST_BUFFER_DURATION(buffer) =
        state.has_rate() ? state.time_of(n + 1) - state.time_of(n) : GST_CLOCK_TIME_NONE;
    GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(n);
    GST_BUFFER_OFFSET_END(buffer) = static_cast<guint64>(n + 1);
    state.frame += state.backwards ? -1 : 1;
    if (state.has_rate()) state.position = state.time_of(std::max<gint64>(state.frame, 0));
    return GST_FLOW_OK;
  });
}

static void gst_gan_fake_class_init(GstGanFakeClass* klass) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GstBaseSrcClass* source_class = GST_BASE_SRC_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_gan_fake_debug, "ganfake", 0, "source of generated faces");
  object_class->set_property = gst::set_property<GstGanFake>;
  element_class->change_state = gst_gan_fake_change_state;
  object_class->get_property = gst::get_property<GstGanFake>;
  object_class->finalize = gst::finalize<GstGanFake, &gst_gan_fake_parent_class>;
  source_class->start = gst_gan_fake_start;
  source_class->stop = gst_gan_fake_stop;
  source_class->get_caps = gst_gan_fake_get_caps;
  source_class->fixate = gst_gan_fake_fixate;
  source_class->set_caps = gst_gan_fake_set_caps;
  source_class->is_seekable = gst_gan_fake_is_seekable;
  source_class->do_seek = gst_gan_fake_do_seek;
  source_class->query = gst_gan_fake_query;
  source_class->get_times = gst_gan_fake_get_times;
  GST_PUSH_SRC_CLASS(klass)->fill = gst_gan_fake_fill;

  static gst::PropertyTable<Settings> properties(object_class);
  GstGanFake::properties = &properties;
  properties
      .add(g_param_spec_string("model", "Model", "Name or path of a .safetensors model",
                               kDefaultModel, gst::kWhenStopped),
           &Settings::model)
      .add(g_param_spec_string("device", "Device", "auto, cpu, cuda or cuda:N", "auto",
                               gst::kWhenStopped),
           &Settings::device)
      .add(g_param_spec_uint64("seed", "Seed", "Fixes the faces", 0, G_MAXUINT64, 1,
                               gst::kWhenStopped),
           &Settings::seed)
      .add(g_param_spec_string("grid", "Grid", "COLUMNSxROWS of faces in a frame", "8x8",
                               gst::kWhenStopped),
           &Settings::grid)
      .add(g_param_spec_enum("walk", "Walk", "How the faces change from frame to frame",
                             walk_type(), WALK_NONE, gst::kWhenStopped),
           &Settings::walk)
      .add(
          g_param_spec_uint("walk-frames", "Walk frames",
                            "Frames from one set of faces to the next (line), or of a round (loop)",
                            1, G_MAXINT, 100, gst::kWhenStopped),
          &Settings::walk_frames)
      .add(g_param_spec_boolean("is-live", "Is live", "Frames leave at their time", FALSE,
                                gst::kWhenStopped),
           &Settings::is_live)
      // In place of the base class's, which counts what was sent: a seek goes back to frames that
      // were sent before.
      .add(g_param_spec_int("num-buffers", "Number of buffers",
                            "Frames of the stream; -1 = without end", -1, G_MAXINT, -1,
                            gst::kWhenStopped),
           &Settings::num_buffers);

  gst_element_class_set_static_metadata(element_class, "Face generator", "Source/Video",
                                        "Makes faces up with a GAN", "ganface");
  gst::add_pad_template(element_class, "src", GST_PAD_SRC, GST_VIDEO_CAPS_MAKE("RGB"));
  gst_type_mark_as_plugin_api(walk_type(), static_cast<GstPluginAPIFlags>(0));
}

static void gst_gan_fake_init(GstGanFake* self) {
  self->state = gst::or_end([] { return new State; });
  gst_video_info_init(&self->state->info);
  gst_base_src_set_format(GST_BASE_SRC(self), GST_FORMAT_TIME);
}
