/* SPDX-License-Identifier: ISC */
/*
 * The tables. Rows are in the order of the manual page.
 */
#include "config.h"

#include "media/danmaku.h"
#include "media/frame.h"
#include "media/pattern.h"
#include "profile/keys.h"

#define ROW(s, m) .name = #m, .offset = offsetof(struct s, m)
#define SECOND	  1000.0
#define HOUR	  (3600 * SECOND)

static const struct key frames_keys[] = {
	{ ROW(profile_frames, size), .type = KEY_SIZE, .flags = KEY_REQUIRED,
	    .help = "Width and height of the frames, such as 1280x720." },
	{ ROW(profile_frames, format), .type = KEY_ENUM,
	    .choices = pixfmt_names, .def = "bgr24",
	    .help = "Pixel format, by ffmpeg's name." },
	{ ROW(profile_frames, fps), .type = KEY_RATE, .flags = KEY_REQUIRED,
	    .unit = "fps",
	    .help = "Frames per second to the encoder: when a frame is late, "
		    "the last one is repeated; surplus frames are dropped." },
	{ ROW(profile_frames, queue), .type = KEY_INT, .min = 1,
	    .max = FRAME_QUEUE_MAX, .def = "3", .unit = "frames",
	    .help = "Frames that may wait; the oldest is dropped." },
	{ ROW(profile_frames, command), .type = KEY_STRINGS,
	    .help = "Program and arguments; it writes whole frames to its "
		    "standard output. No shell is involved." },
	{ ROW(profile_frames, fd), .type = KEY_INT, .min = 1, .max = 9,
	    .def = "1",
	    .help = "Descriptor that the command writes frames to; with 3, "
		    "text that it prints cannot corrupt a frame. The number is "
		    "in FFSUP_FD." },
	{ ROW(profile_frames, fifo), .type = KEY_STRING,
	    .help = "A named pipe that any program may write frames to; ffsup "
		    "creates it, for its own user." },
	{ ROW(profile_frames, socket), .type = KEY_BOOL, .def = "false",
	    .help = "Take frames from the stream's own socket, which ffsup "
		    "feed writes to." },
	{ ROW(profile_frames, pattern), .type = KEY_ENUM,
	    .choices = pattern_names, .def = NULL,
	    .help = "A test pattern instead of a program." },
	{ 0 }
};

