/* SPDX-License-Identifier: ISC */
#ifndef FFOUT_H
#define FFOUT_H

/*
 * Reads what ffmpeg says: the blocks of -progress, and how a run ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of a block that are kept. */
enum progress_key {
	PROGRESS_FRAME,
	PROGRESS_FPS,
	PROGRESS_BITRATE,
	PROGRESS_TOTAL_SIZE,
	PROGRESS_OUT_TIME,
	PROGRESS_DUP,
	PROGRESS_DROP,
	PROGRESS_SPEED,
	N_PROGRESS_KEYS
};

/* The last complete -progress block. -1 where ffmpeg said N/A or nothing. */
struct progress {
	int64_t frame; /* pictures; -1: no video stream */
	double fps;
	double bitrate_kbps;
	int64_t total_size; /* bytes */
	int64_t out_time_us;
	int64_t dup_frames;
	int64_t drop_frames;
	double speed;
	bool end;		      /* progress=end */
	double next[N_PROGRESS_KEYS]; /* private: the block being read */
};

void ffout_progress_init(struct progress *p);

/* Take one line (no newline). True when it closed a block. */
bool ffout_progress_line(struct progress *p, const char *line);

/*
 * "Advance" means that a number grew: `frame`, or `out_time_us` where there
 * is no video. total_size and out_time can be fooled, a repeated block is no
 * life sign.
 */
bool ffout_progress_advanced(
    const struct progress *before, const struct progress *now);

/* What a line says of the tracks of the inputs, from 4.3 to 9. */
enum ffout_track {
	FFOUT_TRACK_NONE,
	FFOUT_TRACK_SOUND,	/* the first input, or the output, has sound */
	FFOUT_TRACK_OUTPUT,	/* from here on it is the output's */
	FFOUT_TRACK_LATE_SOUND, /* it came too late, and is left out */
	FFOUT_TRACK_LATE_VIDEO,
	FFOUT_TRACK_UNKNOWN_SOUND, /* announced, and nothing is known of it */
	FFOUT_TRACK_UNKNOWN_VIDEO
};

enum ffout_track ffout_track(const char *line);

/* Whether the stamp of a frame of an output's first stream, which is its video, if
 * it has one, did not go on. Muxers that bear equal stamps (FLV, Matroska) say it
 * of one that steps back alone. */
bool ffout_stands_still(const char *line);

/* Whether a parser complains that a frame is none of its codec. */
bool ffout_is_complaint(const char *line);

/* Why a run ended. Names in ffout_class_names are part of the JSON. */
enum fail_class {
	FAIL_NONE,    /* "none": not a failure: we stopped it */
	FAIL_ENDED,   /* "ended": exit 0, the input came to its end */
	FAIL_STALL,   /* "stall": alive but mute, replaced by us */
	FAIL_START,   /* "start": no first frame within watchdog.start */
	FAIL_CHANGED, /* "changed": the source became another, replaced by us */
	FAIL_REFUSED, /* "refused": nothing listens there */
	FAIL_UNREACH, /* "unreachable": no route, no name */
	FAIL_TIMEOUT, /* "timeout": connected, no answer */
	FAIL_AUTH,    /* "auth": user, password or permission refused */
	FAIL_NOTFOUND, /* "notfound": the server has no such path */
	FAIL_BUSY,     /* "busy": the stream key is in use */
	FAIL_REJECTED, /* "rejected": the server closed at once, no reason */
	FAIL_CLOSED,   /* "closed": the server dropped the connection */
	FAIL_SERVER,   /* "server": 5xx */
	FAIL_TLS,      /* "tls" */
	FAIL_OPTION,   /* "option": ffmpeg does not take an option */
	FAIL_CODEC,    /* "codec": unknown or unfitting codec */
	FAIL_GEOMETRY, /* "geometry": odd or bad size */
	FAIL_HWENC,    /* "hwenc": no such hardware encoder here */
	FAIL_DEVICE,   /* "device": busy, gone, no bandwidth */
	FAIL_DISK,     /* "disk": full, read-only */
	FAIL_MEMORY,   /* "memory": there was not enough */
	FAIL_INPUT,    /* "input": nothing usable came in; missing file */
	FAIL_SPAWN,    /* "spawn": could not be started at all */
	FAIL_SIGNAL,   /* "signal": killed by a signal that was not ours */
	FAIL_CRASH,    /* "crash": SIGSEGV and the like: a fault in it */
	FAIL_PRODUCER, /* "producer": the user's program failed */
	FAIL_EXIT,     /* "exit": exit code, no known reason in stderr */
	N_FAIL_CLASSES
};

extern const char *const ffout_class_names[N_FAIL_CLASSES];

/* What kind of delay an ending gets: see backoff.h. */
enum fail_policy {
	POLICY_NORMAL,
	POLICY_AUTH, /* cameras lock out after a few wrong passwords */
	POLICY_DEVICE,
	POLICY_SLOW, /* the source may send something else in a moment */
	POLICY_HELD, /* the profile is wrong: tried rarely */
	N_FAIL_POLICIES
};

/* The policy of a class, where no line says more. Never HELD. */
enum fail_policy ffout_policy(enum fail_class class);

struct ffout_end {
	int code;	       /* exit code, or -1 */
	int signal;	       /* terminating signal, or 0 */
	bool stopped;	       /* we asked it to stop (or to be replaced) */
	bool ffmpeg;	       /* its words are ffmpeg's; else a program's */
	bool proven;	       /* it had media with these arguments once */
	enum fail_class cause; /* why we replaced it: STALL, START; or NONE */
	const char *const *lines; /* stderr, oldest first; borrowed */
	size_t n_lines;
};

struct ffout_verdict {
	enum fail_class class;
	enum fail_policy policy;
	int proof; /* index of the line that shows it; -1: none */
};

/*
 * The class of an ending. The first line that names a cause wins: ffmpeg says
 * the cause first and its consequences after. Exit status decides only where
 * the text says nothing (ffmpeg >= 6.1 exits with (-AVERROR) & 0xff; 1 says
 * nothing). HELD only when ffmpeg itself, in words that are not a peer's, names
 * a thing that stands in the profile, and never had media with it. The words
 * of the user's program decide nothing.
 */
struct ffout_verdict ffout_classify(const struct ffout_end *end);

/* What a program said last; of a Python traceback "FILE line N: EXCEPTION".
 * NULL: nothing. Caller frees. */
char *ffout_last_words(const char *const *lines, size_t n);

/* Index of the last line that tells an error, -1: there is none. */
int ffout_last_error(const char *const *lines, size_t n);

/* The file that a line says cannot be opened, of a list of files, or NULL.
 * Caller frees. */
char *ffout_unopened(const char *line);

/* "SIGKILL", "SIGSEGV"; "unknown" for what has no name. */
const char *ffout_signal_name(int signal);

/* A sentence for a person: what the class means, and what to do about it. */
const char *ffout_sentence(enum fail_class class);
const char *ffout_advice(enum fail_class class);

#endif
