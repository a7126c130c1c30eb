// SPDX-License-Identifier: MIT
// Owns the way between a GObject property and what is typed for it.
#include "media/property_text.h"

#include <algorithm>
#include <utility>

#include "media/owned.h"

namespace ganface::media {
namespace {

class Value {
 public:
  explicit Value(GParamSpec* spec) { g_value_init(&value_, G_PARAM_SPEC_VALUE_TYPE(spec)); }
  ~Value() { g_value_unset(&value_); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

bool is_unsigned(const GParamSpec* spec) {
  const GType type = G_PARAM_SPEC_VALUE_TYPE(spec);
  return type == G_TYPE_UINT || type == G_TYPE_UINT64 || type == G_TYPE_ULONG;
}

// "hand+object" or "hand,object"; an empty text is none of them.
bool parse_flags(GParamSpec* spec, std::string text, Value& value) {
  GFlagsClass* klass = G_PARAM_SPEC_FLAGS(spec)->flags_class;
  std::replace(text.begin(), text.end(), ',', '+');
  guint flags = 0;
  for (size_t begin = 0; !text.empty() && begin <= text.size();) {
    const size_t end = std::min(text.find('+', begin), text.size());
    const GFlagsValue* flag =
        g_flags_get_value_by_nick(klass, text.substr(begin, end - begin).c_str());
    if (flag == nullptr) return false;
    flags |= flag->value;
    begin = end + 1;
  }
  g_value_set_flags(value.get(), flags);
  return true;
}

bool parse(GParamSpec* spec, const std::string& text, Value& value) {
  // A path may hold quotes and backslashes, which deserialising would interpret.
  if (G_PARAM_SPEC_VALUE_TYPE(spec) == G_TYPE_STRING) {
    g_value_set_string(value.get(), text.c_str());
    return true;
  }
  if (G_IS_PARAM_SPEC_FLAGS(spec)) return parse_flags(spec, text, value);
  // -1 would wrap around to the largest number.
  if (is_unsigned(spec) && text.find('-') != std::string::npos) return false;
  return gst_value_deserialize_with_pspec(value.get(), text.c_str(), spec) != FALSE;
}

std::string number_text(double number) {
  char text[32];
  g_snprintf(text, sizeof text, "%g", number);
  return text;
}

// Smallest and largest value of a number; empty for other types.
std::pair<std::string, std::string> range_of(GParamSpec* spec) {
  if (G_IS_PARAM_SPEC_UINT(spec))
    return {std::to_string(G_PARAM_SPEC_UINT(spec)->minimum),
            std::to_string(G_PARAM_SPEC_UINT(spec)->maximum)};
  if (G_IS_PARAM_SPEC_INT(spec))
    return {std::to_string(G_PARAM_SPEC_INT(spec)->minimum),
            std::to_string(G_PARAM_SPEC_INT(spec)->maximum)};
  if (G_IS_PARAM_SPEC_UINT64(spec))
    return {std::to_string(G_PARAM_SPEC_UINT64(spec)->minimum),
            std::to_string(G_PARAM_SPEC_UINT64(spec)->maximum)};
  if (G_IS_PARAM_SPEC_INT64(spec))
    return {std::to_string(G_PARAM_SPEC_INT64(spec)->minimum),
            std::to_string(G_PARAM_SPEC_INT64(spec)->maximum)};
  if (G_IS_PARAM_SPEC_DOUBLE(spec))
    return {number_text(G_PARAM_SPEC_DOUBLE(spec)->minimum),
            number_text(G_PARAM_SPEC_DOUBLE(spec)->maximum)};
  if (G_IS_PARAM_SPEC_FLOAT(spec))
    return {number_text(static_cast<double>(G_PARAM_SPEC_FLOAT(spec)->minimum)),
            number_text(static_cast<double>(G_PARAM_SPEC_FLOAT(spec)->maximum))};
  return {};
}

std::string enum_names(GParamSpec* spec, const char* separator) {
  std::string names;
  const GEnumClass* klass = G_PARAM_SPEC_ENUM(spec)->enum_class;
  for (guint i = 0; i < klass->n_values; ++i) {
    if (i > 0) names += separator;
    names += klass->values[i].value_nick;
  }
  return names;
}

// The names of those of a flags property's values that are in `flags`.
std::string flag_names(GParamSpec* spec, guint flags, const char* separator) {
  std::string names;
  const GFlagsClass* klass = G_PARAM_SPEC_FLAGS(spec)->flags_class;
  for (guint i = 0; i < klass->n_values; ++i) {
    if ((klass->values[i].value & flags) == 0) continue;
    if (!names.empty()) names += separator;
    names += klass->values[i].value_nick;
  }
  return names;
}

}  // namespace

bool can_be_typed(const GParamSpec* spec) {
  const GType type = G_PARAM_SPEC_VALUE_TYPE(spec);
  return type == G_TYPE_STRING || type == G_TYPE_BOOLEAN || type == G_TYPE_UINT ||
         type == G_TYPE_INT || type == G_TYPE_UINT64 || type == G_TYPE_INT64 ||
         type == G_TYPE_DOUBLE || type == G_TYPE_FLOAT || G_TYPE_IS_ENUM(type) ||
         G_TYPE_IS_FLAGS(type) || type == GST_TYPE_FRACTION;
}

std::string expected_text(GParamSpec* spec) {
  if (G_IS_PARAM_SPEC_ENUM(spec)) return "{" + enum_names(spec, ",") + "}";
  if (G_IS_PARAM_SPEC_FLAGS(spec)) return "{" + flag_names(spec, G_MAXUINT, "+") + "}";
  if (G_IS_PARAM_SPEC_STRING(spec)) return "TEXT";
  return range_of(spec).first.empty() ? "VALUE" : "NUMBER";
}

std::string default_text(GParamSpec* spec) {
  const GValue* value = g_param_spec_get_default_value(spec);
  if (G_VALUE_HOLDS_STRING(value)) {
    const gchar* text = g_value_get_string(value);
    return text != nullptr ? text : "";
  }
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    const GEnumValue* of_enum =
        g_enum_get_value(G_PARAM_SPEC_ENUM(spec)->enum_class, g_value_get_enum(value));
    return of_enum != nullptr ? of_enum->value_nick : "";
  }
  if (G_IS_PARAM_SPEC_FLAGS(spec)) return flag_names(spec, g_value_get_flags(value), "+");
  if (G_VALUE_HOLDS_DOUBLE(value)) return number_text(g_value_get_double(value));
  return take_text(gst_value_serialize(value));
}

std::string refusal(GParamSpec* spec, const std::string& text) {
  Value value(spec);
  const bool parsed = parse(spec, text, value);
  // Validation returns TRUE when it had to change the value.
  if (parsed && g_param_value_validate(spec, value.get()) == FALSE) return "";
  const std::string got = "'" + text + "': expected ";
  if (G_IS_PARAM_SPEC_ENUM(spec)) return got + "one of " + enum_names(spec, ", ");
  if (G_IS_PARAM_SPEC_FLAGS(spec))
    return got + "some of " + flag_names(spec, G_MAXUINT, ", ") + ", joined by + or ,";
  const auto [least, most] = range_of(spec);
  if (!least.empty()) return got + "a number from " + least + " to " + most;
  return got + "a value of type " + g_type_name(G_PARAM_SPEC_VALUE_TYPE(spec));
}

void set_property(GstElement* element, GParamSpec* spec, const std::string& text) {
  Value value(spec);
  if (parse(spec, text, value))
    g_object_set_property(G_OBJECT(element), g_param_spec_get_name(spec), value.get());
}

}  // namespace ganface::media
