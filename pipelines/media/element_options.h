// SPDX-License-Identifier: MIT
// Owns the command-line options that are the elements' properties.
#pragma once

#include <gst/gst.h>

#include <CLI/App.hpp>
#include <map>
#include <string>
#include <vector>

namespace ganface::media {

/// One option for each property of facemask and ganinpaint that can be set, under its name. They
/// are read from the installed elements, so that the two never diverge.
class ElementOptions {
 public:
  /// Throws Error(kUnsupported) when the elements are not installed. GStreamer runs.
  ElementOptions();
  ~ElementOptions();
  ElementOptions(const ElementOptions&) = delete;
  ElementOptions& operator=(const ElementOptions&) = delete;

  /// Adds the options to `command`, which refuses values that the property would not take.
  void add_to(CLI::App& command);

  /// Sets what was given on the command line, in both elements where both have the property.
  void apply(GstElement* face_mask, GstElement* inpaint) const;

  /// Whether the options ask for something to be painted that is no repair.
  bool paints() const;

 private:
  void add_properties(CLI::App& command, GstElement* element, const std::string& group);

  GstElement* face_mask_ = nullptr;
  GstElement* inpaint_ = nullptr;
  std::map<std::string, std::string> given_;  // texts by property name
};

}  // namespace ganface::media
