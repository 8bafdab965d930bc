/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrival.h"
#include "base/util.h"
#include "media/h264.h"
#include "media/ts.h"

/* A PCR that goes on by more than this has leapt. */
#define ARRIVAL_LEAP ((int64_t)5 * TS_HZ)

#define ARRIVAL_CHUNK 4096

void
arrivals_clear(struct arrivals *a)
{
	free(a->v);
	*a = (struct arrivals){ 0 };
}

static void
arrivals_add(struct arrivals *a, size_t at, int64_t us, bool run)
{
	if ((a->n & (a->n - 1)) == 0) /* full: its size is a power of two */
		a->v = xrealloc(a->v, a->n == 0 ? 1 : 2 * a->n, sizeof(*a->v));
	a->v[a->n++] = (struct arrival){ .at = at, .us = us, .run = run };
}

int64_t
arrivals_us(const struct arrivals *a, size_t i, size_t offset)
{
	const struct arrival *v = a->v + i;

	if (!a->flows || i + 1 == a->n || v[1].at == v->at)
		return v->us;
	return v->us +
	    (int64_t)((double)(v[1].us - v->us) * (double)(offset - v->at) /
		(double)(v[1].at - v->at));
}

/* --- from a file --------------------------------------------------------- */

/* One line, cut off its comment; what is wrong with it, or NULL. */
static const char *
arrivals_line(struct arrivals *a, char *line, size_t len)
{
	const struct arrival *last = a->n == 0 ? NULL : a->v + a->n - 1;
	unsigned long long at;
	char word[8] = "", rest;
	double ms;
	int n;

	n = sscanf(line, "%llu %lf %7s %c", &at, &ms, word, &rest);
	if (n < 2 || n > 3 || (n == 3 && strcmp(word, "run") != 0))
		return "is not \"OFFSET MS\" or \"OFFSET MS run\"";
	if (at > len)
		return "the offset is behind the end of the recording";
	if (!(ms >= 0 && ms < 1e12))
		return "the time is not one";
	if (last == NULL && at != 0)
		return "the first offset is not 0";
	if (last != NULL && (at < last->at || ms * 1000 < (double)last->us))
		return "a number is less than in the line before";
	arrivals_add(a, (size_t)at, (int64_t)(ms * 1000), n == 3);
	return NULL;
}

int
arrivals_read(struct arrivals *a, const char *path, size_t len, char **cause)
{
	const char *wrong = NULL;
	FILE *f = fopen(path, "re");
	char line[256];
	int no = 0;

	if (f == NULL) {
		*cause = xasprintf("%s: %s", path, strerror(errno));
		return -1;
	}
	while (wrong == NULL && fgets(line, sizeof(line), f) != NULL) {
		no++;
		line[strcspn(line, "#\n")] = '\0';
		if (line[strspn(line, " \t\r")] != '\0')
			wrong = arrivals_line(a, line, len);
	}
	fclose(f);
	if (wrong == NULL && a->n == 0)
		wrong = "the file has no line";
	if (wrong != NULL)
		*cause = xasprintf("%s:%d: %s", path, no, wrong);
	return wrong == NULL ? 0 : -1;
}

/* --- from the PCR -------------------------------------------------------- */

struct arrival_pcr {
	struct arrivals *a;
	struct ts ts;
	int64_t pcr;   /* the newest; -1: none yet */
	double us, at; /* then */
	double rate;   /* microseconds a byte */
};

static int64_t
arrivals_pcr_of(const uint8_t *pkt)
{
	return (int64_t)pkt[6] << 25 | (int64_t)pkt[7] << 17 |
	    (int64_t)pkt[8] << 9 | (int64_t)pkt[9] << 1 | pkt[10] >> 7;
}

static void
arrivals_packet(void *ctx, uint8_t *pkt, const struct ts_info *info)
{
	struct arrival_pcr *p = ctx;
	double at = (double)(p->ts.garbage + p->ts.packets * TS_PACKET);
	int64_t pcr, step;

	if (!info->has_pcr || info->pid != p->ts.pcr_pid)
		return;
	pcr = arrivals_pcr_of(pkt);
	step = p->pcr == -1 ? 0 : ts_diff(pcr, p->pcr);
	if (step > 0 && step <= ARRIVAL_LEAP)
		p->rate = (double)step * 1e6 / TS_HZ / (at - p->at);
	if (p->pcr != -1)
		p->us += p->rate * (at - p->at);
	p->pcr = pcr;
	p->at = at;
	arrivals_add(p->a, (size_t)at, (int64_t)p->us, false);
}

int
arrivals_from_pcr(struct arrivals *a, const uint8_t *data, size_t len)
{
	struct arrival_pcr *p = xcalloc(1, sizeof(*p));
	uint8_t chunk[ARRIVAL_CHUNK];
	size_t n;
	bool any;

	p->a = a;
	p->pcr = -1;
	ts_init(&p->ts, arrivals_packet, p);
	arrivals_add(a, 0, 0, false);
	a->flows = true;
	for (size_t at = 0; at < len; at += n) {
		n = len - at < sizeof(chunk) ? len - at : sizeof(chunk);
		memcpy(chunk, data + at, n);
		ts_feed(&p->ts, chunk, n);
	}
	any = p->rate > 0;
	arrivals_add(
	    a, len, (int64_t)(p->us + p->rate * ((double)len - p->at)), false);
	free(p);
	return any ? 0 : -1;
}

/* --- from a rate of frames ----------------------------------------------- */

static void
arrivals_unit(void *ctx, const struct h264_unit *u)
{
	struct arrivals *sizes = ctx;

	arrivals_add(sizes, u->bytes, 0, false);
}

int
arrivals_from_fps(
    struct arrivals *a, const uint8_t *data, size_t len, double fps)
{
	struct h264 *h = xcalloc(1, sizeof(*h));
	struct arrivals sizes = { 0 };
	size_t at = len;

	h264_init(h, arrivals_unit, &sizes);
	for (size_t i = 0, n; i < len; i += n) {
		n = len - i < ARRIVAL_CHUNK ? len - i : ARRIVAL_CHUNK;
		h264_feed(h, data + i, n, 0);
	}
	h264_end(h, true);
	h264_clear(h);
	free(h);
	/* what stands before the first key frame is told by nothing */
	for (size_t i = 0; i < sizes.n; i++)
		at -= sizes.v[i].at < at ? sizes.v[i].at : at;
	arrivals_add(a, 0, 0, false);
	for (size_t i = 1; i < sizes.n; i++) {
		at += sizes.v[i - 1].at;
		arrivals_add(
		    a, at, (int64_t)((double)i * 1e6 / fps + 0.5), false);
	}
	arrivals_clear(&sizes);
	return a->n > 1 ? 0 : -1;
}
