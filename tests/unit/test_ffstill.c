/* SPDX-License-Identifier: ISC */
/* What stood still, on which side, and the words for it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "ffmpeg/ffends.h"
#include "ffmpeg/ffstill.h"

#define CAM "cam:554"
#define SRV "srv:1935"

/* The ends of a direct worker, by their kinds. */
#define ENDS(in, out)                                                       \
	{                                                                   \
		.source = { .kind = FFEND_##in, .place = CAM }, .output = { \
			.kind = FFEND_##out,                                \
			.place = SRV                                        \
		}                                                           \
	}

#define STALL                                                               \
	.cause = FAIL_STALL, .ffmpeg = true, .opened = true, .began = true, \
	.still_ms = 5000, .limit_ms = 5000, .frames = 106, .media_ms = 7900
#define START                                                   \
	.cause = FAIL_START, .ffmpeg = true, .still_ms = 10000, \
	.limit_ms = 10000, .frames = -1, .media_ms = -1

#define STALL_TEXT                                                            \
	"alive, but no new frame for 5.0 s (watchdog.stall 5s); before that " \
	"106 frames in 7.9 s; "
#define START_TEXT "no first frame within 10.0 s (watchdog.start 10s); "

static const struct {
	const char *id;
	struct ffends ends;
	struct ffstill s;
	enum fail_side side;
	enum fail_detail detail;
	const char *text;
} rows[] = {
	/* --- a source that stands still --- */
	{ "I31b, N08", ENDS(TCP, DATAGRAM),
	    { STALL,
		.source = { .found = true, .received = 9, .heard_ms = 5100 } },
	    SIDE_SOURCE, DETAIL_NONE,
	    STALL_TEXT "nothing has come from " CAM " for 5.1 s" },
	{ "I07b, I31c", ENDS(TCP, DATAGRAM),
	    { START, .source = { .found = true, .heard_ms = 9900 } },
	    SIDE_SOURCE, DETAIL_ANSWER,
	    START_TEXT CAM " took the connection and has said nothing" },
	{ "R15", ENDS(TCP, TCP),
	    { START,
		.source = { .found = true, .received = 3, .heard_ms = 9900 } },
	    SIDE_SOURCE, DETAIL_NONE,
	    START_TEXT "nothing has come from " CAM " for 9.9 s" },
	{ "a host that drops", ENDS(TCP, TCP),
	    { START, .source = { .found = true, .connecting = true } },
	    SIDE_SOURCE, DETAIL_CONNECT,
	    START_TEXT CAM " does not answer the connection" },
	{ "I32, S12", ENDS(DATAGRAM, TCP), { START }, SIDE_SOURCE, DETAIL_NONE,
	    START_TEXT "nothing comes from " CAM },
	{ "I19c", ENDS(TCP, TCP), { START }, SIDE_SOURCE, DETAIL_NONE,
	    START_TEXT "nothing comes from " CAM },
	{ "N10", { .source = { .kind = FFEND_TCP, .udp = true, .place = CAM } },
	    { START, .opened = true, .began = true,
		.source = { .found = true, .received = 9, .heard_ms = 100 } },
	    SIDE_SOURCE, DETAIL_TRANSPORT,
	    START_TEXT CAM " answers, but none of its packets come by UDP" },
	{ "SRT in, all sent on", ENDS(DATAGRAM, TCP),
	    { STALL, .output = { .found = true } }, SIDE_SOURCE, DETAIL_NONE,
	    STALL_TEXT "nothing comes from " CAM },

	/* --- an output that stands still --- */
	{ "R11, N07", ENDS(LOCAL, TCP),
	    { STALL,
		.output = { .found = true,
		    .received = 9,
		    .waits = 500000,
		    .untaken_ms = 4900 } },
	    SIDE_OUTPUT, DETAIL_NONE,
	    STALL_TEXT "the server at " SRV
		       " has taken nothing for 4.9 s, 500 kB wait for it in "
		       "the kernel" },
	{ "the camera waits meanwhile", ENDS(TCP, TCP),
	    { STALL, .source = { .found = true, .unread = 100, .received = 9 },
		.output = { .found = true, .waits = 7, .untaken_ms = 900 } },
	    SIDE_OUTPUT, DETAIL_NONE,
	    STALL_TEXT "the server at " SRV
		       " has taken nothing for 900 ms, 7 bytes wait for it in "
		       "the kernel" },
	{ "P15", ENDS(PIPE, TCP),
	    { STALL, .hung = true,
		.output = { .found = true,
		    .waits = 34000,
		    .untaken_ms = 5000 } },
	    SIDE_OUTPUT, DETAIL_NONE,
	    "the server at " SRV
	    " has taken nothing for 5.0 s (watchdog.stall 5s); before that 106 "
	    "frames in 7.9 s; 34 kB wait for it in the kernel" },
	{ "a mute server", ENDS(LOCAL, TCP),
	    { START, .opened = true, .output = { .found = true } }, SIDE_OUTPUT,
	    DETAIL_ANSWER,
	    START_TEXT SRV " took the connection and has said nothing" },
	{ "a mute server, and what was said to it", ENDS(LOCAL, TCP),
	    { START, .opened = true,
		.output = { .found = true, .waits = 80, .untaken_ms = 998 } },
	    SIDE_OUTPUT, DETAIL_ANSWER,
	    START_TEXT SRV " took the connection and has said nothing" },
	{ "SRT out, fed", ENDS(PIPE, DATAGRAM), { STALL }, SIDE_OUTPUT,
	    DETAIL_NONE, STALL_TEXT SRV " takes nothing" },

	/* --- neither --- */
	{ "K05", ENDS(TCP, TCP),
	    { STALL, .work = { .known = true, .state = 'T' },
		.source = { .found = true, .received = 9, .heard_ms = 5100 } },
	    SIDE_MACHINE, DETAIL_STOPPED,
	    STALL_TEXT "the process itself was stopped by a signal" },
	{ "too slow", ENDS(LOCAL, TCP),
	    { STALL, .work = { .known = true, .state = 'R', .cpu = 99 },
		.output = { .found = true, .received = 9 } },
	    SIDE_MACHINE, DETAIL_NONE,
	    STALL_TEXT "it used 99 % of a processor" },
	{ "a disk", ENDS(LOCAL, LOCAL),
	    { STALL, .work = { .known = true, .state = 'D' } }, SIDE_MACHINE,
	    DETAIL_NONE, STALL_TEXT "it waits for a disk" },
	{ "frozen", ENDS(TCP, TCP), { STALL, .frozen = true }, SIDE_SOURCE,
	    DETAIL_STAMPS,
	    "frames come, but their time stamps have not advanced for 5.0 s "
	    "(watchdog.stall 5s); before that 106 frames in 7.9 s" },
	{ "raw arguments", ENDS(UNKNOWN, UNKNOWN),
	    { .cause = FAIL_STALL,
		.ffmpeg = true,
		.still_ms = 1500,
		.limit_ms = 1500,
		.frames = 1,
		.media_ms = 0 },
	    SIDE_NONE, DETAIL_NONE,
	    "alive, but no new frame for 1.5 s (watchdog.stall 1500ms); before "
	    "that 1 frame" },
	{ "both by UDP", ENDS(DATAGRAM, DATAGRAM), { STALL }, SIDE_NONE,
	    DETAIL_NONE,
	    "alive, but no new frame for 5.0 s (watchdog.stall 5s); before that "
	    "106 frames in 7.9 s" },

	/* --- the user's program --- */
	{ "Q05, Q14", ENDS(PIPE, PIPE),
	    { .cause = FAIL_START,
		.limit_ms = 30000,
		.media_ms = -1,
		.work = { .known = true, .wrote_ever = 153997 } },
	    SIDE_PROGRAM, DETAIL_NONE,
	    "no first frame within 30.0 s (watchdog.producer 30s); it has "
	    "written 153 kB, but no frame" },
	{ "it waits", ENDS(PIPE, PIPE),
	    { .cause = FAIL_START,
		.limit_ms = 30000,
		.media_ms = -1,
		.work = { .known = true } },
	    SIDE_PROGRAM, DETAIL_NONE,
	    "no first frame within 30.0 s (watchdog.producer 30s); it has "
	    "written nothing" },
	{ "Q08", ENDS(PIPE, PIPE),
	    { .cause = FAIL_STALL,
		.still_ms = 15000,
		.limit_ms = 15000,
		.frames = -1,
		.media_ms = 9000,
		.work = { .known = true, .cpu = 100 } },
	    SIDE_PROGRAM, DETAIL_NONE,
	    "alive, but no new frame for 15.0 s (watchdog.stall 15s); it used "
	    "100 % of a processor" },
};

static void
test_w5_rows(void **state UNUSED)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct ffends *ends = &rows[i].ends;
		struct ffstill_verdict v = ffstill_judge(&rows[i].s, ends);
		char *text = ffstill_text(&rows[i].s, &v, ends);

		if (v.side != rows[i].side || v.detail != rows[i].detail ||
		    strcmp(text, rows[i].text) != 0)
			fail_msg("%s: side %d, detail %d: %s", rows[i].id,
			    v.side, v.detail, text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_w5_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
