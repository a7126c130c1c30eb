/* SPDX-License-Identifier: MIT */
/* Owns GstFaceMaskMeta: a face in a video frame and what of it is missing. */
#include "gstfacemaskmeta.h"

#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <math.h>
#include <string.h>

GType gst_face_mask_meta_api_get_type(void) {
  static gsize type = 0;
  if (g_once_init_enter(&type)) {
    /* "size": the geometry changes with the frame; our transform function adapts it. */
    static const gchar* tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR, NULL};
    GType registered = gst_meta_api_type_register("GstFaceMaskMetaAPI", tags);
    g_once_init_leave(&type, registered);
  }
  return type;
}

static gboolean face_mask_meta_init(GstMeta* meta, gpointer params, GstBuffer* buffer) {
  GstFaceMaskMeta* face = (GstFaceMaskMeta*)meta;
  (void)params;
  (void)buffer;
  face->face_id = 0;
  face->score = 0;
  memset(face->transform, 0, sizeof face->transform);
  face->mask_size = 0;
  face->mask = NULL;
  face->occluders = 0;
  face->verdict = GST_FACE_MASK_VERDICT_CLEAR;
  face->yaw = NAN;
  return TRUE;
}

static void face_mask_meta_free(GstMeta* meta, GstBuffer* buffer) {
  (void)buffer;
  g_clear_pointer(&((GstFaceMaskMeta*)meta)->mask, g_bytes_unref);
}

static gboolean face_mask_meta_transform(GstBuffer* target, GstMeta* meta, GstBuffer* buffer,
                                         GQuark type, gpointer data) {
  const GstFaceMaskMeta* face = (const GstFaceMaskMeta*)meta;
  GstFaceMaskMeta* copy;
  gdouble transform[6];
  (void)buffer;
  memcpy(transform, face->transform, sizeof transform);
  if (GST_VIDEO_META_TRANSFORM_IS_SCALE(type)) {
    /* A point of the new frame lies at (x old/new, y old/new) of the old one. */
    const GstVideoMetaTransform* scale = data;
    const gdouble x =
        (gdouble)GST_VIDEO_INFO_WIDTH(scale->in_info) / GST_VIDEO_INFO_WIDTH(scale->out_info);
    const gdouble y =
        (gdouble)GST_VIDEO_INFO_HEIGHT(scale->in_info) / GST_VIDEO_INFO_HEIGHT(scale->out_info);
    transform[0] *= x;
    transform[3] *= x;
    transform[1] *= y;
    transform[4] *= y;
  } else if (!GST_META_TRANSFORM_IS_COPY(type)) {
    return FALSE;
  }
  copy = gst_buffer_add_face_mask_meta(target, face->face_id, face->score, transform,
                                       face->mask_size, face->mask);
  if (copy == NULL) return FALSE;
  copy->occluders = face->occluders;
  copy->verdict = face->verdict;
  copy->yaw = face->yaw;
  return TRUE;
}

const GstMetaInfo* gst_face_mask_meta_get_info(void) {
  static const GstMetaInfo* info = NULL;
  if (g_once_init_enter((GstMetaInfo**)&info)) {
    const GstMetaInfo* registered =
        gst_meta_register(GST_FACE_MASK_META_API_TYPE, "GstFaceMaskMeta", sizeof(GstFaceMaskMeta),
                          face_mask_meta_init, face_mask_meta_free, face_mask_meta_transform);
    g_once_init_leave((GstMetaInfo**)&info, (GstMetaInfo*)registered);
  }
  return info;
}

GstFaceMaskMeta* gst_buffer_add_face_mask_meta(GstBuffer* buffer, guint face_id, gdouble score,
                                               const gdouble transform[6], guint mask_size,
                                               GBytes* mask) {
  GstFaceMaskMeta* face;
  g_return_val_if_fail(GST_IS_BUFFER(buffer), NULL);
  g_return_val_if_fail(mask != NULL && g_bytes_get_size(mask) == (gsize)mask_size * mask_size,
                       NULL);
  face = (GstFaceMaskMeta*)gst_buffer_add_meta(buffer, GST_FACE_MASK_META_INFO, NULL);
  if (face == NULL) return NULL;
  face->face_id = face_id;
  face->score = score;
  memcpy(face->transform, transform, sizeof face->transform);
  face->mask_size = mask_size;
  face->mask = g_bytes_ref(mask);
  return face;
}

GstFaceMaskMeta* gst_buffer_iterate_face_mask_meta(GstBuffer* buffer, gpointer* state) {
  return (GstFaceMaskMeta*)gst_buffer_iterate_meta_filtered(buffer, state,
                                                            GST_FACE_MASK_META_API_TYPE);
}
