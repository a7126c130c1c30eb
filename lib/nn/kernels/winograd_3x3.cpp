// SPDX-License-Identifier: MIT
// Owns the minimal-filtering (Winograd) form of the 3x3, stride 1, pad 1 convolution.
#include "nn/kernels/winograd_3x3.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "nn/kernels/winograd_strips.h"
#include "nn/runtime/device.h"
#include "nn/runtime/helper_threads.h"

namespace ganface::nn::winograd {
namespace {

// F(2, 3): points 0, 1, -1, infinity (Lavin & Gray 2016).
struct F2x3 {
  static constexpr int kTile = 2, kSeen = 4;
  static constexpr float kInput[kSeen][kSeen] = {
      {1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}};
  static constexpr float kKernel[kSeen][3] = {
      {1, 0, 0}, {1.f / 2, 1.f / 2, 1.f / 2}, {1.f / 2, -1.f / 2, 1.f / 2}, {0, 0, 1}};
  static constexpr float kOutput[kTile][kSeen] = {{1, 1, 1, 0}, {0, 1, -1, 1}};
};

// F(4, 3): points 0, 0.7, -0.7, 1.5, -1.5, infinity. With these the transforms' numbers are of
// about one size, and rounding costs less than half of what it does with the usual 1 and 2
// (Barabasz, Anderson, Soodhalter, Gregg 2020): in bfloat16, results are off by 1 %.
struct F4x3 {
  static constexpr int kTile = 4, kSeen = 6;
  static constexpr float kInput[kSeen][kSeen] = {
      {1.1025f, 0, -2.74f, 0, 1, 0},    {0, -1.575f, -2.25f, 0.7f, 1, 0},
      {0, 1.575f, -2.25f, -0.7f, 1, 0}, {0, -0.735f, -0.49f, 1.5f, 1, 0},
      {0, 0.735f, -0.49f, -1.5f, 1, 0}, {0, 1.1025f, 0, -2.74f, 0, 1}};
  static constexpr float kKernel[kSeen][3] = {{0.907029478f, 0, 0},
                                              {-0.579777365f, -0.405844156f, -0.284090909f},
                                              {-0.579777365f, 0.405844156f, -0.284090909f},
                                              {0.126262626f, 0.189393939f, 0.284090909f},
                                              {0.126262626f, -0.189393939f, 0.284090909f},
                                              {0, 0, 1}};
  static constexpr float kOutput[kTile][kSeen] = {{1, 1, 1, 1, 1, 0},
                                                  {0, 0.7f, -0.7f, 1.5f, -1.5f, 0},
                                                  {0, 0.49f, 0.49f, 2.25f, 2.25f, 0},
                                                  {0, 0.343f, -0.343f, 3.375f, -3.375f, 1}};
};

// Fewer channels make the matrix products too thin, fewer tiles in a picture the transformed kernel
// too large for what it saves.
constexpr int64_t kFewestChannels = 16, kFewestTiles = 16;

// The tiles of a batch of pictures, row by row; those at the right and lower edge may stick out.
struct Tiles {
  int64_t side, images, height, width;
  int64_t rows = (height + side - 1) / side, columns = (width + side - 1) / side;

  int64_t count() const { return images * rows * columns; }
  int64_t image(int64_t tile) const { return tile / (rows * columns); }
  int64_t top(int64_t tile) const { return tile / columns % rows * side; }
  int64_t left(int64_t tile) const { return tile % columns * side; }
};

// What tiles look like at the points [S, T, C]: each of the S is `stride` after the last.
template <typename T>
struct Points {
  T* data;
  int64_t stride;
};

// B^T d B of tiles `begin` to `end` of `picture` [N, H, W, C].
template <typename F, typename T>
GANFACE_INLINED void transform_input(const Tiles& tiles, int64_t begin, int64_t end,
                                     const T* picture, int64_t channels, const Points<T>& points) {
  constexpr int kSeen = F::kSeen;
  strips::Block<kSeen, kSimdWidth> in, out;
  for (int64_t tile = begin; tile < end; ++tile) {
    const int64_t top = tiles.top(tile) - 1, left = tiles.left(tile) - 1;
    const T* own = picture + tiles.image(tile) * tiles.height * tiles.width * channels;
    for (int64_t first = 0; first < channels; first += kSimdWidth) {
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j) {
          const int64_t y = top + i, x = left + j;
          if (y < 0 || y >= tiles.height || x < 0 || x >= tiles.width)
            std::memset(in[i][j], 0, sizeof in[i][j]);
          else
            copy_simd(in[i][j], own + (y * tiles.width + x) * channels + first);
        }
      strips::sandwich<false, kSeen, kSeen>(F::kInput, in, out);
      T* target = points.data + tile * channels + first;
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j, target += points.stride) copy_simd(target, out[i][j]);
    }
  }
}

