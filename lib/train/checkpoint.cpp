// SPDX-License-Identifier: MIT
// Owns checkpoints: the whole state of a training run in one safetensors file.
#include "train/checkpoint.h"

#include <ganface/error.h>

#include <sstream>
#include <type_traits>

#include "gan/model_file.h"

namespace ganface::train {
namespace {

using torch::optim::Adam;
using torch::optim::AdamParamState;

constexpr char kStep[] = "step";

// LibTorch 1.13 keys an optimiser's state by the parameter's address as a stream prints it, 2.x by
// the address itself.
template <typename State>
auto state_key(const State&, const at::Tensor& parameter) {
  void* address = parameter.unsafeGetTensorImpl();
  if constexpr (std::is_same_v<typename State::key_type, std::string>) {
    std::ostringstream key;
    key << address;
    return key.str();
  } else {
    return address;
  }
}

void add_optimiser(core::TensorFile& content, const std::string& prefix, const Adam& optimiser) {
  const auto& state = optimiser.state();
  const auto& parameters = optimiser.param_groups().front().params();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto entry = state.find(state_key(state, parameters[i]));
    if (entry == state.end())
      throw Error(ErrorCode::kInternal, "optimiser '" + prefix + "' has no state for parameter " +
                                            std::to_string(i) + "; nothing was trained yet");
    const auto& adam = static_cast<const AdamParamState&>(*entry->second);
    const std::string name = prefix + "." + std::to_string(i);
    content.tensors[name + ".mean"] = gan::store(adam.exp_avg());
    content.tensors[name + ".variance"] = gan::store(adam.exp_avg_sq());
    content.tensors[name + ".step"] = gan::store(at::tensor(adam.step()));
  }
}

void load_optimiser(const core::TensorFile& content, const std::string& prefix, Adam& optimiser,
                    const std::filesystem::path& file) {
  auto& state = optimiser.state();
  const auto& parameters = optimiser.param_groups().front().params();
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto tensor = [&](const std::string& part) {
      const std::string name = prefix + "." + std::to_string(i) + "." + part;
      const auto stored = content.tensors.find(name);
      if (stored == content.tensors.end())
        throw Error(ErrorCode::kModel,
                    "checkpoint '" + file.string() + "': tensor '" + name + "' is missing");
      return gan::restore(stored->second).to(parameters[i].device());
    };
    auto adam = std::make_unique<AdamParamState>();
    adam->exp_avg(tensor("mean"));
    adam->exp_avg_sq(tensor("variance"));
    adam->step(tensor("step").item<int64_t>());
    state[state_key(state, parameters[i])] = std::move(adam);
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const AdversarialGame& game, int64_t step,
                     const std::map<std::string, std::string>& recipe) {
  core::TensorFile content;
  content.metadata = recipe;
  content.metadata[kStep] = std::to_string(step);
  gan::add_network(content, "generator", *game.generator);
  gan::add_network(content, "discriminator", *game.discriminator);
  gan::add_network(content, "average", *game.average);
  add_optimiser(content, "generator_adam", game.generator_optimiser);
  add_optimiser(content, "discriminator_adam", game.discriminator_optimiser);
  core::write_safetensors(file, content);
}

int64_t load_checkpoint(const std::filesystem::path& file, AdversarialGame& game,
                        const std::map<std::string, std::string>& recipe) {
  const core::TensorFile content = core::read_safetensors(file);
  for (const auto& [key, value] : recipe) {
    const auto stored = content.metadata.find(key);
    const std::string then = stored == content.metadata.end() ? "unset" : stored->second;
    if (then != value)
      throw Error(ErrorCode::kUsage, "cannot resume '" + file.string() + "': " + key + " was " +
                                         then + " and is now " + value +
                                         "; give the same options, or start another --out");
  }
  gan::load_network(content, "generator", *game.generator, file);
  gan::load_network(content, "discriminator", *game.discriminator, file);
  gan::load_network(content, "average", *game.average, file);
  load_optimiser(content, "generator_adam", game.generator_optimiser, file);
  load_optimiser(content, "discriminator_adam", game.discriminator_optimiser, file);
  return std::stoll(content.metadata.at(kStep));
}

}  // namespace ganface::train
