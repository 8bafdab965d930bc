/* SPDX-License-Identifier: ISC */
/*
 * Workers to ends of the relay. A worker keeps its place from its first start
 * until it is freed, so that what an output lost is counted through all of its
 * runs.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "packets.h"
#include "util.h"

/* The newest group of pictures has to fit: ten seconds at 25 Mbit/s. */
#define PACKETS_RING_MAX (32 * 1024 * 1024)

/* Without a packet for this long, the outputs stand still. */
#define PACKETS_SILENT_MS 2000

#define PACKETS_LAG_MS 5000

/* --- places ------------------------------------------------------------- */

/* The place of a worker among n, or -1. */
static int
packets_find(struct worker *const *v, int n, const struct worker *w)
{
	for (int i = 0; i < n; i++)
		if (v[i] == w)
			return i;
	return -1;
}

static int
packets_inlet(const struct packets *pk, const struct worker *w)
{
	return packets_find(pk->inlets, RELAY_INLETS, w);
}

static int
packets_outlet(const struct packets *pk, const struct worker *w)
{
	return packets_find(pk->outlets, RELAY_OUTLETS, w);
}

/* The place of a worker, a free one if it has none yet; -1: all are taken. */
static int
packets_place(struct worker **v, int n, struct worker *w)
{
	int i = packets_find(v, n, w);

	if (i == -1 && (i = packets_find(v, n, NULL)) != -1)
		v[i] = w;
	return i;
}

/* --- what the relay tells ----------------------------------------------- */

static void
packets_tables(void *ctx, int inlet)
{
	struct packets *pk = ctx;

	pk->host.tables(pk->host.ctx, pk->inlets[inlet]);
}

static void
packets_aired(void *ctx, int inlet)
{
	struct packets *pk = ctx;

	pk->host.aired(pk->host.ctx, pk->inlets[inlet]);
}

/* From now on the output has something to send. */
static void
packets_fed(void *ctx, int outlet)
{
	struct packets *pk = ctx;

	worker_wake(pk->outlets[outlet]);
}

/* --- for the stream ----------------------------------------------------- */

struct packets *
packets_new(struct ev_loop *loop, const struct packets_host *host)
{
	struct packets *pk = xcalloc(1, sizeof(*pk));
	struct relay_opts opts = {
		.ring_max = PACKETS_RING_MAX,
		.lag_ms = PACKETS_LAG_MS,
		.tables = packets_tables,
		.aired = packets_aired,
		.fed = packets_fed,
		.ctx = pk,
	};

	pk->host = *host;
	pk->relay = relay_new(loop, &opts);
	return pk;
}

void
packets_free(struct packets *pk)
{
	if (pk == NULL)
		return;
	relay_free(pk->relay);
	free(pk);
}

void
packets_started(struct packets *pk, struct worker *w, int out)
{
	int i = packets_place(pk->inlets, RELAY_INLETS, w);

	if (i == -1)
		close(out); /* the plan has fewer than that */
	else
		relay_open_inlet(pk->relay, i, out);
}

void
packets_outlet_started(
    struct packets *pk, struct worker *w, int in, bool recorder)
{
	int i = packets_place(pk->outlets, RELAY_OUTLETS, w);

	if (i == -1) {
		close(in);
		return;
	}
	worker_idle(w);
	relay_open_outlet(pk->relay, i, in, recorder);
}

void
packets_finish(struct packets *pk, struct worker *w)
{
	int i = packets_outlet(pk, w);

	if (i != -1)
		relay_finish_outlet(pk->relay, i);
}

void
packets_ended(struct packets *pk, struct worker *w)
{
	int inlet = packets_inlet(pk, w), outlet = packets_outlet(pk, w);

	if (inlet != -1)
		relay_close_inlet(pk->relay, inlet);
	if (outlet != -1)
		relay_close_outlet(pk->relay, outlet);
}

void
packets_set_lag(struct packets *pk, struct worker *w, int64_t ms)
{
	int i = packets_place(pk->outlets, RELAY_OUTLETS, w);

	if (i != -1)
		relay_set_lag(pk->relay, i, ms);
}

void
packets_forget(struct packets *pk, const struct worker *w)
{
	int inlet = packets_inlet(pk, w), outlet = packets_outlet(pk, w);

	if (inlet != -1)
		pk->inlets[inlet] = NULL;
	if (outlet != -1)
		pk->outlets[outlet] = NULL;
}

void
packets_select(struct packets *pk, const struct worker *w)
{
	relay_select(pk->relay, w == NULL ? -1 : packets_inlet(pk, w));
}

int64_t
packets_supplied_ms(const struct packets *pk, const struct worker *w)
{
	struct relay_outlet_stats st;

	return packets_outlet_stats(pk, w, &st) ? st.supplied_since_ms : 0;
}

bool
packets_is_silent(const struct packets *pk)
{
	int64_t ms = relay_silent_ms(pk->relay);

	return ms < 0 || ms >= PACKETS_SILENT_MS;
}

bool
packets_outlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_outlet_stats *st)
{
	int i = packets_outlet(pk, w);

	if (i == -1)
		return false;
	relay_outlet_stats(pk->relay, i, st);
	return true;
}

bool
packets_inlet_stats(const struct packets *pk, const struct worker *w,
    struct relay_inlet_stats *st)
{
	int i = packets_inlet(pk, w);

	if (i == -1)
		return false;
	relay_inlet_stats(pk->relay, i, st);
	return true;
}
