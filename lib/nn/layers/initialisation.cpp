// SPDX-License-Identifier: MIT
// Owns the initialisation of weights.
#include "nn/layers/initialisation.h"

#include <ganface/error.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <utility>

#include "nn/layers/batch_norm.h"
#include "nn/layers/convolution.h"

namespace ganface::nn {
namespace {

constexpr double kDcganDeviation = 0.02;

void draw(at::Tensor weight, const Connections& connections, Initialisation kind,
          const at::Generator& random) {
  switch (kind) {
    case Initialisation::kDcgan:
      return draw_normal(weight, 0, kDcganDeviation, random);
    case Initialisation::kXavier: {
      const double bound = std::sqrt(6 / (connections.in + connections.out));
      weight.copy_(at::empty(weight.sizes()).uniform_(-bound, bound, random));
      return;
    }
    case Initialisation::kHeForward:
      return draw_normal(weight, 0, std::sqrt(2 / connections.in), random);
    case Initialisation::kHeBackward:
      return draw_normal(weight, 0, std::sqrt(2 / connections.out), random);
  }
}

}  // namespace

Initialisation initialisation_by_name(const std::string& name) {
  for (const auto& [known, kind] : {std::pair{"dcgan", Initialisation::kDcgan},
                                    {"xavier", Initialisation::kXavier},
                                    {"he-forward", Initialisation::kHeForward},
                                    {"he-backward", Initialisation::kHeBackward}})
    if (name == known) return kind;
  throw Error(ErrorCode::kUsage, "initialisation '" + name +
                                     "' is unknown; expected dcgan, xavier, he-forward or "
                                     "he-backward");
}

void draw_normal(at::Tensor weight, double mean, double deviation, at::Generator random) {
  weight.copy_(at::empty(weight.sizes()).normal_(mean, deviation, std::move(random)));
}

void initialise(torch::nn::Module& network, Initialisation kind, at::Generator random) {
  torch::NoGradGuard no_gradient;
  for (at::Tensor& parameter : network.parameters())
    if (parameter.dim() < 2) parameter.zero_();
  for (const auto& module : network.modules()) {
    if (auto* norm = module->as<BatchNormImpl>()) {
      if (kind == Initialisation::kDcgan)
        draw_normal(norm->weight, 1, kDcganDeviation, random);
      else
        norm->weight.fill_(1);
    } else if (auto* linear = module->as<torch::nn::LinearImpl>()) {
      draw(linear->weight,
           {static_cast<double>(linear->weight.size(1)),
            static_cast<double>(linear->weight.size(0))},
           kind, random);
    } else if (auto* down = module->as<DownImpl>()) {
      draw(down->weight, down->connections(), kind, random);
    } else if (auto* up = module->as<UpImpl>()) {
      draw(up->weight, up->connections(), kind, random);
    }
  }
}

}  // namespace ganface::nn
