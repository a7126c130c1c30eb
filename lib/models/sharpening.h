// SPDX-License-Identifier: MIT
// Owns the filter that gives completed faces the fine detail of photographs.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace ganface::nn {

/// What cannot be known is painted as the mean of what may be, and so is soft, the more so the
/// finer it is. This filter brings each frequency of the finest band of detail to a little more
/// than photographs have of it (train/sharpening_fit.h measures it): a third of a photograph's
/// gradient energy is there, and next to nothing of its contrast, so that it looks sharp and is
/// hardly less like the truth. Where the next band shows no structure, as on skin, it does
/// little.
class Sharpening {
 public:
  /// Does nothing.
  Sharpening() = default;
  /// From a quarter of a symmetric kernel, [R + 1, R + 1], its middle first; the kernel's sum is 1.
  explicit Sharpening(at::Tensor quarter);
  /// From what text() gave. Throws Error(kModel) that says what is wrong with it.
  static Sharpening from_text(const std::string& text);
  std::string text() const;

  bool is_empty() const { return !kernel_.defined(); }

  /// `pictures` [N, 3, H, W] in [-1, 1], completed where `hole` [N, 1, H, W] is 1; they change
  /// there alone, and not within a pixel of what is known.
  at::Tensor operator()(const at::Tensor& pictures, const at::Tensor& hole) const;

 private:
  at::Tensor quarter_, kernel_;  // kernel: [1, 1, K, K]
};

}  // namespace ganface::nn
