// SPDX-License-Identifier: MIT
// Owns the training of the networks that find faces and what covers them.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <ganface/facemask_training.h>
#include <ganface/model_path.h>
#include <ganface/sheet.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "models/face_networks.h"
#include "nn/runtime/translate.h"
#include "train/facemask/facemask_task.h"
#include "train/facemask/hard_negatives.h"
#include "train/facemask/relabelled_faces.h"
#include "train/loop/schedule.h"
#include "train/synthetic/face_scenes.h"

namespace ganface {
namespace {

using train::Draws;
using train::FaceScenes;
using train::Random;
using train::Task;

constexpr int64_t kMostSearched = 3000;  // pictures that are searched for such
constexpr int64_t kSamplesEach = 16;     // training samples for each picture

// Throws Error(kUsage) unless there is a network of this name.
void check_name(const std::string& network) {
  if (network != "detector" && network != "aligner" && network != "segmenter")
    throw Error(ErrorCode::kUsage,
                "network '" + network + "' is unknown; expected detector, aligner or segmenter");
}

std::unique_ptr<Task> task_of(const std::string& network, const FaceScenes& scenes,
                              const nn::FaceMaskModel& from, const nn::Execution& execution,
                              const Draws& draws = {}, std::vector<Image> negatives = {}) {
  check_name(network);
  if (network == "detector") return train::detector_task(scenes, from.detector, execution, draws);
  if (network == "aligner")
    return train::aligner_task(scenes, from.aligner, execution, draws, std::move(negatives));
  return train::segmenter_task(scenes, from.segmenter, execution, draws);
}

// A folder's labels, when it has some.
std::optional<train::LabelledHeads> heads_in(const std::filesystem::path& folder) {
  if (!train::LabelledHeads::are_in(folder)) return {};
  return train::LabelledHeads::read(folder);
}

// The photographs in the order of their labels.
train::Photographs photographs_in(const std::filesystem::path& folder,
                                  const std::optional<train::LabelledHeads>& heads) {
  return heads ? train::Photographs(heads->files, train::Photographs::Damaged::kError)
               : train::Photographs(folder);
}

class ModelWriter {
 public:
  ModelWriter(const FaceMaskTrainingOptions& options,
              const std::optional<std::filesystem::path>& from)
      : options_(options) {
    if (from) {
      content_ = core::read_safetensors(*from);
      const std::string prefix = options.network + ".";
      for (auto tensor = content_.tensors.begin(); tensor != content_.tensors.end();)
        tensor = tensor->first.rfind(prefix, 0) == 0 ? content_.tensors.erase(tensor)
                                                     : std::next(tensor);
    }
    content_.metadata["architecture"] = nn::kFaceMaskArchitecture;
    content_.metadata["image_size"] = std::to_string(nn::kSegmenterSize);
    content_.metadata["licence"] = "MIT";
    const auto note = [&](const std::string& key, const std::string& value) {
      content_.metadata[options.network + "." + key] = value;
    };
    note("epochs", std::to_string(options.epochs));
    note("batch_size", std::to_string(options.batch_size));
    note("learning_rate", std::to_string(options.learning_rate));
    note("seed", std::to_string(options.seed));
    note("training_data", options.data_name.empty() ? options.folder.lexically_normal().string()
                                                    : options.data_name);
  }

  void write(const torch::nn::Module& network, const NetworkProgress& progress,
             const std::filesystem::path& file) {
    core::TensorFile content = content_;
    content.metadata[options_.network + ".steps"] = std::to_string(progress.step);
    content.metadata[options_.network + ".error"] = std::to_string(progress.error);
    nn::add_network(content, options_.network, network, torch::kBFloat16);
    core::write_safetensors(file, content);
  }

