/* SPDX-License-Identifier: ISC */
/*
 * One function for each part of a profile. The limits of one key are in its
 * row; here are the rules between keys.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "media/blocklist.h"
#include "media/saytext.h"
#include "profile/check.h"
#include "profile/labeltext.h"
#include "profile/profile.h"
#include "profile/recordcheck.h"
#include "profile/schema.h"
#include "profile/shape.h"
#include "profile/urlcheck.h"

/* Names of processes that are not outputs. */
static const char *const check_taken_names[] = { "direct", "producer", "source",
	"source2", "source3", "source4", "encoder", "encoder2", "slate", NULL };

/* Ms between two fetches of an image, at least. */
#define CHECK_EVERY_MIN 100

/* The context of the checks. */
struct check {
	const struct profile *p;
	const struct jsonc *doc;
	struct errors *errs;
	const struct profile_source *source; /* the one being checked */
	size_t n_source;		     /* its index */
	struct shape shape;
};

/* A place in the file: below "source", that of the source being checked. Caller
 * frees. */
static char *
check_place(const struct check *c, const char *path)
{
	size_t len = strlen("source");

	if (strncmp(path, "source", len) != 0 ||
	    (path[len] == '\0' && c->source == NULL) ||
	    !cJSON_IsArray(jsonc_get(c->doc->root, "source")))
		return xstrdup(path);
	return xasprintf("source[%zu]%s", c->n_source, path + len);
}

/* Report a fault at a place in the file, or in a value from "defaults". */
static void __attribute__((format(printf, 3, 4)))
check_error(const struct check *c, const char *path, const char *fmt, ...)
{
	char *place = check_place(c, path), *text;
	int line, col;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	schema_locate(c->doc, place, &line, &col);
	schema_error(c->doc, place, c->errs, "%s%s", text,
	    line == 0 ? " (it comes from \"defaults\" in ffsup.json)" : "");
	free(text);
	free(place);
}

/* ffmpeg's standard input, which brings it nothing. */
static void
check_stdin(const struct check *c, const char *path, const char *input)
{
	if (input != NULL && urlcheck_is_stdin(input))
		check_error(c, path,
		    "is ffmpeg's standard input, where nothing comes from "
		    "ffsup: a program's raw frames come in by "
		    "\"source.frames\", its H.264 by \"source.h264\"");
}

/* Raw arguments exclude all other media keys. */
static void
check_args(const struct check *c)
{
	const struct strv *args = &c->p->args;
	char *path;

	for (size_t i = 1; i < args->n; i++) {
		if (strcmp(args->v[i - 1], "-i") != 0)
			continue;
		path = xasprintf("args[%zu]", i);
		check_stdin(c, path, args->v[i]);
		free(path);
	}
	for (size_t i = 0; media_keys[i] != NULL; i++)
		if (jsonc_get(c->doc->root, media_keys[i]) != NULL)
			check_error(c, media_keys[i],
			    "cannot be combined with \"args\"; remove one");
}

/* A part of a URL that ffsup encodes must not be in it already. */
static void
check_login(
    const struct check *c, const char *path, const char *url, const char *user)
{
	struct url_place at;

	if (!url_find_place(url, &at) || at.login == at.host)
		return;
	if (user != NULL)
		check_error(c, path,
		    "contains a user, and \"user\" is set as well: keep one");
	else if (memchr(at.login, '@', (size_t)(at.host - at.login - 1)))
		check_error(c, path,
		    "a password with \"@\" cannot be part of the URL: use "
		    "\"user\" and \"password\", which ffsup encodes");
}

/* An address, and the options of its protocol, which are at another key. */
static void
check_address(const struct check *c, const char *path, const char *url,
    const struct strv *options, const char *options_path)
{
	bool listens = urlcheck_listens(url, options);
	char *fault = urlcheck_fault(url, listens);

	if (fault != NULL)
		check_error(c, path, "%s", fault);
	free(fault);
	for (size_t i = 0; i + 1 < options->n; i += 2) {
		fault = urlcheck_option_fault(
		    url, options->v[i], options->v[i + 1]);
		if (fault != NULL)
			check_error(c, options_path, "%s", fault);
		free(fault);
	}
}

