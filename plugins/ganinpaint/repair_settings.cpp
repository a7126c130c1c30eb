// SPDX-License-Identifier: MIT
// Owns ganinpaint's settings and their properties.
#include "ganinpaint/repair_settings.h"

#include <ganface/error.h>

namespace ganface::gst {
namespace {

constexpr int kGuardPixels = 1;  // of the model's crop, around a hole in a real frame

GType method_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(MethodChoice::kAuto),
       "The model's; without a model, completion, or latent when a setting of a search is chosen",
       "auto"},
      {static_cast<int>(MethodChoice::kLatent), "Search of the latent space (Yeh et al. 2017)",
       "latent"},
      {static_cast<int>(MethodChoice::kCompletion),
       "One pass of a network that knows what the face looked like before", "completion"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintMethod", values);
  return type;
}

GType blend_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Blend::kFeather), "Fade out over a few pixels around the hole", "feather"},
      {static_cast<int>(Blend::kPoisson), "Poisson blending: the picture's colours, no seam",
       "poisson"},
      {static_cast<int>(Blend::kNone), "Hard edge", "none"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintBlend", values);
  return type;
}

GType on_error_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(OnError::kFail), "Stop with an error", "fail"},
      {static_cast<int>(OnError::kPassthrough), "Pass the frame on unrepaired, with a warning",
       "passthrough"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstGanInpaintOnError", values);
  return type;
}

}  // namespace

RepairOptions RepairSettings::repair_options() const {
  RepairOptions options = preset_options(preset);
  if (iterations != kKeepPreset) options.search.iterations = static_cast<int>(iterations);
  if (lambda >= 0) options.search.lambda = lambda;
  if (learning_rate > 0) options.search.learning_rate = learning_rate;
  if (restarts != kKeepPreset) options.search.restarts = static_cast<int>(restarts);
  options.search.seed = seed;
  options.blend = blend;
  options.guard_px = kGuardPixels;
  options.validate();
  return options;
}

std::string RepairSettings::model_name() const {
  if (model != "auto") return model;
  const bool latent =
      method == MethodChoice::kLatent || (method == MethodChoice::kAuto && search_is_set);
  return latent ? kDefaultModel : kDefaultCompletionModel;
}

std::optional<GstClockTime> RepairSettings::time_limit(bool is_live, RepairMethod of_model,
                                                       GstClockTime frame_duration) const {
  if (deadline_ms > 0) return static_cast<GstClockTime>(deadline_ms) * GST_MSECOND;
  const bool can_wait = memory && of_model == RepairMethod::kCompletion;
  if (deadline_ms == 0 || !is_live || !can_wait || frame_duration == 0) return {};
  constexpr GstClockTime kPercent = 85;  // the rest is for the encoder
  return gst_util_uint64_scale(frame_duration, kPercent, 100);
}

void RepairSettings::check_method(RepairMethod of_model) const {
  const bool completes = of_model == RepairMethod::kCompletion;
  if (!completes && !photograph.empty())
    throw Error(ErrorCode::kUsage,
                "ganinpaint: photograph is for method=completion, but model '" + model_name() +
                    "' repairs by method=latent; leave photograph or the other settings alone");
  if (method == MethodChoice::kAuto || completes == (method == MethodChoice::kCompletion)) return;
  throw Error(ErrorCode::kUsage, "ganinpaint: model '" + model + "' repairs by method=" +
                                     (completes ? "completion" : "latent") +
                                     ", but method=" + (completes ? "latent" : "completion") +
                                     " was asked for; leave method alone, or name another model");
}

