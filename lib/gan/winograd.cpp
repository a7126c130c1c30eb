// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the kernel 4, stride 2, pad 1 convolution.
#include "gan/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

namespace ganface::gan::winograd {
namespace {

// Channels are worked on in strips that stay in the first-level cache.
constexpr int kStrip = 32;

// F(2, 2): points 0, 1, infinity (in the form with entries 0 and +-1 only).
struct F2 {
  static constexpr int kTile = 2, kPoints = 3;
  static constexpr float kInput[3][3] = {{1, -1, 0}, {0, 1, 0}, {0, 1, -1}};
  static constexpr float kKernel[3][2] = {{1, 0}, {1, 1}, {0, 1}};
  static constexpr float kOutput[2][3] = {{1, 1, 0}, {0, 1, -1}};
};

// F(4, 2): Toom-Cook points 0, 1, -1, 2, infinity.
struct F4 {
  static constexpr int kTile = 4, kPoints = 5;
  static constexpr float kInput[5][5] = {
      {2, -1, -2, 1, 0}, {0, -2, -1, 1, 0}, {0, 2, -3, 1, 0}, {0, -1, 0, 1, 0}, {0, 2, -1, -2, 1}};
  static constexpr float kKernel[5][2] = {
      {1.f / 2, 0}, {-1.f / 2, -1.f / 2}, {-1.f / 6, 1.f / 6}, {1.f / 6, 1.f / 3}, {0, 1}};
  static constexpr float kOutput[4][5] = {
      {1, 1, 1, 1, 0}, {0, 1, -1, 2, 0}, {0, 1, 1, 4, 0}, {0, 1, -1, 8, 1}};
};

template <int Rows, int Columns>
using Matrix = float[Rows][Columns];

template <int Side>
using Block = float[Side][Side][kStrip];

// out = L in L^T, or L^T in L when Transposed, for every channel of a strip.
template <bool Transposed, int In, int Out, int Rows, int Columns>
inline void sandwich(const Matrix<Rows, Columns>& left, const Block<In>& in, Block<Out>& out) {
  const auto coefficient = [&left](int o, int i) { return Transposed ? left[i][o] : left[o][i]; };
  float half[Out][In][kStrip];
#pragma GCC unroll 8
  for (int o = 0; o < Out; ++o)
#pragma GCC unroll 8
    for (int column = 0; column < In; ++column)
      for (int c = 0; c < kStrip; ++c) {
        float sum = 0;
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i)
          if (coefficient(o, i) != 0) sum += coefficient(o, i) * in[i][column][c];
        half[o][column][c] = sum;
      }
#pragma GCC unroll 8
  for (int row = 0; row < Out; ++row)
#pragma GCC unroll 8
    for (int o = 0; o < Out; ++o)
      for (int c = 0; c < kStrip; ++c) {
        float sum = 0;
#pragma GCC unroll 8
        for (int i = 0; i < In; ++i)
          if (coefficient(o, i) != 0) sum += coefficient(o, i) * half[row][i][c];
        out[row][o][c] = sum;
      }
}

template <typename F>
void to_tiles_of(const float* wide, float* tiles, int64_t images, int64_t channels, int64_t height,
                 int64_t width) {
  constexpr int kPoints = F::kPoints, kTile = F::kTile;
  const int64_t rows = height / 2 / kTile, columns = width / 2 / kTile;
  const int64_t tile_count = images * rows * columns, plane = tile_count * 4 * channels;
  at::parallel_for(0, tile_count, 1, [&](int64_t begin, int64_t end) {
    Block<kPoints> in, out;
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t image = tile / (rows * columns);
      const int64_t top = tile / columns % rows * kTile, left = tile % columns * kTile;
      const float* picture = wide + image * height * width * channels;
      for (int phase = 0; phase < 4; ++phase) {
        for (int64_t first = 0; first < channels; first += kStrip) {
          const auto strip = static_cast<size_t>(std::min<int64_t>(kStrip, channels - first));
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j) {
              const int64_t y = 2 * (top + i) + phase / 2 - 1, x = 2 * (left + j) + phase % 2 - 1;
              if (y < 0 || y >= height || x < 0 || x >= width)
                std::memset(in[i][j], 0, sizeof in[i][j]);
              else
                std::memcpy(in[i][j], picture + (y * width + x) * channels + first,
                            strip * sizeof(float));
            }
          sandwich<false, kPoints, kPoints>(F::kInput, in, out);
          float* target = tiles + (tile * 4 + phase) * channels + first;
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              std::memcpy(target + (i * kPoints + j) * plane, out[i][j], strip * sizeof(float));
        }
      }
    }
  });
}

