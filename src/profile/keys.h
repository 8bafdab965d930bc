/* SPDX-License-Identifier: ISC */
#ifndef KEYS_H
#define KEYS_H

/*
 * The contents of a profile: the tables of keys and the structs that they fill.
 * A table is the only description of its keys: reading, checking, comparing and
 * freeing them, the JSON Schema and the manual page follow from it.
 */

#include "base/redact.h"
#include "base/strv.h"
#include "media/frame.h"
#include "profile/keyrow.h"

struct secrets;

#define PROFILE_NAME_MAX     64
#define PROFILE_OUTPUTS_MAX  15
#define PROFILE_SOURCES_MAX  4
#define PROFILE_OVERLAYS_MAX 16

/* The height of text, in pixels. */
#define PROFILE_TEXT_MIN 8
#define PROFILE_TEXT_MAX 400

/* Of text that says no size, in pixels. */
#define PROFILE_COMMENT_HEIGHT 36
#define PROFILE_LABEL_HEIGHT   28

struct profile_frames {
	struct key_set key;
	struct size size;
	int format; /* enum pixfmt */
	struct rate fps;
	int64_t queue;	     /* frames */
	struct strv command; /* one of command, fifo, socket, pattern */
	int64_t fd;	     /* the command writes them there; 1: stdout */
	char *fifo;	     /* path */
	bool socket;	     /* the stream's own */
	int pattern;	     /* enum pattern, or -1 */
};

struct profile_h264 {
	struct key_set key;
	struct strv command; /* one of command, fifo, socket */
	int64_t fd;	     /* the command writes there; 1: stdout */
	char *fifo;	     /* path */
	bool socket;	     /* the stream's own */
	struct rate fps;     /* expected; num 0: unknown */
};

struct profile_source {
	struct key_set key;
	char *url;
	char *user, *password; /* percent-encoded into the URL by ffargs */
	char *format;	       /* input format (-f), overrides the URL's */
	char *device;
	char *input_format; /* of a device: mjpeg, yuyv422, h264 */
	struct size size;   /* of a device */
	struct rate fps;    /* of a device */
	int64_t every;	   /* ms between two fetches of an image; 0: no image */
	struct strv files; /* paths and globs */
	bool loop;
	struct profile_frames frames;
	struct profile_h264 h264;
	struct strv options;  /* input options as they are */
	struct key_list more; /* further sources; of the first one only */
	int line, col;	      /* the place of its address in the file */
};

enum {
	VIDEO_COPY,
	VIDEO_NONE
}; /* words of "video" */

struct profile_video {
	struct key_set key;
	char *encoder;
	char *preset, *tune, *profile;
	int64_t bitrate;  /* bit/s; 0: by frame size */
	int64_t gop;	  /* ms between key frames */
	struct size size; /* scale to */
	struct rate fps;
	char *pixel_format;  /* of the encoder; yuv420p */
	struct strv options; /* encoder options as they are */
};

enum {
	AUDIO_AUTO,
	AUDIO_COPY,
	AUDIO_NONE,
	AUDIO_SILENCE
}; /* words */

struct profile_audio {
	struct key_set key;
	char *device; /* ALSA */
	char *url;
};

struct profile_output {
	struct key_set key;
	char *name;
	char *url;
	char *user, *password;
	char *record;	     /* strftime pattern of a path */
	int64_t segment;     /* ms */
	int64_t max_size;    /* bytes of all its files; 0: no limit */
	int64_t max_age;     /* ms */
	int64_t min_free;    /* bytes of the file system */
	int64_t lag;	     /* ms that it may lag */
	char *format;	     /* muxer, overrides the URL's */
	struct strv options; /* output options as they are */
	int line, col;	     /* the place of its address in the file */
};

enum {
	OVERLAY_DANMAKU, /* comments that fly across the frame */
	OVERLAY_LABEL,	 /* one text */
	OVERLAY_IMAGE,
	OVERLAY_SEI, /* comments inside the H.264, for players that draw */
	N_OVERLAYS
}; /* words of "kind" */

