// SPDX-License-Identifier: MIT
// Owns the way between a GObject property and what is typed for it.
#pragma once

#include <gst/gst.h>

#include <string>

namespace ganface::media {

/// Whether a value of this property can be typed: a number, a word, a switch, one or some of a
/// list.
bool can_be_typed(const GParamSpec* spec);

/// What is expected, for a help text: "NUMBER", "TEXT", "{center,left,…}" for one of a list and
/// "{hand+object+…}" for some of it.
std::string expected_text(GParamSpec* spec);

/// The default as it would be typed; empty when there is none.
std::string default_text(GParamSpec* spec);

/// Why `text` is no value of the property; empty when it is one.
std::string refusal(GParamSpec* spec, const std::string& text);

/// Sets the property; `text` has passed refusal().
void set_property(GstElement* element, GParamSpec* spec, const std::string& text);

}  // namespace ganface::media
