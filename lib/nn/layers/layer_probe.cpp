// SPDX-License-Identifier: MIT
// Owns the measurement of activations and gradients, layer by layer.
#include "nn/layers/layer_probe.h"

namespace ganface::nn {
namespace {

double variance(const at::Tensor& x) {
  return x.detach().to(torch::kFloat64).var(false).item<double>();
}

}  // namespace

at::Tensor LayerProbe::observe(const std::string& layer, const at::Tensor& x) {
  auto record = std::make_shared<LayerRecord>();
  record->layer = layer;
  record->activation = variance(x);
  records_.push_back(record);
  if (!x.requires_grad()) return x;
  // A tensor of its own: the nonlinearity behind may work in place.
  const at::Tensor copy = x.clone();
  copy.register_hook(
      [record](const at::Tensor& gradient) { record->gradient = variance(gradient); });
  return copy.clone();
}

std::vector<LayerRecord> LayerProbe::records() const {
  std::vector<LayerRecord> copies;
  for (const auto& record : records_) copies.push_back(*record);
  return copies;
}

}  // namespace ganface::nn
