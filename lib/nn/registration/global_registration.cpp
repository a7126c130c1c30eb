// SPDX-License-Identifier: MIT
// Owns the fit of one picture as a whole to another: a similarity and an even light.
#include "nn/registration/global_registration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace ganface::nn {
namespace {

constexpr double kUsual = 0.15;  // error at which a pixel counts half, of 2
constexpr double kPull = 1e-3;   // towards no change, as a share of the pixels that count

using Four = std::array<double, 4>;

// Minimises the sum of weight (basis . x - target)^2, and pull |x - start|^2, over x.
class LeastSquares {
 public:
  void add(const Four& basis, double target, double weight) {
    for (size_t i = 0; i < 4; ++i) {
      const double weighted = weight * basis[i];
      for (size_t j = 0; j <= i; ++j) normal_[i][j] += weighted * basis[j];
      right_[i] += weighted * target;
    }
    weights_ += weight;
  }

  // By Cholesky's factors: the pull makes the matrix positive definite.
  Four solve(const Four& start) const {
    const double pull = kPull * weights_ + 1e-6;
    std::array<Four, 4> factor{};
    Four x = right_;
    for (size_t i = 0; i < 4; ++i) {
      x[i] += pull * start[i];
      for (size_t j = 0; j <= i; ++j) {
        double sum = normal_[i][j] + (i == j ? pull : 0);
        for (size_t k = 0; k < j; ++k) sum -= factor[i][k] * factor[j][k];
        factor[i][j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / factor[j][j];
      }
    }
    for (size_t i = 0; i < 4; ++i) {
      for (size_t k = 0; k < i; ++k) x[i] -= factor[i][k] * x[k];
      x[i] /= factor[i][i];
    }
    for (size_t i = 4; i-- > 0;) {
      for (size_t k = i + 1; k < 4; ++k) x[i] -= factor[k][i] * x[k];
      x[i] /= factor[i][i];
    }
    return x;
  }

 private:
  std::array<Four, 4> normal_{};
  Four right_{};
  double weights_ = 0;
};

double place(int64_t pixel, int64_t side) {
  return (static_cast<double>(pixel) + 0.5) * 2 / static_cast<double>(side) - 1;
}

std::pair<double, double> moved(const Four& similarity, double x, double y) {
  return {x + similarity[0] + similarity[2] * x - similarity[3] * y,
          y + similarity[1] + similarity[3] * x + similarity[2] * y};
}

// Calls do(pixel, x, y) for each pixel of a square picture.
template <typename Do>
void for_each_pixel(int64_t side, Do what) {
  for (int64_t row = 0; row < side; ++row) {
    const double y = place(row, side);
    for (int64_t column = 0; column < side; ++column)
      what(row * side + column, place(column, side), y);
  }
}

}  // namespace

void lay(const float* reference, int64_t side, const WholeMap& map, float* picture, float* known) {
  const int64_t pixels = side * side;
  const auto half = static_cast<double>(side) / 2;
  for_each_pixel(side, [&](int64_t pixel, double x, double y) {
    const auto [u, v] = moved(map.similarity, x, y);
    const double column = (u + 1) * half - 0.5, row = (v + 1) * half - 0.5;
    float values[4] = {};
    if (column > -1 && row > -1 && column < static_cast<double>(side) &&
        row < static_cast<double>(side)) {
      const auto left = static_cast<int64_t>(std::floor(column));
      const auto top = static_cast<int64_t>(std::floor(row));
      const auto fx = static_cast<float>(column - static_cast<double>(left));
      const auto fy = static_cast<float>(row - static_cast<double>(top));
      const auto corner = [&](int64_t dx, int64_t dy, float share) {
        const int64_t cx = left + dx, cy = top + dy;
        if (cx < 0 || cy < 0 || cx >= side || cy >= side) return;
        for (int64_t c = 0; c < 4; ++c) values[c] += share * reference[c * pixels + cy * side + cx];
      };
      corner(0, 0, (1 - fx) * (1 - fy));
      corner(1, 0, fx * (1 - fy));
      corner(0, 1, (1 - fx) * fy);
      corner(1, 1, fx * fy);
    }
    known[pixel] = values[3] > 0.9f ? 1.f : 0.f;
    for (size_t c = 0; c < 3; ++c) {
      const Four& light = map.light[c];
      const double from = values[c] / std::max(values[3], 0.5f) + 1;
      picture[static_cast<int64_t>(c) * pixels + pixel] =
          static_cast<float>(from * (light[0] + light[1] * x + light[2] * y) + light[3] - 1);
    }
  });
}

namespace {

// The fit of one reference while it is under way.
class GlobalFit {
 public:
  GlobalFit(const WholeFitInput& input, const Four& start, std::vector<float> weight)
      : input_(input),
        count_(static_cast<size_t>(input.side * input.side)),
        picture_(3 * count_),
        known_(count_),
        weight_(std::move(weight)) {
    fit_.map.similarity = start;
  }

