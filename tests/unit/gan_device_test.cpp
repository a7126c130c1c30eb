// SPDX-License-Identifier: MIT
// Owns the unit tests of the choice of device.
#include "gan/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <omp.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <thread>

#include "temporary_folder.h"

namespace ganface::gan {
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
}  // namespace ganface::gan
