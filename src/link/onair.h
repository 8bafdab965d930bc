/* SPDX-License-Identifier: ISC */
#ifndef ONAIR_H
#define ONAIR_H

/*
 * The one stream that the outlets of a relay see, whichever inlet it comes
 * from: the ring with its newest packets, the tables that describe them, the
 * numbering of continuity counters, the newest sound for outlets that join. The
 * relay writes into it, outlets read.
 */

#include <stddef.h>
#include <stdint.h>

#include "link/ring.h"
#include "media/joinsound.h"
#include "media/ts.h"

struct buf;
struct stampcheck;

/* Elementary streams and tables whose continuity is numbered: more than one
 * run has. */
#define ONAIR_PIDS (2 * TS_STREAMS)

struct onair_pid {
	uint16_t pid;
	uint8_t cc;
	int64_t out;   /* newest DTS that was sent; -1: none */
	bool dropping; /* the rest of a PES packet that comes too late */
	uint64_t used; /* head of the ring when it was asked for last */
};

struct onair {
	struct ring ring;
	int64_t start_ms, last_ms; /* it began; bytes came, of any inlet */
	int64_t newest;		   /* DTS sent, of anything; linear, 90 kHz */
	uint64_t fresh; /* end of the first packet of the newest frame that
			   went on in time */
	uint64_t cut;	/* an outlet that opens begins after this */
	struct onair_pid pids[ONAIR_PIDS];
	size_t n_pids;
	uint8_t pat[TS_PACKET], pmt[TS_PACKET]; /* of the inlet on air */
	uint16_t sound_pid;			/* TS_NO_PID: it has none */
	struct joinsound sound;
	uint64_t tables;    /* their contents, for comparing */
	uint64_t tables_at; /* from here on they are the current ones */
	/* Borrowed: that of the inlet on air; NULL: none ever was. */
	const struct stampcheck *stamps;
};

void onair_init(struct onair *a, size_t ring_max);
void onair_clear(struct onair *a);

/* The clock of the stream: 90 kHz since it began, and a second. */
int64_t onair_clock(const struct onair *a);

/* No outlet may begin before this position: the tables or parameters there are
 * not those on air now. */
uint64_t onair_barrier(const struct onair *a);

/* The record of a pid that is sent, or NULL. */
struct onair_pid *onair_find_pid(struct onair *a, uint16_t pid);

/* The same, for one that is in use. */
struct onair_pid *onair_pid(struct onair *a, uint16_t pid);

/* The counter of a table or of sound that is sent before `pos`: the next one of
 * its kind goes on from it. */
uint8_t onair_cc_before(struct onair *a, const uint8_t *pkt, uint64_t pos);

/* Number a packet and append it; `mark`: a PES packet begins, else NULL. */
void onair_append(struct onair *a, struct onair_pid *p, uint8_t *pkt,
    const struct ring_mark *mark);

/* A packet of sound, as it is sent, is appended next. */
void onair_note_sound(struct onair *a, const uint8_t *pkt, bool start);

/*
 * The tables that outlets begin with from now on, and their sum; they get
 * nothing of the ring before another track or codec. (Another version
 * number, or a descriptor, does not count.) `mute`: without their sound.
 */
void
onair_set_tables(struct onair *a, const struct ts *t, uint64_t sum, bool mute);

/* Append PAT, PMT and all from the newest key frame on; nothing when none is
 * held that may follow them, or it is more than the buffer takes. */
void onair_copy_key(const struct onair *a, struct buf *out);

#endif
