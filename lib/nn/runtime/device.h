// SPDX-License-Identifier: MIT
// Owns the choice of device and of the arithmetic that is fastest on it.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>

namespace ganface::nn {

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

/// Instructions by which networks take one way or another on a CPU; each has those before it.
enum class InstructionSet { kOther, kAvx2, kAvx512Bf16, kAmx };

/// The environment variable that caps the instruction set: avx2, avx512-bf16 or amx; where the
/// processor has less, it changes nothing. It holds for the functions below, and is handed on to
/// oneDNN (ONEDNN_MAX_CPU_ISA) and ATen (ATEN_CPU_CAPABILITY) as this library is loaded, where
/// those are not set: both look when they first compute. OpenBLAS looks while it is loaded itself,
/// which is before: its OPENBLAS_CORETYPE is for whoever starts the process. Read once in a
/// process. With another value choose_execution() and the functions below throw Error(kUsage).
constexpr char kMaxCpuIsa[] = "GANFACE_MAX_CPU_ISA";

/// True where functions may multiply bfloat16 in vectors (AVX512-BF16; GANFACE_BFLOAT16_LANES).
bool has_bfloat16_lanes();

/// True where such products have instructions that work on tiles (AMX), many times as fast as those
/// that work on vectors.
bool cpu_has_bfloat16_tiles();

/// True where bfloat16 matrix products have instructions of either kind.
bool cpu_has_bfloat16();

/// The best that networks use here, and that they would use without a cap.
InstructionSet instruction_set();
InstructionSet processor_instruction_set();

/// A line about that for benchmarks: "instruction set avx2 of a processor with amx
/// (GANFACE_MAX_CPU_ISA); ATen AVX2, OpenBLAS Haswell".
std::string instruction_set_line();

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

}  // namespace ganface::nn
