// SPDX-License-Identifier: MIT
// Owns products with matrices that no longer change.
#include "gan/packed_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace ganface::gan {
namespace {

constexpr int kVectors = 2, kPanel = kVectors * kLanes;
constexpr int kRows = 6;  // with two vectors of columns, twelve sums: as many as registers hold

// `Rows` rows of a [., depth] times a panel [depth, 8 Vectors] -> rows of c [., columns].
template <int Rows, int Vectors>
GANFACE_INLINED void rows_times_panel(const float* a, int64_t depth, const float* panel, float* c,
                                      int64_t columns) {
  Lanes sums[Rows][Vectors] = {};
  for (int64_t k = 0; k < depth; ++k, panel += Vectors * kLanes) {
    const LanesInMemory* row = reinterpret_cast<const LanesInMemory*>(panel);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] += a[r * depth + k] * row[v];
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v)
      reinterpret_cast<LanesInMemory*>(c + r * columns)[v] = sums[r][v];
}

template <int Vectors>
GANFACE_INLINED void times_panel(const float* a, int64_t rows, int64_t depth, const float* panel,
                                 float* c, int64_t columns) {
  for (; rows >= kRows; rows -= kRows, a += kRows * depth, c += kRows * columns)
    rows_times_panel<kRows, Vectors>(a, depth, panel, c, columns);
  switch (rows) {
    case 5:
      return rows_times_panel<5, Vectors>(a, depth, panel, c, columns);
    case 4:
      return rows_times_panel<4, Vectors>(a, depth, panel, c, columns);
    case 3:
      return rows_times_panel<3, Vectors>(a, depth, panel, c, columns);
    case 2:
      return rows_times_panel<2, Vectors>(a, depth, panel, c, columns);
    case 1:
      return rows_times_panel<1, Vectors>(a, depth, panel, c, columns);
  }
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
GANFACE_ALL_LANES void product_in_all_lanes(const float* a, int64_t rows, int64_t depth,
                                            const float* panel, int64_t first, float* c,
                                            int64_t columns) {
  product(a, rows, depth, panel, first, c, columns);
}
#endif

decltype(&product) quickest_product() {
#if defined(__x86_64__)
  if (has_all_lanes()) return product_in_all_lanes;
#endif
  return product;
}

}  // namespace

PackedMatrices::PackedMatrices(const at::Tensor& matrices)
    : rows_(matrices.size(1)), columns_(matrices.size(2)) {
  TORCH_CHECK(columns_ % kGranularity == 0, "packed matrices need a multiple of ", kGranularity,
              " columns, got ", columns_);
  std::vector<at::Tensor> panels;
  for (int64_t first = 0; first < columns_; first += kPanel)
    panels.push_back(matrices.slice(2, first, first + kPanel).flatten(1));
  packed_ = at::cat(panels, 1).contiguous();
}

void PackedMatrices::left_times(const at::Tensor& a, const at::Tensor& product) const {
  static const auto run = quickest_product();
  const int64_t count = a.size(1), panels = (columns_ + kPanel - 1) / kPanel;
  const float* left = a.data_ptr<float>();
  const float* right = packed_.data_ptr<float>();
  float* target = product.data_ptr<float>();
  at::parallel_for(0, a.size(0) * panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t s = i / panels, first = i % panels * kPanel;
      run(left + s * a.stride(0), count, rows_, right + (s * columns_ + first) * rows_, first,
          target + s * product.stride(0), columns_);
    }
  });
}

}  // namespace ganface::gan
