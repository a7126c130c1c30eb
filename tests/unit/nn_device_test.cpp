// SPDX-License-Identifier: MIT
// Owns the unit tests of the choice of device.
#include "nn/runtime/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <omp.h>
#include <torch/cuda.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include "temporary_folder.h"

namespace ganface::nn {
namespace {

using testing::expect_error;

TEST(ChooseExecution, RefusesAnUnknownWord) {
  expect_error(ErrorCode::kUsage, {"'gpu'", "auto, cpu, cuda or cuda:N"},
               [] { choose_execution("gpu"); });
}

TEST(ChooseExecution, RefusesADeviceNumberThatIsNone) {
  for (const std::string device : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:1000"})
    expect_error(ErrorCode::kUsage, {"'" + device + "'", "a number N"},
                 [&] { choose_execution(device); });
}

TEST(ChooseExecution, RefusesCudaWhenThereIsNoGpu) {
  if (torch::cuda::device_count() > 0) GTEST_SKIP() << "needs a machine without a CUDA device";
  for (const std::string device : {"cuda", "cuda:0"})
    expect_error(ErrorCode::kDevice, {"'" + device + "'", "device=cpu"},
                 [&] { choose_execution(device); });
}

TEST(ChooseExecution, RefusesAGpuBeyondTheLast) {
  expect_error(ErrorCode::kDevice, {"'cuda:99'", "does not exist"},
               [] { choose_execution("cuda:99"); });
}

TEST(ChooseExecution, TakesWinogradOnACpuInBfloat16WhereItHasThat) {
  const Execution execution = choose_execution("cpu");
  EXPECT_EQ(execution.device, torch::Device(torch::kCPU));
  EXPECT_EQ(execution.form, ConvolutionForm::kWinograd);
  EXPECT_EQ(execution.convolution_type, cpu_has_bfloat16() ? torch::kBFloat16 : torch::kFloat32);
}

TEST(ChooseExecution, FallsBackToTheCpuOnAutoWhenThereIsNoGpu) {
  if (torch::cuda::device_count() > 0) GTEST_SKIP() << "needs a machine without a CUDA device";
  EXPECT_EQ(choose_execution("auto").device, torch::Device(torch::kCPU));
}

TEST(InstructionSets, AreWhatNetworksAskFor) {
  EXPECT_EQ(has_bfloat16_lanes(), instruction_set() >= InstructionSet::kAvx512Bf16);
  EXPECT_EQ(cpu_has_bfloat16_tiles(), instruction_set() == InstructionSet::kAmx);
  EXPECT_EQ(cpu_has_bfloat16(), has_bfloat16_lanes());
}

// The cap is read as a program is loaded: each test's last statement runs in a fresh one, with the
// variable set.
class InstructionSetCap : public ::testing::Test {
 protected:
  InstructionSetCap() {
    if (const char* value = std::getenv(kMaxCpuIsa)) before_ = value;
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
  ~InstructionSetCap() override {
    before_ ? setenv(kMaxCpuIsa, before_->c_str(), 1) : unsetenv(kMaxCpuIsa);
  }
  static void set(const char* value) { setenv(kMaxCpuIsa, value, 1); }

  std::optional<std::string> before_;
};

TEST_F(InstructionSetCap, OfAnUnknownNameIsAnError) {
  set("avx3");
  const auto choose = [] {
    try {
      choose_execution("cpu");
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(error.code() == ErrorCode::kUsage ? 2 : 1);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(choose(), ::testing::ExitedWithCode(2),
              "GANFACE_MAX_CPU_ISA='avx3' is unknown; expected avx2, avx512-bf16 or amx");
}

// Prints what is used, and exits with its number.
[[noreturn]] void tell_instruction_set() {
  std::fputs(instruction_set_line().c_str(), stderr);
  std::_Exit(static_cast<int>(instruction_set()));
}

TEST_F(InstructionSetCap, HoldsForNetworksWhereTheProcessorHasMore) {
  const auto own = static_cast<int>(processor_instruction_set());
  const auto at_most = [own](InstructionSet most) {
    return ::testing::ExitedWithCode(std::min(own, static_cast<int>(most)));
  };
  set("avx2");
  EXPECT_EXIT(tell_instruction_set(), at_most(InstructionSet::kAvx2), "instruction set ");
  set("avx512-bf16");
  EXPECT_EXIT(tell_instruction_set(), at_most(InstructionSet::kAvx512Bf16), "instruction set ");
  set("amx");
  EXPECT_EXIT(tell_instruction_set(), at_most(InstructionSet::kAmx), "instruction set ");
  set("");
  EXPECT_EXIT(tell_instruction_set(), ::testing::ExitedWithCode(own), "instruction set ");
}

TEST_F(InstructionSetCap, OfAvx2HoldsForTheArithmeticAndTheLibraries) {
  // A process under another cap has handed that on to them already.
  if (before_ && *before_ != "avx2") GTEST_SKIP() << kMaxCpuIsa << " rules";
  set("avx2");
  const auto compute = [] {
    if (choose_execution("cpu").convolution_type != torch::kFloat32) std::_Exit(1);
    using Effective = int (*)();
    const auto effective =
        reinterpret_cast<Effective>(dlsym(RTLD_DEFAULT, "dnnl_get_effective_cpu_isa"));
    constexpr int kAvx2 = 7;  // a bit for each set up to it; an upstream LibTorch hides oneDNN
    if (effective != nullptr && effective() > kAvx2) std::_Exit(2);
    if (instruction_set_line().find("ATen AVX512") != std::string::npos) std::_Exit(3);
    std::_Exit(0);
  };
  EXPECT_EXIT(compute(), ::testing::ExitedWithCode(0), "");
}

TEST(OneThread, HoldsInAThreadThatHasRunNoOperatorBefore) {
  if (std::getenv("OMP_NUM_THREADS") != nullptr) GTEST_SKIP() << "OMP_NUM_THREADS rules";
  at::set_num_threads(2);
  int during = 0, after = 0;
  std::thread thread([&] {
    {
      const OneThread one_thread;
      at::rand({64, 64}).matmul(at::rand({64, 64}));
      during = omp_get_max_threads();
    }
    after = omp_get_max_threads();
  });
  thread.join();
  EXPECT_EQ(during, 1);
  EXPECT_EQ(after, 2);
}

}  // namespace
}  // namespace ganface::nn
