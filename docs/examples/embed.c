/* SPDX-License-Identifier: MIT */
/* Owns an example: a C application says itself where a face is and what of it is missing, and has
 * ganinpaint repair it.
 *
 *   cc -o embed embed.c $(pkg-config --cflags --libs gstfacemaskmeta gstreamer-app-1.0)
 *   ./embed photo.jpg repaired.png [LEFT TOP SIDE]
 *
 * LEFT, TOP and SIDE are the square around the face in pixels, from above the brows to the chin and
 * from ear to ear; without them it is the largest square in the middle of the photograph.
 */
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <gstfacemaskmeta.h>
#include <stdlib.h>

#define MASK_SIZE 192 /* any side will do; the mask is scaled to the model's */
#define CROP_BEGIN 32 /* of the canonical crop, in the middle of the head crop */
#define CROP_SIZE 128

typedef struct {
  gdouble left, top, side; /* pixels of the photograph */
} FaceBox;

/* Starts the pipeline, feeds it with `input` where there is one, and waits for its end; FALSE, with
 * the message printed, when it ended in an error. */
static gboolean play_to_end(GstElement* pipeline, GstElement* source, GstSample* input) {
  GstBus* bus = gst_element_get_bus(pipeline);
  const gboolean starts =
      gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
  if (starts && input != NULL) {
    gst_app_src_push_sample(GST_APP_SRC(source), input);
    gst_app_src_end_of_stream(GST_APP_SRC(source));
  }
  /* The reason why a pipeline does not start lies on the bus already. */
  GstMessage* message = gst_bus_timed_pop_filtered(bus, starts ? GST_CLOCK_TIME_NONE : 0,
                                                   GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const gboolean ended_well = message != NULL && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message == NULL) {
    g_printerr("the pipeline does not start\n");
  } else if (!ended_well) {
    GError* error = NULL;
    gchar* details = NULL;
    gst_message_parse_error(message, &error, &details);
    g_printerr("%s: %s\n%s\n", GST_MESSAGE_SRC_NAME(message), error->message,
               details != NULL ? details : "");
    g_error_free(error);
    g_free(details);
  }
  g_clear_pointer(&message, gst_message_unref);
  gst_object_unref(bus);
  return ended_well;
}

/* Runs a pipeline that ends in "appsink name=sink" and returns the last frame that came out, or
 * NULL. When `input` is not NULL, it goes into "appsrc name=source". When `stats` is not NULL, it
 * is set to the property stats of "ganinpaint name=repair". */
