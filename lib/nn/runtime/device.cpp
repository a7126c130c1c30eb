// SPDX-License-Identifier: MIT
// Owns the choice of device and of the arithmetic that is fastest on it.
#include "nn/runtime/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <ganface/error.h>
#include <omp.h>
#include <sched.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "core/text_stream.h"
#include "nn/runtime/onednn_kernels.h"
#include "nn/runtime/simd.h"

namespace ganface::nn {

namespace {

constexpr int kMostThreads = 1024;

std::set<std::string> cpu_flags() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.rfind("flags", 0) == 0) {
      core::TextReader flags(line);
      return {std::istream_iterator<std::string>(flags), {}};
    }
  if (cpuinfo.bad())
    throw Error(ErrorCode::kDevice,
                "cannot read /proc/cpuinfo, which names the processor's "
                "instruction sets");
  return {};
}

// What kMaxCpuIsa may be, and what it means to others; null where that is no cap.
struct Cap {
  const char* name;
  InstructionSet most;
  const char *onednn, *aten;
};
constexpr Cap kCaps[] = {{"avx2", InstructionSet::kAvx2, "AVX2", "avx2"},
                         {"avx512-bf16", InstructionSet::kAvx512Bf16, "AVX512_CORE_BF16", nullptr},
                         {"amx", InstructionSet::kAmx, "AVX512_CORE_AMX", nullptr}};

// Null without a cap, and for an unknown one.
const Cap* known_cap(const char* value) {
  const auto* const found = std::find_if(std::begin(kCaps), std::end(kCaps), [&](const Cap& cap) {
    return value != nullptr && std::string(value) == cap.name;
  });
  return found != std::end(kCaps) ? found : nullptr;
}

// As oneDNN does: an empty value is none.
const char* set_value(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != 0 ? value : nullptr;
}

// What the variable was when this library was loaded.
const std::string& asked_cap() {
  static const std::string value = [] {
    const char* own = set_value(kMaxCpuIsa);
    return std::string(own != nullptr ? own : "");
  }();
  return value;
}

InstructionSet cap() {
  static const InstructionSet most = [] {
    if (asked_cap().empty()) return InstructionSet::kAmx;
    if (const Cap* known = known_cap(asked_cap().c_str())) return known->most;
    throw Error(ErrorCode::kUsage, std::string(kMaxCpuIsa) + "='" + asked_cap() +
                                       "' is unknown; expected avx2, avx512-bf16 or amx");
  }();
  return most;
}

// With a null value, or where the user has set it, a variable stays.
void set_unless_set(const char* variable, const char* value) {
  if (value != nullptr && set_value(variable) == nullptr) setenv(variable, value, 1);
}

[[gnu::constructor]] void cap_libraries() {
  const Cap* own = known_cap(asked_cap().c_str());
  if (own == nullptr) return;
  // By its older name it is heard as well, and after the newer one.
  if (set_value("DNNL_MAX_CPU_ISA") == nullptr) set_unless_set("ONEDNN_MAX_CPU_ISA", own->onednn);
#if defined(__x86_64__)
  // Not a cap but an order: ATen does not ask whether the processor has it.
  if (has_all_simd()) set_unless_set("ATEN_CPU_CAPABILITY", own->aten);
#endif
}

std::string name_of(InstructionSet set) {
  for (const Cap& cap : kCaps)
    if (cap.most == set) return cap.name;
  return "baseline";
}

// What ATen's kernels use, in its words; LibTorch 1.13 tells only within a report of all it is.
std::string aten_capability() {
  constexpr char kWords[] = "CPU capability usage: ";
  core::TextReader report(at::show_config());
  for (std::string line; std::getline(report, line);)
    if (const size_t at = line.find(kWords); at != std::string::npos)
      return line.substr(at + sizeof kWords - 1);
  return {};
}

}  // namespace

InstructionSet processor_instruction_set() {
#if defined(__x86_64__)
  static const InstructionSet best = [] {
    if (!has_all_simd()) return InstructionSet::kOther;
    const bool multiplies =
        __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
        __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bf16") != 0;
    if (!multiplies) return InstructionSet::kAvx2;
    return cpu_flags().count("amx_bf16") > 0 ? InstructionSet::kAmx : InstructionSet::kAvx512Bf16;
  }();
  return best;
#else
  return InstructionSet::kOther;
#endif
}

InstructionSet instruction_set() { return std::min(processor_instruction_set(), cap()); }

bool has_bfloat16_lanes() { return instruction_set() >= InstructionSet::kAvx512Bf16; }

bool cpu_has_bfloat16_tiles() { return instruction_set() >= InstructionSet::kAmx; }

bool cpu_has_bfloat16() { return has_bfloat16_lanes() || cpu_has_bfloat16_tiles(); }

std::string instruction_set_line() {
  std::string line = "instruction set " + name_of(instruction_set());
  if (instruction_set() != processor_instruction_set())
    line +=
        " of a processor with " + name_of(processor_instruction_set()) + " (" + kMaxCpuIsa + ")";
  if (const std::string aten = aten_capability(); !aten.empty()) line += "; ATen " + aten;
  using CoreName = char* (*)();
  const auto core = reinterpret_cast<CoreName>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (core != nullptr) line += std::string(", OpenBLAS ") + core();
  return line;
}

void configure_threads() {
  // Before any is started: their stacks alone would take the memory that there is.
  if (omp_get_max_threads() > kMostThreads)
    throw Error(ErrorCode::kUsage, "OMP_NUM_THREADS asks for " +
                                       std::to_string(omp_get_max_threads()) +
                                       " threads, expected 1 to " + std::to_string(kMostThreads));
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
  keep_kernels();
  configure_threads();
  static_cast<void>(cap());  // throws where it is unknown, whatever the device
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

}  // namespace ganface::nn
