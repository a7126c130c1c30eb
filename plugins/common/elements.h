// SPDX-License-Identifier: MIT
// Owns the list of the plugin's elements.
#pragma once

#include <gst/gst.h>

GST_ELEMENT_REGISTER_DECLARE(facemask);
GST_ELEMENT_REGISTER_DECLARE(ganinpaint);
GST_ELEMENT_REGISTER_DECLARE(ganfake);

/// Registers all of them; plugin.cpp looks it up by this name.
extern "C" __attribute__((visibility("default"))) gboolean ganface_register_elements(
    GstPlugin* plugin);
