// SPDX-License-Identifier: MIT
// Owns the command-line options that are the elements' properties.
#include "media/element_options.h"

#include <ganface/error.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <set>

#include "media/property_text.h"

namespace ganface::media {
namespace {

GstElement* make(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr)
    throw Error(ErrorCode::kUnsupported,
                std::string("GStreamer does not find the element '") + factory +
                    "'; install ganface's plugin, or set GST_PLUGIN_PATH to the folder that holds "
                    "libgstganface.so");
  return GST_ELEMENT(gst_object_ref_sink(element));
}

std::vector<GParamSpec*> settable_properties(GstElement* element) {
  // The last is the tool's own way to learn what became of each frame.
  static const std::set<std::string> kNotOffered{"name", "parent", "qos", "post-reports"};
  guint count = 0;
  GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  std::vector<GParamSpec*> settable;
  for (guint i = 0; i < count; ++i)
    if ((specs[i]->flags & G_PARAM_WRITABLE) != 0 && can_be_typed(specs[i]) &&
        kNotOffered.count(g_param_spec_get_name(specs[i])) == 0)
      settable.push_back(specs[i]);
  g_free(specs);
  return settable;
}

}  // namespace

ElementOptions::ElementOptions() : face_mask_(make("facemask")), inpaint_(make("ganinpaint")) {}

ElementOptions::~ElementOptions() {
  gst_object_unref(face_mask_);
  gst_object_unref(inpaint_);
}

void ElementOptions::add_to(CLI::App& command) {
  add_properties(command, face_mask_, "Faces and holes (facemask)");
  add_properties(command, inpaint_, "Repair (ganinpaint)");
}

void ElementOptions::add_properties(CLI::App& command, GstElement* element,
                                    const std::string& group) {
  for (GParamSpec* spec : settable_properties(element)) {
    const std::string name = g_param_spec_get_name(spec);
    const std::string blurb = g_param_spec_get_blurb(spec);
    if (CLI::Option* both = command.get_option_no_throw("--" + name); both != nullptr) {
      both->description(both->get_description() + "; " + blurb);
      continue;
    }
    if (G_IS_PARAM_SPEC_BOOLEAN(spec)) {
      command
          .add_flag_function(
              "--" + name + ",!--no-" + name,
              [this, name](int64_t times) { given_[name] = times > 0 ? "true" : "false"; },
              blurb + " (default: " + default_text(spec) + ")")
          ->group(group);
      continue;
    }
    command
        .add_option_function<std::string>(
            "--" + name, [this, name](const std::string& text) { given_[name] = text; }, blurb)
        ->check(CLI::Validator([spec](std::string& text) { return refusal(spec, text); }, ""))
        ->type_name(expected_text(spec))
        ->default_str(default_text(spec))
        ->group(group);
  }
}

void ElementOptions::apply(GstElement* face_mask, GstElement* inpaint) const {
  for (const auto& [name, text] : given_)
    for (GstElement* element : {face_mask, inpaint})
      if (GParamSpec* spec =
              g_object_class_find_property(G_OBJECT_GET_CLASS(element), name.c_str()))
        set_property(element, spec, text);
}

bool ElementOptions::paints() const {
  apply(face_mask_, inpaint_);
  gint occlude = 0;
  gboolean draw = FALSE;
  g_object_get(face_mask_, "occlude", &occlude, "draw", &draw, nullptr);
  return occlude != 0 || draw != FALSE;
}

}  // namespace ganface::media