static GstSample* run(const gchar* description, const gchar* file, GstSample* input,
                      GstStructure** stats) {
  GError* error = NULL;
  GstSample* output = NULL;
  GstElement* pipeline = gst_parse_launch(description, &error);
  if (error != NULL) {
    g_printerr("%s\n", error->message);
    g_error_free(error);
    if (pipeline != NULL) gst_object_unref(pipeline);
    return NULL;
  }
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  /* The end is then reported while the frame still waits in the sink. */
  g_object_set(sink, "wait-on-eos", FALSE, "sync", FALSE, NULL);
  if (file != NULL) g_object_set(source, "location", file, NULL);
  if (play_to_end(pipeline, source, input)) output = gst_app_sink_pull_sample(GST_APP_SINK(sink));
  if (stats != NULL) {
    GstElement* repair = gst_bin_get_by_name(GST_BIN(pipeline), "repair");
    g_object_get(repair, "stats", stats, NULL);
    gst_object_unref(repair);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(source);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  return output;
}

/* A copy of the photograph that carries one face whose mouth is missing. */
static GstSample* with_masked_mouth(GstSample* photo, const FaceBox* box) {
  GstBuffer* buffer = gst_buffer_copy(gst_sample_get_buffer(photo));
  /* Frame pixels to the unit square of the canonical crop, row by row. */
  const gdouble transform[6] = {1 / box->side,        0, -box->left / box->side, 0, 1 / box->side,
                                -box->top / box->side};
  guint8* mask = g_malloc0(MASK_SIZE * MASK_SIZE);
  for (gint y = CROP_SIZE * 64 / 100; y < CROP_SIZE * 86 / 100; ++y)
    for (gint x = CROP_SIZE * 28 / 100; x < CROP_SIZE * 72 / 100; ++x)
      mask[(CROP_BEGIN + y) * MASK_SIZE + CROP_BEGIN + x] = 255;
  GBytes* bytes = g_bytes_new_take(mask, MASK_SIZE * MASK_SIZE);
  gst_buffer_add_face_mask_meta(buffer, 0, 1, transform, MASK_SIZE, bytes);
  g_bytes_unref(bytes);
  GstSample* masked = gst_sample_new(buffer, gst_sample_get_caps(photo), NULL, NULL);
  gst_buffer_unref(buffer);
  return masked;
}

/* Pixels of two RGB frames of one size that differ. */
static guint changed_pixels(GstSample* before, GstSample* after) {
  GstVideoInfo info;
  GstVideoFrame a, b;
  guint changed = 0;
  gst_video_info_from_caps(&info, gst_sample_get_caps(before));
  if (!gst_video_frame_map(&a, &info, gst_sample_get_buffer(before), GST_MAP_READ)) return 0;
  gst_video_info_from_caps(&info, gst_sample_get_caps(after));
  if (gst_video_frame_map(&b, &info, gst_sample_get_buffer(after), GST_MAP_READ)) {
    for (gint y = 0; y < GST_VIDEO_INFO_HEIGHT(&info); ++y) {
      const guint8* p =
          (guint8*)GST_VIDEO_FRAME_PLANE_DATA(&a, 0) + y * GST_VIDEO_FRAME_PLANE_STRIDE(&a, 0);
      const guint8* q =
          (guint8*)GST_VIDEO_FRAME_PLANE_DATA(&b, 0) + y * GST_VIDEO_FRAME_PLANE_STRIDE(&b, 0);
      for (gint x = 0; x < GST_VIDEO_INFO_WIDTH(&info); ++x, p += 3, q += 3)
        changed += p[0] != q[0] || p[1] != q[1] || p[2] != q[2];
    }
    gst_video_frame_unmap(&b);
  }
  gst_video_frame_unmap(&a);
  return changed;
}

static gboolean save_png(GstSample* frame, const gchar* file) {
  GError* error = NULL;
  GstMapInfo map;
  GstCaps* png = gst_caps_new_empty_simple("image/png");
  GstSample* encoded = gst_video_convert_sample(frame, png, 10 * GST_SECOND, &error);
  gst_caps_unref(png);
  if (encoded != NULL) {
    GstBuffer* buffer = gst_sample_get_buffer(encoded);
    if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
      g_file_set_contents(file, (const gchar*)map.data, (gssize)map.size, &error);
      gst_buffer_unmap(buffer, &map);
    }
    gst_sample_unref(encoded);
  }
  if (error == NULL) return TRUE;
  g_printerr("%s: %s\n", file, error->message);
  g_error_free(error);
  return FALSE;
}

static FaceBox middle_square(GstSample* photo) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, gst_sample_get_caps(photo));
  const gdouble width = GST_VIDEO_INFO_WIDTH(&info), height = GST_VIDEO_INFO_HEIGHT(&info);
  const gdouble side = MIN(width, height);
  return (FaceBox){(width - side) / 2, (height - side) / 2, side};
}

int main(int argc, char** argv) {
  int status = EXIT_FAILURE;
  GstStructure* stats = NULL;
  if (argc != 3 && argc != 6) {
    g_printerr("usage: %s PHOTO REPAIRED.png [LEFT TOP SIDE]\n", argv[0]);
    return 2;
  }
  gst_init(NULL, NULL);
  GstSample* photo = run(
      "filesrc name=source ! decodebin ! videoconvert ! video/x-raw,format=RGB ! appsink name=sink",
      argv[1], NULL, NULL);
  if (photo == NULL) return status;
  const FaceBox box = argc == 6
                          ? (FaceBox){g_ascii_strtod(argv[3], NULL), g_ascii_strtod(argv[4], NULL),
                                      g_ascii_strtod(argv[5], NULL)}
                          : middle_square(photo);
  if (box.side > 0) {
    GstSample* damaged = with_masked_mouth(photo, &box);
    GstSample* repaired =
        run("appsrc name=source format=time ! videoconvert ! ganinpaint name=repair ! videoconvert "
            "! video/x-raw,format=RGB ! appsink name=sink",
            NULL, damaged, &stats);
    if (repaired != NULL && save_png(repaired, argv[2])) {
      gchar* text = gst_structure_to_string(stats);
      g_print("%u pixels changed\n%s\n", changed_pixels(photo, repaired), text);
      g_free(text);
      status = EXIT_SUCCESS;
    }
    g_clear_pointer(&stats, gst_structure_free);
    g_clear_pointer(&repaired, gst_sample_unref);
    gst_sample_unref(damaged);
  } else {
    g_printerr("SIDE is %s; expected a number above 0\n", argv[5]);
  }
  gst_sample_unref(photo);
  return status;
}