/* A value that ffmpeg would take for an option. */
static void
check_operand(const struct check *c, const char *path, const char *value)
{
	if (value != NULL && value[0] == '-' && value[1] != '\0')
		check_error(c, path, "must not begin with \"-\"");
}

/* The intakes that frames and camera programs have in common. */
static void
check_way_in(const struct check *c, const char *path,
    const struct strv *command, int64_t fd, const char *fifo)
{
	char *at = xasprintf("%s.fd", path);

	if (fd == 2)
		check_error(c, at, "is standard error, use 1 or 3");
	if (fd != 1 && command->n == 0)
		check_error(c, at, "only valid with \"command\"");
	free(at);
	at = xasprintf("%s.fifo", path);
	if (fifo != NULL && fifo[0] != '/')
		check_error(c, at,
		    "must be an absolute path, such as /run/ffsup/cam.raw");
	free(at);
}

static void
check_h264(const struct check *c)
{
	const struct profile_h264 *h = &c->source->h264;
	int ways = (h->command.n > 0) + (h->fifo != NULL) + h->socket;

	if (ways == 0)
		check_error(c, "source.h264",
		    "has no input; add \"command\", \"fifo\" or \"socket\"");
	else if (ways > 1)
		check_error(c, "source.h264",
		    "\"command\", \"fifo\" and \"socket\" exclude each other");
	check_way_in(c, "source.h264", &h->command, h->fd, h->fifo);
	if (c->p->video.key.set && c->p->video.key.word != VIDEO_COPY)
		check_error(c, "video",
		    "video from \"h264\" is passed on unchanged; remove this "
		    "key or write \"copy\"");
	if (c->source->options.n > 0)
		check_error(c, "source.options",
		    "are for the ffmpeg that reads the source; a source with "
		    "\"h264\" has no such ffmpeg");
}

static void
check_frames(const struct check *c)
{
	const struct profile_frames *f = &c->source->frames;
	int ways = (f->command.n > 0) + (f->pattern >= 0) + (f->fifo != NULL) +
	    f->socket;
	struct geometry g;

	if (ways == 0)
		check_error(c, "source.frames",
		    "has no input; add \"command\", \"fifo\", \"socket\" or "
		    "\"pattern\"");
	else if (ways > 1)
		check_error(c, "source.frames",
		    "\"command\", \"fifo\", \"socket\" and \"pattern\" exclude "
		    "each other");
	check_way_in(c, "source.frames", &f->command, f->fd, f->fifo);
	if (f->size.w > 0 &&
	    frame_geometry_init(
		&g, (enum pixfmt)f->format, f->size.w, f->size.h) == -1)
		check_error(c, "source.frames.size",
		    "is larger than %d on one side", SIZE_SIDE_MAX);
}

/* Keys that belong to one kind of source only. */
static void
check_source_extras(const struct check *c)
{
	const struct profile_source *s = c->source;

	if (s->device == NULL && s->input_format != NULL)
		check_error(c, "source.input_format",
		    "only valid with "
		    "\"device\"");
	if (s->device == NULL && s->size.w > 0)
		check_error(c, "source.size", "only valid with \"device\"");
	if (s->device == NULL && s->fps.num > 0)
		check_error(c, "source.fps", "only valid with \"device\"");
	if (s->files.n == 0 && s->url == NULL && s->loop)
		check_error(
		    c, "source.loop", "only valid with \"files\" and \"url\"");
	if (s->url == NULL && s->every > 0)
		check_error(c, "source.every", "only valid with \"url\"");
	else if (s->every > 0 && s->every < CHECK_EVERY_MIN)
		check_error(c, "source.every", "must be at least %d ms",
		    CHECK_EVERY_MIN);
	else if (s->every > 0 && profile_n_sources(c->p) > 1)
		check_error(c, "source.every",
		    "cannot be one of several sources, which are switched "
		    "without decoding");
	else if (s->every > 0 && c->p->video.key.word >= 0)
		check_error(c, "source.every",
		    "fetches images, which must be encoded: remove \"video\": "
		    "\"%s\"",
		    c->p->video.key.word == VIDEO_COPY ? "copy" : "none");
	if (s->url == NULL && s->user != NULL)
		check_error(c, "source.user", "only valid with \"url\"");
	if (s->user == NULL && s->password != NULL)
		check_error(c, "source.password", "only valid with \"user\"");
}

