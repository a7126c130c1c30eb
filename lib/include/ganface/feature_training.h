// SPDX-License-Identifier: MIT
// Owns the public face of training the network that faces are compared by.
#pragma once

#include <ganface/api.h>
#include <ganface/network_training.h>

namespace ganface {

/// What and how to train a feature network with. `folder` is laid out as PERSON/IMAGE, like LFW.
struct GANFACE_API FeatureTrainingOptions : NetworkTrainingOptions {
  FeatureTrainingOptions() {
    epochs = 30;
    learning_rate = 1e-3;
  }

  int image_size = 64;
  int channels = 32;
  int features = 128;
  int fewest_images = 4;  ///< of a person, to be told from the others

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// Trains a network to tell people apart, and writes its features (the layer before the people) to
/// `out`; every fifth photograph of a person is held out, and the share of those that is recognised
/// is noted in the file. The progress's error is the share of a batch that is not recognised. When
/// `observe` stops it nothing is written. Returns true when the run is complete. Throws Error as
/// train_generator(), and Error(kInput) when fewer than two people have enough images.
GANFACE_API bool train_features(const FeatureTrainingOptions& options,
                                const NetworkObserver& observe);

}  // namespace ganface