void add_repair_settings(PropertyTable<RepairSettings>& properties) {
  properties
      .add(g_param_spec_string(
               "model", "Model",
               "Name or path of a .safetensors model; auto = the one that ships for the "
               "method",
               "auto", kWhenStopped),
           &RepairSettings::model)
      .add(g_param_spec_string("device", "Device", "auto, cpu, cuda or cuda:N", "auto",
                               kWhenStopped),
           &RepairSettings::device)
      .add(g_param_spec_enum("method", "Method",
                             "How a hole is filled: by the model's method, unless one is asked for",
                             method_type(), static_cast<int>(MethodChoice::kAuto), kWhenStopped),
           &RepairSettings::method)
      .add(g_param_spec_string("preset", "Preset",
                               "fast (from the encoder's latent vector, few steps), paper (Yeh et "
                               "al. 2017) or seed: the "
                               "values that the other properties override",
                               "fast", kWhenStopped),
           &RepairSettings::preset)
      .add(g_param_spec_uint("iterations", "Iterations",
                             "Most search steps a face; 0 = the preset's", 0, 100000, kKeepPreset,
                             kControlled),
           &RepairSettings::iterations)
      .add(g_param_spec_double("lambda", "Lambda",
                               "Weight of the perceptual loss; negative = the preset's", -1, 1000,
                               -1, kControlled),
           &RepairSettings::lambda)
      .add(g_param_spec_double("learning-rate", "Learning rate",
                               "Adam's step size on z; 0 = the preset's", 0, 1, 0, kControlled),
           &RepairSettings::learning_rate)
      .add(g_param_spec_uint("restarts", "Restarts",
                             "Searches a face, the best is kept; 0 = the preset's", 0, 64,
                             kKeepPreset, kControlled),
           &RepairSettings::restarts)
      .add(g_param_spec_uint64("seed", "Seed", "Of the first z", 0, G_MAXUINT64, 1, kControlled),
           &RepairSettings::seed)
      .add(g_param_spec_int("deadline", "Deadline",
                            "Milliseconds that a frame may take, 0 = no limit, -1 = most of a "
                            "frame's duration, facemask's time included, in a live stream that is "
                            "completed with memory: a search stops in time; a completion that is "
                            "not ready goes on for later frames, and the face shows its last one "
                            "or what is remembered of it",
                            kAutoDeadline, G_MAXINT, kAutoDeadline, kControlled),
           &RepairSettings::deadline_ms)
      .add(g_param_spec_uint("batch-size", "Batch size",
                             "Frames that are repaired together; more go through faster and wait "
                             "longer",
                             1, 256, 1, kAnyTime),
           &RepairSettings::batch_size)
      .add(g_param_spec_uint("batch-timeout", "Batch timeout",
                             "Milliseconds after which an incomplete batch is repaired", 1, 60000,
                             40, kAnyTime),
           &RepairSettings::batch_timeout_ms)
      .add(g_param_spec_boolean(
               "memory", "Memory",
               "Repair each tracked face from what it looked like before it was covered, "
               "or start its search from its z in the last frame",
               TRUE, kControlled),
           &RepairSettings::memory)
      .add(g_param_spec_string(
               "photograph", "Photograph",
               "JPEG or PNG file with a photograph of the person, whose largest face counts: where "
               "no earlier frame helps, a completion takes its detail (eyes, glasses, beard); for "
               "pictures of one person",
               "", kWhenStopped),
           &RepairSettings::photograph)
      .add(g_param_spec_enum("blend", "Blend", "How the hole meets the picture around it",
                             blend_type(), static_cast<int>(Blend::kFeather), kControlled),
           &RepairSettings::blend)
      .add(g_param_spec_enum("on-error", "On error", "What happens when a face cannot be repaired",
                             on_error_type(), static_cast<int>(OnError::kFail), kControlled),
           &RepairSettings::on_error)
      .add(g_param_spec_boolean("post-messages", "Post messages",
                                "Post the statistics as an element message once a second and at "
                                "the end",
                                FALSE, kAnyTime),
           &RepairSettings::post_messages)
      .add(g_param_spec_boolean("post-reports", "Post reports",
                                "Post an element message for each frame: its faces, and what "
                                "became of each",
                                FALSE, kAnyTime),
           &RepairSettings::post_reports)
      .add(g_param_spec_boolean("qos", "Quality of service",
                                "Drop frames that come too late to be shown, unrepaired", FALSE,
                                kAnyTime),
           &RepairSettings::qos);
  gst_type_mark_as_plugin_api(method_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(blend_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(on_error_type(), static_cast<GstPluginAPIFlags>(0));
}

}  // namespace ganface::gst
