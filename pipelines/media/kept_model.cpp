// SPDX-License-Identifier: MIT
// Owns a model that stays loaded from one pipeline to the next.
#include "media/kept_model.h"

namespace ganface::media {

KeptModel::KeptModel(const ElementOptions& options)
    : inpaint_(GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("ganinpaint", nullptr)))) {
  const Owned<GstElement> face_mask(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("facemask", nullptr))));
  options.apply(face_mask.get(), inpaint_.get());
  gst_element_set_state(inpaint_.get(), GST_STATE_PAUSED);
}

KeptModel::~KeptModel() { gst_element_set_state(inpaint_.get(), GST_STATE_NULL); }

}  // namespace ganface::media
