// SPDX-License-Identifier: MIT
// Owns a program that loads one model after the other: tests/pipelines/damaged_files.py's.
// It reads "KIND FILE" lines, KIND being repair, generator, finder or segmenter, and answers each
// with "RESULT SECONDS MIB TEXT": RESULT is loads, model (Error(kModel)) or other, TEXT what the
// error says, and MIB the most memory that the process had meanwhile.
#include <ganface/error.h>
#include <ganface/face_detector.h>
#include <ganface/face_generator.h>
#include <ganface/model_information.h>
#include <ganface/occlusion.h>
#include <ganface/repair.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

namespace {

void load(const std::string& kind, const std::string& file) {
  ganface::model_information(file).json();
  if (kind == "repair") ganface::Inpainter inpainter(file, "cpu");
  if (kind == "generator") ganface::FaceGenerator generator(file, "cpu");
  if (kind == "segmenter") ganface::OcclusionSegmenter segmenter(file);
  if (kind == "finder") {
    ganface::DetectorOptions options;
    options.model = file;
    ganface::FaceDetector detector(options);
  }
}

// From now on.
void forget_most_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

double most_memory_mib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  return 0;
}

}  // namespace

int main() {
  for (std::string kind, file; std::cin >> kind && std::getline(std::cin >> std::ws, file);) {
    using Clock = std::chrono::steady_clock;
    forget_most_memory();
    const auto begin = Clock::now();
    const char* result = "loads";
    std::string text;
    try {
      load(kind, file);
    } catch (const ganface::Error& error) {
      result = error.code() == ganface::ErrorCode::kModel ? "model" : "other";
      text = error.what();
      std::replace(text.begin(), text.end(), '\n', ' ');
    }
    std::printf("%s %.3f %.0f %s\n", result,
                std::chrono::duration<double>(Clock::now() - begin).count(), most_memory_mib(),
                text.c_str());
    std::fflush(stdout);
  }
  return 0;
}