template <typename F>
void from_tiles_of(const float* tiles, float* wide, int64_t images, int64_t channels,
                   int64_t height, int64_t width) {
  constexpr int kPoints = F::kPoints, kTile = F::kTile;
  const int64_t rows = height / 2 / kTile, columns = width / 2 / kTile;
  const int64_t tile_count = images * rows * columns, plane = tile_count * 4 * channels;
  // Neighbouring tiles overlap by one row, so an image belongs to one thread.
  at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
    Block<kPoints> in, out;
    std::memset(in, 0, sizeof in);
    for (int64_t image = begin; image < end; ++image) {
      float* picture = wide + image * height * width * channels;
      std::memset(picture, 0, static_cast<size_t>(height * width * channels) * sizeof(float));
      for (int64_t t = 0; t < rows * columns; ++t) {
        const int64_t tile = image * rows * columns + t;
        const int64_t top = t / columns * kTile, left = t % columns * kTile;
        for (int phase = 0; phase < 4; ++phase) {
          for (int64_t first = 0; first < channels; first += kStrip) {
            const int64_t strip = std::min<int64_t>(kStrip, channels - first);
            const float* source = tiles + (tile * 4 + phase) * channels + first;
            for (int i = 0; i < kPoints; ++i)
              for (int j = 0; j < kPoints; ++j)
                std::memcpy(in[i][j], source + (i * kPoints + j) * plane,
                            static_cast<size_t>(strip) * sizeof(float));
            sandwich<true, kPoints, kPoints>(F::kInput, in, out);
            for (int i = 0; i < kPoints; ++i)
              for (int j = 0; j < kPoints; ++j) {
                const int64_t y = 2 * (top + i) + phase / 2 - 1, x = 2 * (left + j) + phase % 2 - 1;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                float* pixel = picture + (y * width + x) * channels + first;
                for (int64_t c = 0; c < strip; ++c) pixel[c] += out[i][j][c];
              }
          }
        }
      }
    }
  });
}

// Gathers (products -> narrow) or scatters (narrow -> products) m x m output tiles.
template <typename F, bool Gather>
void outputs_of(float* products, float* narrow, int64_t images, int64_t channels, int64_t height,
                int64_t width) {
  constexpr int kPoints = F::kPoints, kTile = F::kTile;
  const int64_t rows = height / kTile, columns = width / kTile;
  const int64_t tile_count = images * rows * columns, plane = tile_count * channels;
  at::parallel_for(0, tile_count, 1, [&](int64_t begin, int64_t end) {
    Block<kPoints> points;
    Block<kTile> pixels;
    std::memset(points, 0, sizeof points);
    std::memset(pixels, 0, sizeof pixels);
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t image = tile / (rows * columns);
      const int64_t top = tile / columns % rows * kTile, left = tile % columns * kTile;
      for (int64_t first = 0; first < channels; first += kStrip) {
        const size_t bytes =
            static_cast<size_t>(std::min<int64_t>(kStrip, channels - first)) * sizeof(float);
        float* product = products + tile * channels + first;
        const auto pixel = [&](int i, int j) {
          return narrow + ((image * height + top + i) * width + left + j) * channels + first;
        };
        if constexpr (Gather) {
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              std::memcpy(points[i][j], product + (i * kPoints + j) * plane, bytes);
          sandwich<false, kPoints, kTile>(F::kOutput, points, pixels);
          for (int i = 0; i < kTile; ++i)
            for (int j = 0; j < kTile; ++j) std::memcpy(pixel(i, j), pixels[i][j], bytes);
        } else {
          for (int i = 0; i < kTile; ++i)
            for (int j = 0; j < kTile; ++j) std::memcpy(pixels[i][j], pixel(i, j), bytes);
          sandwich<true, kTile, kPoints>(F::kOutput, pixels, points);
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              std::memcpy(product + (i * kPoints + j) * plane, points[i][j], bytes);
        }
      }
    }
  });
}

// Tap [2u + a] of a kernel row is tap u of polyphase component a.
at::Tensor polyphase(const at::Tensor& weight) {  // [K, C, 4, 4] -> [u, v, (a, b, C), K]
  const int64_t k = weight.size(0), c = weight.size(1);
  return weight.contiguous()
      .view({k, c, 2, 2, 2, 2})
      .permute({2, 4, 3, 5, 1, 0})
      .reshape({2, 2, 4 * c, k});
}

