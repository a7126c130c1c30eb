// SPDX-License-Identifier: MIT
// Owns the compiling of all commands as one: CLI11 takes most of a minute for each of them alone.
#include <ganface/error.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

// clang-format off
#define main ganface_main
#include "main.cpp"
#undef main

// Each has its own of these names.
#define Options BenchOptions
#define run run_bench
#include "command_bench.cpp"
#undef Options
#undef run

#define Options EvalOptions
#define run run_eval
#include "command_eval.cpp"
#undef Options
#undef run

#define Options FakeOptions
#define run run_fake
#include "command_fake.cpp"
#undef Options
#undef run

#define Options FrechetCommandOptions
#define run run_frechet
#include "command_frechet.cpp"
#undef Options
#undef run

#define Options InfoOptions
#define run run_info
#include "command_info.cpp"
#undef Options
#undef run

#define Options NeighboursOptions
#define run run_neighbours
#include "command_neighbours.cpp"
#undef Options
#undef run

#define Options RepairCommandOptions
#define run run_repair
#include "command_repair.cpp"
#undef Options
#undef run

#define Options TrainOptions
#define run run_train
#include "command_train.cpp"
#undef Options
#undef run

#define Options TrainNetworkOptions
#define run run_train_network
#include "command_train_networks.cpp"
#undef Options
#undef run

#include "media/element_options.cpp"
// clang-format on
