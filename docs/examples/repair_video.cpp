// SPDX-License-Identifier: MIT
// Owns an example: libganface without GStreamer takes away what covers the faces of a video, frame
// by frame.
//
//   c++ -std=c++17 -o repair_video repair_video.cpp $(pkg-config --cflags --libs ganface)
//   ./repair_video OUT_FOLDER FRAME.png...
#include <ganface/error.h>
#include <ganface/face_tracker.h>
#include <ganface/occlusion.h>
#include <ganface/video_repairer.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace {

// A picture of ours on its way through the engine.
struct PictureFrame : ganface::VideoFrame {
  ganface::Image picture;
  explicit PictureFrame(const std::string& file) : picture(ganface::read_image(file)) {}
  ganface::FrameView view() override { return ganface::frame_of(picture); }
  ganface::Frame writable() override { return ganface::frame_of(picture); }
};

void repair(const std::filesystem::path& out, const std::vector<std::string>& files) {
  ganface::FaceTracker tracker{ganface::DetectorOptions{}};
  ganface::OcclusionTracker occlusions;
  ganface::VideoRepairer repairer("lfw-complete128");
  ganface::RepairRun run;
  run.options.completion.test_time_augmentation = true;  // there is no hurry
  for (const std::string& file : files) {
    PictureFrame frame(file);
    const std::vector<ganface::TrackedFace> faces = tracker.track(frame.view());
    const std::vector<ganface::FaceOcclusion> found = occlusions.track(frame.view(), faces);
    for (size_t i = 0; i < faces.size(); ++i) {
      frame.faces.push_back(
          ganface::masked_face(faces[i].id, faces[i].transform, found[i].hole.view()));
      frame.faces.back().may_be_reference = found[i].verdict == ganface::OcclusionVerdict::kClear;
    }
    const ganface::RepairCounts counts = repairer.repair({&frame}, run);
    ganface::write_png(out / std::filesystem::path(file).filename(), frame.picture.view());
    std::cout << file << ": " << faces.size() << " faces, " << counts.faces << " repaired\n";
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: " << arguments[0] << " OUT_FOLDER FRAME.png...\n";
    return 2;
  }
  try {
    repair(arguments[1], {arguments + 2, arguments + count});
  } catch (const ganface::Error& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
