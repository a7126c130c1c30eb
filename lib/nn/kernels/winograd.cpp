// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the kernel 4, stride 2, pad 1 convolution.
#include "nn/kernels/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "nn/kernels/winograd_strips.h"

namespace ganface::nn::winograd {
namespace {

using strips::Block;
using strips::kStrip;
using strips::load;
using strips::sandwich;
using strips::store;

// F(2, 2): points 0, 1, infinity (in the form with entries 0 and +-1 only).
struct F2x2 {
  static constexpr int kTile = 2, kPoints = 3;
  static constexpr float kInput[3][3] = {{1, -1, 0}, {0, 1, 0}, {0, 1, -1}};
  static constexpr float kKernel[3][2] = {{1, 0}, {1, 1}, {0, 1}};
  static constexpr float kOutput[2][3] = {{1, 1, 0}, {0, 1, -1}};
};

// F(4, 2): Toom-Cook points 0, 1, -1, 2, infinity.
struct F4x2 {
  static constexpr int kTile = 4, kPoints = 5;
  static constexpr float kInput[5][5] = {
      {2, -1, -2, 1, 0}, {0, -2, -1, 1, 0}, {0, 2, -3, 1, 0}, {0, -1, 0, 1, 0}, {0, 2, -1, -2, 1}};
  static constexpr float kKernel[5][2] = {
      {1.f / 2, 0}, {-1.f / 2, -1.f / 2}, {-1.f / 6, 1.f / 6}, {1.f / 6, 1.f / 3}, {0, 1}};
  static constexpr float kOutput[4][5] = {
      {1, 1, 1, 1, 0}, {0, 1, -1, 2, 0}, {0, 1, 1, 4, 0}, {0, 1, -1, 8, 1}};
};

template <typename F, typename T>
void to_tiles_of(const float* wide, T* tiles, int64_t images, int64_t channels, int64_t height,
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
                load(in[i][j], picture + (y * width + x) * channels + first, strip);
            }
          sandwich<false, kPoints, kPoints>(F::kInput, in, out);
          T* target = tiles + (tile * 4 + phase) * channels + first;
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              store(target + (i * kPoints + j) * plane, out[i][j], strip);
        }
      }
    }
  });
}

template <typename F, typename T>
void from_tiles_of(const T* tiles, float* wide, int64_t images, int64_t channels, int64_t height,
                   int64_t width) {
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
            const T* source = tiles + (tile * 4 + phase) * channels + first;
            for (int i = 0; i < kPoints; ++i)
              for (int j = 0; j < kPoints; ++j)
                load(in[i][j], source + (i * kPoints + j) * plane, static_cast<size_t>(strip));
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
template <typename F, bool Gather, typename T>
void outputs_of(T* products, float* narrow, int64_t images, int64_t channels, int64_t height,
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
        const auto strip = static_cast<size_t>(std::min<int64_t>(kStrip, channels - first));
        T* product = products + tile * channels + first;
        const auto pixel = [&](int i, int j) {
          return narrow + ((image * height + top + i) * width + left + j) * channels + first;
        };
        if constexpr (Gather) {
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              load(points[i][j], product + (i * kPoints + j) * plane, strip);
          sandwich<false, kPoints, kTile>(F::kOutput, points, pixels);
          for (int i = 0; i < kTile; ++i)
            for (int j = 0; j < kTile; ++j) store(pixel(i, j), pixels[i][j], strip);
        } else {
          for (int i = 0; i < kTile; ++i)
            for (int j = 0; j < kTile; ++j) load(pixels[i][j], pixel(i, j), strip);
          sandwich<true, kTile, kPoints>(F::kOutput, pixels, points);
          for (int i = 0; i < kPoints; ++i)
            for (int j = 0; j < kPoints; ++j)
              store(product + (i * kPoints + j) * plane, points[i][j], strip);
        }
      }
    }
  });
}

// The sixteen taps of one kernel [C, 4, 4] <-> its polyphase components [u][v][(a, b, C)]: tap
// 2u + a of a kernel row is tap u of component a.
template <bool ToTaps>
void regroup(float* kernel, float* components, int64_t channels) {
  for (int u = 0; u < 2; ++u)
    for (int v = 0; v < 2; ++v)
      for (int phase = 0; phase < 4; ++phase) {
        float* component = components + ((u * 2 + v) * 4 + phase) * channels;
        float* tap = kernel + (2 * u + phase / 2) * 4 + 2 * v + phase % 2;
        for (int64_t c = 0; c < channels; ++c)
          (ToTaps ? tap[16 * c] : component[c]) = ToTaps ? component[c] : tap[16 * c];
      }
}

