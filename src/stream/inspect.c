/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/util.h"
#include "ffmpeg/ffcheck.h"
#include "ffmpeg/ffjobs.h"
#include "process/painter.h"
#include "process/probe.h"
#include "process/runonce.h"
#include "profile/profile.h"
#include "profile/shape.h"
#include "stream/files.h"
#include "stream/inspect.h"

#define INSPECT_TIMEOUT_MS 15000

/* An existing file needs less; a playlist waits for ever for its files. */
#define INSPECT_FILE_MS 5000

/* Files of a source that are opened at most. */
#define INSPECT_FILES 50

/* The word after "Video: " of the first stream that ffmpeg lists and that is
 * not a cover, or NULL. Caller frees. */
static char *
inspect_codec(const char *said)
{
	static const char mark[] = "Video: ";
	const char *at = said, *cover;

	while ((at = strstr(at, mark)) != NULL) {
		at += sizeof(mark) - 1;
		cover = strstr(at, "(attached pic)");
		if (cover == NULL || cover > at + strcspn(at, "\n"))
			return xstrndup(at, strcspn(at, " ,("));
	}
	return NULL;
}

/* The last line, which says why. Caller frees. */
static char *
inspect_why(char *said)
{
	char *end = said + strlen(said), *line;

	while (end > said && end[-1] == '\n')
		*--end = '\0';
	line = strrchr(said, '\n');
	return xstrdup(line == NULL ? said : line + 1);
}

/* Ask ffmpeg by a command for the video codec. NULL with *why. Caller frees
 * both. */
static char *
inspect_run(const struct strv *argv, int timeout_ms, char **why)
{
	char *said, *codec;

	*why = NULL;
	said = runonce_capture(argv, timeout_ms, why);
	if (said == NULL)
		return NULL;
	codec = inspect_codec(said);
	if (codec == NULL)
		*why = strstr(said, "Stream #") != NULL
		    ? xstrdup("it has no video")
		    : inspect_why(said);
	free(said);
	return codec;
}

/* The same of a URL or a device. */
static char *
inspect_ask(
    const struct profile *p, size_t i, const struct probe *ffmpeg, char **why)
{
	struct strv argv = { 0 };
	char *codec;

	ffjobs_inspect(&argv, p, i, NULL, ffmpeg->path, &ffmpeg->ver);
	codec = inspect_run(&argv, INSPECT_TIMEOUT_MS, why);
	strv_clear(&argv);
	return codec;
}

static char *
inspect_copy(const char *s)
{
	return *s == '\0' ? NULL : xstrdup(s);
}

/* The same of a file, from memory where the same was asked before. */
static char *
inspect_ask_file(const struct profile *p, size_t i, const char *file,
    const struct probe *ffmpeg, struct inspect_known *known, char **why)
{
	struct strv argv = { 0 };
	char *codec, *question;
	size_t k = 0;

	ffjobs_inspect(&argv, p, i, file, ffmpeg->path, &ffmpeg->ver);
	question = strv_shell(&argv);
	while (k < known->asked.n && strcmp(known->asked.v[k], question) != 0)
		k++;
	if (k == known->asked.n) {
		codec = inspect_run(&argv, INSPECT_FILE_MS, why);
		strv_push(&known->asked, question);
		strv_push(&known->codec, codec == NULL ? "" : codec);
		strv_push(&known->why, *why == NULL ? "" : *why);
		free(codec);
		free(*why);
	}
	free(question);
	strv_clear(&argv);
	*why = inspect_copy(known->why.v[k]);
	return inspect_copy(known->codec.v[k]);
}

void
inspect_known_clear(struct inspect_known *known)
{
	strv_clear(&known->asked);
	strv_clear(&known->codec);
	strv_clear(&known->why);
}

/* Whether this ffmpeg can encode with it. */
static bool
inspect_can_encode(const struct probe *ffmpeg, const char *encoder)
{
	struct strv argv = { 0 };
	char *why = NULL, *list;
	bool can;

	ffjobs_encoders(&argv, ffmpeg->path);
	list = runonce_capture(&argv, INSPECT_TIMEOUT_MS, &why);
	can = list != NULL && strstr(list, encoder) != NULL;
	strv_clear(&argv);
	free(list);
	free(why);
	return can;
}

