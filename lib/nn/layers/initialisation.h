// SPDX-License-Identifier: MIT
// Owns the initialisation of weights (Glorot, Bengio 2010; He et al. 2015; Radford et al. 2016).
#pragma once

#include <torch/nn/module.h>

#include <string>

namespace ganface::nn {

/// How weights of linear layers and convolutions are drawn. Biases are 0 in each.
enum class Initialisation {
  kDcgan,       ///< N(0, 0.02²); batch norm scales N(1, 0.02²) (Radford, Metz, Chintala 2016)
  kXavier,      ///< U(±sqrt(6 / (n_in + n_out))) (Glorot and Bengio 2010, eq. 16)
  kHeForward,   ///< N(0, 2 / n_in) (He, Zhang, Ren, Sun 2015, eq. 10)
  kHeBackward,  ///< N(0, 2 / n_out) (He et al. 2015, eq. 14)
};

/// "dcgan", "xavier", "he-forward", "he-backward" -> Initialisation. Throws Error(kUsage)
/// otherwise.
Initialisation initialisation_by_name(const std::string& name);

/// How many inputs make one output of a layer, and how many outputs one input reaches. For a
/// kernel of side k: k² c_in and k² c_out at stride 1. Deviation from He et al., who treat stride 1
/// alone: a stride of 2 leaves (k / 2)² of the taps on the wide side, and it is the taps that meet
/// a value which make its variance.
struct Connections {
  double in = 0, out = 0;
};

/// Draws `weight` from N(mean, deviation²): on the CPU, wherever the weight is, so that every
/// device starts from the same.
void draw_normal(at::Tensor weight, double mean, double deviation, at::Generator random);

/// Draws every weight of `network` from `random`, likewise.
void initialise(torch::nn::Module& network, Initialisation kind, at::Generator random);

}  // namespace ganface::nn
