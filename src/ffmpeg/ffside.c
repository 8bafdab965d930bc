/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffplace.h"
#include "ffmpeg/ffside.h"

/* So many lines after the one in question tell its side as well. */
#define FFSIDE_NEXT 4

static const char *const ffside_writing[] = { "av_interleaved_write_frame",
	"to the muxer", "Error muxing", "Error writing trailer",
	"Error closing file", "ending segment" };

static const char *const ffside_outputs[] = { "Could not write header",
	"Error opening output", "Error initializing output",
	"Failed to open segment '", "Failed to open file '",
	"failed to rename file", "method ANNOUNCE", "method RECORD",
	"in container", "not compatible with", "for output file" };

static const char *const ffside_inputs[] = { "Error opening input",
	"Impossible to open", "method DESCRIBE", "method PLAY",
	"Error during demuxing", "of playlist ", "loading first segment",
	"matches no streams", "moov atom", "ends prematurely",
	"Cannot open video device", "cannot open audio device", "VIDIOC_",
	"No JPEG data", "input packet" };

static const char *const ffside_output_tags[] = { "[out#", "[vost#", "[aost#",
	"[segment @" };

static const char *const ffside_input_tags[] = { "[in#", "[vist#", "[aist#",
	"[video4linux2", "[v4l2", "[mov,", "[concat @" };

static bool
ffside_has(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

bool
ffside_is_writing(const char *line)
{
	return ffside_has(line, ffside_writing, NELEM(ffside_writing));
}

bool
ffside_is_graph(const struct ffsaid *s)
{
	return ffsaid_is_by(s, "[graph") || ffsaid_is_by(s, "[buffer @") ||
	    ffsaid_is_by(s, "[abuffer @");
}

/* The side whose words a line has, by the message and then by its speaker. */
static enum fail_side
ffside_by_words(const struct ffsaid *s)
{
	const char *text = s->line.text;

	if (ffside_is_writing(text) ||
	    ffside_has(text, ffside_outputs, NELEM(ffside_outputs)))
		return SIDE_OUTPUT;
	if (ffside_has(text, ffside_inputs, NELEM(ffside_inputs)))
		return SIDE_SOURCE;
	for (size_t i = 0; i < NELEM(ffside_output_tags); i++)
		if (ffsaid_is_by(s, ffside_output_tags[i]))
			return SIDE_OUTPUT;
	for (size_t i = 0; i < NELEM(ffside_input_tags); i++)
		if (ffsaid_is_by(s, ffside_input_tags[i]))
			return SIDE_SOURCE;
	return SIDE_NONE;
}

/* The side whose address it names, and the other's not as well. */
static enum fail_side
ffside_by_address(const struct ffplaces *f, const char *text)
{
	enum ffplace_match source, output;

	if (strstr(text, "pipe:0") != NULL)
		return SIDE_SOURCE;
	if (f == NULL)
		return SIDE_NONE;
	source = ffplace_match(f->source.address, text);
	output = ffplace_match(f->output.address, text);
	return source > output ? SIDE_SOURCE
	    : output > source  ? SIDE_OUTPUT
			       : SIDE_NONE;
}

/* Whether a line is of that protocol: of "[rtmp @ 0x5]", or of the SRT library
 * itself. */
static bool
ffside_speaks(const struct ffsaid *s, const char *scheme)
{
	size_t n = strlen(scheme);

	if (s->line.module == NULL)
		return strcmp(scheme, "srt") == 0 &&
		    strstr(s->line.text, "/SRT") != NULL;
	return strncmp(s->line.module + 1, scheme, n) == 0 &&
	    s->line.module[1 + n] == ' ';
}

/* The only side that has the line's protocol. */
static enum fail_side
ffside_by_scheme(const struct ffplaces *f, const struct ffsaid *s)
{
	static const char *const schemes[] = { "rtmp", "rtmps", "rtsp", "rtsps",
		"srt", "http", "https" };
	bool source, output;

	for (size_t i = 0; i < NELEM(schemes); i++) {
		if (!ffside_speaks(s, schemes[i]))
			continue;
		source = url_has_scheme(f->source.address, schemes[i]);
		output = url_has_scheme(f->output.address, schemes[i]);
		if (source != output)
			return source ? SIDE_SOURCE : SIDE_OUTPUT;
	}
	return SIDE_NONE;
}

enum fail_side
ffside_of(const struct ffsaid *s, const struct ffplaces *f,
    const char *const *lines, size_t n)
{
	struct ffsaid next = *s;
	enum fail_side side;

	for (size_t i = 0; i < n && i <= FFSIDE_NEXT; i++) {
		if (i > 0)
			ffsaid_read(&next, lines[i]);
		side = ffside_by_address(f, next.line.text);
		if (side == SIDE_NONE)
			side = ffside_by_words(&next);
		if (side != SIDE_NONE)
			return side;
	}
	if (f == NULL)
		return SIDE_NONE;
	if (f->fed)
		return SIDE_OUTPUT;
	if (f->output.address == NULL)
		return SIDE_SOURCE;
	return ffside_by_scheme(f, s);
}

enum fail_side
ffside_of_class(enum fail_class class, enum fail_side side)
{
	switch (class) {
	case FAIL_OPTION:
	case FAIL_CODEC:
	case FAIL_GEOMETRY:
		return SIDE_PROFILE;
	case FAIL_HWENC:
	case FAIL_MEMORY:
	case FAIL_SPAWN:
	case FAIL_SIGNAL:
	case FAIL_CRASH:
		return side == SIDE_PROGRAM ? side : SIDE_MACHINE;
	case FAIL_DISK:
		return SIDE_OUTPUT;
	case FAIL_ENDED:
	case FAIL_CHANGED:
	case FAIL_DEVICE:
		return side == SIDE_NONE ? SIDE_SOURCE : side;
	default:
		return side;
	}
}
