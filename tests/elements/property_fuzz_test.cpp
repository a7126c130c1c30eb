// SPDX-License-Identifier: MIT
// Tests that no value of any writable property brings an element down, stopped or running.
//
// An element may refuse a value with an error on the bus. It may not crash, and neither it nor
// GLib may complain on the log of a critical mistake.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <type_traits>
#include <utility>

#include "harness.h"
#include "loaded_models.h"

namespace ganface::test {
namespace {

constexpr int kRandomValues = 20;
constexpr GstClockTime kMostTime = 20 * GST_SECOND;  // of a state change or a frame

// Warnings and criticals of GLib and everything above, until the next take().
class Complaints {
 public:
  Complaints() { previous_ = g_log_set_default_handler(note, this); }
  ~Complaints() { g_log_set_default_handler(previous_, nullptr); }
  std::string take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(text_, "");
  }

 private:
  static void note(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer data) {
    if ((level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) == 0) return;
    auto& self = *static_cast<Complaints*>(data);
    const std::lock_guard<std::mutex> lock(self.mutex_);
    self.text_ += std::string(domain != nullptr ? domain : "") + ": " + message + "\n";
  }
  GLogFunc previous_;
  std::mutex mutex_;
  std::string text_;
};

// A value of a property as text that gst_util_set_object_arg() takes, or NULL.
struct Value {
  bool is_null = false;
  std::string text;
};

template <typename Number, typename Spec>
std::vector<Value> numbers(const Spec* spec, std::mt19937_64& engine) {
  std::vector<Value> values;
  for (const Number value : {spec->minimum, spec->maximum, spec->default_value})
    values.push_back({false, std::to_string(value)});
  for (int i = 0; i < kRandomValues; ++i) {
    // From the engine's bits, not a distribution, whose values differ between libraries.
    const double share = static_cast<double>(engine() >> 11) / static_cast<double>(1ull << 53);
    const double low = static_cast<double>(spec->minimum);
    const double high = static_cast<double>(spec->maximum);
    // Half of them of any magnitude, or a wide range would give large numbers only.
    const double wide = low + share * (high - low);
    const double narrow = low + std::pow(1 + high - low, share) - 1;
    const double value = std::clamp(i % 2 == 0 ? wide : narrow, low, high);
    if (std::is_floating_point_v<Number>)
      values.push_back({false, std::to_string(value)});
    else if (value >= static_cast<double>(std::numeric_limits<Number>::max()))
      values.push_back({false, std::to_string(spec->maximum)});
    else
      values.push_back({false, std::to_string(static_cast<Number>(value))});
  }
  return values;
}

std::vector<Value> values_of(GParamSpec* spec, std::mt19937_64& engine) {
  if (G_IS_PARAM_SPEC_BOOLEAN(spec)) return {{false, "true"}, {false, "false"}};
  if (G_IS_PARAM_SPEC_INT(spec)) return numbers<gint>(G_PARAM_SPEC_INT(spec), engine);
  if (G_IS_PARAM_SPEC_UINT(spec)) return numbers<guint>(G_PARAM_SPEC_UINT(spec), engine);
  if (G_IS_PARAM_SPEC_INT64(spec)) return numbers<gint64>(G_PARAM_SPEC_INT64(spec), engine);
  if (G_IS_PARAM_SPEC_UINT64(spec)) return numbers<guint64>(G_PARAM_SPEC_UINT64(spec), engine);
  if (G_IS_PARAM_SPEC_FLOAT(spec)) return numbers<gfloat>(G_PARAM_SPEC_FLOAT(spec), engine);
  if (G_IS_PARAM_SPEC_DOUBLE(spec)) return numbers<gdouble>(G_PARAM_SPEC_DOUBLE(spec), engine);
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    std::vector<Value> values;
    const GEnumClass* names = G_PARAM_SPEC_ENUM(spec)->enum_class;
    for (guint i = 0; i < names->n_values; ++i)
      values.push_back({false, names->values[i].value_nick});
    return values;
  }
  if (G_IS_PARAM_SPEC_FLAGS(spec)) {
    std::vector<Value> values{{false, "0"}};
    std::string all;
    const GFlagsClass* names = G_PARAM_SPEC_FLAGS(spec)->flags_class;
    for (guint i = 0; i < names->n_values; ++i) {
      values.push_back({false, names->values[i].value_nick});
      all += (all.empty() ? "" : "+") + std::string(names->values[i].value_nick);
    }
    values.push_back({false, all});
    return values;
  }
  if (G_IS_PARAM_SPEC_STRING(spec))
    return {{true, ""},
            {false, ""},
            {false, std::string(100000, 'x')},
            {false, "/nowhere/at/all.safetensors"},
            {false, "/"},
            {false, "8x8x8"},
            {false, "Gesicht-ä-顔-🙂"},
            {false, "%s%n"}};
  ADD_FAILURE() << spec->name << " has type " << G_PARAM_SPEC_TYPE_NAME(spec)
                << ", for which this test has no values";
  return {};
}

