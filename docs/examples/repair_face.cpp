// SPDX-License-Identifier: MIT
// Owns an example: libganface without GStreamer repairs the mouth of a square face picture.
//
//   c++ -std=c++17 -o repair_face repair_face.cpp $(pkg-config --cflags --libs ganface)
//   ./repair_face face.png repaired.png [MODEL]
#include <ganface/error.h>
#include <ganface/frame.h>
#include <ganface/holes.h>
#include <ganface/model_path.h>
#include <ganface/repair.h>

#include <cstdlib>
#include <iostream>

namespace {

void repair(const char* from, const char* to, const char* model) {
  ganface::Image image = ganface::read_image(from);
  if (image.width != image.height)
    throw ganface::Error(ganface::ErrorCode::kInput, std::string(from) + " is not square");

  const ganface::Inpainter inpainter(model);
  ganface::DamagedFace face;
  face.crop = image;
  face.hole = ganface::region_hole(ganface::Region::kMouth, image.width, 0);
  const ganface::RepairedFace result =
      inpainter.repair({face}, ganface::preset_options("fast")).front();
  if (result.failed)
    throw ganface::Error(ganface::ErrorCode::kInternal, "no loss of the search was finite");

  // result.repaired is the face at the model's size; the picture keeps its own, and its pixels
  // outside the hole.
  ganface::Frame frame = ganface::frame_of(image);
  ganface::composite_crop(frame, ganface::transform_of_box(0, 0, image.width, image.height),
                          result.completion, result.alpha);
  ganface::write_png(to, image.view());
  std::cout << result.iterations << " steps, contextual loss " << result.contextual_loss
            << ", perceptual loss " << result.perceptual_loss << "\n";
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 && count != 4) {
    std::cerr << "usage: " << arguments[0] << " FACE REPAIRED.png [MODEL]\n";
    return 2;
  }
  try {
    repair(arguments[1], arguments[2], count == 4 ? arguments[3] : ganface::kDefaultModel);
  } catch (const ganface::Error& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
