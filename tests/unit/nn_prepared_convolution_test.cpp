// SPDX-License-Identifier: MIT
// Owns the unit tests of prepared convolutions.
#include "nn/layers/prepared_convolution.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <atomic>
#include <exception>
#include <random>
#include <thread>
#include <vector>

#include "nn/runtime/device.h"

namespace ganface::nn {
namespace {

// More sizes than oneDNN usually keeps kernels, in several threads: those that it drops come back
// as wrong ones (onednn_kernels.h).
TEST(PreparedConvolution, IsRightForPicturesOfManySizesInSeveralThreads) {
  constexpr int kThreads = 6, kSizes = 250, kCheckedEach = 4;
  const auto type = choose_execution("cpu").convolution_type;
  const torch::NoGradGuard no_gradient;
  std::vector<at::Tensor> weights, biases;
  std::vector<PreparedConvolution> layers;
  const std::vector<int64_t> channels{3, 16, 32, 64};
  for (size_t i = 0; i + 1 < channels.size(); ++i) {
    weights.push_back((at::randn({channels[i + 1], channels[i], 3, 3}) * 0.1)
                          .to(type)
                          .contiguous(at::MemoryFormat::ChannelsLast));
    biases.push_back(at::randn({channels[i + 1]}).to(type));
    layers.emplace_back(weights[i], biases[i], 2, 1, PreparedConvolution::Then::kRelu);
  }
  // The sum itself, by another library.
  const auto plain = [](const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const int64_t height = (x.size(2) + 1) / 2, width = (x.size(3) + 1) / 2;
    const at::Tensor columns = at::im2col(x.to(torch::kFloat32), {3, 3}, {1, 1}, {1, 1}, {2, 2});
    const at::Tensor sums =
        at::matmul(weight.to(torch::kFloat32).contiguous().flatten(1), columns[0]);
    return at::relu(sums + bias.to(torch::kFloat32).unsqueeze(1)).view({1, -1, height, width});
  };
  std::atomic<int> checked{0}, wrong{0}, failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      const torch::NoGradGuard none;
      const OneThread one_thread;
      std::mt19937 random(static_cast<unsigned>(t));
      const auto length = [&random] { return 8 + static_cast<int64_t>(random() % 120); };
      for (int i = 0; i < kSizes; ++i) try {
          const int64_t height = length();
          at::Tensor x = at::rand({1, 3, height, length()})
                             .to(type)
                             .contiguous(at::MemoryFormat::ChannelsLast);
          for (size_t layer = 0; layer < layers.size(); ++layer) {
            const at::Tensor y = layers[layer](x);
            if (i % kCheckedEach == 0) {
              ++checked;
              const at::Tensor expected = plain(x, weights[layer], biases[layer]);
              const double error = (y.to(torch::kFloat32) - expected).abs().max().item<double>();
              wrong += !(error < 0.05 + 0.03 * expected.abs().max().item<double>());
            }
            x = y;
          }
        } catch (const std::exception&) {
          ++failed;
        }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(checked, 1000);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
}

TEST(PreparedConvolution, RefusesWhatItsKernelIsNotFor) {
  torch::NoGradGuard no_gradient;
  const auto nothing = PreparedConvolution::Then::kNothing;
  EXPECT_THROW(PreparedConvolution(at::ones({8, 3, 3}), {}, 1, 1, nothing), c10::Error);
  EXPECT_THROW(PreparedConvolution(at::ones({8, 4, 3, 3}), at::ones({4}), 1, 1, nothing),
               c10::Error);
  const PreparedConvolution convolution(at::ones({8, 4, 3, 3}), {}, 1, 1, nothing);
  EXPECT_THROW(convolution(at::ones({1, 3, 8, 8})), c10::Error);
  EXPECT_THROW(convolution(at::ones({4, 8, 8})), c10::Error);
  EXPECT_THROW(PreparedConvolution()(at::ones({1, 4, 8, 8})), c10::Error);
}

}  // namespace
}  // namespace ganface::nn
