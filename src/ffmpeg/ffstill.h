/* SPDX-License-Identifier: ISC */
#ifndef FFSTILL_H
#define FFSTILL_H

/*
 * A worker that stood still and is replaced: what stood still, on which side,
 * after how much, from facts that others collect. Pure; ms and bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ffmpeg/ffclass.h"
#include "ffmpeg/ffdetail.h"

struct ffends;

/* Its connection at one end. */
struct ffstill_tcp {
	bool found;	    /* there is one */
	bool connecting;    /* not answered yet */
	uint64_t received;  /* bytes, of its whole life */
	int64_t unread;	    /* bytes that came, and were not read */
	int64_t heard_ms;   /* since something came, or since it exists */
	int64_t waits;	    /* bytes that the peer has not acknowledged */
	int64_t untaken_ms; /* so long it has taken none of them; 0: unknown */
};

/* The process between two looks at it. */
struct ffstill_work {
	bool known;
	char state;	    /* as in proc(5): 'R', 'S', 'D', 'T' */
	int cpu;	    /* percent of one processor */
	int64_t wrote;	    /* bytes; not those over connections */
	int64_t wrote_ever; /* of its whole life */
};

struct ffstill {
	enum fail_class cause; /* FAIL_START, FAIL_STALL */
	bool ffmpeg;	       /* else the user's program */
	bool serves;	       /* it answers, and has no media of its own */
	bool frozen;	       /* frames come, their time stands still */
	bool hung;	       /* frames come, its receiver takes nothing */
	bool opened;	       /* START: it has opened its source */
	bool began;	       /* START: it has begun its output */
	int64_t still_ms, limit_ms;
	int64_t frames, media_ms; /* before that; -1: none */
	struct ffstill_work work;
	struct ffstill_tcp source, output;
};

/* What stood still. */
enum ffstill_what {
	STILL_UNKNOWN,
	STILL_STOPPED,	  /* the process, by a signal */
	STILL_CONNECTING, /* a connection is not answered */
	STILL_UNANSWERED, /* connected, and nothing came ever */
	STILL_SILENT,	  /* something came, then nothing */
	STILL_DATAGRAMS,  /* it answers, but its packets do not come */
	STILL_ABSENT,	  /* nothing came, as far as can be known */
	STILL_UNTAKEN,	  /* the peer takes nothing */
	STILL_BLOCKED,	  /* its output, as far as can be known */
	STILL_BUSY,	  /* it computed */
	STILL_DISK,	  /* it waits for a disk */
	STILL_WRITES,	  /* a program: what it wrote is told */
	N_STILLS
};

struct ffstill_verdict {
	enum ffstill_what what;
	enum fail_side side;
	enum fail_detail detail;
};

struct ffstill_verdict
ffstill_judge(const struct ffstill *s, const struct ffends *ends);

/* "no new frame for 5.0 s". Caller frees. */
char *ffstill_head(const struct ffstill *s, const struct ffends *ends);

/* "no new frame for 5.0 s (watchdog.stall 5s); before that 106 frames in 7.9 s;
 * nothing has come from cam:554 for 5.1 s": the proof. Caller frees. */
char *ffstill_text(const struct ffstill *s, const struct ffstill_verdict *v,
    const struct ffends *ends);

#endif