 private:
  const FaceMaskTrainingOptions& options_;
  core::TensorFile content_;
};

// The training of a task's network.
class TaskTraining : public train::SyntheticTraining {
 public:
  TaskTraining(const FaceMaskTrainingOptions& options, Task& task, ModelWriter writer)
      : options_(options), task_(task), writer_(std::move(writer)) {
    torch::nn::Module& network = task.network();
    if (task.is_fresh())
      nn::initialise_face_network(network, at::detail::createCPUGenerator(options.seed));
    network.train();
    for (at::Tensor& parameter : network.parameters()) parameter.set_requires_grad(true);
    optimiser_ = std::make_unique<torch::optim::Adam>(
        network.parameters(), torch::optim::AdamOptions(options.learning_rate));
  }

  Step step(int64_t number, double done) override {
    train::set_cosine_rate(*optimiser_, options_.learning_rate, done);
    optimiser_->zero_grad();
    const train::Losses losses = task_.losses(number);
    losses.loss.backward();
    optimiser_->step();
    return {losses.loss.item<double>(), losses.error};
  }

  void write(const NetworkProgress& progress, const std::filesystem::path& file, bool) override {
    writer_.write(task_.network(), progress, file);
  }

 private:
  const FaceMaskTrainingOptions& options_;
  Task& task_;
  ModelWriter writer_;
  std::unique_ptr<torch::optim::Adam> optimiser_;
};

}  // namespace

void FaceMaskTrainingOptions::validate() const {
  SyntheticTrainingOptions::validate();
  check_name(network);
}

bool train_facemask(const FaceMaskTrainingOptions& options, const NetworkObserver& observe) {
  options.validate();
  return nn::translated("training the " + options.network, [&] {
    const nn::Execution execution = nn::choose_execution(options.device);
    std::optional<std::filesystem::path> file;
    nn::FaceMaskModel from;
    if (!options.from.empty()) {
      file = find_model(options.from);
      from = nn::load_facemask_model(*file, execution);
    }
    std::optional<train::LabelledHeads> heads = heads_in(options.folder);
    const train::Photographs photographs = photographs_in(options.folder, heads);
    // Where teachers have put the faces is better than where deep funneling has.
    const bool goes_on = options.network == "aligner" && from.aligner && !heads;
    const FaceScenes scenes(
        photographs,
        goes_on ? train::seen_faces(photographs, file->string()) : std::vector<train::Similarity>{},
        std::move(heads));
    std::vector<Image> negatives;
    if (options.network == "aligner" && from.aligner && from.detector) {
      const auto samples =
          static_cast<int64_t>(options.epochs) * static_cast<int64_t>(photographs.size());
      negatives = train::hard_negatives(
          scenes, file->string(), static_cast<int>(std::min(kMostSearched, samples / kSamplesEach)),
          options.seed);
    }
    const std::unique_ptr<Task> task =
        task_of(options.network, scenes, from, execution, {options.seed, options.batch_size},
                std::move(negatives));
    TaskTraining training(options, *task, ModelWriter(options, file));
    return train::run_training(training, options, options.network, photographs.size(), observe);
  });
}

void write_facemask_samples(const std::filesystem::path& folder, const std::string& network,
                            int count, uint64_t seed, const std::filesystem::path& file) {
  if (count < 1 || count > 4096) throw Error(ErrorCode::kUsage, "samples must be 1 to 4096");
  check_name(network);
  const Image sheet = nn::translated("drawing training pictures", [&] {
    std::optional<train::LabelledHeads> heads = heads_in(folder);
    const train::Photographs photographs = photographs_in(folder, heads);
    const FaceScenes scenes(photographs, {}, std::move(heads));
    const std::unique_ptr<Task> task = task_of(network, scenes, {}, nn::choose_execution("cpu"));
    std::vector<Image> samples;
    for (const Random& random : Draws{seed, count}.of(0)) samples.push_back(task->sample(random));
    return contact_sheet(samples, std::min(count, 8));
  });
  write_png(file, sheet.view());
}

}  // namespace ganface
