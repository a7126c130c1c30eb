// SPDX-License-Identifier: MIT
// Owns the training of feature networks: people told apart by their photographs.
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/feature_training.h>

#include <map>

#include "eval/image_folder.h"
#include "models/feature_network.h"
#include "models/model_file.h"
#include "nn/runtime/translate.h"
#include "train/adversarial/augmentation.h"
#include "train/loop/schedule.h"

namespace ganface {
namespace {

constexpr int64_t kHeldOutInterval = 5;  // of a person's photographs

// Photographs by row of the data set, and whose they are.
struct Labelled {
  std::vector<int64_t> rows, people;
  int64_t size() const { return static_cast<int64_t>(rows.size()); }
};

struct People {
  Labelled training, held_out;
  int64_t count = 0;
};

People people_of(const train::ImageFolder& data, const FeatureTrainingOptions& options) {
  std::map<std::filesystem::path, std::vector<int64_t>> rows;
  for (int64_t row = 0; row < data.size(); ++row)
    rows[data.files()[static_cast<size_t>(row)].parent_path()].push_back(row);
  People people;
  for (const auto& [folder, own] : rows) {
    if (static_cast<int>(own.size()) < options.fewest_images) continue;
    for (size_t i = 0; i < own.size(); ++i) {
      const bool is_held_out = static_cast<int64_t>(i + 1) % kHeldOutInterval == 0;
      Labelled& part = is_held_out ? people.held_out : people.training;
      part.rows.push_back(own[i]);
      part.people.push_back(people.count);
    }
    ++people.count;
  }
  if (people.count < 2)
    throw Error(ErrorCode::kInput, "folder '" + options.folder.string() + "' holds " +
                                       std::to_string(people.count) + " people with " +
                                       std::to_string(options.fewest_images) +
                                       " or more photographs, expected at least 2 in folders of "
                                       "their own, PERSON/IMAGE");
  return people;
}

nn::FeatureOptions sizes_of(const FeatureTrainingOptions& options) {
  nn::FeatureOptions sizes;
  sizes.image_size = options.image_size;
  sizes.channels = options.channels;
  sizes.features = options.features;
  return sizes;
}

// The network with the layer that names people by its features, which is not kept.
struct Recogniser {
  nn::FeatureNetwork network;
  torch::nn::Linear head;

  Recogniser(const nn::FeatureOptions& sizes, int64_t people, uint64_t seed,
             const nn::Execution& execution)
      : network(sizes, execution), head(sizes.features, people) {
    head->to(execution.device);
    at::Generator start = at::detail::createCPUGenerator(seed);
    nn::initialise(*network, nn::Initialisation::kHeForward, start);
    nn::initialise(*head, nn::Initialisation::kXavier, start);
  }

  at::Tensor scores(const at::Tensor& faces) { return head(at::relu(network(faces))); }

  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> all = network->parameters();
    for (const at::Tensor& parameter : head->parameters()) all.push_back(parameter);
    return all;
  }
};

// Share of the photographs whose people are named rightly.
double recognised(Recogniser& recogniser, const train::ImageFolder& data,
                  const Labelled& photographs, const torch::Device& device) {
  torch::NoGradGuard no_gradient;
  recogniser.network->eval();
  int64_t right = 0;
  constexpr int64_t kBatch = 256;
  for (int64_t first = 0; first < photographs.size(); first += kBatch) {
    const int64_t last = std::min(first + kBatch, photographs.size());
    const at::Tensor rows = at::tensor(photographs.rows).slice(0, first, last);
    const at::Tensor people = at::tensor(photographs.people).slice(0, first, last);
    const at::Tensor faces = data.batch(rows, at::zeros({last - first}, torch::kBool));
    const at::Tensor named = recogniser.scores(faces.to(device)).argmax(1).cpu();
    right += named.eq(people).sum().item<int64_t>();
  }
  recogniser.network->train();
  return photographs.size() == 0
             ? 0
             : static_cast<double>(right) / static_cast<double>(photographs.size());
}

// A training under way.
class FeatureTraining {
 public:
  explicit FeatureTraining(const FeatureTrainingOptions& options)
      : options_(options),
        execution_(nn::choose_execution(options.device)),
        data_(options.folder, options.image_size),
        people_(people_of(data_, options)),
        recogniser_(sizes_of(options), people_.count, options.seed, execution_),
        optimiser_(recogniser_.parameters(), torch::optim::AdamOptions(options.learning_rate)),
        steps_per_epoch_(
            train::count_batches(options.folder, people_.training.size(), options.batch_size)),
        meter_(steps_per_epoch_, options.epochs, options.batch_size),
        random_(options.seed),
        rows_(at::tensor(people_.training.rows)),
        labels_(at::tensor(people_.training.people)) {
    augmentation_.color = augmentation_.translation = true;
  }

