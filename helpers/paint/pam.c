/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "media/paint.h"
#include "paint/pam.h"
#include "paint/picture.h"

#define PAM_LINE_MAX 128 /* of the header, with its end */

struct pam_head {
	long w, h, depth, maxval;
	bool rgba;
};

/* The next line of the header, without its end; false: no more lines. */
static bool
pam_line(const uint8_t **data, size_t *len, char line[PAM_LINE_MAX])
{
	size_t most = *len < PAM_LINE_MAX ? *len : PAM_LINE_MAX, n;
	const uint8_t *end = memchr(*data, '\n', most);

	if (end == NULL)
		return false;
	n = (size_t)(end - *data);
	memcpy(line, *data, n);
	line[n] = '\0';
	*data += n + 1;
	*len -= n + 1;
	return true;
}

/* One line of the header; unknown ones are ignored. */
static void
pam_word(struct pam_head *h, const char *line)
{
	size_t n = strcspn(line, " ");
	const char *value = line + n + strspn(line + n, " ");

	if (util_has_prefix(line, "WIDTH "))
		h->w = strtol(value, NULL, 10);
	else if (util_has_prefix(line, "HEIGHT "))
		h->h = strtol(value, NULL, 10);
	else if (util_has_prefix(line, "DEPTH "))
		h->depth = strtol(value, NULL, 10);
	else if (util_has_prefix(line, "MAXVAL "))
		h->maxval = strtol(value, NULL, 10);
	else if (util_has_prefix(line, "TUPLTYPE "))
		h->rgba = strcmp(value, "RGB_ALPHA") == 0;
}

static const char *
pam_head(struct pam_head *h, const uint8_t **data, size_t *len)
{
	char line[PAM_LINE_MAX];

	*h = (struct pam_head){ .w = 0 };
	if (!pam_line(data, len, line) || strcmp(line, "P7") != 0)
		return "no PAM file";
	do {
		if (!pam_line(data, len, line))
			return "a header without an end";
		pam_word(h, line);
	} while (strcmp(line, "ENDHDR") != 0);
	if (!h->rgba || h->depth != 4 || h->maxval != 255)
		return "not RGB_ALPHA with 8 bits";
	if (h->w < 1 || h->h < 1 || h->w > SIZE_SIDE_MAX ||
	    h->h > SIZE_SIDE_MAX || h->w * h->h > TILE_AREA_MAX)
		return "empty or too large";
	if (*len < (size_t)h->w * (size_t)h->h * 4)
		return "shorter than it says";
	return NULL;
}

/* NULL, or why not, and then *p is empty. */
static const char *
pam_read(struct picture *p, const uint8_t *data, size_t len)
{
	struct pam_head h;
	const char *cause = pam_head(&h, &data, &len);
	uint8_t *out, *end;

	*p = (struct picture){ .bgra = NULL };
	if (cause != NULL)
		return cause;
	picture_init(p, (int)h.w, (int)h.h);
	end = p->bgra + (size_t)h.w * (size_t)h.h * 4;
	for (out = p->bgra; out < end; out += 4, data += 4) {
		out[0] = picture_times(data[2], data[3]);
		out[1] = picture_times(data[1], data[3]);
		out[2] = picture_times(data[0], data[3]);
		out[3] = data[3];
	}
	return NULL;
}

const char *
pam_read_file(struct picture *p, int fd)
{
	const char *cause;
	struct stat st;
	uint8_t *data;
	ssize_t n;
	size_t len = 0;

	*p = (struct picture){ .bgra = NULL };
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return "not a file";
	if (st.st_size > PAINT_FILE_MAX)
		return "too large a file";
	data = xcalloc((size_t)st.st_size + 1, 1);
	/* never mapped: the sender may truncate it */
	while ((n = pread(
		    fd, data + len, (size_t)st.st_size - len, (off_t)len)) > 0)
		len += (size_t)n;
	cause = pam_read(p, data, len);
	free(data);
	return cause;
}
