// SPDX-License-Identifier: MIT
// Owns models that stay loaded for a whole test program, since the elements of its tests share
// them.
#pragma once

#include "harness.h"

namespace ganface::test {

/// Holds the models of both methods, on the device that is taken by default.
class LoadedModels : public ::testing::Environment {
 public:
  void SetUp() override {
    for (const char* method : {"latent", "completion"}) {
      elements_.push_back(gst_element_factory_make("ganinpaint", nullptr));
      gst_util_set_object_arg(G_OBJECT(elements_.back()), "method", method);
      ASSERT_EQ(gst_element_set_state(elements_.back(), GST_STATE_PAUSED),
                GST_STATE_CHANGE_SUCCESS);
    }
  }
  void TearDown() override {
    for (GstElement* element : elements_) {
      gst_element_set_state(element, GST_STATE_NULL);
      gst_object_unref(element);
    }
  }

 private:
  std::vector<GstElement*> elements_;
};

inline const auto* const kLoadedModels = ::testing::AddGlobalTestEnvironment(new LoadedModels);

}  // namespace ganface::test
