// SPDX-License-Identifier: MIT
// Owns the connection between processes that train one model together.
#pragma once

#include <torch/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace ganface::nn {

/// Which of several processes this is, and where they meet.
struct ProcessPlace {
  int rank = 0;        ///< 0 to size - 1; 0 is the host of the meeting
  int size = 1;        ///< number of processes
  int local_rank = 0;  ///< number among the processes of this machine: chooses the GPU
  std::string host = "127.0.0.1";
  uint16_t port = 29500;

  /// What torchrun says (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT), else what srun
  /// says (SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_LOCALID, first node of SLURM_STEP_NODELIST; a
  /// port derived from SLURM_JOB_ID), else a process alone. Throws Error(kUsage) naming a variable
  /// that is missing or no number.
  static ProcessPlace from_environment();
};

/// Collective operations over LibTorch's c10d: NCCL for tensors on a GPU where LibTorch has it,
/// Gloo otherwise. Every process must call the same operations in the same order. Each throws
/// Error(kDevice) when another process is gone.
class ProcessGroup {
 public:
  /// Waits, `patience` at most, until all processes have come.
  ProcessGroup(const ProcessPlace& place, torch::Device device,
               std::chrono::seconds patience = std::chrono::minutes(5));
  ~ProcessGroup();

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }

  /// Each tensor becomes the sum of its namesakes, bit for bit the same in every process. One
  /// message for all of them.
  void sum(std::vector<at::Tensor> tensors);
  /// Likewise, the mean.
  void average(const std::vector<at::Tensor>& tensors);
  /// True in every process when `flag` is true in any.
  bool any(bool flag);

 private:
  struct Connection;
  const ProcessPlace place_;
  std::unique_ptr<Connection> connection_;
};

/// Sum over the processes, differentiable any number of times: the gradient is the sum of the
/// processes' gradients.
at::Tensor sum_over(ProcessGroup& group, const at::Tensor& x);

}  // namespace ganface::nn
