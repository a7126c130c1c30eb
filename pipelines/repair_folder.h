// SPDX-License-Identifier: MIT
// Owns the repair of a folder of images, several at a time.
#pragma once

#include "repair_display.h"
#include "repair_job.h"
#include "report_file.h"

namespace ganface::cli {

/// Repairs every image below job.in into job.out, under the same relative names. An image that
/// fails is named and the others go on; then Error(kInput) says how many failed. What concerns
/// every image, as a missing model does, ends the job at once.
/// The report, if there is one, holds the images that did not fail, in the order of their names.
RepairTotals repair_folder(const RepairJob& job, RepairDisplay& display, ReportFile* report);

}  // namespace ganface::cli
