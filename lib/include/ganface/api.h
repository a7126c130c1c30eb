// SPDX-License-Identifier: MIT
// Owns what of the library others may link with: everything else is hidden.
#pragma once

/// Marks a class or function of the public API.
#define GANFACE_API __attribute__((visibility("default")))
