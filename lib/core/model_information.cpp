// SPDX-License-Identifier: MIT
// Owns what a model file says of itself.
#include <ganface/model_information.h>
#include <ganface/model_path.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/safetensors.h"

namespace ganface {

ModelInformation model_information(const std::string& model) {
  ModelInformation information;
  information.file = find_model(model);
  const core::TensorFile content = core::read_safetensors(information.file);
  information.metadata = content.metadata;
  for (const auto& [name, tensor] : content.tensors) {
    ModelInformation::Network& network = information.networks[name.substr(0, name.find('.'))];
    int64_t numbers = 1;
    for (const int64_t side : tensor.shape) numbers *= side;
    ++network.tensors;
    network.parameters += numbers;
    network.bytes += static_cast<int64_t>(tensor.bytes.size());
  }
  return information;
}

std::string ModelInformation::json() const {
  nlohmann::json networks_json = nlohmann::json::object();
  for (const auto& [name, network] : networks)
    networks_json[name] = {
        {"tensors", network.tensors}, {"parameters", network.parameters}, {"bytes", network.bytes}};
  return core::json_text(
      nlohmann::json{{"file", file.string()}, {"metadata", metadata}, {"networks", networks_json}});
}

}  // namespace ganface