/* The kinds that a source of several cannot be. */
static void
check_source_of_list(const struct check *c)
{
	const struct profile_source *s = c->source;

	if (s->frames.key.set)
		check_error(c, "source.frames",
		    "cannot be one of several sources, because they are "
		    "switched without decoding: make it the only source, and "
		    "add \"fallback\" for the time when it sends no frames");
	if (s->h264.key.set)
		check_error(c, "source.h264",
		    "cannot be one of several sources: its program is "
		    "restarted when it fails, and the outputs wait for it");
	if (s->files.n > 0 && !s->loop)
		check_error(c, "source.files",
		    "would be played again and again as one of several "
		    "sources: confirm that with \"loop\": true");
}

static void
check_files(const struct check *c)
{
	const struct strv *files = &c->source->files;
	char *path;

	for (size_t i = 0; i < files->n; i++) {
		path = xasprintf("source.files[%zu]", i);
		check_operand(c, path, files->v[i]);
		check_stdin(c, path, files->v[i]);
		free(path);
	}
}

static void
check_source(const struct check *c)
{
	const struct profile_source *s = c->source;
	int kinds = (s->url != NULL) + (s->device != NULL) + (s->files.n > 0) +
	    s->frames.key.set + s->h264.key.set;

	if (!s->key.set) {
		check_error(
		    c, "source", "is missing; name the source of the video");
		return;
	}
	if (kinds != 1)
		check_error(c, "source",
		    "needs exactly one of \"url\", \"device\", \"files\", "
		    "\"frames\" and \"h264\", has %d",
		    kinds);
	if (s->frames.key.set)
		check_frames(c);
	if (s->h264.key.set)
		check_h264(c);
	check_source_extras(c);
	check_login(c, "source.url", s->url, s->user);
	check_operand(c, "source.url", s->url);
	check_operand(c, "source.device", s->device);
	check_stdin(c, "source.url", s->url);
	check_address(c, "source.url", s->url, &s->options, "source.options");
	check_files(c);
	if (profile_n_sources(c->p) > 1)
		check_source_of_list(c);
}

static void
check_sources(const struct check *c)
{
	struct check each = *c;

	for (size_t i = 0; i < profile_n_sources(c->p); i++) {
		each.source = profile_source_at(c->p, i);
		each.n_source = i;
		check_source(&each);
	}
}

/* Even sizes where the encoder asks for them: 4:2:0 has half the chroma. */
static void
check_even(const struct check *c, const char *path, struct size size)
{
	const char *pix = c->p->video.pixel_format;

	if (size.w == 0 || pix == NULL || strstr(pix, "420") == NULL)
		return;
	if (size.w % 2 != 0)
		check_error(c, path,
		    "%dx%d: the width must be even for %s, use %d or %d",
		    size.w, size.h, pix, size.w - 1, size.w + 1);
	if (size.h % 2 != 0)
		check_error(c, path,
		    "%dx%d: the height must be even for %s, use %d or %d",
		    size.w, size.h, pix, size.h - 1, size.h + 1);
}

/* The presets of libx264 and libx265, which have the same; another build may
 * have more. */
static void
check_preset(const struct check *c)
{
	static const char *const presets[] = { "ultrafast", "superfast",
		"veryfast", "faster", "fast", "medium", "slow", "slower",
		"veryslow", "placebo", NULL };
	const struct profile_video *v = &c->p->video;
	char *meant;

	if (v->preset == NULL || words_index(presets, v->preset) >= 0 ||
	    (!util_streq(v->encoder, "libx264") &&
		!util_streq(v->encoder, "libx265")))
		return;
	meant = words_meant(v->preset, presets);
	schema_warn(c->doc, "video.preset", c->errs,
	    "\"%s\" is no preset of %s%s", v->preset, v->encoder, meant);
	free(meant);
}

static void
check_video(const struct check *c)
{
	const struct profile_source *s = &c->p->source;
	const struct profile_video *v = &c->p->video;
	bool scaled = v->size.w > 0;

	if (s->frames.key.set && v->key.word == VIDEO_COPY)
		check_error(
		    c, "video", "raw frames cannot be copied; name an encoder");
	if (v->key.word == VIDEO_NONE && s->frames.key.set)
		check_error(c, "video",
		    "frames are video; with \"none\" nothing is left to send");
	if (v->key.word >= 0)
		return;
	check_preset(c);
	if (scaled)
		check_even(c, "video.size", v->size);
	else if (s->frames.key.set)
		check_even(c, "source.frames.size", s->frames.size);
	check_operand(c, "video.encoder", v->encoder);
}

