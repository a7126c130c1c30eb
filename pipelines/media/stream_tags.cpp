// SPDX-License-Identifier: MIT
// Owns what films say beside their tracks, and what of it results do not say.
#include "media/stream_tags.h"

#include "media/owned.h"

namespace ganface::media {
namespace {

struct Said {
  bool attachments = false, track_titles = false, chapters = false;
};

void add_tags(const GstTagList* tags, Said& said) {
  for (const char* tag : {GST_TAG_ATTACHMENT, GST_TAG_IMAGE, GST_TAG_PREVIEW_IMAGE})
    said.attachments |= gst_tag_list_get_tag_size(tags, tag) > 0;
  said.track_titles |= gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_STREAM &&
                       gst_tag_list_get_tag_size(tags, GST_TAG_TITLE) > 0;
}

Said said_by(const std::vector<MediaStream>& streams) {
  Said said;
  for (const MediaStream& stream : streams) {
    const Owned<GstPad> pad(gst_element_get_static_pad(stream.queue, "sink"));
    for (guint i = 0;; ++i) {
      const Owned<GstEvent> event(gst_pad_get_sticky_event(pad.get(), GST_EVENT_TAG, i));
      if (!event) break;
      GstTagList* tags = nullptr;
      gst_event_parse_tag(event.get(), &tags);
      add_tags(tags, said);
    }
    said.chapters |=
        Owned<GstEvent>(gst_pad_get_sticky_event(pad.get(), GST_EVENT_TOC, 0)) != nullptr;
  }
  return said;
}

}  // namespace

std::vector<std::string> tags_left_out(const std::vector<MediaStream>& streams,
                                       const OutputFormat& format) {
  if (format.image) return {};  // of which one frame is wanted, or each
  const Said said = said_by(streams);
  std::vector<std::string> notes;
  if (said.attachments) notes.push_back("attached files and covers are left out");
  if (said.track_titles) notes.push_back("titles of tracks are left out");
  if (said.chapters && format.muxer != "matroskamux") notes.push_back("chapters are left out");
  return notes;
}

}  // namespace ganface::media
