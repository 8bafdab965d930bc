/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "ffmpeg/ffsaid.h"

/* After these stands the status of an RTSP or HTTP answer. */
static const struct {
	const char *mark;
	const char *begin; /* of such a line; NULL: any */
	bool words;	   /* the server's follow */
} ffsaid_marks[] = {
	{ " failed: ", "method ", true },
	{ "HTTP error ", NULL, true },
	{ "Server returned ", NULL, false },
};

/* The number there; 0: none that means a failure. */
static int
ffsaid_number(const char *at)
{
	if (*at != '4' && *at != '5')
		return 0;
	if (strncmp(at + 1, "XX ", 3) == 0)
		return *at == '4' ? FFSAID_4XX : FFSAID_5XX;
	return strspn(at, "0123456789") == 3 ? atoi(at) : 0;
}

/* Where a server's words begin: after the status, and after "Server error:" of
 * RTMP. NULL: none. */
static const char *
ffsaid_peer_words(struct ffsaid *s)
{
	static const char rtmp[] = "Server error:";
	const char *at = strstr(s->line.text, rtmp);

	s->status = 0;
	if (at != NULL)
		return at + strlen(rtmp);
	for (size_t i = 0; i < NELEM(ffsaid_marks); i++) {
		at = strstr(s->line.text, ffsaid_marks[i].mark);
		if (at == NULL ||
		    (ffsaid_marks[i].begin != NULL &&
			!util_has_prefix(s->line.text, ffsaid_marks[i].begin)))
			continue;
		at += strlen(ffsaid_marks[i].mark);
		s->status = ffsaid_number(at);
		return ffsaid_marks[i].words ? at + strspn(at, "0123456789")
					     : NULL;
	}
	return NULL;
}

/*
 * A line without a tag continues a server's words over RTMP, which may have
 * line breaks. An indented line continues a line of level info.
 */
void
ffsaid_read(struct ffsaid *s, const char *line)
{
	const char *words;

	ffout_untag(&s->line, line);
	if (s->line.level == -1 && (s->open || *line == ' ' || *line == '\t')) {
		s->own = 0;
		s->status = 0;
		return;
	}
	words = ffsaid_peer_words(s);
	s->own = words != NULL ? (size_t)(words - s->line.text)
			       : strlen(s->line.text);
	s->open = words != NULL && words[-1] == ':';
	s->heard = s->heard || words != NULL;
}

bool
ffsaid_is_by(const struct ffsaid *s, const char *tag)
{
	return s->line.module != NULL && util_has_prefix(s->line.module, tag);
}