// A^T p A + bias, at least `least`, of tiles `begin` to `end` -> `picture` [N, H, W, K]. The
// points' rows are `row` long.
template <typename F, typename T>
GANFACE_INLINED void transform_output(const Tiles& tiles, int64_t begin, int64_t end,
                                      const Points<const float>& points, int64_t row,
                                      const float* bias, float least, int64_t channels,
                                      T* picture) {
  constexpr int kSeen = F::kSeen, kTile = F::kTile;
  strips::Block<kSeen, kSimdWidth> in;
  strips::Block<kTile, kSimdWidth> out;
  for (int64_t tile = begin; tile < end; ++tile) {
    const int64_t top = tiles.top(tile), left = tiles.left(tile);
    const int64_t rows = std::min<int64_t>(kTile, tiles.height - top);
    const int64_t columns = std::min<int64_t>(kTile, tiles.width - left);
    T* own = picture + tiles.image(tile) * tiles.height * tiles.width * channels;
    for (int64_t first = 0; first < channels; first += kSimdWidth) {
      const float* source = points.data + tile * row + first;
      for (int i = 0; i < kSeen; ++i)
        for (int j = 0; j < kSeen; ++j, source += points.stride) copy_simd(in[i][j], source);
      strips::sandwich<false, kSeen, kTile>(F::kOutput, in, out);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) {
          for (int c = 0; c < kSimdWidth; ++c)
            out[i][j][c] = std::max(out[i][j][c] + bias[first + c], least);
          copy_simd(own + ((top + i) * tiles.width + left + j) * channels + first, out[i][j]);
        }
    }
  }
}

#if defined(__x86_64__)
// Both, with the instructions that go with the numbers' type.
template <typename F>
GANFACE_ALL_SIMD void transform_input_simd(const Tiles& tiles, int64_t begin, int64_t end,
                                           const float* picture, int64_t channels,
                                           const Points<float>& points) {
  transform_input<F>(tiles, begin, end, picture, channels, points);
}

template <typename F>
GANFACE_ALL_SIMD void transform_output_simd(const Tiles& tiles, int64_t begin, int64_t end,
                                            const Points<const float>& points, int64_t row,
                                            const float* bias, float least, int64_t channels,
                                            float* picture) {
  transform_output<F>(tiles, begin, end, points, row, bias, least, channels, picture);
}

template <typename F>
GANFACE_BFLOAT16_LANES void transform_input_simd(const Tiles& tiles, int64_t begin, int64_t end,
                                                 const at::BFloat16* picture, int64_t channels,
                                                 const Points<at::BFloat16>& points) {
  transform_input<F>(tiles, begin, end, picture, channels, points);
}

template <typename F>
GANFACE_BFLOAT16_LANES void transform_output_simd(const Tiles& tiles, int64_t begin, int64_t end,
                                                  const Points<const float>& points, int64_t row,
                                                  const float* bias, float least, int64_t channels,
                                                  at::BFloat16* picture) {
  transform_output<F>(tiles, begin, end, points, row, bias, least, channels, picture);
}
#endif

// The forms of both that this processor is quickest with.
template <typename F, typename T>
struct Transforms {
  using Input = void (*)(const Tiles&, int64_t, int64_t, const T*, int64_t, const Points<T>&);
  using Output = void (*)(const Tiles&, int64_t, int64_t, const Points<const float>&, int64_t,
                          const float*, float, int64_t, T*);
  Input input = transform_input<F, T>;
  Output output = transform_output<F, T>;

  static const Transforms& chosen() {
    static const Transforms own = [] {
      Transforms quickest;
#if defined(__x86_64__)
      if (std::is_same_v<T, float> ? has_all_simd() : has_bfloat16_lanes()) {
        quickest.input = transform_input_simd<F>;
        quickest.output = transform_output_simd<F>;
      }
#endif
      return quickest;
    }();
    return own;
  }
};

// [S, T, C] for all tiles' points, not written yet. A tile's S are a line of the cache apart from
// what would be a power of two often, and so would drive each other out.
at::Tensor points_of(int64_t count, int64_t tiles, int64_t channels, torch::ScalarType type) {
  constexpr int64_t kApart = 32;
  return at::empty({count, tiles * channels + kApart}, type)
      .slice(1, 0, tiles * channels)
      .view({count, tiles, channels});
}

