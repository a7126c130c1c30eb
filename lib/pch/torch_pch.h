// SPDX-License-Identifier: MIT
// Precompiled: LibTorch's headers take most of a translation unit's compile time.
#include <torch/autograd.h>
#include <torch/nn/functional.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>
