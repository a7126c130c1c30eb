/* SPDX-License-Identifier: MIT */
/* Owns GstFaceMaskMeta: a face in a video frame and what of it is missing. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_FACE_MASK_META_API_TYPE (gst_face_mask_meta_api_get_type())
#define GST_FACE_MASK_META_INFO (gst_face_mask_meta_get_info())

/**
 * GST_FACE_MASK_SPAN:
 *
 * Side of the head crop, which a mask covers, in sides of the canonical crop. Both have one centre.
 */
#define GST_FACE_MASK_SPAN 1.5

/**
 * GstFaceMaskOccluders:
 * @GST_FACE_MASK_OCCLUDER_HAND: a hand
 * @GST_FACE_MASK_OCCLUDER_OBJECT: a thing that is held, hangs or stands before the face
 * @GST_FACE_MASK_OCCLUDER_MEDICAL_MASK: whatever is worn over nose or mouth, scarves too
 * @GST_FACE_MASK_OCCLUDER_MARK: text, a bar, a censor's blur or mosaic
 * @GST_FACE_MASK_OCCLUDER_SUNGLASSES: glasses that hide the eyes
 *
 * What covers a face.
 */
typedef enum {
  GST_FACE_MASK_OCCLUDER_HAND = 1 << 0,
  GST_FACE_MASK_OCCLUDER_OBJECT = 1 << 1,
  GST_FACE_MASK_OCCLUDER_MEDICAL_MASK = 1 << 2,
  GST_FACE_MASK_OCCLUDER_MARK = 1 << 3,
  GST_FACE_MASK_OCCLUDER_SUNGLASSES = 1 << 4
} GstFaceMaskOccluders;

/**
 * GstFaceMaskVerdict:
 * @GST_FACE_MASK_VERDICT_CLEAR: nothing covers the face, or what is missing is in the mask
 * @GST_FACE_MASK_VERDICT_TURNED: the head is turned by more than max-yaw
 * @GST_FACE_MASK_VERDICT_UNCERTAIN: the networks do not agree that this is a face, or what covers
 * it
 * @GST_FACE_MASK_VERDICT_NEW: a video's face that was seen once only
 * @GST_FACE_MASK_VERDICT_NOT_ASKED: what covers the face is of a kind that was not asked for
 *
 * Why a face is left alone: with any but the first, the mask is empty.
 */
typedef enum {
  GST_FACE_MASK_VERDICT_CLEAR,
  GST_FACE_MASK_VERDICT_TURNED,
  GST_FACE_MASK_VERDICT_UNCERTAIN,
  GST_FACE_MASK_VERDICT_NEW,
  GST_FACE_MASK_VERDICT_NOT_ASKED
} GstFaceMaskVerdict;

/**
 * GstFaceMaskMeta:
 * @meta: parent
 * @face_id: number that a face keeps from frame to frame
 * @score: how sure the detector is, 0 to 1
 * @transform: row-major 2x3 affine map from frame coordinates (pixels, top-left origin, a pixel's
 *   centre at + 0.5) to the canonical crop, a unit square with (0, 0) at its top left
 * @mask_size: side of the mask in pixels
 * @mask: mask_size * mask_size bytes, row by row, GRAY8 on the head crop, the canonical crop grown
 * by %GST_FACE_MASK_SPAN about its centre; non-zero = missing
 * @occluders: what covers the face, as far as it is known: flags of #GstFaceMaskOccluders
 * @verdict: why the face is left alone
 * @yaw: degrees by which the head is turned to a side, 0 = towards the camera, positive = towards
 *   the picture's right; NaN where nobody looked
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
  GstFaceMaskOccluders occluders;
  GstFaceMaskVerdict verdict;
  gdouble yaw;
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
 * The new meta says nothing of occluders, verdict and yaw; they are set in it.
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
