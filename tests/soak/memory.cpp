// SPDX-License-Identifier: MIT
// Owns the verdict on a process' memory over time.
#include "memory.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace ganface::soak {
namespace {

constexpr double kMib = 1024 * 1024;
constexpr size_t kWindows = 8;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int find_onednn(struct dl_phdr_info* info, size_t, void* path) {
  if (std::string(info->dlpi_name).find("/libdnnl.so") == std::string::npos) return 0;
  *static_cast<std::string*>(path) = info->dlpi_name;
  return 1;
}

}  // namespace

int kernels_kept() {
  std::string path;
  dl_iterate_phdr(find_onednn, &path);
  void* library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return 0;
  // dnnl::impl::get_primitive_cache_size(int*), which oneDNN has for tests.
  const auto size =
      reinterpret_cast<int (*)(int*)>(dlsym(library, "_ZN4dnnl4impl24get_primitive_cache_sizeEPi"));
  int kernels = 0;
  if (size == nullptr || size(&kernels) != 0) kernels = 0;
  dlclose(library);
  return kernels;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / kMib;
}

double allocated_mib() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / kMib;
}

Series::Trend Series::trend() const {
  Trend trend;
  const size_t begin = samples_.size() / 4;
  trend.samples = samples_.size() - begin;
  const size_t windows = std::min(kWindows, trend.samples);
  std::vector<double> hours, mib;
  for (size_t w = 0; w < windows; ++w) {
    std::vector<double> times, values;
    for (size_t i = begin + w * trend.samples / windows;
         i < begin + (w + 1) * trend.samples / windows; ++i) {
      times.push_back(samples_[i].hours);
      values.push_back(samples_[i].mib);
      trend.most_mib = std::max(trend.most_mib, samples_[i].mib);
    }
    hours.push_back(median(times));
    mib.push_back(median(values));
  }
  if (windows == 0) return trend;
  trend.first_mib = mib.front();
  trend.last_mib = mib.back();
  std::vector<double> slopes;
  for (size_t i = 0; i < windows; ++i)
    for (size_t j = i + 1; j < windows; ++j)
      if (hours[j] > hours[i]) slopes.push_back((mib[j] - mib[i]) / (hours[j] - hours[i]));
  trend.mib_per_hour = median(slopes);
  return trend;
}

}  // namespace ganface::soak
