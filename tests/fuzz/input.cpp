// SPDX-License-Identifier: MIT
// Owns the fuzzing of what is looked at before an input is tried: its type, boxes and texts.
#include <ganface/error.h>
#include <gst/gst.h>

#include <string>

#include "expect.h"
#include "media/input_check.h"
#include "media/subtitle_text.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
  g_setenv("GST_REGISTRY", "/nowhere/registry", TRUE);
  g_setenv("GST_PLUGIN_SYSTEM_PATH", "", TRUE);
  gst_init(nullptr, nullptr);
  // It tells types apart.
  GError* error = nullptr;
  GstPlugin* plugin =
      gst_plugin_load_file(GANFACE_GSTREAMER_PLUGINS "/libgsttypefindfunctions.so", &error);
  ganface::fuzz::expect(plugin != nullptr, "GStreamer tells types apart");
  gst_object_unref(plugin);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace ganface;
  const fuzz::MemoryFile file(bytes, size);
  try {
    media::check_input(file.path());
  } catch (const Error& error) {
    fuzz::expect(error.code() == ErrorCode::kInput || error.code() == ErrorCode::kUnsupported,
                 "what is refused is bad input, or not supported");
  }
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  fuzz::expect(media::plain_subtitle(text, false).size() <= size, "no text grows");
  fuzz::expect(media::plain_subtitle(text, true).size() <= size, "no text grows");
  return 0;
}
