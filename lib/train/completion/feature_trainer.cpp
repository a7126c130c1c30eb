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

double recognised(nn::FeatureNetwork& network, torch::nn::Linear& head,
                  const train::ImageFolder& data, const Labelled& photographs,
                  const nn::Execution& execution) {
  torch::NoGradGuard no_gradient;
  network->eval();
  int64_t right = 0;
  constexpr int64_t kBatch = 256;
  for (int64_t first = 0; first < photographs.size(); first += kBatch) {
    const int64_t last = std::min(first + kBatch, photographs.size());
    const at::Tensor rows = at::tensor(photographs.rows).slice(0, first, last);
    const at::Tensor people = at::tensor(photographs.people).slice(0, first, last);
    const at::Tensor faces = data.batch(rows, at::zeros({last - first}, torch::kBool));
    const at::Tensor prior_sample =
        head(at::relu(network(faces.to(execution.device)))).argmax(1).cpu();
    right += prior_sample.eq(people).sum().item<int64_t>();
  }
  network->train();
  return photographs.size() == 0
             ? 0
             : static_cast<double>(right) / static_cast<double>(photographs.size());
}

}  // namespace

void FeatureTrainingOptions::validate() const {
  NetworkTrainingOptions::validate();
  if (features < 1 || features > 4096) throw Error(ErrorCode::kUsage, "features must be 1 to 4096");
  if (fewest_images < 2) throw Error(ErrorCode::kUsage, "fewest images must be 2 or more");
}

bool train_features(const FeatureTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the features", [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    const train::ImageFolder data(options.folder, options.image_size);
    const People people = people_of(data, options);
    nn::FeatureOptions sizes;
    sizes.image_size = options.image_size;
    sizes.channels = options.channels;
    sizes.features = options.features;
    nn::FeatureNetwork network(sizes, execution);
    torch::nn::Linear head(options.features, people.count);
    head->to(execution.device);
    at::Generator start = at::detail::createCPUGenerator(options.seed);
    nn::initialise(*network, nn::Initialisation::kHeForward, start);
    nn::initialise(*head, nn::Initialisation::kXavier, start);
    std::vector<at::Tensor> parameters = network->parameters();
    for (const at::Tensor& parameter : head->parameters()) parameters.push_back(parameter);
    torch::optim::Adam optimiser(parameters, torch::optim::AdamOptions(options.learning_rate));

    const int64_t batch = options.batch_size;
    const int64_t steps_per_epoch =
        train::count_batches(options.folder, people.training.size(), batch);
    train::ProgressMeter meter(steps_per_epoch, options.epochs, batch);
    train::RandomSource random(options.seed);
    train::Augmentation augmentation;
    augmentation.color = augmentation.translation = true;
    const at::Tensor rows = at::tensor(people.training.rows);
    const at::Tensor labels = at::tensor(people.training.people);
    at::Tensor order;
    while (meter.progress().step < meter.progress().steps) {
      const int64_t step = meter.progress().step, first = step % steps_per_epoch * batch;
      if (first == 0)
        order = at::randperm(
            people.training.size(),
            at::detail::createCPUGenerator(options.seed + static_cast<uint64_t>(step)));
      const at::Tensor chosen = order.slice(0, first, first + batch);
      const at::Tensor mirrored = random.uniform(batch) < 0.5;
      const at::Tensor faces =
          train::augment(data.batch(rows.index_select(0, chosen), mirrored).to(execution.device),
                         augmentation, random);
      const at::Tensor who = labels.index_select(0, chosen).to(execution.device);
      train::set_cosine_rate(
          optimiser, options.learning_rate,
          static_cast<double>(step) / static_cast<double>(meter.progress().steps));
      optimiser.zero_grad();
      const at::Tensor scores = head(at::relu(network(faces)));
      const at::Tensor loss = at::cross_entropy_loss(scores, who);
      loss.backward();
      optimiser.step();
      const double wrong = scores.argmax(1).ne(who).to(torch::kFloat32).mean().item<double>();
      const NetworkProgress& progress = meter.add(loss.item<double>(), wrong);
      if (!observe(progress) && progress.step < progress.steps) return false;
    }
    core::TensorFile content;
    content.metadata = nn::architecture_metadata(sizes);
    content.metadata["people"] = std::to_string(people.count);
    content.metadata["training_images"] = std::to_string(people.training.size());
    content.metadata["held_out_images"] = std::to_string(people.held_out.size());
    content.metadata["held_out_accuracy"] =
        std::to_string(recognised(network, head, data, people.held_out, execution));
    content.metadata["recipe.epochs"] = std::to_string(options.epochs);
    content.metadata["recipe.batch_size"] = std::to_string(options.batch_size);
    content.metadata["recipe.seed"] = std::to_string(options.seed);
    content.metadata["licence"] = "MIT";
    content.metadata["training_data"] =
        options.data_name.empty() ? options.folder.lexically_normal().string() : options.data_name;
    nn::add_network(content, "network", *network, torch::kBFloat16);
    core::write_safetensors(options.out, content);
    return true;
  });
}

}  // namespace ganface
