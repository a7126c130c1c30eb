// SPDX-License-Identifier: MIT
// Owns the training set: a folder of face images held decoded in memory.
#include "eval/image_folder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ganface/error.h>
#include <ganface/image.h>

#include <vector>

#include "nn/runtime/images.h"

namespace ganface::train {

namespace {

// A file, and the crop or the reason why there is none.
struct Loaded {
  Image crop;
  int width = 0, height = 0;
  std::string damage;
};

std::string size_text(const Loaded& image) {
  return std::to_string(image.width) + "x" + std::to_string(image.height);
}

}  // namespace

ImageFolder::ImageFolder(const std::filesystem::path& folder, int image_size) {
  const std::vector<std::filesystem::path> files = list_images(folder);
  std::vector<Loaded> loaded(files.size());
  at::parallel_for(0, static_cast<int64_t>(files.size()), 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto& file = files[static_cast<size_t>(i)];
      Loaded& image = loaded[static_cast<size_t>(i)];
      Image photograph;
      try {
        photograph = read_image(file);
      } catch (const Error& cause) {
        image.damage = cause.what();
        continue;
      }
      image.width = photograph.width;
      image.height = photograph.height;
      if (image.width == image.height) image.crop = canonical_crop(photograph.view(), image_size);
    }
  });
  std::vector<Image> crops;
  size_t first = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    Loaded& image = loaded[i];
    if (!image.damage.empty()) {
      skipped_.push_back({files[i], image.damage});
      continue;
    }
    if (image.crop.empty())
      throw Error(ErrorCode::kInput, "image '" + files[i].string() + "' is " + size_text(image) +
                                         ", expected a square one; cut the face out of it");
    if (crops.empty()) first = i;
    if (image.width != loaded[first].width)
      throw Error(ErrorCode::kInput,
                  "image '" + files[i].string() + "' is " + size_text(image) + " and '" +
                      files[first].string() + "' is " + size_text(loaded[first]) +
                      "; expected images of one size: LFW photographs of 250x250, or square faces "
                      "scaled alike");
    crops.push_back(std::move(image.crop));
    files_.push_back(files[i]);
  }
  if (crops.empty())
    throw Error(ErrorCode::kInput, "none of the " + std::to_string(files.size()) +
                                       " images of folder '" + folder.string() +
                                       "' can be read; the first: " + skipped_.front().reason);
  crops_ = nn::stack_images(crops);
}

at::Tensor ImageFolder::mean(bool mirrored) const {
  at::Tensor mean = at::zeros({crops_.size(1), crops_.size(2), 3}, torch::kFloat64);
  for (int64_t i = 0; i < size(); ++i) mean += crops_[i].to(torch::kFloat64);
  mean = mean / (127.5 * static_cast<double>(size())) - 1;
  if (mirrored) mean = (mean + mean.flip(1)) / 2;
  return mean.permute({2, 0, 1}).to(torch::kFloat32).contiguous();
}

at::Tensor ImageFolder::batch(const at::Tensor& indices, const at::Tensor& mirrored) const {
  const at::Tensor chosen = crops_.index_select(0, indices);
  return nn::network_input(at::where(mirrored.view({-1, 1, 1, 1}), chosen.flip(2), chosen));
}

}  // namespace ganface::train
