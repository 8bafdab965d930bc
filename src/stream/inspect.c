/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/url.h"
#include "base/util.h"
#include "ffmpeg/ffcheck.h"
#include "ffmpeg/ffjobs.h"
#include "ffmpeg/ffmedia.h"
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

/* A source whose files are opened, one after the other. */
struct inspect_files {
	const struct profile *p;
	const struct shape *shape;
	size_t source;
	const struct probe *ffmpeg;
	struct inspect_known *known;
	struct errors *errs;
	char *first;	      /* the first one with video; owned */
	struct ffmedia media; /* of that */
};

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

/* Ask ffmpeg by a command what is in an input. Its words, of which `m` is read;
 * NULL with *why: no video. Caller frees both. */
static char *
inspect_run(
    const struct strv *argv, int timeout_ms, struct ffmedia *m, char **why)
{
	char *said;

	*why = NULL;
	said = runonce_capture(argv, timeout_ms, why);
	if (said == NULL || ffmedia_read(m, said))
		return said;
	*why = strstr(said, "Stream #") != NULL ? xstrdup("it has no video")
						: inspect_why(said);
	free(said);
	return NULL;
}

/* Whether a URL or a device has video. */
static bool
inspect_ask(const struct profile *p, size_t i, const struct probe *ffmpeg,
    struct ffmedia *m, char **why)
{
	struct strv argv = { 0 };
	char *said;

	ffjobs_inspect(&argv, p, i, NULL, ffmpeg->path, &ffmpeg->ver);
	said = inspect_run(&argv, INSPECT_TIMEOUT_MS, m, why);
	strv_clear(&argv);
	free(said);
	return *why == NULL;
}

/* The same of a file, from memory where the same was asked before. */
static bool
inspect_ask_file(const struct inspect_files *in, const char *file,
    struct ffmedia *m, char **why)
{
	struct inspect_known *known = in->known;
	struct strv argv = { 0 };
	char *said, *question;
	size_t k = 0;

	ffjobs_inspect(
	    &argv, in->p, in->source, file, in->ffmpeg->path, &in->ffmpeg->ver);
	question = strv_shell(&argv);
	while (k < known->asked.n && strcmp(known->asked.v[k], question) != 0)
		k++;
	if (k == known->asked.n) {
		said = inspect_run(&argv, INSPECT_FILE_MS, m, why);
		strv_push(&known->asked, question);
		strv_push(&known->said, said == NULL ? "" : said);
		strv_push(&known->why, *why == NULL ? "" : *why);
		free(said);
		free(*why);
	}
	free(question);
	strv_clear(&argv);
	ffmedia_read(m, known->said.v[k]);
	*why = known->why.v[k][0] == '\0' ? NULL : xstrdup(known->why.v[k]);
	return *why == NULL;
}

