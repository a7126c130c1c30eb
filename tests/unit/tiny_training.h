// SPDX-License-Identifier: MIT
// Owns what tests of training share: tiny networks, a folder of noise, an observer.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/image.h>
#include <ganface/training.h>

#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "models/model_file.h"

namespace ganface::testing {

/// Draws the weights of a network by DCGAN's initialisation from `seed`.
inline void initialise(torch::nn::Module& network, uint64_t seed) {
  nn::initialise(network, nn::Initialisation::kDcgan, at::detail::createCPUGenerator(seed));
}

/// Networks for 16 px images that train in milliseconds.
inline nn::NetworkOptions tiny_networks() {
  nn::NetworkOptions networks;
  networks.image_size = 16;
  networks.latent_size = 10;
  networks.generator_channels = networks.discriminator_channels = 8;
  return networks;
}

/// Writes `count` square images of noise to PERSON/N.png below `folder`, `each` a person.
inline void write_noise(const std::filesystem::path& folder, int count, int side, int each = 1000) {
  std::mt19937 random(1);
  for (int i = 0; i < count; ++i) {
    const auto person = folder / ("person-" + std::to_string(i / each));
    std::filesystem::create_directories(person);
    Image image(side, side, 3);
    for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random());
    write_png(person / (std::to_string(i) + ".png"), image.view());
  }
}

/// A generator and a discriminator with random weights, as a model file.
inline void write_tiny_model(const std::filesystem::path& file) {
  core::TensorFile content;
  content.metadata = nn::architecture_metadata(tiny_networks());
  nn::Generator generator(tiny_networks(), nn::Execution{});
  nn::Discriminator discriminator(tiny_networks(), nn::Execution{});
  initialise(*generator, 3);
  initialise(*discriminator, 4);
  nn::add_network(content, "generator", *generator);
  nn::add_network(content, "discriminator", *discriminator);
  core::write_safetensors(file, content);
}

/// Notes what a run tells; goes on while `go_on` says so.
struct RecordingObserver : TrainingObserver {
  void started(const TrainingStart& report) override { start = report; }
  void warned(const std::string& warning) override { warnings.push_back(warning); }
  bool progressed(const TrainingProgress& report) override {
    progress.push_back(report);
    return go_on(report);
  }

  TrainingStart start;
  std::vector<std::string> warnings;
  std::vector<TrainingProgress> progress;
  std::function<bool(const TrainingProgress&)> go_on = [](const TrainingProgress&) { return true; };
};

}  // namespace ganface::testing