static const struct key h264_keys[] = {
	{ ROW(profile_h264, command), .type = KEY_STRINGS,
	    .help = "Program and arguments; it writes H.264 (Annex B) to its "
		    "standard output. No shell is involved." },
	{ ROW(profile_h264, fd), .type = KEY_INT, .min = 1, .max = 9,
	    .def = "1",
	    .help = "Descriptor that the command writes to. The number is in "
		    "FFSUP_FD." },
	{ ROW(profile_h264, fifo), .type = KEY_STRING,
	    .help = "A named pipe that any program may write H.264 to; ffsup "
		    "creates it, for its own user." },
	{ ROW(profile_h264, socket), .type = KEY_BOOL, .def = "false",
	    .help = "Take H.264 from the stream's own socket, which ffsup "
		    "feed writes to." },
	{ ROW(profile_h264, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "The rate that the camera is set to: a hint for the first "
		    "frames; after them the time stamps follow the real "
		    "rate." },
	{ 0 }
};

const struct key source_keys[] = {
	{ ROW(profile_source, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Anything that ffmpeg can read." },
	{ ROW(profile_source, user), .type = KEY_STRING, .flags = KEY_SECRET,
	    .help = "User name for the URL, not encoded: ffsup encodes it." },
	{ ROW(profile_source, password), .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .help = "Password for the URL, not encoded: ffsup encodes it." },
	{ ROW(profile_source, format), .type = KEY_STRING,
	    .help = "Input format (-f) where ffmpeg cannot detect it, such as "
		    "lavfi or mjpeg." },
	{ ROW(profile_source, device), .type = KEY_STRING,
	    .help = "A V4L2 device; /dev/v4l/by-id/... survives replugging." },
	{ ROW(profile_source, input_format), .type = KEY_STRING,
	    .help = "Format to ask the device for: mjpeg, yuyv422, h264." },
	{ ROW(profile_source, size), .type = KEY_SIZE,
	    .help = "Frame size to ask the device for." },
	{ ROW(profile_source, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "Frame rate to ask the device for." },
	{ ROW(profile_source, every), .type = KEY_DURATION, .def = "0",
	    .max = HOUR, .unit = "s",
	    .help = "The URL is one image, to be fetched again this often; in "
		    "between, the last one is shown. 0: it is not." },
	{ ROW(profile_source, files), .type = KEY_STRINGS,
	    .help = "Files, folders and patterns, played in order at their "
		    "own pace." },
	{ ROW(profile_source, loop), .type = KEY_BOOL, .def = "false",
	    .help = "Begin again after the last file, or after the end of a "
		    "URL's film, forever." },
	{ ROW(profile_source, frames), .type = KEY_OBJECT, .sub = frames_keys,
	    .help = "Raw frames from a program." },
	{ ROW(profile_source, h264), .type = KEY_OBJECT, .sub = h264_keys,
	    .help = "H.264 from a camera program, passed on unchanged." },
	{ ROW(profile_source, options), .type = KEY_OPTIONS,
	    .help = "Input options, passed to ffmpeg unchanged." },
	{ 0 }
};

static const char *const video_words[] = {
	[VIDEO_COPY] = "copy", [VIDEO_NONE] = "none", NULL
};

static const struct key video_keys[] = {
	{ ROW(profile_video, encoder), .type = KEY_STRING, .def = "libx264",
	    .help = "The encoder, by ffmpeg's name." },
	{ ROW(profile_video, preset), .type = KEY_STRING,
	    .help = "The encoder's preset; veryfast for libx264 and libx265." },
	{ ROW(profile_video, tune), .type = KEY_STRING,
	    .help = "The encoder's tune; zerolatency for libx264 and "
		    "libx265." },
	{ ROW(profile_video, profile), .type = KEY_STRING,
	    .help = "The encoder's profile, such as main." },
	{ ROW(profile_video, bitrate), .type = KEY_BITRATE, .min = 8e3,
	    .max = 1e9, .unit = "bit/s",
	    .help = "Target and maximum of the bitrate; chosen by frame size "
		    "when not given." },
	{ ROW(profile_video, gop), .type = KEY_DURATION, .def = "2s",
	    .min = 0.1 * SECOND, .max = 60 * SECOND, .unit = "s",
	    .help = "Time between key frames." },
	{ ROW(profile_video, size), .type = KEY_SIZE,
	    .help = "Scale to this size before encoding." },
	{ ROW(profile_video, fps), .type = KEY_RATE, .unit = "fps",
	    .help = "Change to this frame rate before encoding." },
	{ ROW(profile_video, pixel_format), .type = KEY_STRING,
	    .def = "yuv420p",
	    .help = "Pixel format of the encoded video; players expect "
		    "yuv420p." },
	{ ROW(profile_video, options), .type = KEY_OPTIONS,
	    .help = "Encoder options, passed to ffmpeg unchanged." },
	{ 0 }
};

static const char *const audio_words[] = { [AUDIO_AUTO] = "auto",
	[AUDIO_COPY] = "copy",
	[AUDIO_NONE] = "none",
	[AUDIO_SILENCE] = "silence",
	NULL };

static const struct key audio_keys[] = {
	{ ROW(profile_audio, device), .type = KEY_STRING,
	    .help = "An ALSA device, such as hw:1,0." },
	{ ROW(profile_audio, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Audio from another URL." },
	{ 0 }
};

const struct key output_keys[] = {
	{ ROW(profile_output, name), .type = KEY_STRING,
	    .help = "Name of the output in messages; default: its scheme." },
	{ ROW(profile_output, url), .type = KEY_STRING, .flags = KEY_URL,
	    .help = "Where to send: rtmp, rtmps, rtsp, srt, udp, a .m3u8, a "
		    "file." },
	{ ROW(profile_output, user), .type = KEY_STRING, .flags = KEY_SECRET,
	    .help = "User name for the URL, not encoded: ffsup encodes it." },
	{ ROW(profile_output, password), .type = KEY_STRING,
	    .flags = KEY_SECRET,
	    .help = "Password for the URL, not encoded: ffsup encodes it." },
	{ ROW(profile_output, record), .type = KEY_STRING,
	    .help = "Record to files of this name, with strftime(3) "
		    "conversions, in .mkv, .ts or .mp4 (fragmented). A name "
		    "that exists gets a number." },
	{ ROW(profile_output, segment), .type = KEY_DURATION, .def = "10m",
	    .min = SECOND, .max = 24 * HOUR, .unit = "s",
	    .help = "Length of one recorded file." },
	{ ROW(profile_output, max_size), .type = KEY_BYTES, .def = "0",
	    .min = 0, .max = 1e18, .unit = "bytes", .flags = KEY_LIVE,
	    .help = "Total size of the recorded files; the oldest are removed. "
		    "0: no limit." },
	{ ROW(profile_output, max_age), .type = KEY_DURATION, .def = "0",
	    .max = 3660 * 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Age at which a recorded file is removed. 0: never." },
	{ ROW(profile_output, min_free), .type = KEY_BYTES, .def = "0",
	    .min = 0, .max = 1e18, .unit = "bytes", .flags = KEY_LIVE,
	    .help = "Bytes to keep free on the file system; the oldest "
		    "recorded files are removed for that. 0: not watched." },
	{ ROW(profile_output, lag), .type = KEY_DURATION, .def = "5s",
	    .min = 0.1 * SECOND, .max = HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Maximum delay of this output against the others; when it "
		    "is greater, the output skips to the newest key frame." },
	{ ROW(profile_output, format), .type = KEY_STRING,
	    .help = "Container (-f), where the URL does not imply it." },
	{ ROW(profile_output, options), .type = KEY_OPTIONS,
	    .help = "Output options, passed to ffmpeg unchanged." },
	{ 0 }
};

const char *const overlay_kinds[] = {
	[OVERLAY_DANMAKU] = "danmaku",
	[OVERLAY_LABEL] = "label",
	[OVERLAY_IMAGE] = "image",
	[OVERLAY_SEI] = "sei",
	NULL,
};

static const char *const full_words[] = { [DANMAKU_WAIT] = "wait",
	[DANMAKU_DROP] = "drop",
	[DANMAKU_OVERLAP] = "overlap",
	NULL };

static const char *const at_words[] = { [AT_TOP_LEFT] = "top-left",
	[AT_TOP] = "top",
	[AT_TOP_RIGHT] = "top-right",
	[AT_LEFT] = "left",
	[AT_CENTER] = "center",
	[AT_RIGHT] = "right",
	[AT_BOTTOM_LEFT] = "bottom-left",
	[AT_BOTTOM] = "bottom",
	[AT_BOTTOM_RIGHT] = "bottom-right",
	NULL };

static const struct key overlay_keys[] = {
	{ ROW(profile_overlay, id), .type = KEY_STRING,
	    .flags = KEY_REQUIRED | KEY_LIVE,
	    .help = "Name of the overlay, for ffsup say, text and overlay." },
	{ ROW(profile_overlay, kind), .type = KEY_ENUM,
	    .choices = overlay_kinds, .flags = KEY_REQUIRED | KEY_LIVE,
	    .help = "danmaku: comments that fly across the frame. label: one "
		    "text. image: a picture. sei: comments inside the H.264, "
		    "for players that draw them." },
	{ ROW(profile_overlay, enabled), .type = KEY_BOOL, .def = "true",
	    .flags = KEY_LIVE, .help = "Whether it is shown." },
	{ ROW(profile_overlay, font), .type = KEY_STRING, .def = "sans-serif",
	    .flags = KEY_LIVE,
	    .help = "Font family; characters that it lacks come from other "
		    "fonts." },
	{ ROW(profile_overlay, size), .type = KEY_EXTENT,
	    .min = PROFILE_TEXT_MIN, .max = PROFILE_TEXT_MAX, .unit = "pixels",
	    .flags = KEY_LIVE,
	    .help = "Height of the text: 36 for danmaku, 28 for a label when "
		    "not given. Of an image, the size to scale it to, such as "
		    "160x-1: the other side follows." },
	{ ROW(profile_overlay, color), .type = KEY_STRING, .def = "#ffffff",
	    .flags = KEY_LIVE,
	    .help = "Colour of text that has none of its own." },
	{ ROW(profile_overlay, outline), .type = KEY_INT, .max = 16, .def = "2",
	    .unit = "pixels", .flags = KEY_LIVE,
	    .help = "Width of the dark edge around text; 0: none." },
	{ ROW(profile_overlay, opacity), .type = KEY_NUMBER, .min = 0, .max = 1,
	    .def = "0.9", .flags = KEY_LIVE,
	    .help = "1 hides what is under it." },
	{ ROW(profile_overlay, duration), .type = KEY_DURATION, .def = "8s",
	    .min = SECOND, .max = 120 * SECOND, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time that a comment is seen." },
	{ ROW(profile_overlay, area), .type = KEY_SPAN, .def = "[0,0.6]",
	    .flags = KEY_LIVE,
	    .help = "Part of the frame's height that comments may use, from "
		    "the top." },
	{ ROW(profile_overlay, full), .type = KEY_ENUM, .choices = full_words,
	    .def = "wait", .flags = KEY_LIVE,
	    .help = "When no row is free, a comment waits, is dropped, or "
		    "overlaps others." },
	{ ROW(profile_overlay, wait), .type = KEY_DURATION, .def = "5s",
	    .max = 600 * SECOND, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time that a comment may wait before it is dropped." },
	{ ROW(profile_overlay, merge), .type = KEY_DURATION, .def = "10s",
	    .max = HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "A text that was shown within this time is not shown "
		    "again; 0: all are." },
	{ ROW(profile_overlay, max), .type = KEY_INT, .min = 1, .max = 1000,
	    .def = "200", .unit = "comments", .flags = KEY_LIVE,
	    .help = "Comments that are seen at once." },
	{ ROW(profile_overlay, block), .type = KEY_STRINGS, .flags = KEY_LIVE,
	    .help = "Regular expressions (PCRE2); a comment that matches one "
		    "is not shown." },
	{ ROW(profile_overlay, at), .type = KEY_ENUM, .choices = at_words,
	    .def = "top-right", .flags = KEY_LIVE,
	    .help = "Place of a label or an image." },
	{ ROW(profile_overlay, margin), .type = KEY_INT, .max = 4000,
	    .def = "24", .unit = "pixels", .flags = KEY_LIVE,
	    .help = "Distance from the frame's edges." },
	{ ROW(profile_overlay, text), .type = KEY_STRING, .flags = KEY_LIVE,
	    .help = "Text of a label, with strftime(3) conversions and {name}, "
		    "{state}, {fps}, {since}." },
	{ ROW(profile_overlay, box), .type = KEY_NUMBER, .min = 0, .max = 1,
	    .def = "0", .flags = KEY_LIVE,
	    .help = "Opacity of a dark box under a label; 0: none." },
	{ ROW(profile_overlay, file), .type = KEY_STRING, .flags = KEY_LIVE,
	    .help = "An image, with transparency; it is read again when it "
		    "changes." },
	{ 0 }
};

static const struct key fallback_keys[] = {
	{ ROW(profile_fallback, slate_after), .type = KEY_DURATION, .def = "5s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time without a new frame after which the slate is sent; "
		    "until then, the last frame." },
	{ ROW(profile_fallback, slate), .type = KEY_STRING, .flags = KEY_LIVE,
	    .help = "An image to send; without one, the last frame, dimmed, "
		    "with moving bars at its bottom edge." },
	{ ROW(profile_fallback, label), .type = KEY_TEXT, .def = "true",
	    .flags = KEY_LIVE,
	    .help = "Text over the slate, like that of a label in overlay, "
		    "with the time of the last frame; true: \"no frames since "
		    "14:02\"; false: none." },
	{ ROW(profile_fallback, give_up_after), .type = KEY_DURATION,
	    .def = "0", .max = 7 * 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time without a new frame after which the broadcast is "
		    "ended until a frame comes; 0: never." },
	{ 0 }
};

static const struct key auth_keys[] = {
	{ ROW(profile_backoff, min), .type = KEY_DURATION, .def = "60s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay; it doubles." },
	{ ROW(profile_backoff, max), .type = KEY_DURATION, .def = "15m",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay." },
	{ 0 }
};

static const struct key device_keys[] = {
	{ ROW(profile_backoff, min), .type = KEY_DURATION, .def = "2s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay; it doubles." },
	{ ROW(profile_backoff, max), .type = KEY_DURATION, .def = "30s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay." },
	{ 0 }
};

static const struct key restart_keys[] = {
	{ ROW(profile_restart, min), .type = KEY_DURATION, .def = "500ms",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "First delay after a run that was not healthy; after a "
		    "healthy run the restart is immediate." },
	{ ROW(profile_restart, max), .type = KEY_DURATION, .def = "20s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Longest delay; ffsup never gives up." },
	{ ROW(profile_restart, factor), .type = KEY_NUMBER, .def = "2",
	    .min = 1, .max = 10, .flags = KEY_LIVE,
	    .help = "Factor by which the delay grows with each failure." },
	{ ROW(profile_restart, jitter), .type = KEY_NUMBER, .def = "0.2",
	    .min = 0, .max = 0.9, .flags = KEY_LIVE,
	    .help = "Random spread of each delay, so that streams do not "
		    "restart at the same time." },
	{ ROW(profile_restart, healthy), .type = KEY_DURATION, .def = "10s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Duration of advancing media after which a run is healthy "
		    "and the delay is reset; a start alone never does that." },
	{ ROW(profile_restart, held), .type = KEY_DURATION, .def = "15m",
	    .min = 1 * SECOND, .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Delay after a failure that does not go away by itself, "
		    "such as a misspelt option." },
	{ ROW(profile_restart, auth), .type = KEY_OBJECT, .sub = auth_keys,
	    .flags = KEY_LIVE,
	    .help = "Delays after a refused password, because cameras lock "
		    "users out." },
	{ ROW(profile_restart, device), .type = KEY_OBJECT, .sub = device_keys,
	    .flags = KEY_LIVE,
	    .help = "Delays after a device that is busy or gone." },
	{ 0 }
};

static const struct key watchdog_keys[] = {
	{ ROW(profile_watchdog, start), .type = KEY_DURATION, .def = "30s",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE, .help = "Time from start to the first frame." },
	{ ROW(profile_watchdog, stall), .type = KEY_DURATION, .def = "15s",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE,
	    .help = "Time without a new frame after which ffmpeg or the "
		    "producer is replaced." },
	{ ROW(profile_watchdog, frozen), .type = KEY_DURATION, .def = "0",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time with identical frames after which the stream counts "
		    "as frozen; 0: not watched." },
	{ ROW(profile_watchdog, producer), .type = KEY_DURATION, .def = "2m",
	    .min = 0.1 * SECOND, .max = 24 * HOUR, .unit = "s",
	    .flags = KEY_LIVE,
	    .help = "Time from the producer's start to its first frame: models "
		    "are slow to load." },
	{ 0 }
};

static const struct key stop_keys[] = {
	{ ROW(profile_stop, grace), .type = KEY_DURATION, .def = "5s",
	    .min = 0.1 * SECOND, .max = HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time from the first step of a stop to SIGKILL." },
	{ 0 }
};

static const struct key limits_keys[] = {
	{ ROW(profile_limits, nice), .type = KEY_INT, .min = -20, .max = 19,
	    .def = "0",
	    .help = "Added to the nice value of the stream's "
		    "processes." },
	{ 0 }
};

static const struct key logs_keys[] = {
	{ ROW(profile_logs, lines), .type = KEY_INT, .min = 10, .max = 100000,
	    .def = "200", .unit = "lines", .flags = KEY_LIVE,
	    .help = "Lines of stderr kept of each run." },
	{ ROW(profile_logs, runs), .type = KEY_INT, .min = 1, .max = 100,
	    .def = "5", .unit = "runs", .flags = KEY_LIVE,
	    .help = "Number of runs whose lines and endings are kept." },
	{ 0 }
};

const struct key profile_keys[] = {
	{ ROW(profile, description), .type = KEY_STRING, .flags = KEY_LIVE,
	    .help = "A short description." },
	{ ROW(profile, enabled), .type = KEY_BOOL, .def = "true",
	    .help = "Whether the stream runs." },
	{ ROW(profile, source), .type = KEY_OBJECT, .sub = source_keys,
	    .size = sizeof(struct profile_source),
	    .more = offsetof(struct profile_source, more),
	    .max = PROFILE_SOURCES_MAX, .flags = KEY_SOURCE,
	    .help = "The source of the video: exactly one of url, device, "
		    "files, frames and h264. Of a list of such sources, the "
		    "first that works is used." },
	{ ROW(profile, prefer_after), .type = KEY_DURATION, .def = "30s",
	    .max = 24 * HOUR, .unit = "s", .flags = KEY_LIVE,
	    .help = "Time for which a better source of a list must have sent "
		    "frames without a pause before it is used again." },
	{ ROW(profile, video), .type = KEY_OBJECT, .sub = video_keys,
	    .choices = video_words, .flags = KEY_SENDER,
	    .help = "copy, none, or how to encode. Frames are encoded, "
		    "devices too; everything else is copied by default." },
	{ ROW(profile, audio), .type = KEY_OBJECT, .sub = audio_keys,
	    .choices = audio_words, .flags = KEY_SENDER,
	    .help = "auto, copy, none, silence, or the source of the audio." },
	{ ROW(profile, outputs), .type = KEY_LIST, .sub = output_keys,
	    .size = sizeof(struct profile_output),
	    .flags = KEY_SENDER | KEY_OUTPUT,
	    .help = "Where to send: one output, or several." },
	{ ROW(profile, isolate), .type = KEY_BOOL, .def = "false",
	    .help = "Run a single output in its own process, as several "
		    "outputs do: its failures do not affect the source." },
	{ ROW(profile, overlay), .type = KEY_LIST, .sub = overlay_keys,
	    .size = sizeof(struct profile_overlay), .max = PROFILE_OVERLAYS_MAX,
	    .flags = KEY_LIVE,
	    .help = "Comments, text and images over the frames. With it, a "
		    "url, a device and files are decoded and encoded again; "
		    "sei needs no decoding." },
	{ ROW(profile, fallback), .type = KEY_OBJECT, .sub = fallback_keys,
	    .flags = KEY_LIVE,
	    .help = "The slate that is sent while no frames come. With it, a "
		    "url, a device and files are decoded, so that the "
		    "broadcast outlives them; where video is copied, a "
		    "matching slate is encoded and switched in." },
	{ ROW(profile, standby), .type = KEY_BOOL, .def = "false",
	    .help = "Keep a second encoder running, which takes over when the "
		    "first one dies." },
	{ ROW(profile, restart), .type = KEY_OBJECT, .sub = restart_keys,
	    .flags = KEY_LIVE, .help = "Delays between restarts." },
	{ ROW(profile, watchdog), .type = KEY_OBJECT, .sub = watchdog_keys,
	    .flags = KEY_LIVE,
	    .help = "Times after which an ffmpeg without "
		    "progress is replaced." },
	{ ROW(profile, stop), .type = KEY_OBJECT, .sub = stop_keys,
	    .flags = KEY_LIVE, .help = "How a process is stopped." },
	{ ROW(profile, limits), .type = KEY_OBJECT, .sub = limits_keys,
	    .help = "Limits of the stream's processes." },
	{ ROW(profile, logs), .type = KEY_OBJECT, .sub = logs_keys,
	    .flags = KEY_LIVE, .help = "How much stderr is kept." },
	{ ROW(profile, env), .type = KEY_ENV,
	    .help = "Environment of the stream's processes." },
	{ ROW(profile, args), .type = KEY_STRINGS,
	    .help = "ffmpeg's arguments, unchanged, instead of source, video, "
		    "audio and outputs." },
	{ 0 },
};

/* Keys that raw `args` replace. */
const char *const media_keys[] = { "source", "prefer_after", "video", "audio",
	"outputs", "isolate", "overlay", NULL };
