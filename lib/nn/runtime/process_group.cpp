// SPDX-License-Identifier: MIT
// Owns the connection between processes that train one model together.
#include "nn/runtime/process_group.h"

#include <ganface/error.h>
#include <torch/autograd.h>

#include "ganface-config.h"
#if GANFACE_HAVE_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#if GANFACE_HAVE_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <cstdlib>
#include <optional>

namespace ganface::nn {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

int number(const char* name, std::optional<int> fallback = std::nullopt) {
  const auto text = variable(name);
  if (!text && fallback) return *fallback;
  try {
    size_t read = 0;
    const int value = std::stoi(text.value_or(""), &read);
    if (read == text->size() && value >= 0) return value;
  } catch (const std::exception&) {
  }
  throw Error(ErrorCode::kUsage, "environment variable " + std::string(name) + " is '" +
                                     text.value_or("") +
                                     "', expected a number; start the processes with torchrun or "
                                     "srun, or unset RANK and WORLD_SIZE to train alone");
}

// "node[03-07,12],other" -> "node03".
std::string first_node(const std::string& nodes) {
  const size_t end = nodes.find_first_of("[,");
  std::string node = nodes.substr(0, end);
  if (end != std::string::npos && nodes[end] == '[')
    node += nodes.substr(end + 1, nodes.find_first_of("-,]", end + 1) - end - 1);
  return node;
}

void check(const ProcessPlace& place) {
  if (place.size < 1 || place.rank >= place.size)
    throw Error(ErrorCode::kUsage, "rank " + std::to_string(place.rank) + " of " +
                                       std::to_string(place.size) +
                                       " processes does not exist; expected 0 to size - 1");
}

}  // namespace

ProcessPlace ProcessPlace::from_environment() {
  ProcessPlace place;
  if (variable("WORLD_SIZE") || variable("RANK")) {
    place.size = number("WORLD_SIZE");
    place.rank = number("RANK");
    place.local_rank = number("LOCAL_RANK", place.rank);
    place.host = variable("MASTER_ADDR").value_or(place.host);
    place.port = static_cast<uint16_t>(number("MASTER_PORT", place.port));
  } else if (variable("SLURM_STEP_NUM_TASKS")) {
    place.size = number("SLURM_STEP_NUM_TASKS");
    place.rank = number("SLURM_PROCID");
    place.local_rank = number("SLURM_LOCALID", 0);
    place.host = variable("MASTER_ADDR")
                     .value_or(first_node(variable("SLURM_STEP_NODELIST").value_or(place.host)));
    place.port =
        static_cast<uint16_t>(number("MASTER_PORT", 20000 + number("SLURM_JOB_ID", 0) % 10000));
  }
  check(place);
  return place;
}

#if GANFACE_HAVE_GLOO

namespace {

// From 2.4 on LibTorch wants libuv for its store, with which Debian does not build it.
template <typename Options>
auto without_libuv(Options& options, int) -> decltype(void(options.useLibUV)) {
  options.useLibUV = false;
}
template <typename Options>
void without_libuv(Options&, long) {}

}  // namespace

struct ProcessGroup::Connection {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#if GANFACE_HAVE_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl;
#endif
};

ProcessGroup::ProcessGroup(const ProcessPlace& place, torch::Device device,
                           std::chrono::seconds patience)
    : place_(place), connection_(std::make_unique<Connection>()) {
  check(place);
  c10d::TCPStoreOptions meeting;
  meeting.port = place.port;
  meeting.isServer = place.rank == 0;
  meeting.numWorkers = static_cast<size_t>(place.size);
  meeting.timeout = patience;
  without_libuv(meeting, 0);
  try {
    connection_->store = c10::make_intrusive<c10d::TCPStore>(place.host, meeting);
    auto options = c10d::ProcessGroupGloo::Options::create(patience);
    // By address, since a machine's own name need not resolve; loopback stays on this machine.
    options->devices.push_back(place.host == "127.0.0.1" || place.host == "localhost"
                                   ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                   : c10d::ProcessGroupGloo::createDefaultDevice());
    connection_->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(connection_->store, place.rank,
                                                                    place.size, options);
#if GANFACE_HAVE_NCCL
    if (device.is_cuda())
      connection_->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(
          c10::make_intrusive<c10d::PrefixStore>("nccl", connection_->store), place.rank,
          place.size);
#else
    static_cast<void>(device);
#endif
  } catch (const std::exception& cause) {
    throw Error(ErrorCode::kDevice,
                "process " + std::to_string(place.rank) + " of " + std::to_string(place.size) +
                    " met no others at " + place.host + ":" + std::to_string(place.port) + ": " +
                    cause.what() + "; check that all were started and MASTER_ADDR, MASTER_PORT");
  }
}

void ProcessGroup::sum(std::vector<at::Tensor> tensors) {
  if (tensors.empty()) return;
  torch::NoGradGuard no_gradient;
  std::vector<at::Tensor> parts;
  for (const at::Tensor& tensor : tensors) parts.push_back(tensor.reshape({-1}));
  std::vector<at::Tensor> message{at::cat(parts)};
  try {
#if GANFACE_HAVE_NCCL
    if (connection_->nccl && message[0].is_cuda()) {
      connection_->nccl->allreduce(message)->wait();
    } else
#endif
    {
      const torch::Device device = message[0].device();
      message[0] = message[0].cpu();
      connection_->gloo->allreduce(message)->wait();
      message[0] = message[0].to(device);
    }
  } catch (const std::exception& cause) {
    throw Error(ErrorCode::kDevice, std::string("another process of the training is gone: ") +
                                        cause.what() + "; start all again with --resume");
  }
  int64_t first = 0;
  for (at::Tensor& tensor : tensors) {
    tensor.copy_(message[0].slice(0, first, first + tensor.numel()).view(tensor.sizes()));
    first += tensor.numel();
  }
}

#else

struct ProcessGroup::Connection {};

ProcessGroup::ProcessGroup(const ProcessPlace& place, torch::Device, std::chrono::seconds)
    : place_(place) {
  throw Error(ErrorCode::kUnsupported,
              "this build trains in one process only: it was made without the headers of Gloo; "
              "install libgloo-dev and build again");
}

void ProcessGroup::sum(std::vector<at::Tensor>) {}

#endif

ProcessGroup::~ProcessGroup() = default;

void ProcessGroup::average(const std::vector<at::Tensor>& tensors) {
  sum(tensors);
  torch::NoGradGuard no_gradient;
  for (const at::Tensor& tensor : tensors) tensor.div_(size());
}

bool ProcessGroup::any(bool flag) {
  const at::Tensor count = at::full({1}, flag ? 1.f : 0.f);
  sum({count});
  return count.item<float>() > 0;
}

namespace {

struct SumOver : torch::autograd::Function<SumOver> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            int64_t group) {
    context->saved_data["group"] = group;
    at::Tensor total = x.clone();
    reinterpret_cast<ProcessGroup*>(group)->sum({total});
    return total;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {apply(gradients[0], context->saved_data["group"].toInt()), {}};
  }
};

}  // namespace

at::Tensor sum_over(ProcessGroup& group, const at::Tensor& x) {
  return SumOver::apply(x, reinterpret_cast<int64_t>(&group));
}

}  // namespace ganface::nn