/* The words in braces of a label, at a path. */
static void
check_label(const struct check *c, const char *path, const char *text)
{
	char *words = words_list(labeltext_words);
	char *word = text == NULL ? NULL : labeltext_unknown(text);

	if (word != NULL)
		check_error(
		    c, path, "%s is not one of %s in braces", word, words);
	free(word);
	free(words);
}

/* The key because of which the source is decoded. */
static const char *
check_decoding_key(const struct check *c)
{
	return c->p->fallback.key.set ? "fallback"
	    : c->shape.draws	      ? "overlay"
				      : "source.every";
}

/* The demands of a decoded source, or a spare encoder, on the other keys. */
static void
check_fallback(const struct check *c)
{
	const struct profile *p = c->p;
	bool frames = p->source.frames.key.set;
	bool size = p->video.size.w > 0 || p->source.size.w > 0;
	bool fps = p->video.fps.num > 0 || p->source.fps.num > 0;

	if (p->standby && !frames && !c->shape.decoded &&
	    profile_n_sources(p) == 1)
		check_error(c, "standby",
		    "only valid with \"frames\", with \"fallback\" or with "
		    "several sources: the spare is a second encoder that ffsup "
		    "feeds, or another source");
	check_label(c, "fallback.label", profile_slate_label(p));
	if (!c->shape.decoded)
		return;
	if (p->video.key.word >= 0 && p->fallback.key.set)
		check_error(c, "video",
		    "\"fallback\" replaces frames, and \"none\" removes them "
		    "all: name an encoder, or write \"copy\"");
	else if (p->video.key.word >= 0 && c->shape.draws)
		check_error(c, "video",
		    "\"none\" removes the frames that \"overlay\" is drawn "
		    "over");
	else if (!size || !fps)
		check_error(c, check_decoding_key(c),
		    "needs the format of the frames: add \"%s\" to \"video\"%s",
		    !size && !fps ? "size\" and \"fps"
			: size	  ? "fps"
				  : "size",
		    c->shape.draws || p->source.every > 0
			? ""
			: ", or set \"video\" to \"copy\"");
}

/* The keys of an overlay that only some kinds have. */
static const struct {
	const char *key;
	unsigned kinds; /* bits 1 << OVERLAY_... */
	const char *words;
} check_overlay_keys[] = {
#define DANMAKU (1 << OVERLAY_DANMAKU)
#define LABEL	(1 << OVERLAY_LABEL)
#define IMAGE	(1 << OVERLAY_IMAGE)
#define SEI	(1 << OVERLAY_SEI)
	{ "font", DANMAKU | LABEL, "\"danmaku\" and \"label\"" },
	{ "size", DANMAKU | LABEL | IMAGE,
	    "\"danmaku\", \"label\" and \"image\"" },
	{ "color", DANMAKU | LABEL, "\"danmaku\" and \"label\"" },
	{ "outline", DANMAKU | LABEL, "\"danmaku\" and \"label\"" },
	{ "opacity", DANMAKU | LABEL | IMAGE,
	    "\"danmaku\", \"label\" and \"image\"" },
	{ "duration", DANMAKU, "\"danmaku\"" },
	{ "area", DANMAKU, "\"danmaku\"" },
	{ "full", DANMAKU, "\"danmaku\"" },
	{ "wait", DANMAKU, "\"danmaku\"" },
	{ "max", DANMAKU, "\"danmaku\"" },
	{ "merge", DANMAKU | SEI, "\"danmaku\" and \"sei\"" },
	{ "block", DANMAKU | SEI, "\"danmaku\" and \"sei\"" },
	{ "at", LABEL | IMAGE, "\"label\" and \"image\"" },
	{ "margin", LABEL | IMAGE, "\"label\" and \"image\"" },
	{ "text", LABEL, "\"label\"" },
	{ "box", LABEL, "\"label\"" },
	{ "file", IMAGE, "\"image\"" },
#undef DANMAKU
#undef LABEL
#undef IMAGE
#undef SEI
};

