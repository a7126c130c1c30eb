// SPDX-License-Identifier: MIT
// Owns random values for the properties that elements have.
#pragma once

#include <gst/gst.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace ganface::soak {

/// Values of one property that an application may choose, as text.
using Choices = std::map<std::string, std::vector<std::string>>;

/// The writable properties of elements, as GObject lists them, and values for them. Where a
/// property's whole range is none of an application's (a search of 100,000 steps a frame is no
/// stream), `choices` says which are; where it holds no value at all, the property is left alone.
class Properties {
 public:
  explicit Properties(Choices choices) : choices_(std::move(choices)) {}

  /// Sets a random property of an element that may change while it runs (`is_stopped`: one of
  /// those that may only change while it does not) to a random value. What it did, or an empty
  /// string when there is none.
  std::string change(GstElement* element, bool is_stopped, std::mt19937_64& random) const;

  /// Reads every readable property of an element.
  static void read_all(GstElement* element);

 private:
  std::string value_of(GParamSpec* spec, std::mt19937_64& random) const;

  const Choices choices_;
};

}  // namespace ganface::soak
