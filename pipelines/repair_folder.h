// SPDX-License-Identifier: MIT
// Owns the repair of a folder of images, several at a time.
#pragma once

#include "repair_display.h"
#include "repair_job.h"

namespace ganface::cli {

/// Repairs every image below job.in into job.out, under the same relative names. An image that
/// fails is named and the others go on; then Error(kInput) says how many failed. What concerns
/// every image, as a missing model does, ends the job at once.
RepairTotals repair_folder(const RepairJob& job, RepairDisplay& display);

}  // namespace ganface::cli
