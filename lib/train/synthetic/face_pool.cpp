// SPDX-License-Identifier: MIT
// Owns the photographs that the faces of synthetic pictures are drawn from, and how often each is.
#include "train/synthetic/face_pool.h"

#include <ganface/error.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "models/face_network_sizes.h"

namespace ganface::train {
namespace {

// The crop in the face's own axes.
const Similarity kUnitOfFace =
    Similarity::about({0.5f, 0.5f}, {0.5f, 0.5f}, 1, static_cast<float>(-nn::kFunneledTilt))
        .after(kUnitOfPhotograph);

}  // namespace

FacePool::FacePool(const Photographs& photographs, std::vector<Similarity> faces,
                   std::optional<LabelledHeads> heads)
    : photographs_(photographs), faces_(std::move(faces)), heads_(std::move(heads)) {
  if (!heads_) return;
  // The folder that holds the people's.
  std::map<std::filesystem::path, std::vector<size_t>> sets;
  for (size_t i = 0; i < heads_->files.size(); ++i)
    if (heads_->labels[i].covers.empty())
      sets[heads_->files[i].parent_path().parent_path()].push_back(i);
    else
      covered_.push_back(i);
  for (auto& [folder, numbers] : sets) sets_.push_back(std::move(numbers));
  if (sets_.empty())
    throw Error(ErrorCode::kInput,
                "each of the " + std::to_string(heads_->files.size()) +
                    " labelled heads has something before its face; expected some without");
  if (!heads_->nothing.empty()) nothing_.emplace(heads_->nothing);
}

size_t FacePool::draw(Random& random) const {
  return heads_ ? draw_head(random) : photographs_.draw(random);
}

size_t FacePool::draw_head(Random& random) const {
  // As often as the square root of a set's size says.
  float sum = 0;
  for (const std::vector<size_t>& set : sets_) sum += std::sqrt(static_cast<float>(set.size()));
  float lot = random.unit() * sum;
  for (const std::vector<size_t>& set : sets_) {
    lot -= std::sqrt(static_cast<float>(set.size()));
    if (lot <= 0) return random.one_of(set);
  }
  return sets_.front().front();
}

Similarity FacePool::to_unit(size_t number) const {
  if (!faces_.empty()) return faces_[number];
  // Teachers have put labelled heads upright.
  return heads_ ? kUnitOfPhotograph : kUnitOfFace;
}

}  // namespace ganface::train