/* Refuse keys that an overlay's kind does not have. */
static void
check_overlay_extras(const struct check *c, size_t i)
{
	const struct profile_overlay *o = profile_overlay_at(c->p, i);
	const cJSON *list = jsonc_get(c->doc->root, "overlay");
	const cJSON *item = cJSON_GetArrayItem(list, (int)i);
	char *path;

	for (size_t k = 0; k < NELEM(check_overlay_keys); k++) {
		if ((check_overlay_keys[k].kinds & 1U << o->kind) != 0 ||
		    jsonc_get(item, check_overlay_keys[k].key) == NULL)
			continue;
		path =
		    xasprintf("overlay[%zu].%s", i, check_overlay_keys[k].key);
		check_error(
		    c, path, "only valid with %s", check_overlay_keys[k].words);
		free(path);
	}
}

static void
check_overlay_id(const struct check *c, size_t i)
{
	const char *id = profile_overlay_at(c->p, i)->id;
	char *path = xasprintf("overlay[%zu].id", i);

	for (size_t k = 0; k < i; k++)
		if (util_streq(id, profile_overlay_at(c->p, k)->id))
			check_error(c, path,
			    "\"%s\" is also the id of overlay[%zu]", id, k);
	if (!profile_is_name(id))
		check_error(c, path,
		    "may hold 1 to 64 letters, digits, '_', '.' and '-', "
		    "and not begin with '-'");
	free(path);
}

static void
check_overlay_look(const struct check *c, size_t i)
{
	const struct profile_overlay *o = profile_overlay_at(c->p, i);
	char *size = xasprintf("overlay[%zu].size", i);
	char *file = xasprintf("overlay[%zu].file", i);
	char *look = xasprintf("overlay[%zu].color", i);
	uint32_t color;

	if (o->kind != OVERLAY_IMAGE && o->size.w != 0)
		check_error(c, size, "the height of text is one number");
	if (saytext_color(o->color, &color) == -1)
		check_error(c, look, "\"%s\" is not a colour such as #ff8800",
		    o->color);
	if (o->kind == OVERLAY_IMAGE && o->file == NULL)
		check_error(c, file, "required key is missing");
	check_operand(c, file, o->file);
	free(size);
	free(file);
	free(look);
}

/* Regular expressions, and the words of a label. */
static void
check_overlay_words(const struct check *c, size_t i)
{
	const struct profile_overlay *o = profile_overlay_at(c->p, i);
	char *block = xasprintf("overlay[%zu].block", i);
	char *text = xasprintf("overlay[%zu].text", i);
	char *cause = NULL;

	blocklist_free(
	    blocklist_new((const char *const *)o->block.v, o->block.n, &cause));
	if (cause != NULL)
		check_error(c, block, "%s", cause);
	check_label(c, text, o->text);
	free(cause);
	free(block);
	free(text);
}

/* Whether the stream has frames to draw on, or H.264 to write into. */
static void
check_overlay_ground(const struct check *c)
{
	const struct profile *p = c->p;

	if (c->shape.draws && p->source.h264.key.set)
		check_error(c, "overlay",
		    "cannot be drawn over \"h264\", which is passed on "
		    "unchanged: use \"kind\": \"sei\"");
	else if (c->shape.draws && c->shape.n_sources > 1)
		check_error(c, "overlay",
		    "cannot be drawn over several sources, which are switched "
		    "without decoding: keep one source, or use \"kind\": "
		    "\"sei\"");
	else if (c->shape.draws && p->video.key.word == VIDEO_COPY)
		check_error(c, "overlay",
		    "cannot be drawn over copied video: remove \"video\": "
		    "\"copy\", or use \"kind\": \"sei\"");
	else if (c->shape.injects && p->video.key.word == VIDEO_NONE)
		check_error(c, "overlay",
		    "\"sei\" is written into the video, and \"none\" "
		    "removes it");
}

static void
check_overlays(const struct check *c)
{
	if (c->p->overlay.n > PROFILE_OVERLAYS_MAX)
		check_error(c, "overlay",
		    "has %zu entries; at most %d are "
		    "allowed",
		    c->p->overlay.n, PROFILE_OVERLAYS_MAX);
	for (size_t i = 0; i < c->p->overlay.n; i++) {
		check_overlay_id(c, i);
		check_overlay_extras(c, i);
		check_overlay_look(c, i);
		check_overlay_words(c, i);
	}
	check_overlay_ground(c);
}

