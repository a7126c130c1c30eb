// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the 3x3, stride 1, pad 1 convolution.
#include "gan/winograd_3x3.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>

#include "gan/winograd_strips.h"

namespace ganface::gan::winograd {
namespace {

using strips::kLanes;

// F(4, 3): points 0, 1, -1, 2, -2, infinity (Lavin & Gray 2016).
constexpr int kTile = 4, kSeen = 6, kPoints = kSeen * kSeen;
constexpr float kInput[kSeen][kSeen] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                        {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                        {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
constexpr float kKernel[kSeen][3] = {{1.f / 4, 0, 0},
                                     {-1.f / 6, -1.f / 6, -1.f / 6},
                                     {-1.f / 6, 1.f / 6, -1.f / 6},
                                     {1.f / 24, 1.f / 12, 1.f / 6},
                                     {1.f / 24, -1.f / 12, 1.f / 6},
                                     {0, 0, 1}};
constexpr float kOutput[kTile][kSeen] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};

// Fewer channels make the matrix products too thin, fewer tiles the transformed kernel too large
// for what it saves.
constexpr int64_t kFewestChannels = 16, kFewestTiles = 16;

// The tiles of a batch of pictures, row by row; those at the right and lower edge may stick out.
struct Tiles {
  int64_t images, height, width, rows, columns;

  Tiles(int64_t images, int64_t height, int64_t width)
      : images(images),
        height(height),
        width(width),
        rows((height + kTile - 1) / kTile),
        columns((width + kTile - 1) / kTile) {}
  int64_t count() const { return images * rows * columns; }
  int64_t image(int64_t tile) const { return tile / (rows * columns); }
  int64_t top(int64_t tile) const { return tile / columns % rows * kTile; }
  int64_t left(int64_t tile) const { return tile % columns * kTile; }
};

// B^T d B of tiles `begin` to `end`: `picture` [N, H, W, C] -> `points` [36, T, C], each of the 36
// `stride` after the last.
GANFACE_STRIP void transform_input(const Tiles& tiles, int64_t begin, int64_t end,
                                   const float* picture, int64_t channels, int64_t stride,
                                   float* points) {
  strips::Block<kSeen, kLanes> in, out;
  for (int64_t tile = begin; tile < end; ++tile) {
    const int64_t top = tiles.top(tile) - 1, left = tiles.left(tile) - 1;
    const float* own = picture + tiles.image(tile) * tiles.height * tiles.width * channels;
    for (int64_t first = 0; first < channels; first += kLanes) {
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j) {
          const int64_t y = top + i, x = left + j;
          if (y < 0 || y >= tiles.height || x < 0 || x >= tiles.width)
            std::memset(in[i][j], 0, sizeof in[i][j]);
          else
            strips::copy_lanes(in[i][j], own + (y * tiles.width + x) * channels + first);
        }
      strips::sandwich<false, kSeen, kSeen>(kInput, in, out);
      float* target = points + tile * channels + first;
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j)
          strips::copy_lanes(target + (i * kSeen + j) * stride, out[i][j]);
    }
  }
}

// A^T p A + bias of tiles `begin` to `end`: `points` [36, T, K] -> `picture` [N, H, W, K].
GANFACE_STRIP void transform_output(const Tiles& tiles, int64_t begin, int64_t end,
                                    const float* points, int64_t stride, const float* bias,
                                    float least, int64_t channels, float* picture) {
  strips::Block<kSeen, kLanes> in;
  strips::Block<kTile, kLanes> out;
  for (int64_t tile = begin; tile < end; ++tile) {
    const int64_t top = tiles.top(tile), left = tiles.left(tile);
    const int64_t rows = std::min<int64_t>(kTile, tiles.height - top);
    const int64_t columns = std::min<int64_t>(kTile, tiles.width - left);
    float* own = picture + tiles.image(tile) * tiles.height * tiles.width * channels;
    for (int64_t first = 0; first < channels; first += kLanes) {
      const float* source = points + tile * channels + first;
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j)
          strips::copy_lanes(in[i][j], source + (i * kSeen + j) * stride);
      strips::sandwich<false, kSeen, kTile>(kOutput, in, out);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) {
          float* pixel = own + ((top + i) * tiles.width + left + j) * channels + first;
          for (int c = 0; c < kLanes; ++c)
            pixel[c] = std::max(out[i][j][c] + bias[first + c], least);
        }
    }
  }
}

