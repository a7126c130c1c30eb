// SPDX-License-Identifier: MIT
// Owns the peer of the benchmarks: the same networks written with LibTorch's own modules.
#pragma once

#include <torch/torch.h>

namespace ganface::bench {

namespace nn = torch::nn;

constexpr int64_t kLatent = 100;

inline nn::Sequential plain_generator() {
  nn::Sequential network(nn::Linear(nn::LinearOptions(kLatent, 8192).bias(false)),
                         nn::Unflatten(nn::UnflattenOptions(1, {512, 4, 4})));
  for (int64_t channels : {512, 256, 128, 64}) {
    network->push_back(nn::BatchNorm2d(channels));
    network->push_back(nn::ReLU(true));
    network->push_back(nn::ConvTranspose2d(
        nn::ConvTranspose2dOptions(channels, channels == 64 ? 3 : channels / 2, 4)
            .stride(2)
            .padding(1)
            .bias(channels == 64)));
  }
  network->push_back(nn::Tanh());
  return network;
}

inline nn::Sequential plain_discriminator() {
  nn::Sequential network;
  for (int64_t channels : {64, 128, 256, 512}) {
    network->push_back(nn::Conv2d(nn::Conv2dOptions(channels == 64 ? 3 : channels / 2, channels, 4)
                                      .stride(2)
                                      .padding(1)
                                      .bias(false)));
    if (channels > 64) network->push_back(nn::BatchNorm2d(channels));
    network->push_back(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2).inplace(true)));
  }
  network->push_back(nn::Flatten());
  network->push_back(nn::Linear(8192, 1));
  return network;
}

}  // namespace ganface::bench
