// SPDX-License-Identifier: MIT
// Owns the measurement of activations and gradients, layer by layer.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace ganface::nn {

/// What passed one layer. Variances are over all elements of the batch.
struct LayerRecord {
  std::string layer;
  double activation = 0;  ///< variance of the layer's result, before normalisation and nonlinearity
  double gradient = 0;    ///< variance of the loss's gradient by that result
};

/// Collects a record a layer while a network runs forward and backward.
class LayerProbe {
 public:
  /// Notes the variance of x, and that of its gradient when the loss runs backward; returns x.
  at::Tensor observe(const std::string& layer, const at::Tensor& x);
  /// Records in the order of the forward pass.
  std::vector<LayerRecord> records() const;

 private:
  std::vector<std::shared_ptr<LayerRecord>> records_;
};

/// x itself when there is no probe.
inline at::Tensor observed(LayerProbe* probe, const std::string& layer, const at::Tensor& x) {
  return probe == nullptr ? x : probe->observe(layer, x);
}

}  // namespace ganface::nn