const at::Tensor& checked(const at::Tensor& weight) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(1) % kSimdWidth == 0 && weight.size(2) == 3 &&
                  weight.size(3) == 3,
              "3x3 Winograd convolution: the kernel is ", weight.sizes(),
              ", expected [out, in, 3, 3] with a multiple of ", kSimdWidth, " of channels in");
  return weight;
}

template <typename F>
at::Tensor transformed(const at::Tensor& weight) {
  const at::Tensor taps =
      at::from_blob(const_cast<float*>(&F::kKernel[0][0]), {F::kSeen, 3}, torch::kFloat32);
  return at::matmul(at::matmul(taps, weight.to(torch::kFloat32)), taps.t())
      .permute({2, 3, 1, 0})
      .reshape({F::kSeen * F::kSeen, weight.size(1), weight.size(0)})
      .to(weight.scalar_type());
}

template <typename F, typename T>
at::Tensor convolved(const at::Tensor& x, const PackedMatrices& kernel, const at::Tensor& bias,
                     float least) {
  const auto& transforms = Transforms<F, T>::chosen();
  const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
  const Tiles tiles{F::kTile, x.size(0), x.size(2), x.size(3)};
  const int64_t in = x.size(1), out = bias.size(0), count = F::kSeen * F::kSeen;
  const at::Tensor seen = points_of(count, tiles.count(), in, x.scalar_type()),
                   products = points_of(count, tiles.count(), kernel.columns(), torch::kFloat32);
  in_parts(tiles.count(), [&](int64_t begin, int64_t end) {
    transforms.input(tiles, begin, end, input.data_ptr<T>(), in,
                     {seen.data_ptr<T>(), seen.stride(0)});
  });
  kernel.left_times(seen, products);
  at::Tensor result = at::empty({x.size(0), out, x.size(2), x.size(3)},
                                x.options().memory_format(at::MemoryFormat::ChannelsLast));
  in_parts(tiles.count(), [&](int64_t begin, int64_t end) {
    transforms.output(tiles, begin, end, {products.data_ptr<float>(), products.stride(0)},
                      kernel.columns(), bias.data_ptr<float>(), least, out, result.data_ptr<T>());
  });
  return result;
}

}  // namespace

Convolution3x3::Convolution3x3(Tile tile, const at::Tensor& weight, const at::Tensor& bias,
                               bool relu)
    : tile_(tile),
      kernel_(tile == Tile::k2 ? transformed<F2x3>(checked(weight))
                               : transformed<F4x3>(checked(weight))),
      bias_(bias.defined() ? bias.to(torch::kFloat32).contiguous() : at::zeros({weight.size(0)})),
      least_(relu ? 0 : -std::numeric_limits<float>::infinity()) {
  TORCH_CHECK(bias_.dim() == 1 && bias_.size(0) == weight.size(0),
              "3x3 Winograd convolution: the bias is ", bias_.sizes(), ", expected [",
              weight.size(0), "]");
}

std::optional<Tile> Convolution3x3::suitable_tile(torch::ScalarType type, int64_t in, int64_t out,
                                                  int64_t height, int64_t width) {
  if (type != torch::kFloat32 && !(type == torch::kBFloat16 && has_bfloat16_lanes())) return {};
  if (std::min(in, out) < kFewestChannels || in % kSimdWidth != 0 ||
      out % PackedMatrices::kGranularity != 0)
    return {};
  if (Tiles{F4x3::kTile, 1, height, width}.count() >= kFewestTiles) return Tile::k4;
  if (Tiles{F2x3::kTile, 1, height, width}.count() >= kFewestTiles) return Tile::k2;
  return {};
}

at::Tensor Convolution3x3::operator()(const at::Tensor& x) const {
  TORCH_CHECK(x.dim() == 4 && x.size(1) == kernel_.rows() && x.scalar_type() == kernel_.type() &&
                  x.device().is_cpu(),
              "3x3 Winograd convolution: got ", x.sizes(), " of ", x.scalar_type(), " on ",
              x.device(), ", expected [any, ", kernel_.rows(), ", any, any] of ", kernel_.type(),
              " on cpu");
  const auto run = [&](auto of_two, auto of_four) {
    return (tile_ == Tile::k2 ? of_two : of_four)(x, kernel_, bias_, least_);
  };
  return x.scalar_type() == torch::kBFloat16
             ? run(convolved<F2x3, at::BFloat16>, convolved<F4x3, at::BFloat16>)
             : run(convolved<F2x3, float>, convolved<F4x3, float>);
}

}  // namespace ganface::nn::winograd
