// SPDX-License-Identifier: MIT
// Owns the measures of how close a repaired image is to the truth.
#include <ganface/error.h>
#include <ganface/metrics.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ganface {
namespace {

constexpr double kIdentical = 100;  // dB
constexpr int kWindowRadius = 5;
constexpr double kWindowSigma = 1.5;

using Plane = std::vector<double>;

void check(const Image& image, const Image& truth, const Image& where) {
  if (image.width != truth.width || image.height != truth.height ||
      image.channels != truth.channels || image.empty() ||
      (!where.empty() && (where.width != image.width || where.height != image.height)))
    throw Error(ErrorCode::kInput, "the images to compare differ in size or are empty");
}

bool chosen(const Image& where, size_t pixel) { return where.empty() || where.pixels[pixel] != 0; }

Plane luma(const Image& image) {
  Plane plane(static_cast<size_t>(image.width * image.height));
  for (size_t i = 0; i < plane.size(); ++i)
    if (image.channels == 1) {
      plane[i] = image.pixels[i];
    } else {
      const uint8_t* pixel = &image.pixels[3 * i];
      plane[i] = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    }
  return plane;
}

int reflect(int i, int size) {
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  i = ((i % period) + period) % period;
  return i < size ? i : period - i;
}

Plane gaussian(const Plane& plane, int width, int height) {
  double window[2 * kWindowRadius + 1], sum = 0;
  for (int i = -kWindowRadius; i <= kWindowRadius; ++i)
    sum += window[i + kWindowRadius] = std::exp(-i * i / (2 * kWindowSigma * kWindowSigma));
  Plane rows(plane.size()), smooth(plane.size());
  const auto pass = [&](const Plane& from, Plane& to, int dx, int dy) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        double value = 0;
        for (int i = -kWindowRadius; i <= kWindowRadius; ++i)
          value += window[i + kWindowRadius] *
                   from[static_cast<size_t>(reflect(y + i * dy, height) * width +
                                            reflect(x + i * dx, width))];
        to[static_cast<size_t>(y * width + x)] = value / sum;
      }
  };
  pass(plane, rows, 1, 0);
  pass(rows, smooth, 0, 1);
  return smooth;
}

Plane product(const Plane& a, const Plane& b) {
  Plane result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(),
                 [](double x, double y) { return x * y; });
  return result;
}

[[noreturn]] void nothing_chosen() {
  throw Error(ErrorCode::kInput, "no pixel was chosen to compare");
}

}  // namespace

double psnr(const Image& image, const Image& truth, const Image& where) {
  check(image, truth, where);
  double squares = 0;
  size_t count = 0;
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    if (!chosen(where, i / channels)) continue;
    const double difference = double{1} * image.pixels[i] - truth.pixels[i];
    squares += difference * difference;
    ++count;
  }
  if (count == 0) nothing_chosen();
  if (squares == 0) return kIdentical;
  return std::min(kIdentical,
                  10 * std::log10(255.0 * 255.0 * static_cast<double>(count) / squares));
}

double ssim(const Image& image, const Image& truth, const Image& where) {
  check(image, truth, where);
  const double c1 = std::pow(0.01 * 255, 2), c2 = std::pow(0.03 * 255, 2);
  const int width = image.width, height = image.height;
  const Plane x = luma(image), y = luma(truth);
  const Plane mean_x = gaussian(x, width, height), mean_y = gaussian(y, width, height);
  const Plane xx = gaussian(product(x, x), width, height);
  const Plane yy = gaussian(product(y, y), width, height);
  const Plane xy = gaussian(product(x, y), width, height);
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!chosen(where, i)) continue;
    const double mx = mean_x[i], my = mean_y[i];
    const double covariance = xy[i] - mx * my;
    const double variances = xx[i] - mx * mx + yy[i] - my * my;
    sum +=
        (2 * mx * my + c1) * (2 * covariance + c2) / ((mx * mx + my * my + c1) * (variances + c2));
    ++count;
  }
  if (count == 0) nothing_chosen();
  return sum / static_cast<double>(count);
}

double gradient_energy(const Image& image, const Image& where) {
  check(image, image, where);
  double sum = 0;
  const auto add = [&](int x, int y, int dx, int dy) {
    const auto place = [&](int column, int row) {
      return static_cast<size_t>(row) * static_cast<size_t>(image.width) +
             static_cast<size_t>(column);
    };
    if (x + dx >= image.width || y + dy >= image.height) return;
    if (!chosen(where, place(x, y)) || !chosen(where, place(x + dx, y + dy))) return;
    for (int c = 0; c < image.channels; ++c) {
      const double step = double(image.row(y + dy)[(x + dx) * image.channels + c]) -
                          image.row(y)[x * image.channels + c];
      sum += step * step;
    }
  };
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      add(x, y, 1, 0);
      add(x, y, 0, 1);
    }
  return sum;
}

}  // namespace ganface
