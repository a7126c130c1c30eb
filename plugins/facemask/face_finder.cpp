// SPDX-License-Identifier: MIT
// Owns what facemask knows of a stream's faces: from a frame to its faces and what is missing.
#include "facemask/face_finder.h"

#include <ganface/error.h>
#include <ganface/holes.h>
#include <gst/video/gstvideometa.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/image_decoder.h"
#include "facemask/face_masking.h"

namespace ganface::gst {
namespace {

// Frames a second from which a stream is no series of photographs; one without a rate is.
constexpr int kVideo = 5;

// Without a rate, time stamps nearer than this tell that a stream is one.
constexpr GstClockTime kNextFrame = GST_SECOND / kVideo;

// What the detector alone would not have taken for a face is one if something covers it.
void drop_unconfirmed(Findings& findings) {
  for (size_t i = findings.faces.size(); i-- > 0;) {
    if (!findings.faces[i].is_unconfirmed || !is_empty(findings.occlusions[i].hole)) continue;
    findings.faces.erase(findings.faces.begin() + static_cast<std::ptrdiff_t>(i));
    findings.occlusions.erase(findings.occlusions.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

void FaceFinder::start(const FaceMaskSettings& settings) {
  started_ = settings;
  stop();
  if (settings.mask.kind == MaskKind::kImage) {
    if (settings.mask.location.empty())
      throw Error(ErrorCode::kUsage, "facemask: mask=image needs the property location");
    mask_image_ = decode_image(settings.mask.location);
  }
  const bool segments = settings.mask.kind == MaskKind::kAuto;
  if (settings.face_source == FaceSource::kDetect) {
    DetectorOptions options = settings.detector;
    options.lone_face = segments && settings.occlusion.caution != Caution::kNone;
    tracker_.emplace(options);
  }
  if (segments) occlusion_.emplace();
  forget();
}

void FaceFinder::stop() {
  tracker_.reset();
  occlusion_.reset();
  mask_image_.reset();
}

void FaceFinder::set_info(const GstVideoInfo& info) {
  info_ = info;
  if (started_.mask.kind == MaskKind::kAlpha && !GST_VIDEO_INFO_HAS_ALPHA(&info))
    throw Error(ErrorCode::kInput,
                std::string("facemask: mask=alpha needs RGBA or BGRA video, got ") +
                    gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&info)));
  // A live stream's first frames have no time for what networks do when they first run.
  if (tracker_) tracker_->warm_up(info.width, info.height);
  if (occlusion_) occlusion_->warm_up();
  forget();
}

bool FaceFinder::is_video() const {
  const int fps_n = GST_VIDEO_INFO_FPS_N(&info_), fps_d = GST_VIDEO_INFO_FPS_D(&info_);
  return fps_n > 0 ? fps_n >= kVideo * fps_d : is_timed_;
}

void FaceFinder::forget() {
  if (tracker_) tracker_->reset(is_video());
  if (occlusion_) occlusion_->reset();
  region_ids_.reset();
  frames_ = 0;
  last_time_ = GST_CLOCK_TIME_NONE;
  is_timed_ = false;
}

void FaceFinder::take_time(GstClockTime time) {
  is_timed_ = is_timed_ || (GST_CLOCK_TIME_IS_VALID(time) && GST_CLOCK_TIME_IS_VALID(last_time_) &&
                            time > last_time_ && time - last_time_ <= kNextFrame);
  last_time_ = time;
}

std::vector<TrackedFace> FaceFinder::faces_of_regions(int most, GstBuffer* buffer) {
  std::vector<TrackedFace> faces;
  gpointer iterator = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(
             buffer, &iterator, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    const auto* roi = reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta);
    if (roi->roi_type != g_quark_from_static_string("face") || roi->w == 0 || roi->h == 0) continue;
    faces.push_back({0, transform_of_box(roi->x, roi->y, roi->w, roi->h), 1.0});
  }
  std::stable_sort(faces.begin(), faces.end(), [](const TrackedFace& a, const TrackedFace& b) {
    return a.transform[0] * a.transform[4] < b.transform[0] * b.transform[4];
  });
  faces.resize(std::min(faces.size(), static_cast<size_t>(most)));
  region_ids_.number(faces);
  return faces;
}

std::vector<TrackedFace> FaceFinder::faces_of(const FaceMaskSettings& settings,
                                              const FrameView& frame, GstBuffer* buffer) {
  switch (settings.face_source) {
    case FaceSource::kFrame:
      return {{0, transform_of_box(0, 0, frame.width, frame.height), 1.0}};
    case FaceSource::kRoi:
      return faces_of_regions(settings.detector.max_faces, buffer);
    case FaceSource::kDetect:
      break;
  }
  // Of photographs each is another.
  return tracker_->track(frame, is_video() ? settings.inference_interval : 1);
}

Findings FaceFinder::find(FaceMaskSettings settings, const FrameView& frame, GstBuffer* buffer) {
  settings.face_source = started_.face_source;
  settings.mask.kind = started_.mask.kind;
  settings.mask.location = started_.mask.location;
  settings.detector = started_.detector;
  take_time(GST_BUFFER_PTS(buffer));
  Findings findings;
  findings.faces = faces_of(settings, frame, buffer);
  ++frames_;
  if (settings.mask.kind == MaskKind::kAuto) {
    findings.occlusions = occlusion_->track(frame, findings.faces, settings.occlusion, is_video());
    for (FaceOcclusion& occlusion : findings.occlusions)
      occlusion.hole = grown(settings.mask, occlusion.hole);
    drop_unconfirmed(findings);
    return findings;
  }
  for (const TrackedFace& face : findings.faces) {
    FaceOcclusion occlusion;
    occlusion.hole = hole_of_face(settings.mask, mask_image_, frame, face.transform);
    occlusion.yaw = std::nan("");  // nobody looked
    findings.occlusions.push_back(std::move(occlusion));
  }
  return findings;
}

}  // namespace ganface::gst
