// SPDX-License-Identifier: MIT
// Owns how many kernels oneDNN keeps for LibTorch.
#include "nn/runtime/onednn_kernels.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <mutex>
#include <string>

namespace ganface::nn {
namespace {

constexpr int kUsual = 1024;

int find_onednn(dl_phdr_info* info, size_t, void* path) {
  if (std::string(info->dlpi_name).find("/libdnnl.so") == std::string::npos) return 0;
  *static_cast<std::string*>(path) = info->dlpi_name;
  return 1;
}

// The library has no header of its own where LibTorch is installed.
void raise_capacity() {
  for (const char* variable : {"ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY"})
    if (std::getenv(variable) != nullptr) return;
  std::string path;
  dl_iterate_phdr(find_onednn, &path);
  void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return;
  const auto get =
      reinterpret_cast<int (*)(int*)>(dlsym(library, "dnnl_get_primitive_cache_capacity"));
  const auto set =
      reinterpret_cast<int (*)(int)>(dlsym(library, "dnnl_set_primitive_cache_capacity"));
  int capacity = 0;
  if (get != nullptr && set != nullptr && get(&capacity) == 0 && capacity == kUsual)
    set(kKernelsKept);
  dlclose(library);
}

}  // namespace

void keep_kernels() {
  static std::once_flag once;
  std::call_once(once, raise_capacity);
}

}  // namespace ganface::nn
