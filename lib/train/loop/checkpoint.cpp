// SPDX-License-Identifier: MIT
// Owns checkpoints: the whole state of a training run in one safetensors file.
#include "train/loop/checkpoint.h"

#include <ganface/error.h>

#include <charconv>
#include <system_error>
#include <type_traits>

#include "core/text_stream.h"
#include "models/model_file.h"

namespace ganface::train {
namespace {

using torch::optim::Adam;
using torch::optim::AdamParamState;

constexpr char kStep[] = "step";
constexpr char kState[] = "state.";
constexpr char kRecipe[] = "recipe.";

// LibTorch 1.13 keys an optimiser's state by the parameter's address as a stream prints it, 2.x by
// the address itself.
template <typename State>
auto state_key(const State&, const at::Tensor& parameter) {
  void* address = parameter.unsafeGetTensorImpl();
  if constexpr (std::is_same_v<typename State::key_type, std::string>) {
    core::TextWriter key;
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
    content.tensors[name + ".mean"] = nn::store(adam.exp_avg());
    content.tensors[name + ".variance"] = nn::store(adam.exp_avg_sq());
    content.tensors[name + ".step"] = nn::store(at::tensor(adam.step()));
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
      return nn::restore(stored->second).to(parameters[i].device());
    };
    auto adam = std::make_unique<AdamParamState>();
    adam->exp_avg(tensor("mean"));
    adam->exp_avg_sq(tensor("variance"));
    adam->step(tensor("step").item<int64_t>());
    state[state_key(state, parameters[i])] = std::move(adam);
  }
}

// Calls visit(name, network) for every network of the game, and visit(name, optimiser) likewise.
template <typename Game, typename VisitNetwork, typename VisitOptimiser>
void visit(Game& game, VisitNetwork network, VisitOptimiser optimiser) {
  network("generator", *game.generator);
  network("discriminator", *game.discriminator);
  network("average", *game.average);
  optimiser("generator_adam", game.generator_optimiser);
  optimiser("discriminator_adam", game.discriminator_optimiser);
  if (!game.inversion) return;
  network("encoder", *game.inversion->encoder);
  network("encoder_average", *game.inversion->average);
  optimiser("encoder_adam", game.inversion->optimiser);
}

void expect_finite(const torch::nn::Module& network, const std::string& name) {
  for (const at::Tensor& parameter : network.parameters())
    if (!at::isfinite(parameter.detach().sum()).item<bool>())
      throw Error(ErrorCode::kInternal,
                  "training diverged: a weight of the " + name +
                      " is not finite; the last checkpoint is kept: start again with a lower "
                      "learning rate, or resume to see where it diverges");
}

}  // namespace

void set_step(RunState& state, int64_t step) { state[kStep] = std::to_string(step); }

int64_t step_of(const RunState& state, const std::filesystem::path& file) {
  const auto entry = state.find(kStep);
  if (entry == state.end())
    throw Error(ErrorCode::kModel, "checkpoint '" + file.string() + "' names no step");
  // No run takes a million million steps: such a number comes of damage, and would count as done.
  constexpr int64_t kMostSteps = 1'000'000'000'000;
  int64_t step = -1;
  const std::string& text = entry->second;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), step);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || step < 0 ||
      step > kMostSteps)
    throw Error(ErrorCode::kModel, "checkpoint '" + file.string() + "': its step is '" + text +
                                       "', expected a whole number from 0; the file is damaged: "
                                       "train anew without --resume");
  return step;
}

void save_checkpoint(const std::filesystem::path& file, const AdversarialGame& game,
                     const RunState& state, const std::map<std::string, std::string>& recipe) {
  core::TensorFile content;
  for (const auto& [key, value] : recipe) content.metadata[kRecipe + key] = value;
  for (const auto& [key, value] : state) content.metadata[kState + key] = value;
  visit(
      game,
      [&](const std::string& name, const torch::nn::Module& network) {
        expect_finite(network, name);
        nn::add_network(content, name, network);
      },
      [&](const std::string& name, const Adam& optimiser) {
        add_optimiser(content, name, optimiser);
      });
  core::write_safetensors(file, content);
}

RunState load_checkpoint(const std::filesystem::path& file, AdversarialGame& game,
                         const std::map<std::string, std::string>& recipe) {
  const core::TensorFile content = core::read_safetensors(file);
  for (const auto& [key, value] : recipe) {
    const auto stored = content.metadata.find(kRecipe + key);
    const std::string then = stored == content.metadata.end() ? "unset" : stored->second;
    if (then != value)
      throw Error(ErrorCode::kUsage, "cannot resume '" + file.string() + "': " + key + " was " +
                                         then + " and is now " + value +
                                         "; give the same options, or start another --out");
  }
  visit(
      game,
      [&](const std::string& name, torch::nn::Module& network) {
        nn::load_network(content, name, network, file);
      },
      [&](const std::string& name, Adam& optimiser) {
        load_optimiser(content, name, optimiser, file);
      });
  RunState state;
  const std::string prefix = kState;
  for (const auto& [key, value] : content.metadata)
    if (key.rfind(prefix, 0) == 0) state[key.substr(prefix.size())] = value;
  return state;
}

}  // namespace ganface::train
