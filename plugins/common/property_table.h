// SPDX-License-Identifier: MIT
// Owns the way between an element's GObject properties and its settings.
#pragma once

#include <gst/gst.h>

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "common/element_error.h"
#include "common/object_lock.h"

namespace ganface::gst {

inline void assign(std::string& setting, const GValue* value) {
  const gchar* given = g_value_get_string(value);
  setting = given != nullptr ? given : "";
}
inline void assign(bool& setting, const GValue* value) {
  setting = g_value_get_boolean(value) != FALSE;
}
inline void assign(double& setting, const GValue* value) { setting = g_value_get_double(value); }
inline void assign(guint64& setting, const GValue* value) { setting = g_value_get_uint64(value); }
inline void assign(guint& setting, const GValue* value) {
  setting = G_VALUE_HOLDS_FLAGS(value) ? g_value_get_flags(value) : g_value_get_uint(value);
}
inline void assign(int& setting, const GValue* value) {
  setting =
      G_VALUE_HOLDS_INT(value) ? g_value_get_int(value) : static_cast<int>(g_value_get_uint(value));
}
template <typename Enum, typename = std::enable_if_t<std::is_enum_v<Enum>>>
void assign(Enum& setting, const GValue* value) {
  setting = static_cast<Enum>(g_value_get_enum(value));
}

inline void store(GValue* value, const std::string& setting) {
  g_value_set_string(value, setting.c_str());
}
inline void store(GValue* value, bool setting) { g_value_set_boolean(value, setting); }
inline void store(GValue* value, double setting) { g_value_set_double(value, setting); }
inline void store(GValue* value, guint64 setting) { g_value_set_uint64(value, setting); }
inline void store(GValue* value, guint setting) {
  if (G_VALUE_HOLDS_FLAGS(value))
    g_value_set_flags(value, setting);
  else
    g_value_set_uint(value, setting);
}
inline void store(GValue* value, int setting) {
  if (G_VALUE_HOLDS_INT(value))
    g_value_set_int(value, setting);
  else
    g_value_set_uint(value, static_cast<guint>(setting));
}
template <typename Enum, typename = std::enable_if_t<std::is_enum_v<Enum>>>
void store(GValue* value, Enum setting) {
  g_value_set_enum(value, static_cast<int>(setting));
}

/// The properties of an element class, each bound to a member of its settings. A count that is
/// never negative may be an int in the settings; its property is unsigned.
template <typename Settings>
class PropertyTable {
 public:
  explicit PropertyTable(GObjectClass* object_class) : class_(object_class) {}

  /// Installs a property. `member` is a pointer to a member of Settings, or a function from
  /// Settings& to a reference.
  template <typename Member>
  PropertyTable& add(GParamSpec* spec, Member member) {
    or_end([&] {
      entries_.push_back({[member](Settings& settings, const GValue* value) {
                            assign(std::invoke(member, settings), value);
                          },
                          [member](Settings& settings, GValue* value) {
                            store(value, std::invoke(member, settings));
                          }});
    });
    g_object_class_install_property(class_, static_cast<guint>(entries_.size()), spec);
    return *this;
  }

  guint size() const { return static_cast<guint>(entries_.size()); }

  /// False when the table has no property of this number.
  bool set(guint id, Settings& settings, const GValue* value) const {
    if (id == 0 || id > entries_.size()) return false;
    entries_[id - 1].set(settings, value);
    return true;
  }
  bool get(guint id, Settings& settings, GValue* value) const {
    if (id == 0 || id > entries_.size()) return false;
    entries_[id - 1].get(settings, value);
    return true;
  }

 private:
  struct Entry {
    std::function<void(Settings&, const GValue*)> set;
    std::function<void(Settings&, GValue*)> get;
  };
  GObjectClass* class_;
  std::vector<Entry> entries_;
};

/// GObject's functions for an element whose instance is an Element with a `state` that holds
/// `settings`, and whose static `properties` is its PropertyTable.
template <typename Element>
void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  const bool known = guard(GST_ELEMENT(object), true, [&] {
    const ObjectLock lock(object);
    return Element::properties->set(id, reinterpret_cast<Element*>(object)->state->settings, value);
  });
  if (!known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

template <typename Element>
void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const bool known = guard(GST_ELEMENT(object), true, [&] {
    const ObjectLock lock(object);
    return Element::properties->get(id, reinterpret_cast<Element*>(object)->state->settings, value);
  });
  if (!known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

/// Frees the state of an instance, then the rest of it.
template <typename Element, gpointer* ParentClass>
void finalize(GObject* object) {
  delete reinterpret_cast<Element*>(object)->state;
  G_OBJECT_CLASS(*ParentClass)->finalize(object);
}

/// How a property may change: only while the element is stopped, at any time, or at any time and
/// by a controller.
constexpr auto kWhenStopped =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto kAnyTime = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                   GST_PARAM_MUTABLE_PLAYING);
constexpr auto kControlled = static_cast<GParamFlags>(kAnyTime | GST_PARAM_CONTROLLABLE);

/// Gives an element class a pad template of this name, direction and caps string.
inline void add_pad_template(GstElementClass* element_class, const char* name,
                             GstPadDirection direction, const char* caps_text) {
  GstCaps* caps = gst_caps_from_string(caps_text);
  gst_element_class_add_pad_template(element_class,
                                     gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
}

}  // namespace ganface::gst
