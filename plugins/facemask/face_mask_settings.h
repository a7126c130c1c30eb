// SPDX-License-Identifier: MIT
// Owns facemask's settings and their properties.
#pragma once

#include <ganface/face_detector.h>
#include <ganface/occlusion.h>
#include <gst/gst.h>

#include "common/property_table.h"
#include "facemask/face_masking.h"

namespace ganface::gst {

enum class FaceSource { kDetect, kFrame, kRoi };

/// What facemask's properties say.
struct FaceMaskSettings {
  FaceSource face_source = FaceSource::kDetect;
  MaskSettings mask;
  bool mask_is_set = false;  ///< otherwise region, location and color choose it when they are set
  OcclusionOptions occlusion;
  unsigned inference_interval = 5;
  DetectorOptions detector;
};

/// Gives facemask's class its properties.
void add_face_mask_settings(PropertyTable<FaceMaskSettings>& properties);

}  // namespace ganface::gst
