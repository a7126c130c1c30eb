// SPDX-License-Identifier: MIT
// Owns products with matrices that no longer change.
#include "nn/kernels/packed_product.h"

#include <ATen/ATen.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "nn/runtime/device.h"
#include "nn/runtime/helper_threads.h"

namespace ganface::nn {
namespace {

constexpr int kRows = 6;  // with a panel's vectors of columns, as many sums as registers hold

// Calls part(size, first) for blocks of kRows of `rows`, and for what is left; the size is known
// when it is compiled.
template <typename Part>
GANFACE_INLINED void for_row_blocks(int64_t rows, const Part& part) {
  int64_t first = 0;
  for (; first + kRows <= rows; first += kRows) part(std::integral_constant<int, kRows>(), first);
  switch (rows - first) {
    case 5:
      return part(std::integral_constant<int, 5>(), first);
    case 4:
      return part(std::integral_constant<int, 4>(), first);
    case 3:
      return part(std::integral_constant<int, 3>(), first);
    case 2:
      return part(std::integral_constant<int, 2>(), first);
    case 1:
      return part(std::integral_constant<int, 1>(), first);
  }
}

// ---- float32 ------------------------------------------------------------------------------------

constexpr int kVectors = 2, kPanel = kVectors * kSimdWidth;

// `Rows` rows of a [., depth] times a panel [depth, 8 Vectors] -> rows of c [., columns].
template <int Rows, int Vectors>
GANFACE_INLINED void rows_times_panel(const float* a, int64_t depth, const float* panel, float* c,
                                      int64_t columns) {
  SimdVector sums[Rows][Vectors] = {};
  for (int64_t k = 0; k < depth; ++k, panel += Vectors * kSimdWidth) {
    const SimdVectorInMemory* row = reinterpret_cast<const SimdVectorInMemory*>(panel);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] += a[r * depth + k] * row[v];
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v)
      reinterpret_cast<SimdVectorInMemory*>(c + r * columns)[v] = sums[r][v];
}

template <int Vectors>
GANFACE_INLINED void times_panel(const float* a, int64_t rows, int64_t depth, const float* panel,
                                 float* c, int64_t columns) {
  for_row_blocks(
      rows, [&](auto size, int64_t first) __attribute__((always_inline)) {
        rows_times_panel<decltype(size)::value, Vectors>(a + first * depth, depth, panel,
                                                         c + first * columns, columns);
      });
}

// a [rows, depth] times the panel at column `first` -> that column on of c [rows, columns].
GANFACE_INLINED void product(const float* a, int64_t rows, int64_t depth, const float* panel,
                             int64_t first, float* c, int64_t columns) {
  if (columns - first >= kPanel)
    times_panel<kVectors>(a, rows, depth, panel, c + first, columns);
  else
    times_panel<1>(a, rows, depth, panel, c + first, columns);
}

#if defined(__x86_64__)
GANFACE_ALL_SIMD void product_simd(const float* a, int64_t rows, int64_t depth, const float* panel,
                                   int64_t first, float* c, int64_t columns) {
  product(a, rows, depth, panel, first, c, columns);
}
#endif

decltype(&product) quickest_product() {
#if defined(__x86_64__)
  if (has_all_simd()) return product_simd;
#endif
  return product;
}

// ---- bfloat16 -----------------------------------------------------------------------------------

constexpr int kWide = 2 * kSimdWidth;  // sums in a register, each of pairs of products
constexpr int kMostVectors = 4, kWidePanel = kMostVectors * kWide;

#if defined(__x86_64__)

// `Rows` rows of a [., depth] times a panel [depth / 2, 16 Vectors, 2] -> rows of c [., columns].
// Meanwhile what begins at `ahead` is fetched, `pace` bytes for each two of the depth: the matrices
// of all of a network's layers are more than a cache holds.
template <int Rows, int Vectors>
GANFACE_BFLOAT16_LANES void rows_times_panel(const at::BFloat16* a, int64_t depth,
                                             const at::BFloat16* panel, float* c, int64_t columns,
                                             const char* ahead, int64_t pace) {
  __m512 sums[Rows][Vectors];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; k += 2, panel += Vectors * 2 * kWide, ahead += pace) {
    _mm_prefetch(ahead, _MM_HINT_T1);
    _mm_prefetch(ahead + pace / 2, _MM_HINT_T1);
    __m512bh pairs[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v)
      pairs[v] = (__m512bh)_mm512_loadu_si512(panel + v * 2 * kWide);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      int pair;
      std::memcpy(&pair, a + r * depth + k, sizeof pair);
      const __m512bh own = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], own, pairs[v]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) _mm512_storeu_ps(c + r * columns + v * kWide, sums[r][v]);
}

template <int Vectors>
void times_panel(const at::BFloat16* a, int64_t rows, int64_t depth, const at::BFloat16* panel,
                 float* c, int64_t columns) {
  constexpr int64_t kBytes = Vectors * 2 * kWide * sizeof(at::BFloat16);  // of two of the depth
  const int64_t blocks = (rows + kRows - 1) / kRows, pace = (kBytes + blocks - 1) / blocks;
  const char* next = reinterpret_cast<const char*>(panel) + depth / 2 * kBytes;
  for_row_blocks(rows, [&](auto size, int64_t first) {
    rows_times_panel<decltype(size)::value, Vectors>(a + first * depth, depth, panel,
                                                     c + first * columns, columns, next, pace);
    next += depth / 2 * pace;
  });
}