  // Lays the reference under the similarity, finds the light that suits it best, and weighs the
  // pixels anew.
  void light() {
    WholeMap unlit;
    unlit.similarity = fit_.map.similarity;
    lay(input_.reference, input_.side, unlit, picture_.data(), known_.data());
    for (size_t c = 0; c < 3; ++c) light_colour(c);
    weigh();
  }

  // One step of Gauss and Newton towards the similarity that suits the lit reference best.
  void move() {
    const int64_t side = input_.side, pixels = side * side;
    // Slopes per half side, 0 at the border.
    LeastSquares motion;
    const double per_half_side = static_cast<double>(side) / 4;
    for (int64_t row = 1; row + 1 < side; ++row)
      for (int64_t column = 1; column + 1 < side; ++column) {
        const int64_t i = row * side + column;
        const double share = weight_[static_cast<size_t>(i)];
        if (share <= 0) continue;
        const double x = place(column, side), y = place(row, side);
        for (int64_t c = 0; c < 3; ++c) {
          const float* own = picture_.data() + c * pixels + i;
          const double slope_x = (own[1] - own[-1]) * per_half_side;
          const double slope_y = (own[side] - own[-side]) * per_half_side;
          motion.add({slope_x, slope_y, slope_x * x + slope_y * y, slope_y * x - slope_x * y},
                     input_.seen[c * pixels + i] - *own, share);
        }
      }
    const Four more = motion.solve({0, 0, 0, 0});
    for (size_t k = 0; k < 4; ++k) fit_.map.similarity[k] += more[k];
  }

  const GlobalRegistration& fit() const { return fit_; }

 private:
  void light_colour(size_t c) {
    LeastSquares light;
    float* own = picture_.data() + c * count_;
    const float* seen = input_.seen + c * count_;
    for_each_pixel(input_.side, [&](int64_t i, double x, double y) {
      const double share = weight_[static_cast<size_t>(i)] * known_[static_cast<size_t>(i)];
      if (share <= 0) return;
      const double from = own[i] + 1.0;
      light.add({from, from * x, from * y, 1}, seen[i] + 1.0, share);
    });
    const Four found = fit_.map.light[c] = light.solve({1, 0, 0, 0});
    for_each_pixel(input_.side, [&](int64_t i, double x, double y) {
      own[i] = static_cast<float>((own[i] + 1) * (found[0] + found[1] * x + found[2] * y) +
                                  found[3] - 1);
    });
  }

  // The error of the lit reference, and weights that fall with it.
  void weigh() {
    double counts = 0, error = 0;
    for (size_t i = 0; i < count_; ++i) {
      const double counted = input_.kept[i] * known_[i];
      double squares = 0, sum = 0;
      for (size_t c = 0; c < 3; ++c) {
        const double difference = input_.seen[c * count_ + i] - picture_[c * count_ + i];
        squares += difference * difference / 3;
        sum += std::abs(difference) / 3;
      }
      counts += counted;
      error += counted * sum;
      weight_[i] = static_cast<float>(counted / (1 + squares / (kUsual * kUsual)));
    }
    fit_.error = error / std::max(counts, 1.0);
    fit_.counts = counts / static_cast<double>(count_);
  }

  const WholeFitInput& input_;
  const size_t count_;                  // pixels
  std::vector<float> picture_, known_;  // the reference as it lies now
  std::vector<float> weight_;
  GlobalRegistration fit_;
};

}  // namespace

GlobalRegistration register_globally(const WholeFitInput& input, const std::array<double, 4>& start,
                                     std::vector<float> weight, int steps) {
  GlobalFit fit(input, start, std::move(weight));
  fit.light();
  for (int step = 0; step < steps; ++step) {
    fit.move();
    fit.light();
  }
  return fit.fit();
}

std::array<double, 4> similarity_near(const float* flow, const float* weight, int64_t cells) {
  LeastSquares squares;
  for_each_pixel(cells, [&](int64_t i, double x, double y) {
    squares.add({1, 0, x, -y}, flow[i], weight[i]);
    squares.add({0, 1, y, x}, flow[cells * cells + i], weight[i]);
  });
  return squares.solve({0, 0, 0, 0});
}

void write_flow(const WholeMap& map, int64_t side, float* flow) {
  for_each_pixel(side, [&](int64_t i, double x, double y) {
    const auto [u, v] = moved(map.similarity, x, y);
    flow[i] = static_cast<float>(u - x);
    flow[side * side + i] = static_cast<float>(v - y);
  });
}

void write_light(const WholeMap& map, int64_t side, float* gain, float* offset) {
  for (size_t c = 0; c < 3; ++c) {
    const Four& light = map.light[c];
    const int64_t channel = static_cast<int64_t>(c) * side * side;
    for_each_pixel(side, [&](int64_t i, double x, double y) {
      const double own = light[0] + light[1] * x + light[2] * y;
      gain[channel + i] = static_cast<float>(own);
      offset[channel + i] = static_cast<float>(own - 1 + light[3]);
    });
  }
}

}  // namespace ganface::nn
