/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/exitcode.h"
#include "base/util.h"
#include "daemon/call.h"
#include "daemon/fleet.h"
#include "daemon/overlays.h"
#include "daemon/overlayview.h"
#include "daemon/saying.h"
#include "link/messages.h"
#include "link/overlay.h"
#include "profile/profile.h"

/* The stream of a call and its overlay of that id. -1: the call has failed. */
static int
overlays_find(struct command_call *call, struct stream **s, const char *id,
    struct saying_place *at)
{
	char *why;

	*s = call_stream(call);
	if (*s == NULL)
		return -1;
	if (saying_find(call->fleet, *s, id, at, &why) == 0)
		return 0;
	call_fail(call, EXIT_FAILED, "%s", why);
	free(why);
	return -1;
}

/* All words from this one on, separated by blanks. Caller frees. */
static char *
overlays_words(const struct strv *args, size_t from)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = from; i < args->n; i++)
		buf_putf(&b, "%s%s", i > from ? " " : "", args->v[i]);
	return buf_steal(&b);
}

/* --- say ----------------------------------------------------------------- */

void
overlays_write_said(struct command_call *call, const char *stream,
    const char *id, enum danmaku_word word)
{
	if (word == DANMAKU_DROPPED || word == DANMAKU_BLOCKED)
		call->exit = EXIT_FAILED;
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", stream);
	jsonw_str(call->data, "id", id);
	jsonw_word(call->data, "outcome", danmaku_words[word]);
	jsonw_object_end(call->data);
}

/* Comments will follow as lines. */
static void
overlays_listen(struct command_call *call)
{
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", call->of_stream);
	jsonw_str(call->data, "id", call->of_overlay);
	jsonw_object_end(call->data);
	call->after = FOLLOW_SAYINGS;
}

/* Say all words after the name. */
static void
overlays_say_words(struct command_call *call, const struct saying_place *at)
{
	enum danmaku_word word;
	struct saying said = call->said.saying;
	char *why = NULL, *text = overlays_words(&call->args, 1);

	said.text = text;
	if (saying_say(at, &said, call->said.waiter, &word, &why) == -1)
		call_fail(call, EXIT_USAGE, "%s", why);
	else if (word == DANMAKU_TAKEN)
		call->after = REPLY_VERDICT;
	else {
		comments_leave(call->said.waiter);
		overlays_write_said(
		    call, call->of_stream, call->of_overlay, word);
	}
	free(why);
	free(text);
}

void
overlays_say(struct command_call *call)
{
	struct stream *s;
	struct saying_place at;
	char *why;

	if (overlays_find(call, &s, call->said.id, &at) == -1)
		return;
	call->of_stream = xstrdup(s->profile->name);
	call->of_overlay = xstrdup(saying_place_id(&at));
	why = saying_obstacle(s, &at);
	/* a connection outlives it, unless it is the overlay's kind */
	if (call->follow && saying_takes_comments(&at))
		overlays_listen(call);
	else if (why != NULL)
		call_fail(call, EXIT_FAILED, "%s", why);
	else
		overlays_say_words(call, &at);
	free(why);
}

/* --- text and overlay ---------------------------------------------------- */

void
overlays_text(struct command_call *call)
{
	struct stream *s;
	struct saying_place at;
	char *text;

	if (overlays_find(call, &s, call->args.v[1], &at) == -1)
		return;
	if (at.drawn == NULL || overlay_kind(at.drawn) != OVERLAY_LABEL) {
		call_fail(call, EXIT_FAILED,
		    "the overlay \"%s\" is not a label; see ffsup say",
		    saying_place_id(&at));
		return;
	}
	text = overlays_words(&call->args, 2);
	overlay_text(
	    s->frames->overlay, at.drawn, call->args.n > 2 ? text : NULL);
	free(text);
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", s->profile->name);
	jsonw_str(call->data, "id", overlay_id(at.drawn));
	jsonw_object_end(call->data);
}

/* Show one, or hide it. -1: the call has failed. */
static int
overlays_switch(struct command_call *call)
{
	const char *id = call->args.v[1];
	const char *word = call->args.n > 2 ? call->args.v[2] : NULL;
	bool on = util_streq(word, "on");
	struct stream *s;
	struct saying_place at;

	if (overlays_find(call, &s, id, &at) == -1)
		return -1;
	if (!on && !util_streq(word, "off")) {
		call_fail(call, EXIT_USAGE,
		    "say whether to show it: ffsup overlay %s %s on|off",
		    s->profile->name, id);
		return -1;
	}
	if (at.drawn != NULL)
		overlay_show(s->frames->overlay, at.drawn, on);
	else
		messages_show(at.written, on);
	return 0;
}

void
overlays_overlay(struct command_call *call)
{
	struct stream *s = call_stream(call);

	if (s == NULL || (call->args.n > 1 && overlays_switch(call) == -1))
		return;
	jsonw_object(call->data, NULL);
	jsonw_word(call->data, "name", s->profile->name);
	overlayview_write(call->data, s);
	jsonw_object_end(call->data);
}
