// SPDX-License-Identifier: MIT
// Owns the unit tests of processes that train together; threads stand for processes, each with a
// connection of its own over the loopback.
#include "nn/runtime/process_group.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <torch/types.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <thread>

#include "nn/layers/batch_norm.h"
#include "temporary_folder.h"
#include "tiny_training.h"
#include "train/adversarial/adversarial_game.h"

namespace ganface::nn {
namespace {

uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

// Runs work(group) in `size` threads that are connected.
void together(int size, const std::function<void(std::shared_ptr<ProcessGroup>)>& work) {
  const uint16_t port = free_port();
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> failures(static_cast<size_t>(size));
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        ProcessPlace place;
        place.rank = rank;
        place.size = size;
        place.port = port;
        work(std::make_shared<ProcessGroup>(place, torch::kCPU, std::chrono::seconds(60)));
      } catch (...) {
        failures[static_cast<size_t>(rank)] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

TEST(ProcessGroup, SumsAveragesAndAgrees) {
  together(3, [](const std::shared_ptr<ProcessGroup>& group) {
    const auto rank = static_cast<float>(group->rank());
    at::Tensor a = at::full({2, 2}, rank), b = at::full({3}, 10 * rank);
    group->sum({a, b});
    EXPECT_TRUE(at::equal(a, at::full({2, 2}, 3.f)));
    EXPECT_TRUE(at::equal(b, at::full({3}, 30.f)));
    const at::Tensor c = at::full({1}, rank);
    group->average({c});
    EXPECT_EQ(c.item<float>(), 1.f);
    EXPECT_EQ(group->any(group->rank() == 2), true);
    EXPECT_EQ(group->any(false), false);
  });
}

TEST(ProcessGroup, SaysThatNobodyCame) {
  ProcessPlace place;
  place.size = 2;
  place.port = free_port();
  testing::expect_error(ErrorCode::kDevice, {"process 0 of 2", std::to_string(place.port)},
                        [&] { ProcessGroup(place, torch::kCPU, std::chrono::seconds(1)); });
}

// Statistics, results and gradients of a batch in two parts equal those of the whole.
TEST(BatchNorm, OverTwoProcessesIsThatOfTheWholeBatch) {
  const at::Tensor x = at::randn({8, 3, 4, 4}) * 2 + 5, slope = at::randn({8, 3, 4, 4});
  BatchNorm alone(3, Execution{});
  const at::Tensor whole = x.clone().requires_grad_(true);
  const at::Tensor expected = alone(whole);
  expected.backward(slope);
  together(2, [&](const std::shared_ptr<ProcessGroup>& group) {
    Execution execution;
    execution.group = group;
    BatchNorm shared(3, execution);
    const auto part = [&](const at::Tensor& all) {
      return all.slice(0, 4 * group->rank(), 4 * group->rank() + 4);
    };
    const at::Tensor own = part(x).clone().requires_grad_(true);
    const at::Tensor result = shared(own);
    result.backward(part(slope));
    // float32 sums in another order, of values near 5.
    constexpr float kRounding = 2e-5f;
    EXPECT_LT((result - part(expected)).abs().max().item<float>(), kRounding);
    EXPECT_LT((own.grad() - part(whole.grad())).abs().max().item<float>(), kRounding);
    EXPECT_LT((shared->running_mean - alone->running_mean).abs().max().item<float>(), kRounding);
    EXPECT_LT((shared->running_var - alone->running_var).abs().max().item<float>(), kRounding);
  });
}

void expect_same_update(const torch::nn::Module& start, const torch::nn::Module& alone,
                        const torch::nn::Module& shared) {
  torch::NoGradGuard no_gradient;
  const auto before = start.parameters(), one = alone.parameters(), two = shared.parameters();
  for (size_t i = 0; i < before.size(); ++i)
    // Adam divides by the gradient's size, so that a gradient near 0, of unsure sign, moves a
    // weight as far as any: those are few. A batch of other images would give about 1.
    EXPECT_LT(((two[i] - one[i]).norm() / (one[i] - before[i]).norm()).item<double>(), 0.02) << i;
}

// The update of every player, by a batch of 16 in one process or of 8 in each of two.
TEST(AdversarialGame, OfTwoProcessesEqualsOneWithTwiceTheBatch) {
  for (const bool spectral : {false, true}) {
    train::GameOptions options;
    options.networks = testing::tiny_networks();
    options.augmentation = train::augmentation_by_names("color,translation,cutout");
    options.gradient_penalty = 1;
    if (spectral) options.networks.normalisation = Normalisation::kSpectral;
    const at::Tensor real = at::rand({16, 3, 16, 16}) * 2 - 1, z = sample_latent(16, 10, 5);
    const auto play = [&](const std::shared_ptr<ProcessGroup>& group) {
      Execution execution;
      execution.group = group;
      const int rank = group ? group->rank() : 0, size = group ? group->size() : 1;
      const auto part = [&](const at::Tensor& all) {
        return all.slice(0, rank * 16 / size, (rank + 1) * 16 / size);
      };
      auto game = std::make_unique<train::AdversarialGame>(options, execution, 1);
      for (int64_t step = 0; step < 3; ++step) {
        train::RandomSource random(static_cast<uint64_t>(step), rank, size);
        game->play(step, {part(real)}, {part(z)}, random);
      }
      return game;
    };
    const train::AdversarialGame start(options, Execution{}, 1);
    const auto alone = play(nullptr);
    together(2, [&](const std::shared_ptr<ProcessGroup>& group) {
      const auto shared = play(group);
      expect_same_update(*start.generator, *alone->generator, *shared->generator);
      expect_same_update(*start.discriminator, *alone->discriminator, *shared->discriminator);
    });
  }
}

// Sets variables for the scope of a test.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<const char*, const char*>> variables) {
    for (const char* name :
         {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "SLURM_STEP_NUM_TASKS",
          "SLURM_PROCID", "SLURM_LOCALID", "SLURM_STEP_NODELIST", "SLURM_JOB_ID"})
      ::unsetenv(name);
    for (const auto& [name, value] : variables) ::setenv(name, value, 1);
    for (const auto& [name, value] : variables) names_.push_back(name);
  }
  ~Environment() {
    for (const std::string& name : names_) ::unsetenv(name.c_str());
  }