static void
check_audio(const struct check *c)
{
	const struct profile_audio *a = &c->p->audio;
	const struct strv none = { .n = 0 };

	if (a->key.set && a->key.word < 0 &&
	    (a->device != NULL) == (a->url != NULL))
		check_error(c, "audio", "needs one of \"device\" and \"url\"");
	if ((c->p->source.frames.key.set || c->shape.decoded) &&
	    a->key.word == AUDIO_COPY)
		check_error(c, "audio",
		    "frames have no audio to copy; use \"silence\" or "
		    "\"none\"");
	if (c->p->source.h264.key.set && a->key.set &&
	    a->key.word != AUDIO_NONE && a->key.word != AUDIO_SILENCE &&
	    a->key.word != AUDIO_AUTO)
		check_error(c, "audio",
		    "H.264 from a program has no audio, and no ffmpeg reads it "
		    "that could add some; use \"silence\" or \"none\"");
	if (a->key.word == AUDIO_NONE && c->shape.needs_audio)
		check_error(c, "audio",
		    "is \"none\", but the platform of an output shows nothing "
		    "without audio: write \"silence\", or leave it at "
		    "\"auto\"");
	check_operand(c, "audio.url", a->url);
	check_stdin(c, "audio.url", a->url);
	check_address(c, "audio.url", a->url, &none, "audio.url");
}

static void
check_record(const struct check *c, const char *path, const char *record)
{
	char *at = xasprintf("%s.record", path);
	char *fault = recordcheck_fault(record);

	check_operand(c, at, record);
	if (fault != NULL)
		check_error(c, at, "%s", fault);
	free(fault);
	free(at);
}

/* Options that would give a recording's files other names than ffsup's. */
static const char *const check_naming_options[] = { "-f", "-strftime",
	"-segment_list", "-segment_list_entry_prefix", "-segment_list_flags",
	"-segment_list_size", "-segment_list_type", "-segment_start_number",
	"-segment_wrap" };

/* Is this that option? ffmpeg takes "-name:0" for "-name" too. */
static bool
check_is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 &&
	    (word[len] == '\0' || word[len] == ':');
}

static void
check_record_options(const struct check *c, size_t i)
{
	const struct strv *options = &profile_output(c->p, i)->options;
	char *path = xasprintf("outputs[%zu].options", i);

	for (size_t k = 0; k < options->n; k++)
		for (size_t m = 0; m < NELEM(check_naming_options); m++)
			if (check_is_option(
				options->v[k], check_naming_options[m]))
				check_error(c, path,
				    "\"%s\" cannot be combined with "
				    "\"record\": ffsup names the files, by the "
				    "time at which each begins",
				    options->v[k] + 1);
	free(path);
}

/* The muxer is "format", which the checks know. */
static void
check_muxer(const struct check *c, size_t i)
{
	const struct strv *options = &profile_output(c->p, i)->options;
	char *path = xasprintf("outputs[%zu].options", i);

	for (size_t k = 0; k < options->n; k++)
		if (check_is_option(options->v[k], "-f"))
			check_error(c, path,
			    "\"f\" is not allowed here: write \"format\" "
			    "beside \"url\"");
	free(path);
}

/* ffmpeg does not look at the answers to the files of HLS: the stream is live
 * for it, whatever the server does with them. */
static void
check_upload(const struct check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i);
	char *path;

	if (o->url == NULL ||
	    (!url_has_scheme(o->url, "http") &&
		!url_has_scheme(o->url, "https")) ||
	    (!util_streq(o->format, "hls") &&
		!util_has_suffix(o->url, ".m3u8")))
		return;
	path = xasprintf("outputs[%zu].url", i);
	schema_warn(c->doc, path, c->errs,
	    "ffmpeg does not tell whether the server takes HLS: look at the "
	    "playlist in a player");
	free(path);
}

