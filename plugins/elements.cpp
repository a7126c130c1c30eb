// SPDX-License-Identifier: MIT
// Owns the entry point of the module that holds the elements.
#include "common/elements.h"

gboolean ganface_register_elements(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(facemask, plugin) && GST_ELEMENT_REGISTER(ganinpaint, plugin) &&
         GST_ELEMENT_REGISTER(ganfake, plugin);
}