template <typename F, typename T>
void kernel_of(const float* weight, T* transformed, int64_t kernels, int64_t channels) {
  constexpr int kPoints = F::kPoints;
  const int64_t size = 4 * channels;
  at::parallel_for(0, kernels, 4, [&](int64_t begin, int64_t end) {
    std::vector<float> taps(static_cast<size_t>(4 * size)), sum(static_cast<size_t>(size));
    for (int64_t k = begin; k < end; ++k) {
      regroup<false>(const_cast<float*>(weight) + k * 4 * size, taps.data(), channels);
      for (int i = 0; i < kPoints; ++i)
        for (int j = 0; j < kPoints; ++j) {
          const float c00 = F::kKernel[i][0] * F::kKernel[j][0];
          const float c01 = F::kKernel[i][0] * F::kKernel[j][1];
          const float c10 = F::kKernel[i][1] * F::kKernel[j][0];
          const float c11 = F::kKernel[i][1] * F::kKernel[j][1];
          const float *t00 = taps.data(), *t01 = t00 + size, *t10 = t01 + size, *t11 = t10 + size;
          for (int64_t n = 0; n < size; ++n)
            sum[static_cast<size_t>(n)] = c00 * t00[n] + c01 * t01[n] + c10 * t10[n] + c11 * t11[n];
          store(transformed + ((i * kPoints + j) * kernels + k) * size, sum.data(),
                static_cast<size_t>(size));
        }
    }
  });
}

