// SPDX-License-Identifier: MIT
// Owns a model that stays loaded from one pipeline to the next.
#pragma once

#include "media/element_options.h"
#include "media/owned.h"

namespace ganface::media {

/// Holds what ganinpaint loads for some options: elements of a process that name the same model
/// share one. A model that cannot be loaded is not held; the pipelines say why.
class KeptModel {
 public:
  explicit KeptModel(const ElementOptions& options);
  ~KeptModel();
  KeptModel(const KeptModel&) = delete;
  KeptModel& operator=(const KeptModel&) = delete;

 private:
  Owned<GstElement> inpaint_;
};

}  // namespace ganface::media
