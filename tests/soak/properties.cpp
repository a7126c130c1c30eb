// SPDX-License-Identifier: MIT
// Owns random values for the properties that elements have.
#include "properties.h"

#include <cmath>

namespace ganface::soak {
namespace {

std::vector<GParamSpec*> properties_of(GstElement* element) {
  guint count = 0;
  GParamSpec** all = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  // name and parent are the pipeline's business.
  std::vector<GParamSpec*> properties;
  for (guint i = 0; i < count; ++i)
    if (all[i]->owner_type != GST_TYPE_OBJECT) properties.push_back(all[i]);
  g_free(all);
  return properties;
}

// Of any magnitude, or a wide range would give large numbers only.
template <typename Spec>
double any_number(const Spec* spec, std::mt19937_64& random) {
  const double share = static_cast<double>(random() >> 11) / static_cast<double>(1ull << 53);
  const auto low = static_cast<double>(spec->minimum), high = static_cast<double>(spec->maximum);
  return std::min(high, low + std::pow(1 + high - low, share) - 1);
}

}  // namespace

// From the random bits, not a distribution, whose values differ between libraries.
std::string Properties::value_of(GParamSpec* spec, std::mt19937_64& random) const {
  const auto chosen = choices_.find(spec->name);
  if (chosen != choices_.end()) {
    if (chosen->second.empty()) return "";
    return chosen->second[random() % chosen->second.size()];
  }
  if (G_IS_PARAM_SPEC_BOOLEAN(spec)) return random() % 2 == 0 ? "false" : "true";
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    const GEnumClass* values = G_PARAM_SPEC_ENUM(spec)->enum_class;
    return values->values[random() % values->n_values].value_nick;
  }
  if (G_IS_PARAM_SPEC_FLAGS(spec))
    return std::to_string(random() & G_PARAM_SPEC_FLAGS(spec)->flags_class->mask);
  if (G_IS_PARAM_SPEC_DOUBLE(spec))
    return std::to_string(any_number(G_PARAM_SPEC_DOUBLE(spec), random));
  const auto whole = [](double value) {
    return std::to_string(static_cast<int64_t>(std::min(value, 9e18)));
  };
  if (G_IS_PARAM_SPEC_INT(spec)) return whole(any_number(G_PARAM_SPEC_INT(spec), random));
  if (G_IS_PARAM_SPEC_UINT(spec)) return whole(any_number(G_PARAM_SPEC_UINT(spec), random));
  if (G_IS_PARAM_SPEC_UINT64(spec)) return whole(any_number(G_PARAM_SPEC_UINT64(spec), random));
  return "";  // of a string any value is a name of something
}

std::string Properties::change(GstElement* element, bool is_stopped,
                               std::mt19937_64& random) const {
  std::vector<GParamSpec*> some;
  for (GParamSpec* spec : properties_of(element))
    if ((spec->flags & G_PARAM_WRITABLE) != 0 &&
        ((spec->flags & GST_PARAM_MUTABLE_READY) != 0) == is_stopped)
      some.push_back(spec);
  if (some.empty()) return "";
  GParamSpec* spec = some[random() % some.size()];
  const std::string value = value_of(spec, random);
  if (value.empty()) return "";
  gst_util_set_object_arg(G_OBJECT(element), spec->name, value.c_str());
  return std::string(GST_OBJECT_NAME(element)) + "." + spec->name + "=" + value;
}

void Properties::read_all(GstElement* element) {
  for (GParamSpec* spec : properties_of(element)) {
    if ((spec->flags & G_PARAM_READABLE) == 0) continue;
    GValue value = G_VALUE_INIT;
    g_value_init(&value, spec->value_type);
    g_object_get_property(G_OBJECT(element), spec->name, &value);
    g_value_unset(&value);
  }
}

}  // namespace ganface::soak
