/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/util.h"
#include "daemon/survey.h"
#include "process/job.h"

void
survey_look(struct survey *s, const struct conf_input *in, const char *known)
{
	struct conf_input through = *in;
	struct errors errs = { 0 };
	struct conf *c;

	*s = (struct survey){ .cause = NULL };
	diskview_init(&s->files);
	through.disk = &s->files;
	c = conf_load(&through, &errs);
	if (c != NULL && !util_streq(c->settings.ffmpeg, known))
		probe_run(&s->ffmpeg, c->settings.ffmpeg, &s->cause);
	conf_free(c);
	errors_clear(&errs);
}

void
survey_clear(struct survey *s)
{
	diskview_clear(&s->files);
	probe_clear(&s->ffmpeg);
	free(s->cause);
	s->cause = NULL;
}

/* Before the files: the ffmpeg. Both ends are the same program, so in its own
 * form; the strings follow. */
struct survey_head {
	struct probe ffmpeg; /* its path is a string of the sender's */
	size_t path_len, cause_len;
};

static size_t
survey_len(const char *s)
{
	return s == NULL ? 0 : strlen(s);
}

void
survey_send(const struct survey *s, int out)
{
	const struct survey_head head = { .ffmpeg = s->ffmpeg,
		.path_len = survey_len(s->ffmpeg.path),
		.cause_len = survey_len(s->cause) };

	job_put(out, &head, sizeof(head));
	job_put(out, s->ffmpeg.path, head.path_len);
	job_put(out, s->cause, head.cause_len);
	diskview_send(&s->files, out);
}

/* The string of that length at the beginning, NULL for none. */
static char *
survey_string(const char **data, size_t *left, size_t len)
{
	char *s = len == 0 ? NULL : xstrndup(*data, len);

	*data += len;
	*left -= len;
	return s;
}

int
survey_take(struct survey *s, const char *data, size_t len)
{
	struct survey_head head;

	*s = (struct survey){ .cause = NULL };
	if (len < sizeof(head))
		return -1;
	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	len -= sizeof(head);
	if (head.path_len > len || head.cause_len > len - head.path_len)
		return -1;
	s->ffmpeg = head.ffmpeg;
	s->ffmpeg.path = survey_string(&data, &len, head.path_len);
	s->cause = survey_string(&data, &len, head.cause_len);
	return diskview_take(&s->files, data, len);
}
