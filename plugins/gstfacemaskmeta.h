/* SPDX-License-Identifier: MIT */
/* Owns GstFaceMaskMeta: a face in a video frame and what of it is missing. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_FACE_MASK_META_API_TYPE (gst_face_mask_meta_api_get_type())
#define GST_FACE_MASK_META_INFO (gst_face_mask_meta_get_info())

/**
 * GstFaceMaskMeta:
 * @meta: parent
 * @face_id: number that a face keeps from frame to frame
 * @score: how sure the finder is, 0 to 1
 * @transform: row-major 2x3 affine map from frame coordinates (pixels, top-left origin, a pixel's
 *   centre at + 0.5) to the canonical crop, a unit square with (0, 0) at its top left
 * @mask_size: side of the mask in pixels
 * @mask: mask_size * mask_size bytes, row by row, GRAY8 on the canonical crop; non-zero = missing
 *
 * One face of the frame that the buffer holds. A buffer carries any number of them. The meta
 * follows the buffer through copies, videoconvert and videoscale (the transform is adapted to the
 * new size).
 */
typedef struct {
  GstMeta meta;
  guint face_id;
  gdouble score;
  gdouble transform[6];
  guint mask_size;
  GBytes* mask;
} GstFaceMaskMeta;

GST_EXPORT GType gst_face_mask_meta_api_get_type(void);
GST_EXPORT const GstMetaInfo* gst_face_mask_meta_get_info(void);

/**
 * GST_FACE_MASK_EVENT_NAME:
 *
 * Name of the sticky downstream event (%GST_EVENT_CUSTOM_DOWNSTREAM_STICKY) by which an element
 * says that it looks for faces: a frame without a meta is then one without a face. An application
 * that attaches metas itself may send it; without it an alpha channel counts as the mask of frames
 * that carry no meta.
 */
#define GST_FACE_MASK_EVENT_NAME "GstFaceMaskStream"

/**
 * gst_buffer_add_face_mask_meta:
 * @buffer: a writable buffer
 * @face_id: number of the face
 * @score: 0 to 1
 * @transform: (array fixed-size=6): frame to canonical crop
 * @mask_size: side of the mask in pixels
 * @mask: (transfer none): mask_size * mask_size bytes
 *
 * Returns: (transfer none) (nullable): the new meta; %NULL when the mask has another size
 */
GST_EXPORT GstFaceMaskMeta* gst_buffer_add_face_mask_meta(GstBuffer* buffer, guint face_id,
                                                          gdouble score, const gdouble transform[6],
                                                          guint mask_size, GBytes* mask);

/**
 * gst_buffer_iterate_face_mask_meta:
 * @buffer: a buffer
 * @state: (inout): NULL at first
 *
 * Returns: (transfer none) (nullable): the next face of the buffer
 */
GST_EXPORT GstFaceMaskMeta* gst_buffer_iterate_face_mask_meta(GstBuffer* buffer, gpointer* state);

G_END_DECLS