#if defined(__x86_64__)
// Both, with eight numbers at a time.
__attribute__((target("avx2,fma"))) void transform_input_avx2(const Tiles& tiles, int64_t begin,
                                                              int64_t end, const float* picture,
                                                              int64_t channels, int64_t stride,
                                                              float* points) {
  transform_input(tiles, begin, end, picture, channels, stride, points);
}

__attribute__((target("avx2,fma"))) void transform_output_avx2(
    const Tiles& tiles, int64_t begin, int64_t end, const float* points, int64_t stride,
    const float* bias, float least, int64_t channels, float* picture) {
  transform_output(tiles, begin, end, points, stride, bias, least, channels, picture);
}
#endif

// The forms of both that this processor is quickest with.
struct Transforms {
  decltype(&transform_input) input = transform_input;
  decltype(&transform_output) output = transform_output;
};

const Transforms& transforms() {
  static const Transforms chosen = [] {
    Transforms own;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      own = {transform_input_avx2, transform_output_avx2};
#endif
    return own;
  }();
  return chosen;
}

// [36, T, C] for all tiles' points, not written yet. A tile's 36 are a line of the cache apart from
// what would be a power of two often, and so would drive each other out.
at::Tensor points_of(const Tiles& tiles, int64_t channels) {
  constexpr int64_t kApart = 16;
  const int64_t length = tiles.count() * channels;
  return at::empty({kPoints, length + kApart})
      .slice(1, 0, length)
      .view({kPoints, tiles.count(), channels});
}

}  // namespace

Convolution3x3::Convolution3x3(const at::Tensor& weight, const at::Tensor& bias, bool relu)
    : kernel_([&] {
        const at::Tensor taps =
            at::from_blob(const_cast<float*>(&kKernel[0][0]), {kSeen, 3}, torch::kFloat32);
        return at::matmul(at::matmul(taps, weight), taps.t())
            .permute({2, 3, 1, 0})
            .reshape({kPoints, weight.size(1), weight.size(0)});
      }()),
      bias_(bias.defined() ? bias.contiguous() : at::zeros({weight.size(0)})),
      relu_(relu) {}

bool Convolution3x3::suits(int64_t in, int64_t out, int64_t images, int64_t height, int64_t width) {
  return std::min(in, out) >= kFewestChannels && in % kLanes == 0 &&
         out % PackedMatrices::kGranularity == 0 &&
         Tiles(images, height, width).count() >= kFewestTiles;
}

at::Tensor Convolution3x3::operator()(const at::Tensor& x) const {
  const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
  const Tiles tiles(x.size(0), x.size(2), x.size(3));
  const int64_t in = x.size(1), out = bias_.size(0);
  const at::Tensor seen = points_of(tiles, in), products = points_of(tiles, out);
  at::parallel_for(0, tiles.count(), 1, [&](int64_t begin, int64_t end) {
    transforms().input(tiles, begin, end, input.data_ptr<float>(), in, seen.stride(0),
                       seen.data_ptr<float>());
  });
  kernel_.left_times(seen, products);
  at::Tensor result = at::empty({x.size(0), out, x.size(2), x.size(3)},
                                at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
  const float least = relu_ ? 0 : -std::numeric_limits<float>::infinity();
  at::parallel_for(0, tiles.count(), 1, [&](int64_t begin, int64_t end) {
    transforms().output(tiles, begin, end, products.data_ptr<float>(), products.stride(0),
                        bias_.data_ptr<float>(), least, out, result.data_ptr<float>());
  });
  return result;
}

}  // namespace ganface::gan::winograd
