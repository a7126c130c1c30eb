// SPDX-License-Identifier: MIT
// Owns the training set: a folder of face images held decoded in memory.
#include "train/image_folder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ganface/error.h>
#include <ganface/image.h>

#include <vector>

#include "gan/images.h"

namespace ganface::train {

ImageFolder::ImageFolder(const std::filesystem::path& folder, int image_size) {
  const std::vector<std::filesystem::path> files = list_images(folder);
  std::vector<Image> crops(files.size());
  at::parallel_for(0, static_cast<int64_t>(files.size()), 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto& file = files[static_cast<size_t>(i)];
      const Image photograph = read_image(file);
      try {
        crops[static_cast<size_t>(i)] = canonical_crop(photograph.view(), image_size);
      } catch (const Error& cause) {
        throw Error(cause.code(), "image '" + file.string() + "': " + cause.what());
      }
    }
  });
  crops_ = gan::stack_images(crops);
}

at::Tensor ImageFolder::batch(const at::Tensor& indices, const at::Tensor& mirrored) const {
  const at::Tensor chosen = crops_.index_select(0, indices);
  return gan::network_input(at::where(mirrored.view({-1, 1, 1, 1}), chosen.flip(2), chosen));
}

}  // namespace ganface::train
