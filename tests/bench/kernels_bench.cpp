// SPDX-License-Identifier: MIT
// Measures each hand-written kernel beside what LibTorch has for it, on the sizes of shipped
// networks. Usage: bench-kernels
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/kernels/batched_product.h"
#include "nn/kernels/box_filter.h"
#include "nn/kernels/packed_product.h"
#include "nn/kernels/sampling.h"
#include "nn/layers/convolution.h"
#include "nn/layers/prepared_convolution.h"

namespace {

using namespace ganface;
using Clock = std::chrono::steady_clock;
using Work = std::function<void()>;

constexpr double kWorthIt = 1.15;  // a kernel of our own
constexpr double kSeconds = 0.4;   // of a comparison, at least
constexpr int kFewestRuns = 15;

double seconds(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Least seconds of both, which take turns: what else runs on the machine hits them alike.
std::pair<double, double> least_seconds(const Work& own, const Work& theirs) {
  own();
  theirs();
  std::pair<double, double> least{1e9, 1e9};
  const auto begin = Clock::now();
  for (int run = 0;
       run < kFewestRuns || Clock::now() - begin < std::chrono::duration<double>(kSeconds); ++run) {
    least.first = std::min(least.first, seconds(own));
    least.second = std::min(least.second, seconds(theirs));
  }
  return least;
}

// One of the kernels, on the sizes that shipped networks give it.
class Comparison {
 public:
  Comparison(const char* kernel, const char* theirs) {
    std::printf("%s, beside %s:\n", kernel, theirs);
  }
  ~Comparison() {
    std::printf("  %s: together %.2f times as fast (worth it from %.2f)\n",
                theirs_ >= kWorthIt * own_ ? "worth it" : "NOT WORTH IT", theirs_ / own_, kWorthIt);
  }
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  void add(const std::string& size, const Work& own, const Work& theirs) {
    const auto [own_seconds, their_seconds] = least_seconds(own, theirs);
    std::printf("  %-44s %8.1f us, theirs %8.1f us, ratio %.2f\n", size.c_str(), own_seconds * 1e6,
                their_seconds * 1e6, their_seconds / own_seconds);
    own_ += own_seconds;
    theirs_ += their_seconds;
  }

 private:
  double own_ = 0, theirs_ = 0;
};

std::string text(const char* format, int64_t a, int64_t b, int64_t c, int64_t d = 0) {
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, format, static_cast<long>(a), static_cast<long>(b),
                static_cast<long>(c), static_cast<long>(d));
  return buffer;
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

// The 3 x 3 convolutions of detector, aligner, segmenter and completion that take the form.
void compare_3x3(at::ScalarType type) {
  if (type == at::kBFloat16 && nn::cpu_has_bfloat16_tiles()) {
    std::printf("Convolution3x3 is not used in bfloat16 with AMX\n");
    return;
  }
  Comparison comparison("Winograd 3 x 3, one thread", "oneDNN");
  struct Layer {
    int64_t in, out, side;
  };
  for (const Layer& layer : {Layer{64, 64, 40}, Layer{96, 96, 32}, Layer{128, 128, 32},
                             Layer{192, 192, 16}, Layer{256, 256, 16}, Layer{256, 256, 8}}) {
    const at::Tensor x = channels_last(at::randn({1, layer.in, layer.side, layer.side}).to(type));
    const at::Tensor weight =
        channels_last((at::randn({layer.out, layer.in, 3, 3}) * 0.05).to(type));
    const at::Tensor bias = at::randn({layer.out}).to(type);
    using nn::ConvolutionForm;
    const auto prepared = [&](ConvolutionForm form) {
      return nn::PreparedConvolution(weight, bias, 1, 1, nn::PreparedConvolution::Then::kRelu,
                                     form);
    };
    const auto tile = nn::winograd::Convolution3x3::suitable_tile(type, layer.in, layer.out,
                                                                  layer.side, layer.side);
    if (!tile) continue;
    const nn::PreparedConvolution own = prepared(ConvolutionForm::kWinograd);
    const nn::PreparedConvolution theirs = prepared(ConvolutionForm::kSubpixel);
    comparison.add(
        text("%ld to %ld channels, %ld x %ld", layer.in, layer.out, layer.side, layer.side) +
            (*tile == nn::winograd::Tile::k4 ? ", tiles of 4" : ", tiles of 2"),
        [&] { own(x); }, [&] { theirs(x); });
  }
}

// The convolutions of the generator and the discriminator, forwards and their gradients.
void compare_4x4(at::ScalarType type, int64_t images, bool with_gradients) {
  Comparison comparison(
      with_gradients ? "Winograd 4 x 4, stride 2, with gradients" : "Winograd 4 x 4, stride 2",
      "LibTorch's convolution, or as 2 x 2 with a pixel shuffle");
  struct Layer {
    int64_t narrow, wide, side;  // channels, and side of the narrow picture
  };
  for (const Layer& layer : {Layer{512, 256, 4}, Layer{256, 128, 8}, Layer{128, 64, 16}}) {
    at::Tensor weight = at::randn({layer.narrow, layer.wide, 4, 4}) * 0.05;
    weight.set_requires_grad(with_gradients);
    const at::Tensor wide =
        channels_last(at::randn({images, layer.wide, 2 * layer.side, 2 * layer.side}));
    const at::Tensor narrow =
        channels_last(at::randn({images, layer.narrow, layer.side, layer.side}));
    nn::KernelCache own_cache, their_cache, own_up, their_up;
    const auto pass = [&](nn::ConvolutionForm form, nn::KernelCache& down_cache,
                          nn::KernelCache& up_cache) {
      nn::Execution execution = nn::choose_execution("cpu");
      execution.convolution_type = type;
      execution.form = form;
      at::Tensor x = wide.detach(), y = narrow.detach();
      if (with_gradients) {
        x.requires_grad_(true);
        y.requires_grad_(true);
      }
      const at::Tensor down = nn::convolve(x, weight, down_cache, execution);
      const at::Tensor up = nn::convolve_transposed(y, weight, up_cache, execution);
      if (with_gradients) {
        weight.mutable_grad().reset();
        (down.sum() + up.sum()).backward();
      }
    };
    comparison.add(
        text("%ld images, %ld and %ld channels, %ld", images, layer.wide, layer.narrow, layer.side),
        [&] { pass(nn::ConvolutionForm::kWinograd, own_cache, own_up); },
        [&] { pass(nn::ConvolutionForm::kSubpixel, their_cache, their_up); });
  }
}

void compare_products() {
  {
    Comparison comparison("batched_product(), float32, all threads", "at::bmm");
    for (const int64_t images : {8, 32}) {
      const at::Tensor a = at::randn({25, images * 4, 512}), b = at::randn({25, 512, 128});
      comparison.add(
          text("25 products of %ld x %ld x %ld", images * 4, 512, 128),
          [&] { nn::batched_product(a, b); }, [&] { at::bmm(a, b); });
    }
  }
  Comparison comparison("PackedMatrices, float32, one thread", "at::bmm");
  const nn::OneThread one_thread;
  for (const int64_t rows : {4, 16, 64}) {
    const at::Tensor a = at::randn({36, rows, 128}), b = at::randn({36, 128, 128});
    const nn::PackedMatrices packed(b);
    const at::Tensor product = at::empty({36, rows, packed.columns()});
    comparison.add(
        text("36 products of %ld x %ld x %ld", rows, 128, 128),
        [&] { packed.left_times(a, product); }, [&] { at::bmm(a, b); });
  }
}

void compare_filters() {
  const nn::OneThread one_thread;
  const at::Tensor x = at::rand({1, 4, 128, 128});
  {
    Comparison comparison("block_means()", "at::avg_pool2d");
    for (const int64_t by : {2, 4, 8})
      comparison.add(
          text("%ld channels of %ld x %ld by %ld", 4, 128, 128, by),
          [&] { nn::block_means(x, by); }, [&] { at::avg_pool2d(x, by); });
  }
  {
    Comparison comparison("sum_around(), along both axes", "at::avg_pool2d");
    for (const int64_t window : {3, 5, 9})
      comparison.add(
          text("%ld channels of %ld x %ld, window %ld", 4, 128, 128, window),
          [&] { nn::sum_around(nn::sum_around(x, 2, window), 3, window); },
          [&] { at::avg_pool2d(x, window, 1, window / 2, false, true, 1); });
  }
  for (const auto sampling : {nn::Sampling::kBilinear, nn::Sampling::kBicubic}) {
    const bool cubic = sampling == nn::Sampling::kBicubic;
    Comparison comparison(cubic ? "sampled(), bicubic" : "sampled(), bilinear",
                          "at::grid_sampler_2d");
    for (const int64_t side : {64, 128, 512}) {
      const at::Tensor picture = at::rand({1, 4, side, side});
      const at::Tensor places = nn::pixel_centres(side, picture) * 0.97 + 0.01;
      const at::Tensor grid = places.permute({0, 2, 3, 1});
      comparison.add(
          text("%ld channels of %ld x %ld", 4, side, side),
          [&] { nn::sampled(picture, places, sampling); },
          [&] { at::grid_sampler_2d(picture, grid, cubic ? 2 : 0, 0, false); });
    }
  }
}

}  // namespace

int main() {
  try {
    std::printf("%s\n", nn::instruction_set_line().c_str());
    const at::ScalarType type = nn::choose_execution("cpu").convolution_type;
    {
      const torch::NoGradGuard no_gradient;
      {
        const nn::OneThread one_thread;
        compare_3x3(type);
      }
      compare_4x4(type, 32, false);  // one face has too few tiles, and takes another form
      compare_products();
      compare_filters();
    }
    compare_4x4(type, 32, true);
    return 0;
  } catch (const std::exception& error) {  // LibTorch's as well
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