void set(GstElement* element, const GParamSpec* spec, const Value& value) {
  if (value.is_null)
    g_object_set(element, spec->name, nullptr, nullptr);
  else if (G_IS_PARAM_SPEC_STRING(spec))
    g_object_set(element, spec->name, value.text.c_str(), nullptr);
  else
    gst_util_set_object_arg(G_OBJECT(element), spec->name, value.text.c_str());
}

// The element "fuzzed" of a pipeline whose last element is "sink".
class Pipeline {
 public:
  explicit Pipeline(const std::string& line) {
    pipeline_ = gst_parse_launch(line.c_str(), nullptr);
    bus_ = gst_element_get_bus(pipeline_);
    fuzzed_ = gst_bin_get_by_name(GST_BIN(pipeline_), "fuzzed");
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline_), "sink");
    pad_ = gst_element_get_static_pad(sink, "sink");
    gst_object_unref(sink);
    gst_pad_add_probe(pad_, GST_PAD_PROBE_TYPE_BUFFER, count, this, nullptr);
  }
  ~Pipeline() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(pad_);
    gst_object_unref(fuzzed_);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }

  GstElement* fuzzed() { return fuzzed_; }

  // Sets PLAYING and waits for a frame, an error or the end; false when none of them came.
  bool play() {
    if (gst_element_set_state(pipeline_, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      has_ended_ = true;
    return has_ended_ || wait_for_frames(1);
  }

  // Waits for so many more frames, an error or the end; false when none of them came.
  bool wait_for_frames(guint count) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      wanted_ = count;
    }
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus_, kMostTime,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION));
    if (message == nullptr) return false;
    has_ended_ = GST_MESSAGE_TYPE(message) != GST_MESSAGE_APPLICATION;
    gst_message_unref(message);
    return true;
  }

  bool has_ended() const { return has_ended_; }

 private:
  static GstPadProbeReturn count(GstPad*, GstPadProbeInfo*, gpointer data) {
    auto& self = *static_cast<Pipeline*>(data);
    const std::lock_guard<std::mutex> lock(self.mutex_);
    if (self.wanted_ > 0 && --self.wanted_ == 0)
      gst_bus_post(self.bus_, gst_message_new_application(GST_OBJECT(self.pipeline_),
                                                          gst_structure_new_empty("frames")));
    return GST_PAD_PROBE_OK;
  }

  GstElement* pipeline_;
  GstBus* bus_;
  GstElement* fuzzed_;
  GstPad* pad_;
  std::mutex mutex_;
  guint wanted_ = 0;  // frames until wait_for_frames() is told
  bool has_ended_ = false;
};

// Writable properties of an element that this test is about.
std::vector<GParamSpec*> properties_of(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) {
    ADD_FAILURE() << "there is no element " << factory;
    return {};
  }
  guint count = 0;
  GParamSpec** all = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  std::vector<GParamSpec*> properties;
  for (guint i = 0; i < count; ++i) {
    // name and parent are the pipeline's business. blocksize is GstBaseSrc's, and at its largest an
    // allocation of 4 GiB, which a machine may grant or kill the process for.
    if (all[i]->owner_type == GST_TYPE_OBJECT || std::string(all[i]->name) == "blocksize") continue;
    if ((all[i]->flags & G_PARAM_WRITABLE) != 0) properties.push_back(all[i]);
  }
  g_free(all);
  gst_object_unref(element);
  return properties;
}

