// SPDX-License-Identifier: MIT
// Owns the choice of device and of the arithmetic that is fastest on it.
#include "gan/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <ganface/error.h>
#include <omp.h>
#include <sched.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace ganface::gan {

namespace {

std::set<std::string> cpu_flags() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.rfind("flags", 0) == 0) {
      std::istringstream flags(line);
      return {std::istream_iterator<std::string>(flags), {}};
    }
  return {};
}

}  // namespace

bool cpu_has_bfloat16_tiles() {
  static const bool has = cpu_flags().count("amx_bf16") > 0;
  return has;
}

bool cpu_has_bfloat16() {
  static const bool has = cpu_flags().count("avx512_bf16") > 0 || cpu_has_bfloat16_tiles();
  return has;
}

void configure_threads() {
  static const bool done = [] {
    cpu_set_t processors;
    if (std::getenv("OMP_NUM_THREADS") == nullptr &&
        sched_getaffinity(0, sizeof processors, &processors) == 0)
      at::set_num_threads(CPU_COUNT(&processors));
    using SetThreads = void (*)(int);
    const auto set_blas_threads =
        reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (std::getenv("OPENBLAS_NUM_THREADS") == nullptr && set_blas_threads != nullptr)
      set_blas_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

// at::set_num_threads() would also throw away oneDNN's prepared convolutions.
OneThread::OneThread(bool wanted) : before_(1) {
  // Or a thread's first operator would do it, and undo what is set here.
  at::internal::lazy_init_num_threads();
  if (!wanted || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  before_ = omp_get_max_threads();
  if (before_ > 1) omp_set_num_threads(1);
}

OneThread::~OneThread() {
  if (before_ > 1) omp_set_num_threads(before_);
}

Execution choose_execution(const std::string& device) {
  configure_threads();
  Execution execution;
  const bool numbered = device.rfind("cuda:", 0) == 0;
  if (device != "auto" && device != "cpu" && device != "cuda" && !numbered)
    throw Error(ErrorCode::kUsage,
                "device '" + device + "' is unknown; expected auto, cpu, cuda or cuda:N");
  int index = 0;
  if (numbered) {
    const std::string number = device.substr(5);
    if (number.empty() || number.size() > 3 ||
        number.find_first_not_of("0123456789") != std::string::npos)
      throw Error(ErrorCode::kUsage, "device '" + device + "': expected cuda:N with a number N");
    index = std::stoi(number);
  }
  const auto gpus = static_cast<int>(torch::cuda::device_count());
  if (device != "cpu" && device != "auto" && index >= gpus)
    throw Error(ErrorCode::kDevice,
                "device '" + device + "' does not exist: LibTorch sees " + std::to_string(gpus) +
                    " CUDA devices; use device=cpu, or build with -Dlibtorch=PATH of a LibTorch "
                    "with CUDA and check nvidia-smi");
  if (device != "cpu" && gpus > 0) {
    execution.device = torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
    execution.form = ConvolutionForm::kLibrary;
    if (at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8())
      execution.convolution_type = torch::kBFloat16;
  } else if (cpu_has_bfloat16()) {
    execution.convolution_type = torch::kBFloat16;
  }
  return execution;
}

std::string slow_blas_warning() {
  const void* gemm = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (gemm == nullptr || dladdr(gemm, &info) == 0 || info.dli_fname == nullptr) return {};
  const std::string library = info.dli_fname;
  if (library.find("/blas/libblas") == std::string::npos) return {};
  return "matrix products run on the reference BLAS (" + library +
         "), over four times slower than OpenBLAS: apt-get install libopenblas0-pthread";
}

}  // namespace ganface::gan
