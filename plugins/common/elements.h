// SPDX-License-Identifier: MIT
// Owns the list of the plugin's elements.
#pragma once

#include <gst/gst.h>

GST_ELEMENT_REGISTER_DECLARE(facemask);
GST_ELEMENT_REGISTER_DECLARE(ganinpaint);
GST_ELEMENT_REGISTER_DECLARE(ganfake);
