// SPDX-License-Identifier: MIT
// Owns the choice of device and of the arithmetic that is fastest on it.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>

namespace ganface::gan {

class ProcessGroup;

/// How a kernel 4, stride 2, pad 1 convolution or its transpose, and a 3x3 one, is computed. All
/// forms compute the same function of the same weights, up to rounding.
enum class ConvolutionForm {
  kLibrary,   ///< LibTorch's own conv2d and conv_transpose2d
  kSubpixel,  ///< transpose as a 2x2 convolution to 4 times the channels and a pixel shuffle
  kWinograd,  ///< minimal filtering (gan/winograd.h, gan/winograd_3x3.h), on a CPU; small products
              ///< as kSubpixel
};

/// Where and how networks run.
struct Execution {
  torch::Device device = torch::kCPU;
  torch::ScalarType convolution_type = torch::kFloat32;  ///< kBFloat16 halves the work
  ConvolutionForm form = ConvolutionForm::kWinograd;
  /// The processes that share a training batch; null in a process alone.
  std::shared_ptr<ProcessGroup> group;
};

/// True where bfloat16 matrix products have instructions of their own (AVX512-BF16 or AMX).
bool cpu_has_bfloat16();

/// True where such products have instructions that work on tiles (AMX), many times as fast as those
/// that work on vectors.
bool cpu_has_bfloat16_tiles();

/// Lets LibTorch's operators use every processor this process may run on (LibTorch 1.13 starts with
/// one thread on machines whose topology it cannot read) and keeps OpenBLAS's own threads off:
/// batched_product() runs products side by side, and OpenBLAS's waiting threads spin. The
/// environment variables OMP_NUM_THREADS and OPENBLAS_NUM_THREADS override either. Called by
/// choose_execution(); acts once in a process.
void configure_threads();

/// Keeps this thread's operators to itself while it lives: the threads of a short pass wait for one
/// another longer than they help as soon as something else, an encoder for instance, runs beside
/// it. Does nothing under OMP_NUM_THREADS or unless `wanted`.
class OneThread {
 public:
  explicit OneThread(bool wanted = true);
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// "auto" (a GPU when there is one), "cpu", "cuda" or "cuda:N" -> the device and the fastest exact
/// form on it: Winograd on a CPU, the library's kernels on a GPU; in bfloat16 where the processor
/// or the GPU has instructions for that, in float32 elsewhere. Throws Error(kUsage) for another
/// word and Error(kDevice) when the device does not exist.
Execution choose_execution(const std::string& device);

/// A sentence that says why matrix products are slow here and what to install, or an empty string:
/// Debian's reference BLAS makes everything over four times slower than OpenBLAS.
std::string slow_blas_warning();

}  // namespace ganface::gan