/* Whether a slate can be made that follows the codec. */
static void
inspect_slate(const struct profile *p, const char *codec,
    const struct probe *ffmpeg, struct errors *errs)
{
	if (strcmp(codec, "h264") == 0)
		return;
	if (strcmp(codec, "hevc") != 0)
		errors_add(errs, p->path, 0, 0,
		    "fallback: the source sends %s, but a slate can only be "
		    "made for H.264 and H.265: encode it, \"video\": { "
		    "\"encoder\": \"libx264\", ... }",
		    codec);
	else if (!inspect_can_encode(ffmpeg, "libx265"))
		errors_add(errs, p->path, 0, 0,
		    "fallback: the source sends H.265, but this ffmpeg has no "
		    "libx265 to encode the slate: use another ffmpeg, or "
		    "encode, \"video\": { \"encoder\": \"libx264\", ... }");
}

/* Whether every output can carry the codec. */
static void
inspect_outputs(const struct profile *p, const char *codec,
    const struct probe *ffmpeg, struct errors *errs)
{
	for (size_t i = 0; i < p->outputs.n && util_streq(codec, "hevc"); i++)
		ffcheck_h265(p, i, "the source sends", &ffmpeg->ver, errs);
}

/* Warn when a file is missing, or may not be read or started. */
static void
inspect_access(const struct profile *p, const char *key, const char *path,
    int mode, struct errors *errs)
{
	if (access(path, mode) == -1)
		errors_warn(errs, p->path, 0, 0, "%s: %s: %s", key, path,
		    strerror(errno));
}

/* A program given by a path must exist; one of PATH is not looked for. */
static void
inspect_command(const struct profile *p, const char *key,
    const struct strv *command, struct errors *errs)
{
	if (command->n > 0 && strchr(command->v[0], '/') != NULL)
		inspect_access(p, key, command->v[0], X_OK, errs);
}

/* A file as a URL has no clock: ffmpeg reads it as fast as it can. */
static void
inspect_pace(const struct profile *p, const struct profile_source *s,
    struct errors *errs)
{
	const char *path = s->url;
	struct stat st;

	if (path == NULL || s->options.n > 0)
		return; /* "readrate" may be among them */
	if (util_has_prefix(path, "file:"))
		path += 5;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		errors_warn(errs, p->path, 0, 0,
		    "source.url: %s is a file and would be sent as fast as it "
		    "can be read: to play it at its own pace, name it in "
		    "\"files\"",
		    path);
}

/* The demands on its files. */
static enum files_want
inspect_wanted(const struct profile_source *s, enum video_mode video)
{
	return files_wanted(s->format, video != VIDEO_MODE_NONE);
}

/* Warn of entries of "files" that match nothing, and of files that cannot be
 * media. */
static void
inspect_list(const struct profile *p, const struct profile_source *s,
    enum video_mode video, struct errors *errs)
{
	enum files_want want = inspect_wanted(s, video);
	struct files f;
	bool quiet;

	files_read(&f, &s->files);
	for (size_t i = 0; i < f.none.n; i++) {
		char *why = files_why_none(f.none.v[i]);

		errors_warn(errs, p->path, 0, 0, "source.files: %s", why);
		free(why);
	}
	for (size_t i = 0; i < f.names.n; i++) {
		char *why = files_unfit(&f, i, want, &quiet);

		if (why != NULL && !quiet)
			errors_warn(errs, p->path, 0, 0, "source.files: %s: %s",
			    f.names.v[i], why);
		free(why);
	}
	files_clear(&f);
}

/* What draws, and what is drawn. */
static void
inspect_overlays(
    const struct profile *p, const struct shape *shape, struct errors *errs)
{
	char *path = painter_find(), *key;
	const struct profile_overlay *o;

	if (shape->draws && path == NULL)
		errors_warn(errs, p->path, 0, 0,
		    "overlay: ffsup-paint is not installed, so nothing is "
		    "drawn; build ffsup with Pango (on Debian: apt-get "
		    "install libpango1.0-dev)");
	free(path);
	for (size_t i = 0; (o = profile_overlay_at(p, i)) != NULL; i++) {
		if (o->file == NULL)
			continue;
		key = xasprintf("overlay[%zu].file", i);
		inspect_access(p, key, o->file, R_OK, errs);
		free(key);
	}
}

