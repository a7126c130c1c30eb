// SPDX-License-Identifier: MIT
// Owns the plugin's entry point: a small module that loads the one with the elements, unless that
// would bring a second LibTorch into the process.
#include <dlfcn.h>
#include <gst/gst.h>
#include <link.h>

#include <string>

#include "ganface-config.h"
#include "torch_library.h"

namespace {

// Next to the plugin; GStreamer takes no file with such a name for a plugin.
constexpr char kElements[] = "libganface-elements.module";

std::string base_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A LibTorch that is loaded and is not the one that the elements are linked with. The tables in
// which both keep their operators are one in a process (STB_GNU_UNIQUE), and the second one to be
// loaded ends it.
std::string other_torch() {
  std::string found;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        const std::string name = base_of(info->dlpi_name);
        if (name.rfind("libtorch_cpu", 0) != 0 || name == GANFACE_TORCH_LIBRARY) return 0;
        *static_cast<std::string*>(data) = info->dlpi_name;
        return 1;
      },
      &found);
  return found;
}

std::string elements_path() {
  Dl_info own{};
  if (dladdr(reinterpret_cast<const void*>(&other_torch), &own) == 0) return kElements;
  const std::string path = own.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + kElements;
}

gboolean plugin_init(GstPlugin* plugin) {
  if (const std::string other = other_torch(); !other.empty()) {
    g_warning(
        "ganface: '%s' is loaded in this process, and the elements need %s; two of them in one "
        "process end it. Run ganface in a process of its own (docs/embedding.md)",
        other.c_str(), GANFACE_TORCH_LIBRARY);
    return FALSE;
  }
  void* const elements = dlopen(elements_path().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (elements == nullptr) {
    g_warning("ganface: the elements cannot be loaded: %s", dlerror());
    return FALSE;
  }
  const auto registers =
      reinterpret_cast<gboolean (*)(GstPlugin*)>(dlsym(elements, "ganface_register_elements"));
  return registers != nullptr && registers(plugin);
}

}  // namespace

#define PACKAGE "ganface"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, ganface,
                  "Repairs occluded faces and makes faces up, with a GAN", plugin_init,
                  GANFACE_VERSION, "MIT/X11", "ganface", "ganface")