template <typename F>
void kernel_of(const float* taps, float* transformed, int64_t size) {
  constexpr int kPoints = F::kPoints;
  at::parallel_for(0, size, 4096, [&](int64_t begin, int64_t end) {
    for (int i = 0; i < kPoints; ++i)
      for (int j = 0; j < kPoints; ++j) {
        float* target = transformed + (i * kPoints + j) * size;
        const float c00 = F::kKernel[i][0] * F::kKernel[j][0];
        const float c01 = F::kKernel[i][0] * F::kKernel[j][1];
        const float c10 = F::kKernel[i][1] * F::kKernel[j][0];
        const float c11 = F::kKernel[i][1] * F::kKernel[j][1];
        for (int64_t n = begin; n < end; ++n)
          target[n] = c00 * taps[n] + c01 * taps[size + n] + c10 * taps[2 * size + n] +
                      c11 * taps[3 * size + n];
      }
  });
}

template <typename F>
void kernel_adjoint_of(const float* transformed, float* taps, int64_t size) {
  constexpr int kPoints = F::kPoints;
  at::parallel_for(0, size, 4096, [&](int64_t begin, int64_t end) {
    for (int tap = 0; tap < 4; ++tap) {
      float* target = taps + tap * size;
      std::fill(target + begin, target + end, 0.f);
      for (int i = 0; i < kPoints; ++i)
        for (int j = 0; j < kPoints; ++j) {
          const float coefficient = F::kKernel[i][tap / 2] * F::kKernel[j][tap % 2];
          const float* source = transformed + (i * kPoints + j) * size;
          if (coefficient == 0) continue;
          for (int64_t n = begin; n < end; ++n) target[n] += coefficient * source[n];
        }
    }
  });
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor empty_channels_last(at::IntArrayRef shape) {
  return at::empty(shape, at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
}

int64_t points(int m) { return (m + 1) * (m + 1); }

}  // namespace

int tile_side(int64_t narrow_height, int64_t narrow_width) {
  if (narrow_height % 4 == 0 && narrow_width % 4 == 0) return 4;
  if (narrow_height % 2 == 0 && narrow_width % 2 == 0) return 2;
  return 0;
}

at::Tensor to_tiles(const at::Tensor& wide, int m) {
  const at::Tensor x = channels_last(wide);
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  at::Tensor tiles = at::empty({points(m), n * (h / 2 / m) * (w / 2 / m), 4 * c});
  (m == 4 ? to_tiles_of<F4> : to_tiles_of<F2>)(x.data_ptr<float>(), tiles.data_ptr<float>(), n, c,
                                               h, w);
  return tiles;
}

at::Tensor from_tiles(const at::Tensor& tiles, int m, at::IntArrayRef wide_shape) {
  at::Tensor wide = empty_channels_last(wide_shape);
  (m == 4 ? from_tiles_of<F4> : from_tiles_of<F2>)(tiles.data_ptr<float>(), wide.data_ptr<float>(),
                                                   wide_shape[0], wide_shape[1], wide_shape[2],
                                                   wide_shape[3]);
  return wide;
}

at::Tensor gather_outputs(const at::Tensor& products, int m, at::IntArrayRef narrow_shape) {
  at::Tensor narrow = empty_channels_last(narrow_shape);
  (m == 4 ? outputs_of<F4, true> : outputs_of<F2, true>)(products.data_ptr<float>(),
                                                         narrow.data_ptr<float>(), narrow_shape[0],
                                                         narrow_shape[1], narrow_shape[2],
                                                         narrow_shape[3]);
  return narrow;
}

at::Tensor scatter_outputs(const at::Tensor& narrow, int m) {
  const at::Tensor x = channels_last(narrow);
  const int64_t n = x.size(0), k = x.size(1), h = x.size(2), w = x.size(3);
  at::Tensor products = at::empty({points(m), n * (h / m) * (w / m), k});
  (m == 4 ? outputs_of<F4, false> : outputs_of<F2, false>)(products.data_ptr<float>(),
                                                           x.data_ptr<float>(), n, k, h, w);
  return products;
}

at::Tensor transform_kernel(const at::Tensor& weight, int m) {
  const at::Tensor taps = polyphase(weight);
  at::Tensor transformed = at::empty({points(m), taps.size(2), taps.size(3)});
  (m == 4 ? kernel_of<F4> : kernel_of<F2>)(taps.data_ptr<float>(), transformed.data_ptr<float>(),
                                           taps.size(2) * taps.size(3));
  return transformed;
}

at::Tensor transform_kernel_adjoint(const at::Tensor& transformed, int m) {
  const int64_t c = transformed.size(1) / 4, k = transformed.size(2);
  at::Tensor taps = at::empty({2, 2, 2, 2, c, k});
  (m == 4 ? kernel_adjoint_of<F4> : kernel_adjoint_of<F2>)(transformed.data_ptr<float>(),
                                                           taps.data_ptr<float>(), 4 * c * k);
  return taps.permute({5, 4, 0, 2, 1, 3}).reshape({k, c, 4, 4});
}

}  // namespace ganface::gan::winograd