void
inspect_files(const struct profile *p, struct errors *errs)
{
	const struct profile_source *s;
	struct shape shape;

	shape_make(&shape, p);
	inspect_overlays(p, &shape, errs);
	if (p->fallback.slate != NULL)
		inspect_access(
		    p, "fallback.slate", p->fallback.slate, R_OK, errs);
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++) {
		inspect_pace(p, s, errs);
		inspect_command(
		    p, "source.frames.command", &s->frames.command, errs);
		inspect_command(
		    p, "source.h264.command", &s->h264.command, errs);
		inspect_list(p, s, shape.video[i], errs);
	}
}

/* Check the codec, where it is copied. */
static void
inspect_copied(const struct profile *p, const struct shape *shape,
    const char *codec, const struct probe *ffmpeg, struct errors *errs)
{
	inspect_outputs(p, codec, ffmpeg, errs);
	if (shape->packet_slate)
		inspect_slate(p, codec, ffmpeg, errs);
}

static void
inspect_url(const struct profile *p, const struct shape *shape, size_t i,
    const struct probe *ffmpeg, struct errors *errs)
{
	char *why = NULL;
	char *codec = inspect_ask(p, i, ffmpeg, &why);

	if (codec != NULL)
		inspect_copied(p, shape, codec, ffmpeg, errs);
	else
		errors_warn(errs, p->path, 0, 0,
		    "source: could not be examined: %s", why);
	free(codec);
	free(why);
}

/* A source whose files are opened, one after the other. */
struct inspect_files {
	const struct profile *p;
	const struct shape *shape;
	size_t source;
	const struct probe *ffmpeg;
	struct inspect_known *known;
	struct errors *errs;
	const char *first; /* the first one with video; borrowed */
	char *codec;	   /* of that; owned */
};

/* Open one of the files. One of another codec than the first cannot follow it,
 * unless each is decoded by a separate process. */
static void
inspect_file(struct inspect_files *in, const char *name)
{
	const struct profile *p = in->p;
	enum video_mode video = in->shape->video[in->source];
	bool sound = video == VIDEO_MODE_NONE;
	char *why = NULL;
	char *codec =
	    inspect_ask_file(p, in->source, name, in->ffmpeg, in->known, &why);

	if (codec == NULL && !(sound && util_streq(why, "it has no video"))) {
		errors_warn(in->errs, p->path, 0, 0,
		    "source.files: %s cannot be played: %s", name, why);
	} else if (codec != NULL && in->first == NULL) {
		in->first = name;
		in->codec = xstrdup(codec);
		if (video == VIDEO_MODE_COPY)
			inspect_copied(
			    p, in->shape, codec, in->ffmpeg, in->errs);
	} else if (codec != NULL && !sound && !in->shape->decoded &&
	    strcmp(codec, in->codec) != 0) {
		errors_warn(in->errs, p->path, 0, 0,
		    "source.files: %s is %s, but %s is %s: one cannot follow "
		    "the other without decoding: add \"fallback\" and "
		    "\"video\": { \"size\", \"fps\" }",
		    name, codec, in->first, in->codec);
	}
	free(codec);
	free(why);
}

/* Open those of a source's files that may be media. */
static void
inspect_source_files(struct inspect_files in)
{
	const struct profile_source *s = profile_source_at(in.p, in.source);
	enum video_mode video = in.shape->video[in.source];
	struct files f;
	bool quiet;
	int left = INSPECT_FILES;

	files_read(&f, &s->files);
	for (size_t k = 0; k < f.names.n && left > 0; k++) {
		char *unfit =
		    files_unfit(&f, k, inspect_wanted(s, video), &quiet);

		if (unfit == NULL) {
			inspect_file(&in, f.names.v[k]);
			left--;
		}
		free(unfit);
	}
	free(in.codec);
	files_clear(&f);
}

void
inspect_sources(const struct profile *p, const struct probe *ffmpeg, bool all,
    struct inspect_known *known, struct errors *errs)
{
	const struct profile_source *s;
	struct shape shape;

	shape_make(&shape, p);
	if (shape.raw || shape.h264)
		return;
	for (size_t i = 0; (s = profile_source_at(p, i)) != NULL; i++)
		if (s->files.n > 0)
			inspect_source_files((struct inspect_files){ .p = p,
			    .shape = &shape,
			    .source = i,
			    .ffmpeg = ffmpeg,
			    .known = known,
			    .errs = errs });
		else if (all && shape.video[i] == VIDEO_MODE_COPY)
			inspect_url(p, &shape, i, ffmpeg, errs);
}
