/* SPDX-License-Identifier: ISC */
#ifndef PROFILE_H
#define PROFILE_H

/*
 * One JSON file: one camera, one stream. The table profile_keys is the only
 * description of what may stand in it.
 */

#include "base/redact.h"
#include "base/strv.h"
#include "media/frame.h"
#include "profile/schema.h"

struct expand_env;
struct secrets;

#define PROFILE_NAME_MAX    64
#define PROFILE_OUTPUTS_MAX 15
#define PROFILE_SOURCES_MAX 4

struct profile_frames {
	struct key_set key;
	struct size size;
	int format; /* enum pixfmt */
	struct rate fps;
	int64_t queue;	     /* pictures */
	struct strv command; /* one of command, fifo, socket, pattern */
	int64_t fd;	     /* where the command writes them; 1: stdout */
	char *fifo;	     /* path */
	bool socket;	     /* the stream's own */
	int pattern;	     /* enum pattern, or -1 */
};

struct profile_h264 {
	struct key_set key;
	struct strv command; /* one of command, fifo, socket */
	int64_t fd;	     /* where the command writes; 1: stdout */
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
	struct strv files;  /* paths and globs */
	bool loop;
	struct profile_frames frames;
	struct profile_h264 h264;
	struct strv options;  /* input options as they are */
	struct key_list more; /* further sources; of the first one only */
	int line, col;	      /* where its url or fifo stands in the file */
};

enum {
	VIDEO_COPY,
	VIDEO_NONE
}; /* words of "video" */

struct profile_video {
	struct key_set key;
	char *encoder;
	char *preset, *tune, *profile;
	int64_t bitrate;  /* bit/s; 0: by picture size */
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
	int64_t lag;	     /* ms that it may be behind */
	char *format;	     /* muxer, overrides the URL's */
	struct strv options; /* output options as they are */
	int line, col;	     /* where its address stands in the file */
};

struct profile_backoff {
	struct key_set key;
	int64_t min, max; /* ms */
};

struct profile_fallback {
	struct key_set key;
	int64_t slate_after;   /* ms */
	char *slate;	       /* an image; NULL: the last picture, dimmed */
	int64_t give_up_after; /* ms; 0: never */
};

struct profile_restart {
	struct key_set key;
	int64_t min, max; /* ms */
	double factor, jitter;
	int64_t healthy; /* ms of advancing media */
	int64_t held;	 /* ms until what was given up is tried again */
	struct profile_backoff auth, device;
};

struct profile_watchdog {
	struct key_set key;
	int64_t start, stall, producer; /* ms */
	int64_t frozen;			/* ms; 0: off */
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

struct profile {
	struct key_set key; /* so that ffsup.json's "defaults" can be one */
	char *name;	    /* owned: the file's stem */
	char *path;	    /* owned: the file */
	int64_t file_mtime_ns, file_size; /* of the file as it was read */
	struct redact redact;		  /* every secret of this profile */
	struct secrets *secrets; /* held: the same, for all that leaves */

	/* from here on: filled by profile_keys */
	char *description;
	bool enabled;
	struct profile_source source; /* the first; see profile_source_at() */
	int64_t prefer_after;	      /* ms */
	struct profile_video video;
	struct profile_audio audio;
	struct key_list outputs; /* struct profile_output */
	bool isolate;
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

/*
 * Read a profile from a parsed document; `defaults` (of another document; if it
 * is no object, or NULL, there are none) stands in for what the profile leaves out. `doc`'s
 * tree is changed: variables are expanded, defaults are merged in. NULL when
 * there is any error; all of them are in errs.
 */
struct profile *profile_read(struct jsonc *doc, const char *name,
    const cJSON *defaults, const struct expand_env *env, struct errors *errs);
void profile_free(struct profile *p);

/* Learn every secret of a profile: by the place where it stands, and those
 * that were `found` in variables and files. */
void profile_learn(
    struct redact *r, const struct profile *p, const struct strv *found);

/* The name a path gives ("dir/front.json" -> "front"), or NULL with a
 * reason in *why (borrowed). Caller frees. */
char *profile_name(const char *path, const char **why);

const struct profile_output *profile_output(const struct profile *p, size_t i);

/* How many sources there are (1 where raw args stand for it), and each of
 * them, best first; NULL behind the last. */
size_t profile_n_sources(const struct profile *p);
const struct profile_source *
profile_source_at(const struct profile *p, size_t i);

/* The name of an output, given or made of its address ("rtmp", "record",
 * "rtmp2"): unique in the profile. */
void profile_output_name(
    const struct profile *p, size_t i, char name[PROFILE_NAME_MAX + 1]);

/* Whether it is sent by RTMP, which carries H.264 alone. */
bool profile_is_rtmp(const struct profile_output *o);

/* The program that brings pictures or H.264; empty: there is none. */
const struct strv *profile_command(const struct profile *p);

/* Whether outputs are processes of their own, behind one that encodes or
 * copies. */
bool profile_fans_out(const struct profile *p);

/* Whether silence is to be sent where there is no sound, because the sound is
 * "auto" and a platform that an output sends to wants some. */
bool profile_adds_silence(const struct profile *p);

/* Whether silence is to be sent for that reason, or is asked for. */
bool profile_wants_silence(const struct profile *p);

/* Whether a slate is sent as packets while the source is away: there is a
 * fallback, and the pictures are not decoded for it. */
bool profile_has_reel(const struct profile *p);

/* Whether a url, device or files are decoded into pictures, so that the
 * broadcast outlives them. */
bool profile_is_decoded(const struct profile *p);

enum profile_change {
	PROFILE_SAME,
	PROFILE_LIVE,	/* restart, watchdog, stop, logs, description only */
	PROFILE_SENDER, /* who encodes and sends; pictures and those who
			   bring them stay as they are. With several outputs:
			   those concerned, or what is before them */
	PROFILE_RESTART
};

/* Whether two outputs are the same but for live keys. */
bool profile_same_output(
    const struct profile *now, size_t i, const struct profile *then, size_t k);

/* Whether two sources are the same, and so is all that makes packets of them,
 * but for live keys. */
bool profile_same_source(
    const struct profile *now, size_t i, const struct profile *then, size_t k);

/* Whether all is the same but for live keys and the outputs. */
bool profile_same_media(const struct profile *now, const struct profile *then);

/* What has to be done to make `then` out of `now`. *what, if not NULL, says
 * which keys changed, masked; caller frees. */
enum profile_change profile_compare(
    const struct profile *now, const struct profile *then, char **what);

#endif