 private:
  std::vector<std::string> names_;
};

TEST(ProcessPlace, IsAloneWithoutALauncher) {
  const Environment environment({});
  EXPECT_EQ(ProcessPlace::from_environment().size, 1);
}

TEST(ProcessPlace, ReadsTorchrunsVariables) {
  const Environment environment({{"RANK", "3"},
                                 {"WORLD_SIZE", "4"},
                                 {"LOCAL_RANK", "1"},
                                 {"MASTER_ADDR", "10.0.0.7"},
                                 {"MASTER_PORT", "1234"}});
  const ProcessPlace place = ProcessPlace::from_environment();
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.host, "10.0.0.7");
  EXPECT_EQ(place.port, 1234);
}

TEST(ProcessPlace, ReadsSrunsVariables) {
  const Environment environment({{"SLURM_STEP_NUM_TASKS", "8"},
                                 {"SLURM_PROCID", "5"},
                                 {"SLURM_LOCALID", "1"},
                                 {"SLURM_JOB_ID", "123456"},
                                 {"SLURM_STEP_NODELIST", "gpu-a[007-009,12],cpu3"}});
  const ProcessPlace place = ProcessPlace::from_environment();
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.host, "gpu-a007");
  EXPECT_EQ(place.port, 20000 + 3456);
}

TEST(ProcessPlace, NamesAVariableThatIsWrong) {
  {
    const Environment environment({{"RANK", "0"}});
    testing::expect_error(ErrorCode::kUsage, {"WORLD_SIZE"},
                          [] { ProcessPlace::from_environment(); });
  }
  const Environment environment({{"RANK", "2"}, {"WORLD_SIZE", "2"}});
  testing::expect_error(ErrorCode::kUsage, {"rank 2 of 2"},
                        [] { ProcessPlace::from_environment(); });
}

}  // namespace
}  // namespace ganface::nn