/* The places of a label or an image: three rows of three. */
enum {
	AT_TOP_LEFT,
	AT_TOP,
	AT_TOP_RIGHT,
	AT_LEFT,
	AT_CENTER,
	AT_RIGHT,
	AT_BOTTOM_LEFT,
	AT_BOTTOM,
	AT_BOTTOM_RIGHT,
	N_AT
}; /* words of "at" */

struct profile_overlay {
	struct key_set key;
	char *id;
	int kind;
	bool enabled;
	char *font;
	struct size size; /* of text: its height; {0, 0}: the kind's own */
	char *color;	  /* "#rrggbb" */
	int64_t outline;  /* pixels */
	double opacity;
	int64_t duration;    /* ms that a comment is shown */
	struct span area;    /* of the frame's height */
	int full;	     /* enum danmaku_full */
	int64_t wait, merge; /* ms */
	int64_t max;	     /* comments shown at once */
	struct strv block;   /* regular expressions */
	int at;
	int64_t margin; /* pixels */
	char *text;	/* with strftime conversions and {words} */
	double box;	/* opacity of the box under a label */
	char *file;	/* of the image */
	int line, col;	/* the place of `file` in the profile */
};

struct profile_backoff {
	struct key_set key;
	int64_t min, max; /* ms */
};

struct profile_fallback {
	struct key_set key;
	int64_t slate_after;   /* ms */
	char *slate;	       /* an image; NULL: the last frame, dimmed */
	char *label;	       /* over the slate; see profile_slate_label() */
	int64_t give_up_after; /* ms; 0: never */
	int line, col;	       /* the place of `slate` in the profile */
};

struct profile_restart {
	struct key_set key;
	int64_t min, max; /* ms */
	double factor, jitter;
	int64_t healthy; /* ms of advancing media */
	int64_t held;	 /* ms until a HELD worker is tried again */
	struct profile_backoff auth, device;
};

struct profile_watchdog {
	struct key_set key;
	int64_t start, stall; /* ms */
	int64_t frozen;	      /* ms; 0: off */
	int64_t producer;     /* ms */
};

struct profile_stop {
	struct key_set key;
	int64_t grace; /* ms, from the first step to SIGKILL */
};

struct profile_limits {
	struct key_set key;
	int64_t nice;
};

struct profile_logs {
	struct key_set key;
	int64_t lines, runs;
};

/* A file that a profile was read from. */
struct profile_file {
	char *path; /* owned */
	int64_t size, mtime_ns;
};

/* The files as they were read. */
struct profile_origin {
	char *text; /* owned: of the profile, with comments blanked */
	int64_t size, mtime_ns;
	struct profile_file *secrets; /* owned: of each ${file:...} */
	size_t n_secrets;
};

struct profile {
	struct key_set key; /* so that ffsup.json's "defaults" can be one */
	char *name;	    /* owned: the file's stem */
	char *path;	    /* owned: the file */
	struct profile_origin origin;
	struct redact redact;	 /* every secret of this profile */
	struct secrets *secrets; /* held: the same, for all output of ffsup */

	/* from here on: filled by profile_keys */
	char *description;
	bool enabled;
	struct profile_source source; /* the first; see profile_source_at() */
	int64_t prefer_after;	      /* ms */
	struct profile_video video;
	struct profile_audio audio;
	struct key_list outputs; /* struct profile_output */
	bool isolate;
	struct key_list overlay; /* struct profile_overlay */
	struct profile_fallback fallback;
	bool standby;
	struct profile_restart restart;
	struct profile_watchdog watchdog;
	struct profile_stop stop;
	struct profile_limits limits;
	struct profile_logs logs;
	struct strv env;
	struct strv args;
};

extern const struct key profile_keys[];

/* Of profile_keys: one source, one output. */
extern const struct key source_keys[];
extern const struct key output_keys[];

/* The words of "kind" and "full"; NULL ends them. */
extern const char *const overlay_kinds[N_OVERLAYS + 1];

/* The names of the keys that raw `args` replace; NULL ends them. */
extern const char *const media_keys[];

#endif
