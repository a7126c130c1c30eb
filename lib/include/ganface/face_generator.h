// SPDX-License-Identifier: MIT
// Owns the public face of making faces up.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// Makes faces from latent vectors. Objects may be used from one thread at a time.
class GANFACE_API FaceGenerator {
 public:
  /// Loads a model by name or path onto a device ("auto", "cpu", "cuda", "cuda:N"). Throws
  /// Error(kModel), Error(kDevice), Error(kUsage).
  explicit FaceGenerator(const std::string& model, const std::string& device = "auto");
  ~FaceGenerator();
  FaceGenerator(FaceGenerator&&) noexcept;
  FaceGenerator& operator=(FaceGenerator&&) noexcept;

  /// Side of a face in pixels.
  int size() const;
  /// Numbers in a latent vector.
  int latent_size() const;

  /// `count` latent vectors, U(-1, 1), one after the other; vector i is the same for any count.
  std::vector<float> sample(int count, uint64_t seed) const;

  /// One RGB face for each latent vector. Throws Error(kUsage) when the length is not a multiple
  /// of latent_size().
  std::vector<Image> generate(const std::vector<float>& latents) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
