// SPDX-License-Identifier: MIT
// Owns the soak: a live stream for as long as is asked for, with everything happening to it that
// applications do, and a verdict. Usage: see kUsage.
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "live_stream.h"
#include "state_cycles.h"

namespace {

using namespace ganface::soak;

constexpr char kUsage[] =
    "usage: soak [--seconds N] [--seed N] [--most-gap SECONDS]\n"
    "       soak --cycles N [--seed N]    N times NULL to PLAYING and back, of each chain\n"
    "GANFACE_TEST_DATA: a folder with photographs; faces are made up without\n";

constexpr size_t kFewestStops = 8;

struct Options {
  int seconds = 3600, cycles = 0, most_gap = 60, starve_ms = 0;
  uint64_t seed = 1;
};

bool parse(int count, char** arguments, Options& options) {
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count) return false;
    const std::string name = arguments[i];
    char* end = nullptr;
    const unsigned long long value = std::strtoull(arguments[i + 1], &end, 10);
    if (*end != 0 || value > 1000000000) return false;
    if (name == "--seconds")
      options.seconds = static_cast<int>(value);
    else if (name == "--cycles")
      options.cycles = static_cast<int>(value);
    else if (name == "--most-gap")
      options.most_gap = static_cast<int>(value);
    else if (name == "--starve")
      options.starve_ms = static_cast<int>(value);
    else if (name == "--seed")
      options.seed = value;
    else
      return false;
  }
  return true;
}

// A folder for as long as this lives.
class Folder {
 public:
  Folder() {
    gchar* made = g_dir_make_tmp("ganface-soak-XXXXXX", nullptr);
    if (made == nullptr) throw std::runtime_error("no temporary folder can be made");
    path_ = made;
    g_free(made);
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool run(const Options& options) {
  const std::chrono::seconds most_gap(options.most_gap);
  if (options.cycles > 0) {
    Checks checks(most_gap);
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    cycle_states(options.cycles, options.seed, checks);
    return checks.report(false);
  }
  const Folder folder;
  const Materials materials(folder.path());
  std::printf("faces: %s\n", materials.portraits.are_real ? "photographs" : "made up");
  Checks checks(most_gap);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  LiveStream stream(options.seed, checks, materials,
                    std::filesystem::read_symlink("/proc/self/exe").string());
  while (std::chrono::steady_clock::now() < end) stream.play_one(end);
  // On a busy machine a short run has seen too little to judge by.
  while (checks.allocated.size() < kFewestStops)
    stream.play_one(std::chrono::steady_clock::now() + std::chrono::seconds(2));
  std::printf("seed %llu: %.0f s, %llu pipelines, %llu actions\n",
              static_cast<unsigned long long>(options.seed), checks.hours() * 3600,
              static_cast<unsigned long long>(stream.pipelines()),
              static_cast<unsigned long long>(stream.actions()));
  return checks.report(true);
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  if (!parse(count, arguments, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (options.starve_ms > 0) {
    be_a_neighbour(options.starve_ms);
    return 0;
  }
  gst_init(nullptr, nullptr);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  int status = 1;
  try {
    status = run(options) ? 0 : 1;
  } catch (const std::exception& error) {
    std::printf("FAIL: %s\n", error.what());
  }
  gst_deinit();
  return status;
}