static void
check_output(const struct check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i);
	char *path = xasprintf("outputs[%zu]", i);
	char *url = xasprintf("outputs[%zu].url", i);
	char *options = xasprintf("outputs[%zu].options", i);

	if ((o->url != NULL) == (o->record != NULL))
		check_error(c, path, "needs one of \"url\" and \"record\"");
	if (o->url == NULL && o->user != NULL)
		check_error(c, path, "\"user\" is only valid with \"url\"");
	if (o->user == NULL && o->password != NULL)
		check_error(
		    c, path, "\"password\" is only valid with \"user\"");
	check_login(c, url, o->url, o->user);
	check_operand(c, url, o->url);
	if (!util_streq(o->format, "tee")) /* several, in a syntax of its own */
		check_address(c, url, o->url, &o->options, options);
	if (o->record != NULL) {
		check_record(c, path, o->record);
		check_record_options(c, i);
	} else {
		check_muxer(c, i);
		if (o->max_size > 0 || o->max_age > 0 || o->min_free > 0)
			check_error(c, path,
			    "\"max_size\", \"max_age\" and \"min_free\" are "
			    "only valid with \"record\"");
	}
	free(path);
	free(url);
	free(options);
}

/* Two that send to one place, or write one file, destroy each other's work. */
static void
check_output_twice(const struct check *c, size_t i)
{
	const struct profile_output *o = profile_output(c->p, i), *other;
	const char *key = o->record != NULL ? "record" : "url";
	char *path = xasprintf("outputs[%zu].%s", i, key);

	for (size_t k = 0; k < i; k++) {
		other = profile_output(c->p, k);
		if ((o->url != NULL && util_streq(o->url, other->url) &&
			!util_has_prefix(o->url, "/dev/")) ||
		    (o->record != NULL && util_streq(o->record, other->record)))
			check_error(c, path,
			    "is the \"%s\" of outputs[%zu], too; they would "
			    "interfere with each other: remove one",
			    key, k);
	}
	free(path);
}

/* A name is one word that no other output or worker has. */
static void
check_output_name(const struct check *c, size_t i)
{
	const char *name = profile_output(c->p, i)->name;
	char *path = xasprintf("outputs[%zu].name", i);

	for (size_t k = 0; name != NULL && k < i; k++)
		if (util_streq(name, profile_output(c->p, k)->name))
			check_error(c, path,
			    "\"%s\" is already the name of "
			    "outputs[%zu]",
			    name, k);
	if (name != NULL && !profile_is_name(name))
		check_error(c, path,
		    "must be 1 to 64 letters, digits, '_', '.' and '-', and "
		    "must not begin with '-'");
	for (size_t k = 0; name != NULL && check_taken_names[k] != NULL; k++)
		if (strcmp(name, check_taken_names[k]) == 0)
			check_error(c, path,
			    "\"%s\" is the name of another process of ffsup; "
			    "choose another",
			    name);
	free(path);
}

static void
check_outputs(const struct check *c)
{
	if (c->p->outputs.n == 0)
		check_error(c, "outputs",
		    "is missing; add at least one { \"url\": ... }");
	if (c->p->outputs.n > PROFILE_OUTPUTS_MAX)
		check_error(c, "outputs",
		    "at most %d are "
		    "allowed",
		    PROFILE_OUTPUTS_MAX);
	for (size_t i = 0; i < c->p->outputs.n; i++) {
		check_output(c, i);
		check_output_twice(c, i);
		check_output_name(c, i);
		check_upload(c, i);
	}
}

/* A pair of delays of which the first must not be the longer. */
static void
check_order(const struct check *c, const char *path, int64_t min, int64_t max)
{
	if (min > max)
		check_error(c, path,
		    "\"min\" (%lld ms) is greater than "
		    "\"max\" (%lld ms)",
		    (long long)min, (long long)max);
}

void
check_profile(
    const struct profile *p, const struct jsonc *doc, struct errors *errs)
{
	const struct profile_restart *r = &p->restart;
	struct check check = { .p = p, .doc = doc, .errs = errs };

	shape_make(&check.shape, p);
	if (p->args.n > 0) {
		check_args(&check);
	} else {
		check_sources(&check);
		check_video(&check);
		check_fallback(&check);
		check_overlays(&check);
		check_audio(&check);
		check_outputs(&check);
	}
	check_order(&check, "restart", r->min, r->max);
	check_order(&check, "restart.auth", r->auth.min, r->auth.max);
	check_order(&check, "restart.device", r->device.min, r->device.max);
}
