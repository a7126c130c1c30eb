// SPDX-License-Identifier: MIT
// Owns the public face of training an encoder for a trained generator.
#pragma once

#include <ganface/api.h>
#include <ganface/network_training.h>

#include <string>

namespace ganface {

/// What and how to train an encoder with. `out` gets the same model with its encoder.
struct GANFACE_API EncoderTrainingOptions : NetworkTrainingOptions {
  std::string model = "lfw-dcgan64";  ///< name or path of the generator's model
  double realism = 0.01;              ///< weight of -log(1 - D(G(E(y)))), which keeps faces sharp

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// Trains E(y, M) -> z so that G(z) is the undamaged face, over holes of every kind, with G fixed,
/// and writes `out`. Goes on from the model's encoder where it has one. The progress's error is the
/// mean absolute error in the hole, images in [-1, 1]. When `observe` stops it nothing is written.
/// Returns true when the run is complete. Throws Error as train_generator().
GANFACE_API bool train_encoder(const EncoderTrainingOptions& options,
                               const NetworkObserver& observe);

}  // namespace ganface