#else

template <int Vectors>
void times_panel(const at::BFloat16*, int64_t, int64_t, const at::BFloat16*, float*, int64_t) {
  TORCH_CHECK(false, "bfloat16 products need AVX512-BF16");
}

#endif

void product_of_pairs(const at::BFloat16* a, int64_t rows, int64_t depth, const at::BFloat16* panel,
                      int64_t first, float* c, int64_t columns) {
  switch (std::min<int64_t>((columns - first) / kWide, kMostVectors)) {
    case 4:
      return times_panel<4>(a, rows, depth, panel, c + first, columns);
    case 3:
      return times_panel<3>(a, rows, depth, panel, c + first, columns);
    case 2:
      return times_panel<2>(a, rows, depth, panel, c + first, columns);
    case 1:
      return times_panel<1>(a, rows, depth, panel, c + first, columns);
  }
}

// ---- Either -------------------------------------------------------------------------------------

// Panels of the columns of `matrices` [S, K, N], one after the other.
at::Tensor packed(const at::Tensor& matrices) {
  const bool pairs = matrices.scalar_type() == torch::kBFloat16;
  const int64_t width = pairs ? kWidePanel : kPanel;
  std::vector<at::Tensor> panels;
  for (int64_t first = 0; first < matrices.size(2); first += width) {
    const at::Tensor panel = matrices.slice(2, first, first + width);
    panels.push_back(
        (pairs ? panel.unflatten(1, {matrices.size(1) / 2, 2}).transpose(2, 3) : panel).flatten(1));
  }
  return at::cat(panels, 1).contiguous();
}

// x is [count, any, columns] of `type` on the CPU, and each of the count lies row after row.
void expect_each_contiguous(const char* what, const at::Tensor& x, torch::ScalarType type,
                            int64_t count, int64_t columns) {
  TORCH_CHECK(x.dim() == 3 && x.size(0) == count && x.size(2) == columns, "packed matrices: ", what,
              " is ", x.sizes(), ", expected [", count, ", any, ", columns, "]");
  TORCH_CHECK(x.scalar_type() == type && x.device().is_cpu(), "packed matrices: ", what, " is ",
              x.scalar_type(), " on ", x.device(), ", expected ", type, " on cpu");
  // The stride along one row or column alone says nothing.
  TORCH_CHECK((columns <= 1 || x.stride(2) == 1) && (x.size(1) <= 1 || x.stride(1) == columns),
              "packed matrices: ", what, " has strides ", x.strides(), ", expected [any, ", columns,
              ", 1]");
}

template <typename Element, typename Product>
void multiply(const at::Tensor& a, const at::Tensor& packed, int64_t rows, int64_t columns,
              int64_t width, Product run, const at::Tensor& product) {
  const int64_t count = a.size(1), panels = (columns + width - 1) / width;
  const auto* left = a.data_ptr<Element>();
  const auto* right = packed.data_ptr<Element>();
  float* target = product.data_ptr<float>();
  in_parts(a.size(0) * panels, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t s = i / panels, first = i % panels * width;
      run(left + s * a.stride(0), count, rows, right + (s * columns + first) * rows, first,
          target + s * product.stride(0), columns);
    }
  });
}

}  // namespace

PackedMatrices::PackedMatrices(const at::Tensor& matrices) {
  TORCH_CHECK(matrices.dim() == 3 && matrices.device().is_cpu(),
              "packed matrices need [S, K, N] on the CPU, got ", matrices.sizes());
  rows_ = matrices.size(1);
  columns_ = matrices.size(2);
  const bool pairs = matrices.scalar_type() == torch::kBFloat16;
  TORCH_CHECK(pairs || matrices.scalar_type() == torch::kFloat32,
              "packed matrices are in float32 or bfloat16, got ", matrices.scalar_type());
  TORCH_CHECK(columns_ > 0 && columns_ % kGranularity == 0, "packed matrices need a multiple of ",
              kGranularity, " columns, got ", columns_);
  TORCH_CHECK(!pairs || (has_bfloat16_lanes() && rows_ % 2 == 0),
              "packed matrices in bfloat16 need AVX512-BF16 and an even number of rows");
  const int64_t missing = pairs ? columns_ % kWide : 0;
  packed_ = packed(at::constant_pad_nd(matrices, {0, missing}));
  columns_ += missing;
}

void PackedMatrices::left_times(const at::Tensor& a, const at::Tensor& product) const {
  static const auto run = quickest_product();
  expect_each_contiguous("left factor", a, type(), packed_.size(0), rows_);
  expect_each_contiguous("product", product, torch::kFloat32, packed_.size(0), columns_);
  TORCH_CHECK(a.size(1) == product.size(1), "a product of ", a.sizes(),
              " with packed matrices has other rows than its target ", product.sizes());
  if (type() == torch::kBFloat16)
    multiply<at::BFloat16>(a, packed_, rows_, columns_, kWidePanel, product_of_pairs, product);
  else
    multiply<float>(a, packed_, rows_, columns_, kPanel, run, product);
}

}  // namespace ganface::nn
