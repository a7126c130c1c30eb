// SPDX-License-Identifier: MIT
// Owns affine maps between a frame and a canonical crop.
#include "image/affine.h"

#include <ganface/error.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace ganface {

CanonicalTransform inverse(const CanonicalTransform& t) {
  constexpr double kMost = 1e9;  // of a number whose pixels can be counted
  const auto usable = [](const CanonicalTransform& numbers) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [](double number) { return std::abs(number) < kMost; });
  };
  const double determinant = t[0] * t[4] - t[1] * t[3];
  const double a = t[4] / determinant, b = -t[1] / determinant;
  const double c = -t[3] / determinant, d = t[0] / determinant;
  const CanonicalTransform back{a, b, -(a * t[2] + b * t[5]), c, d, -(c * t[2] + d * t[5])};
  if (usable(t) && usable(back)) return back;
  std::string numbers;
  for (const double number : t) numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
  throw Error(ErrorCode::kInput, "the face's frame-to-canonical transform (" + numbers +
                                     ") has no inverse; expected one that takes the frame's pixels "
                                     "of the face to the unit square");
}

CanonicalTransform transform_of_box(double left, double top, double width, double height) {
  return {1 / width, 0, -left / width, 0, 1 / height, -top / height};
}

double crop_side_in_frame(const CanonicalTransform& transform) {
  const CanonicalTransform back = inverse(transform);
  return std::sqrt(std::abs(back[0] * back[4] - back[1] * back[3]));
}

}  // namespace ganface