template <typename F, typename T>
void kernel_adjoint_of(const T* transformed, float* weight, int64_t kernels, int64_t channels) {
  constexpr int kPoints = F::kPoints;
  const int64_t size = 4 * channels;
  at::parallel_for(0, kernels, 4, [&](int64_t begin, int64_t end) {
    std::vector<float> taps(static_cast<size_t>(4 * size)), product(static_cast<size_t>(size));
    for (int64_t k = begin; k < end; ++k) {
      std::fill(taps.begin(), taps.end(), 0.f);
      for (int i = 0; i < kPoints; ++i)
        for (int j = 0; j < kPoints; ++j) {
          load(product.data(), transformed + ((i * kPoints + j) * kernels + k) * size,
               static_cast<size_t>(size));
          for (int tap = 0; tap < 4; ++tap) {
            const float coefficient = F::kKernel[i][tap / 2] * F::kKernel[j][tap % 2];
            float* target = taps.data() + tap * size;
            if (coefficient == 0) continue;
            for (int64_t n = 0; n < size; ++n)
              target[n] += coefficient * product[static_cast<size_t>(n)];
          }
        }
      regroup<true>(weight + k * 4 * size, taps.data(), channels);
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

// Calls work(F2x2 or F4x2, float or bfloat16), for the tile side and the element type of the tiles.
template <typename Work>
void dispatch(int m, torch::ScalarType type, Work work) {
  const auto with_type = [&](auto f) {
    if (type == torch::kBFloat16)
      work(f, at::BFloat16());
    else
      work(f, float());
  };
  if (m == 4)
    with_type(F4x2());
  else
    with_type(F2x2());
}

// Sides of tiles and types of elements that there are.
void expect_kind(int m, torch::ScalarType type) {
  TORCH_CHECK(m == 2 || m == 4, "Winograd tiles have side 2 or 4, got ", m);
  TORCH_CHECK(type == torch::kFloat32 || type == torch::kBFloat16,
              "Winograd tiles are in float32 or bfloat16, got ", type);
}

// A picture [N, C, H, W], whose H and W are whole tiles of `side` pixels.
void expect_whole_tiles(at::IntArrayRef shape, int64_t side) {
  TORCH_CHECK(shape.size() == 4 && shape[2] % side == 0 && shape[3] % side == 0,
              "Winograd tiles: a picture is ", shape, ", expected [N, C, H, W] with multiples of ",
              side, " for H and W");
}

void expect_float_on_cpu(const at::Tensor& x) {
  TORCH_CHECK(x.scalar_type() == torch::kFloat32 && x.device().is_cpu(), "Winograd tiles: got ",
              x.scalar_type(), " on ", x.device(), ", expected float32 on cpu");
}

// Tiles or products on the CPU, one after the other.
at::Tensor checked_points(const at::Tensor& x, int m, int64_t tiles, int64_t channels) {
  TORCH_CHECK(x.device().is_cpu() && x.sizes() == at::IntArrayRef({points(m), tiles, channels}),
              "Winograd tiles: got ", x.sizes(), " on ", x.device(), ", expected [", points(m),
              ", ", tiles, ", ", channels, "] on cpu");
  return x.contiguous();
}

}  // namespace

int tile_side(int64_t narrow_height, int64_t narrow_width) {
  if (narrow_height % 4 == 0 && narrow_width % 4 == 0) return 4;
  if (narrow_height % 2 == 0 && narrow_width % 2 == 0) return 2;
  return 0;
}

at::Tensor to_tiles(const at::Tensor& wide, int m, torch::ScalarType type) {
  expect_kind(m, type);
  expect_float_on_cpu(wide);
  expect_whole_tiles(wide.sizes(), 2 * m);
  const at::Tensor x = channels_last(wide);
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  at::Tensor tiles = at::empty({points(m), n * (h / 2 / m) * (w / 2 / m), 4 * c}, type);
  dispatch(m, type, [&](auto f, auto element) {
    using T = decltype(element);
    to_tiles_of<decltype(f)>(x.data_ptr<float>(), tiles.data_ptr<T>(), n, c, h, w);
  });
  return tiles;
}

at::Tensor from_tiles(const at::Tensor& tiles, int m, at::IntArrayRef shape) {
  expect_kind(m, tiles.scalar_type());
  expect_whole_tiles(shape, 2 * m);
  const at::Tensor x =
      checked_points(tiles, m, shape[0] * (shape[2] / 2 / m) * (shape[3] / 2 / m), 4 * shape[1]);
  at::Tensor wide = empty_channels_last(shape);
  dispatch(m, x.scalar_type(), [&](auto f, auto element) {
    using T = decltype(element);
    from_tiles_of<decltype(f)>(x.data_ptr<T>(), wide.data_ptr<float>(), shape[0], shape[1],
                               shape[2], shape[3]);
  });
  return wide;
}

at::Tensor gather_outputs(const at::Tensor& products, int m, at::IntArrayRef shape) {
  expect_kind(m, products.scalar_type());
  expect_whole_tiles(shape, m);
  const at::Tensor x =
      checked_points(products, m, shape[0] * (shape[2] / m) * (shape[3] / m), shape[1]);
  at::Tensor narrow = empty_channels_last(shape);
  dispatch(m, x.scalar_type(), [&](auto f, auto element) {
    using T = decltype(element);
    outputs_of<decltype(f), true>(x.data_ptr<T>(), narrow.data_ptr<float>(), shape[0], shape[1],
                                  shape[2], shape[3]);
  });
  return narrow;
}

at::Tensor scatter_outputs(const at::Tensor& narrow, int m, torch::ScalarType type) {
  expect_kind(m, type);
  expect_float_on_cpu(narrow);
  expect_whole_tiles(narrow.sizes(), m);
  const at::Tensor x = channels_last(narrow);
  const int64_t n = x.size(0), k = x.size(1), h = x.size(2), w = x.size(3);
  at::Tensor products = at::empty({points(m), n * (h / m) * (w / m), k}, type);
  dispatch(m, type, [&](auto f, auto element) {
    using T = decltype(element);
    outputs_of<decltype(f), false>(products.data_ptr<T>(), x.data_ptr<float>(), n, k, h, w);
  });
  return products;
}

at::Tensor transform_kernel(const at::Tensor& weight, int m, torch::ScalarType type) {
  expect_kind(m, type);
  expect_float_on_cpu(weight);
  TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 4 && weight.size(3) == 4,
              "Winograd tiles: a kernel is ", weight.sizes(), ", expected [K, C, 4, 4]");
  const at::Tensor kernels = weight.contiguous();
  const int64_t k = kernels.size(0), c = kernels.size(1);
  at::Tensor transformed = at::empty({points(m), k, 4 * c}, type);
  dispatch(m, type, [&](auto f, auto element) {
    using T = decltype(element);
    kernel_of<decltype(f)>(kernels.data_ptr<float>(), transformed.data_ptr<T>(), k, c);
  });
  return transformed;
}

at::Tensor transform_kernel_adjoint(const at::Tensor& transformed, int m) {
  expect_kind(m, transformed.scalar_type());
  TORCH_CHECK(transformed.dim() == 3 && transformed.size(2) % 4 == 0,
              "Winograd tiles: a transformed kernel is ", transformed.sizes(),
              ", expected [S, K, 4C]");
  const int64_t k = transformed.size(1), c = transformed.size(2) / 4;
  const at::Tensor x = checked_points(transformed, m, k, 4 * c);
  at::Tensor weight = at::empty({k, c, 4, 4});
  dispatch(m, x.scalar_type(), [&](auto f, auto element) {
    using T = decltype(element);
    kernel_adjoint_of<decltype(f)>(x.data_ptr<T>(), weight.data_ptr<float>(), k, c);
  });
  return weight;
}

}  // namespace ganface::nn::winograd