// A seed for each property, so that a new one does not change the others' values.
std::mt19937_64 engine_for(const GParamSpec* spec) {
  return std::mt19937_64(g_str_hash(spec->name));
}

std::string described(const GParamSpec* spec, const Value& value) {
  return std::string(spec->name) + "=" + (value.is_null ? "NULL" : value.text.substr(0, 60));
}

// Where the test stands, should it crash.
void tell(const char* state, const GParamSpec* spec) {
  std::printf("%s: %s\n", state, spec->name);
  std::fflush(stdout);
}

struct Subject {
  const char* factory;
  const char* line;  // in which the element is "fuzzed" and frames arrive at "sink"
};
void PrintTo(const Subject& subject, std::ostream* stream) { *stream << subject.factory; }

class PropertyFuzz : public ::testing::TestWithParam<Subject> {
 protected:
  const char* factory() const { return GetParam().factory; }
  std::string line() const { return GetParam().line; }
  Complaints complaints_;
};

TEST_P(PropertyFuzz, StoppedElementTakesAnyValueAndStartsOrRefuses) {
  for (GParamSpec* spec : properties_of(factory())) {
    tell("stopped", spec);
    std::mt19937_64 engine = engine_for(spec);
    const std::vector<Value> values = values_of(spec, engine);
    const bool is_number =
        !G_IS_PARAM_SPEC_STRING(spec) && !G_IS_PARAM_SPEC_ENUM(spec) && values.size() > 3;
    for (size_t i = 0; i < values.size(); ++i) {
      SCOPED_TRACE(described(spec, values[i]));
      Pipeline pipeline(line());
      set(pipeline.fuzzed(), spec, values[i]);
      // The extremes: loading a model for each random number would take minutes, and the default is
      // what every other property starts with.
      if (!is_number || i < 2) {
        EXPECT_TRUE(pipeline.play()) << "neither a frame nor an error";
      }
      EXPECT_EQ(complaints_.take(), "");
    }
  }
}

TEST_P(PropertyFuzz, RunningElementTakesAnyValue) {
  auto pipeline = std::make_unique<Pipeline>(line());
  for (GParamSpec* spec : properties_of(factory())) {
    tell("running", spec);
    std::mt19937_64 engine = engine_for(spec);
    pipeline = std::make_unique<Pipeline>(line());
    ASSERT_TRUE(pipeline->play());
    ASSERT_FALSE(pipeline->has_ended());
    for (const Value& value : values_of(spec, engine)) {
      SCOPED_TRACE(described(spec, value));
      set(pipeline->fuzzed(), spec, value);
      // The first one may have been under way already.
      EXPECT_TRUE(pipeline->wait_for_frames(2)) << "neither a frame nor an error";
      if (pipeline->has_ended()) {
        pipeline = std::make_unique<Pipeline>(line());
        ASSERT_TRUE(pipeline->play());
      }
      EXPECT_EQ(complaints_.take(), "");
    }
  }
}

// deadline: a search of 100000 steps, or one from 64 starts, ends after that time.
INSTANTIATE_TEST_SUITE_P(
    Elements, PropertyFuzz,
    ::testing::Values(
        Subject{"facemask",
                "videotestsrc ! video/x-raw,format=RGB,width=64,height=64 ! facemask name=fuzzed "
                "face-source=frame ! fakesink name=sink"},
        Subject{"ganinpaint",
                "videotestsrc ! video/x-raw,format=RGB,width=64,height=64 ! facemask "
                "face-source=frame ! ganinpaint name=fuzzed iterations=1 deadline=20 ! fakesink "
                "name=sink"},
        Subject{"ganfake", "ganfake name=fuzzed grid=1x1 ! fakesink name=sink"}),
    [](const auto& info) { return std::string(info.param.factory); });

}  // namespace
}  // namespace ganface::test