void
inspect_known_clear(struct inspect_known *known)
{
	strv_clear(&known->asked);
	strv_clear(&known->said);
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

/* A key of a profile, and its place in the file. */
struct inspect_key {
	const struct profile *p;
	const char *name;
	int line, col;
	struct errors *errs;
};

static void __attribute__((format(printf, 2, 3)))
inspect_warn(const struct inspect_key *k, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	errors_warn(
	    k->errs, k->p->path, k->line, k->col, "%s: %s", k->name, text);
	free(text);
}

/* Warn when a file is missing, or may not be read or started. */
static void
inspect_access(const struct inspect_key *k, const char *path, int mode)
{
	if (access(path, mode) == -1)
		inspect_warn(k, "%s: %s", path, strerror(errno));
}

/* Whether a program is in one of the directories of PATH. */
static bool
inspect_is_in_path(const char *name)
{
	const char *dirs = getenv("PATH");
	bool found = false;

	if (dirs == NULL)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	while (!found && *dirs != '\0') {
		size_t len = strcspn(dirs, ":");
		char *path = xasprintf("%.*s/%s", (int)len, dirs, name);

		found = access(path, X_OK) == 0;
		free(path);
		dirs += len + (dirs[len] == ':');
	}
	return found;
}

/* Whether a program runs the script that is its first argument. */
static bool
inspect_runs_scripts(const char *program)
{
	static const char *const names[] = { "python", "node", "perl", "ruby",
		"bash", "sh" };
	const char *slash = strrchr(program, '/');

	program = slash == NULL ? program : slash + 1;
	for (size_t i = 0; i < NELEM(names); i++)
		if (util_has_prefix(program, names[i]))
			return true;
	return false;
}

/* A program must exist, and so must the script that it runs. */
static void
inspect_command(const struct inspect_key *k, const struct strv *command)
{
	if (command->n == 0)
		return;
	if (strchr(command->v[0], '/') != NULL)
		inspect_access(k, command->v[0], X_OK);
	else if (!inspect_is_in_path(command->v[0]))
		inspect_warn(k, "%s: not in PATH", command->v[0]);
	if (command->n > 1 && command->v[1][0] == '/' &&
	    inspect_runs_scripts(command->v[0]))
		inspect_access(k, command->v[1], R_OK);
}

/* Warn where a directory for files cannot be made: what is there above it is
 * not a directory, or may not be written. */
static void
inspect_directory(const struct inspect_key *k, const char *pattern)
{
	char *path = xstrndup(pattern, strcspn(pattern, "%")), *slash;
	struct stat st;
	int rc = -1;

	while (rc == -1 && (slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		rc = stat(*path == '\0' ? "/" : path, &st);
		if (rc == -1 && errno != ENOENT) {
			inspect_warn(k, "%s: %s", path, strerror(errno));
			break;
		}
	}
	if (rc == 0 && !S_ISDIR(st.st_mode))
		inspect_warn(k, "%s: is not a directory", path);
	else if (rc == 0 &&
	    (access(*path == '\0' ? "/" : path, W_OK | X_OK) == -1 ||
		util_has_prefix(path, "/proc") ||
		util_has_prefix(path, "/sys")))
		inspect_warn(k, "%s: no file can be made there", path);
	free(path);
}

/* A URL that is a file, or an image, where it has no more to say. */
static void
inspect_url_kind(const struct inspect_key *k, const struct profile_source *s)
{
	static const char *const images[] = { ".jpg", ".jpeg", ".png", ".webp",
		".bmp" };
	const char *path = s->url;
	struct stat st;

	if (path == NULL || s->options.n > 0 || s->loop || s->every > 0)
		return; /* "readrate" may be among them */
	for (size_t i = 0; i < NELEM(images); i++)
		if (url_scheme_len(path) > 0 &&
		    util_has_suffix(path, images[i]))
			inspect_warn(k,
			    "seems to be one image: to fetch it again and "
			    "again, add \"every\": \"2s\"");
	if (util_has_prefix(path, "file:"))
		path += 5;
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		inspect_warn(k,
		    "%s is a file, and its end would be a failure: name it in "
		    "\"files\", or add \"loop\": true",
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
inspect_list(const struct inspect_key *k, const struct profile_source *s,
    enum video_mode video)
{
	enum files_want want = inspect_wanted(s, video);
	struct files f;
	bool quiet;

	files_read(&f, &s->files);
	for (size_t i = 0; i < f.none.n; i++) {
		char *why = files_why_none(f.none.v[i]);

		inspect_warn(k, "%s", why);
		free(why);
	}
	for (size_t i = 0; i < f.names.n; i++) {
		char *why = files_unfit(&f, i, want, &quiet);

		if (why != NULL && !quiet)
			inspect_warn(k, "%s: %s", f.names.v[i], why);
		free(why);
	}
	files_clear(&f);
}

/* What draws, and what is drawn. */
static void
inspect_overlays(
    const struct profile *p, const struct shape *shape, struct errors *errs)
{
	char *path = painter_find(), *name;
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
		name = xasprintf("overlay[%zu].file", i);
		inspect_access(
		    &(struct inspect_key){ p, name, o->line, o->col, errs },
		    o->file, R_OK);
		free(name);
	}
}

/* The files, programs and devices that a source needs. */
static void
inspect_source(const struct profile *p, size_t i, enum video_mode video,
    struct errors *errs)
{
	const struct profile_source *s = profile_source_at(p, i);
	struct inspect_key k = { p, "source.url", s->line, s->col, errs };

	inspect_url_kind(&k, s);
	k.name = "source.frames.command";
	inspect_command(&k, &s->frames.command);
	k.name = "source.h264.command";
	inspect_command(&k, &s->h264.command);
	k.name = "source.device";
	if (s->device != NULL && s->device[0] == '/')
		inspect_access(&k, s->device, R_OK);
	k.name = "source.files";
	inspect_list(&k, s, video);
}

/* The directories of outputs that are files. */
static void
inspect_places(const struct profile *p, struct errors *errs)
{
	const struct profile_output *o;

	for (size_t i = 0; (o = profile_output(p, i)) != NULL; i++) {
		char *name = xasprintf(
		    "outputs[%zu].%s", i, o->record != NULL ? "record" : "url");
		struct inspect_key k = { p, name, o->line, o->col, errs };

		if (o->record != NULL)
			inspect_directory(&k, o->record);
		else if (o->url != NULL && o->url[0] == '/' &&
		    !util_has_prefix(o->url, "/dev/"))
			inspect_directory(&k, o->url);
		free(name);
	}
}

void
inspect_files(const struct profile *p, struct errors *errs)
{
	const struct profile_fallback *f = &p->fallback;
	struct shape shape;

	shape_make(&shape, p);
	inspect_overlays(p, &shape, errs);
	if (f->slate != NULL)
		inspect_access(&(struct inspect_key){ p, "fallback.slate",
				   f->line, f->col, errs },
		    f->slate, R_OK);
	for (size_t i = 0; profile_source_at(p, i) != NULL; i++)
		inspect_source(p, i, shape.video[i], errs);
	inspect_places(p, errs);
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
	const struct profile_source *s = profile_source_at(p, i);
	struct ffmedia m;
	char *why = NULL;

	if (inspect_ask(p, i, ffmpeg, &m, &why))
		inspect_copied(p, shape, m.codec, ffmpeg, errs);
	else
		errors_warn(errs, p->path, s->line, s->col,
		    "source: could not be examined: %s", why);
	free(why);
}

/* A warning about a file of a source. */
static void __attribute__((format(printf, 2, 3)))
inspect_warn_file(const struct inspect_files *in, const char *fmt, ...)
{
	const struct profile_source *s = profile_source_at(in->p, in->source);
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	errors_warn(
	    in->errs, in->p->path, s->line, s->col, "source.files: %s", text);
	free(text);
}

/* A film as the outputs see it, if `first` came before: what makes no difference
 * to them is the same. */
static struct ffmedia
inspect_seen(const struct inspect_files *in, const struct ffmedia *m)
{
	const struct profile_video *v = &in->p->video;
	const struct ffmedia *first = &in->media;
	bool encoded = in->shape->video[in->source] == VIDEO_MODE_ENCODE;
	struct ffmedia as = *m;

	if (encoded)
		memcpy(as.codec, first->codec, sizeof(as.codec));
	if (encoded && v->size.w > 0) {
		as.w = first->w;
		as.h = first->h;
	}
	if (in->shape->turns) { /* each has a time base of its own */
		as.fps = first->fps;
		memcpy(as.sound, first->sound, sizeof(as.sound));
		as.hz = first->hz;
	}
	return as;
}

/* Whether one film can follow the first. Those that are decoded, each by a
 * process of its own, always can. */
static void
inspect_next(
    const struct inspect_files *in, const char *name, const struct ffmedia *m)
{
	bool encoded = in->shape->video[in->source] == VIDEO_MODE_ENCODE;
	struct ffmedia as = inspect_seen(in, m);
	char *was, *is = ffmedia_difference(&as, &in->media, &was);

	if (is != NULL && in->shape->turns)
		inspect_warn_file(in,
		    "%s is %s, but %s is %s: the outputs begin anew at the "
		    "change: %s",
		    name, is, in->first, was,
		    encoded ? "add \"size\" to \"video\""
			    : "encode them, \"video\": { \"size\", \"fps\" }");
	else if (is != NULL)
		inspect_warn_file(in,
		    "%s is %s, but %s is %s: one cannot follow the other "
		    "without decoding: encode them, \"video\": { "
		    "\"size\", \"fps\" }",
		    name, is, in->first, was);
	free(is);
	free(was);
}

/* Open one of the files. */
static void
inspect_file(struct inspect_files *in, const char *name)
{
	enum video_mode video = in->shape->video[in->source];
	bool copies = video == VIDEO_MODE_COPY;
	bool sound = video == VIDEO_MODE_NONE;
	struct ffmedia m;
	char *why = NULL;

	if (!inspect_ask_file(in, name, &m, &why)) {
		if (!sound || !util_streq(why, "it has no video"))
			inspect_warn_file(
			    in, "%s cannot be played: %s", name, why);
	} else if (copies && in->shape->turns && !ffmedia_fits_link(&m)) {
		inspect_warn_file(in,
		    "%s is %s, which several outputs or \"fallback\" cannot "
		    "get unchanged: encode it, \"video\": { \"size\", "
		    "\"fps\" }",
		    name, m.codec);
	} else if (in->first == NULL) {
		in->first = xstrdup(name);
		in->media = m;
		if (copies)
			inspect_copied(
			    in->p, in->shape, m.codec, in->ffmpeg, in->errs);
	} else if (!sound && !in->shape->decoded)
		inspect_next(in, name, &m);
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
	free(in.first);
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
