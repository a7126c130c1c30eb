// SPDX-License-Identifier: MIT
// Precompiled: LibTorch's and GoogleTest's headers take most of a test's compile time.
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/nn/functional.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>
