// SPDX-License-Identifier: MIT
// Owns the plugin's entry point.
#include "common/elements.h"
#include "ganface-config.h"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(facemask, plugin) && GST_ELEMENT_REGISTER(ganinpaint, plugin) &&
         GST_ELEMENT_REGISTER(ganfake, plugin);
}

#define PACKAGE "ganface"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, ganface,
                  "Repairs occluded faces and makes faces up, with a GAN", plugin_init,
                  GANFACE_VERSION, "MIT/X11", "ganface", "ganface")