  // Whether it came to its end.
  bool run(const NetworkObserver& observe) {
    while (meter_.progress().step < meter_.progress().steps) {
      const NetworkProgress& progress = step(meter_.progress().step);
      if (!observe(progress) && progress.step < progress.steps) return false;
    }
    return true;
  }

  void write_model() {
    core::TensorFile content;
    content.metadata = nn::architecture_metadata(sizes_of(options_));
    content.metadata["people"] = std::to_string(people_.count);
    content.metadata["training_images"] = std::to_string(people_.training.size());
    content.metadata["held_out_images"] = std::to_string(people_.held_out.size());
    content.metadata["held_out_accuracy"] =
        std::to_string(recognised(recogniser_, data_, people_.held_out, execution_.device));
    content.metadata["recipe.epochs"] = std::to_string(options_.epochs);
    content.metadata["recipe.batch_size"] = std::to_string(options_.batch_size);
    content.metadata["recipe.seed"] = std::to_string(options_.seed);
    content.metadata["licence"] = "MIT";
    content.metadata["training_data"] = options_.data_name.empty()
                                            ? options_.folder.lexically_normal().string()
                                            : options_.data_name;
    nn::add_network(content, "network", *recogniser_.network, torch::kBFloat16);
    core::write_safetensors(options_.out, content);
  }

 private:
  const NetworkProgress& step(int64_t step) {
    const at::Tensor chosen = chosen_at(step);
    const at::Tensor mirrored = random_.uniform(options_.batch_size) < 0.5;
    const at::Tensor faces =
        train::augment(data_.batch(rows_.index_select(0, chosen), mirrored).to(execution_.device),
                       augmentation_, random_);
    const at::Tensor who = labels_.index_select(0, chosen).to(execution_.device);
    train::set_cosine_rate(
        optimiser_, options_.learning_rate,
        static_cast<double>(step) / static_cast<double>(meter_.progress().steps));
    optimiser_.zero_grad();
    const at::Tensor scores = recogniser_.scores(faces);
    const at::Tensor loss = at::cross_entropy_loss(scores, who);
    loss.backward();
    optimiser_.step();
    const double wrong = scores.argmax(1).ne(who).to(torch::kFloat32).mean().item<double>();
    return meter_.add(loss.item<double>(), wrong);
  }

  // The photographs of a step; each epoch has an order of its own.
  at::Tensor chosen_at(int64_t step) {
    const int64_t batch = options_.batch_size, first = step % steps_per_epoch_ * batch;
    if (first == 0)
      order_ =
          at::randperm(people_.training.size(),
                       at::detail::createCPUGenerator(options_.seed + static_cast<uint64_t>(step)));
    return order_.slice(0, first, first + batch);
  }

  const FeatureTrainingOptions& options_;
  const nn::Execution execution_;
  const train::ImageFolder data_;
  const People people_;
  Recogniser recogniser_;
  torch::optim::Adam optimiser_;
  const int64_t steps_per_epoch_;
  train::ProgressMeter meter_;
  train::RandomSource random_;
  train::Augmentation augmentation_;
  const at::Tensor rows_, labels_;
  at::Tensor order_;
};

}  // namespace

void FeatureTrainingOptions::validate() const {
  NetworkTrainingOptions::validate();
  if (features < 1 || features > 4096) throw Error(ErrorCode::kUsage, "features must be 1 to 4096");
  if (fewest_images < 2) throw Error(ErrorCode::kUsage, "fewest images must be 2 or more");
}

bool train_features(const FeatureTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the features", [&] {
    FeatureTraining training(options);
    if (!training.run(observe)) return false;
    training.write_model();
    return true;
  });
}

}  // namespace ganface
