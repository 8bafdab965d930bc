/* SPDX-License-Identifier: ISC */
/*
 * The files of a source: how they are found, which cannot be media, which is
 * next, and the position of a playlist in them.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/util.h"
#include "stream/files.h"
#include "stream/playlist.h"

#include "tree.h"

static char dir[] = "/tmp/ffsup-files-XXXXXX";
static char notices[4096];
static const struct ending played = { .class = FAIL_ENDED };

/* Bytes that may be media, at a look. */
static const char media[] = "\x1a\x45\xdf\xa3\x01";

static void
put(const char *name, const char *bytes, size_t n)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	free(path);
}

static void
put_media(const char *name)
{
	put(name, media, sizeof(media));
}

static void
drop(const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(remove(path), 0);
	free(path);
}

static int
setup(void **state UNUSED)
{
	snprintf(dir, sizeof(dir), "/tmp/ffsup-files-XXXXXX");
	notices[0] = '\0';
	return mkdtemp(dir) == NULL || chdir(dir) == -1 ? -1 : 0;
}

static int
teardown(void **state UNUSED)
{
	return tree_remove(dir);
}

/* The files of entries, as one text: "a.mkv b.mkv - none". */
static void
expect_read(const char *const *entries, const char *text)
{
	struct strv v = { 0 };
	char got[512] = "";
	struct files f;

	for (; *entries != NULL; entries++)
		strv_push(&v, *entries);
	files_read(&f, &v);
	for (size_t i = 0; i < f.names.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s|",
		    f.names.v[i], f.folder[i] ? "*" : "");
	for (size_t i = 0; i < f.none.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "-%s|",
		    f.none.v[i]);
	assert_string_equal(got, text);
	files_clear(&f);
	strv_clear(&v);
}

/* A name that exists is that file; one that matches nothing is reported. */
static void
test_m9_m14_read(void **state UNUSED)
{
	put_media("Film [abc].mp4");
	put_media("Film a.mp4");
	put_media("x*");
	mkdir("d", 0755);
	expect_read((const char *const[]){ "d", NULL }, "-d|");
	put_media("d/2.mkv");
	put_media("d/1 [x].mkv");
	put_media("d/.hidden");
	expect_read((const char *const[]){ "Film [abc].mp4", "x*", NULL },
	    "Film [abc].mp4|x*|");
	expect_read((const char *const[]){ "Film [b].mp4", "Film ?.mp4", "no*",
			"nothing.mp4", NULL },
	    "Film a.mp4|-Film [b].mp4|-no*|-nothing.mp4|");
	expect_read((const char *const[]){ "d/*", "http://h/a.mp4", NULL },
	    "d/1 [x].mkv*|d/2.mkv*|http://h/a.mp4|");
	expect_read((const char *const[]){ "d", "d/", NULL },
	    "d/1 [x].mkv*|d/2.mkv*|d/1 [x].mkv*|d/2.mkv*|");
}

/* Which files a look refuses, and whether that is worth a word. */
static void
test_m1_unfit(void **state UNUSED)
{
	static const struct {
		const char *name, *why; /* NULL: it fits */
		bool quiet;
	} rows[] = {
		{ "d/cut.mp4",
		    "it has no moov atom: cut off, or still being written",
		    false },
		{ "d/dangling", "No such file or directory", false },
		{ "d/empty.mp4", "it is empty", false },
		{ "d/fifo", "it is not a file", true },
		{ "d/film.mp4", NULL, false },
		{ "d/film.srt", "it is not a film, by its name", true },
		{ "d/list.m3u8", "it is not a film, by its name", true },
		{ "d/other.mkv", NULL, false },
		{ "d/poster", "it is a still image", true },
		{ "d/sub", "it is a directory", true },
		{ "d/sub.mp4", "it is a directory", false },
	};
	struct strv v = { 0 };
	struct files f;
	bool quiet;

	mkdir("d", 0755);
	mkdir("d/sub", 0755);
	mkdir("d/sub.mp4", 0755);
	assert_int_equal(mkfifo("d/fifo", 0600), 0);
	assert_int_equal(symlink("nowhere", "d/dangling"), 0);
	put("d/cut.mp4",
	    "\0\0\0\x10"
	    "ftypisom\0\0\0\0"
	    "\0\0\xff\xff"
	    "mdat",
	    24);
	put("d/film.mp4",
	    "\0\0\0\x10"
	    "ftypisom\0\0\0\0"
	    "\0\0\0\x09"
	    "mdatx"
	    "\0\0\0\x08"
	    "moov",
	    33);
	put("d/empty.mp4", "", 0);
	put("d/film.srt", "1\r\n00:00:01,000 --> 00:00:02,000\r\nH\xc3\xa9\r\n",
	    38);
	put("d/list.m3u8", "\xef\xbb\xbf#EXTM3U\n", 11);
	put_media("d/other.mkv");
	put("d/poster", "\xff\xd8\xff\xe0\0\x10JFIF\0\1", 12);
	strv_push(&v, "d");
	files_read(&f, &v);
	assert_int_equal(f.names.n, NELEM(rows));
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *why = files_unfit(&f, i, FILES_VIDEO, &quiet);

		assert_string_equal(f.names.v[i], rows[i].name);
		if (!util_streq(why, rows[i].why) ||
		    (why != NULL && quiet != rows[i].quiet))
			fail_msg("%s: %s", rows[i].name, why);
		free(why);
	}
	/* of a format that is given */
	assert_null(files_unfit(&f, 5, FILES_RAW, &quiet));
	files_clear(&f);
	strv_clear(&v);
}

/* --- video or none ----------------------------------------------------------- */

/* The bytes of a file that is being made. */
static unsigned char made[8192];
static size_t n_made;

static void
make(const void *bytes, size_t n)
{
	assert_true(n_made + n <= sizeof(made));
	memcpy(made + n_made, bytes, n);
	n_made += n;
}

/* Write the file, and ask whether it is left out; `why` is expected. */
static void
expect_made(const char *what, enum files_want want, const char *why)
{
	struct strv v = { 0 };
	struct files f;
	bool quiet;
	char *got;

	put("made", (const char *)made, n_made);
	strv_push(&v, "made");
	files_read(&f, &v);
	got = files_unfit(&f, 0, want, &quiet);
	if (!util_streq(got, why) || quiet)
		fail_msg("%s: %s", what, got == NULL ? "fits" : got);
	free(got);
	files_clear(&f);
	strv_clear(&v);
	drop("made");
}

static void
expect_video(const char *what, bool video)
{
	expect_made(what, FILES_VIDEO, video ? NULL : "it has no video");
	expect_made(what, FILES_MEDIA, NULL);
	expect_made(what, FILES_RAW, NULL);
	n_made = 0;
}

/* Begin a box of MP4; box_end() completes it. */
static size_t
box_begin(const char *type)
{
	make("\0\0\0\0", 4);
	make(type, 4);
	return n_made - 8;
}

static void
box_end(size_t at)
{
	made[at + 2] = (unsigned char)((n_made - at) >> 8);
	made[at + 3] = (unsigned char)(n_made - at);
}

/* A track of a number; `chapter`: that of its chapters; 0: it has none. */
static void
make_trak(const char *handler, char number, char chapter)
{
	size_t trak = box_begin("trak"), at = box_begin("tkhd"), in;
	char tkhd[84] = { [15] = number }, hdlr[25] = { 0 }, chap[4] = { 0 };

	make(tkhd, sizeof(tkhd));
	box_end(at);
	if (chapter != 0) {
		at = box_begin("tref");
		in = box_begin("chap");
		chap[3] = chapter;
		make(chap, sizeof(chap));
		box_end(in);
		box_end(at);
	}
	at = box_begin("mdia");
	in = box_begin("hdlr");
	memcpy(hdlr + 8, handler, 4);
	make(hdlr, sizeof(hdlr));
	box_end(in);
	box_end(at);
	box_end(trak);
}

/* An MP4 file of sound, and a second track or none, with its index last. */
static void
make_mp4(const char *second, char chapter)
{
	size_t moov;

	make("\0\0\0\x10"
	     "ftypM4A \0\0\0\0"
	     "\0\0\0\1mdat\0\0\0\0\0\0\0\x11.",
	    33);
	moov = box_begin("moov");
	make_trak("soun", 1, chapter);
	if (second != NULL)
		make_trak(second, 2, 0);
	box_end(moov);
}

/* MP4: the tracks decide; a cover, or images at chapters, are not a video. */
static void
test_m1_no_video_mp4(void **state UNUSED)
{
	make_mp4(NULL, 0);
	expect_video("sound", false);
	make_mp4("text", 0);
	expect_video("sound and text", false);
	make_mp4("vide", 2);
	expect_video("images at chapters", false);
	make_mp4("vide", 0);
	expect_video("sound, then video", true);
	make_mp4("vide", 1);
	expect_video("chapters that are other ones", true);
}

/* Matroska, also when it was written to a pipe: the types of its tracks. */
static void
test_m1_no_video_mkv(void **state UNUSED)
{
	static const char head[] = "\x1a\x45\xdf\xa3\x81.";

	make(head, 6);
	make("\x18\x53\x80\x67\x8d\xec\x81.\x16\x54\xae\x6b\x85"
	     "\xae\x83\x83\x81\2",
	    18);
	expect_video("sound", false);
	make(head, 6);
	make("\x18\x53\x80\x67\xff\x16\x54\xae\x6b\x85\xae\x83\x83\x81\2", 15);
	expect_video("sound, of no known length", false);
	make(head, 6);
	make("\x18\x53\x80\x67\xff\x16\x54\xae\x6b\x8a\xae\x83\x83\x81\2"
	     "\xae\x83\x83\x81\1",
	    20);
	expect_video("sound, then video", true);
	make(head, 6);
	make("\x18\x53\x80\x67\xff\xec\xff.......", 13);
	expect_video("tracks that are not found", true);
}

/* So many frames of `len` bytes, each with this header of `n`. */
static void
make_frames(const char *header, size_t n, size_t len, int frames)
{
	static const char zeros[1000];

	for (int i = 0; i < frames; i++) {
		make(header, n);
		make(zeros, len - n);
	}
}

/* Formats of sound alone, by their first bytes or by frames in a row. */
static void
test_m1_no_video_sound(void **state UNUSED)
{
	static const char *const words[] = { "ID3\4", "fLaC",
		"RIFF\1\1\1\1WAVE", "FORM\1\1\1\1AIFF", "caff", ".snd",
		"#!AMR\1" };

	for (size_t i = 0; i < NELEM(words); i++) {
		make_frames(words[i], strlen(words[i]), 40, 1);
		expect_video(words[i], false);
	}
	make_frames("\xff\xfb\x90\0", 4, 417, 3);
	expect_video("MP3", false);
	make_frames("\xff\xfb\x90\0", 4, 417, 1);
	expect_video("a short MP3", false);
	make_frames("\xff\xf3\x80\0", 4, 208, 3);
	expect_video("MP3 of MPEG 2", false);
	make_frames("\xff\xf1\x50\x40\x19\x1f\xfc", 7, 200, 3);
	expect_video("AAC", false);
	make_frames("\x0b\x77\0\0\x0c\x40", 6, 384, 3);
	expect_video("AC-3", false);
	make_frames("\xff\xfb\x90\0", 4, 400, 3);
	expect_video("no second frame", true);
	make_frames("\0\0\1\xb3", 4, 40, 1);
	expect_video("MPEG video", true);
}

static void
make_ogg(const char *codec)
{
	char page[36] = "OggS\0\2";

	page[26] = 1;
	page[27] = 8;
	memcpy(page + 28, codec, 8);
	make(page, sizeof(page));
}

/* One program of one stream. */
static void
make_ts(const char *stream, size_t n)
{
	char p[188] = "\x47\x40\0\x10\0\0\xb0\x0d\0\1\xc1\0\0\0\1\xf0\0";
	char m[188] = "\x47\x50\0\x10\0\2\xb0\0\0\1\xc1\0\0\xe1\0\xf0\0";

	m[7] = (char)(13 + n);
	memcpy(m + 17, stream, n);
	make(p, sizeof(p));
	make(m, sizeof(m));
	p[1] = 1; /* another packet */
	make(p, sizeof(p));
	make(p, sizeof(p));
}

/* Ogg, MPEG-TS, FLV, AVI, WMA: the kinds of the tracks. */
static void
test_m1_no_video_others(void **state UNUSED)
{
	make_ogg("OpusHead");
	expect_video("Opus", false);
	make_ogg("\200theora");
	make_ogg("\1vorbis");
	expect_video("Theora and Vorbis", true);
	make_ts("\x0f\xe1\0\xf0\0", 5);
	expect_video("AAC in MPEG-TS", false);
	make_ts("\x06\xe1\0\xf0\3\x6a\1\0", 8);
	expect_video("AC-3 in MPEG-TS", false);
	make_ts("\x0f\xe1\0\xf0\0\x1b\xe1\1\xf0\0", 10);
	expect_video("H.264 in MPEG-TS", true);
	make_ts("\x06\xe1\0\xf0\0", 5);
	expect_video("unknown type in MPEG-TS", true);
	make("FLV\1\5\0\0\0\x09\0\0\0\0\x08\0\0\1\0\0\0\0\0\0\0.", 25);
	expect_video("sound in FLV", false);
	make("FLV\1\5\0\0\0\x09\0\0\0\0\x08\0\0\1\0\0\0\0\0\0\0.", 25);
	make("\0\0\0\x0c\x09\0\0\1\0\0\0\0\0\0\0.", 16);
	expect_video("video in FLV", true);
	make("RIFF\1\1\1\1AVI LIST\x0c\0\0\0strh\4\0\0\0auds", 32);
	expect_video("sound in AVI", false);
	make("RIFF\1\1\1\1AVI LIST\x18\0\0\0strh\4\0\0\0auds", 32);
	make("strh\4\0\0\0vids", 12);
	expect_video("video in AVI", true);
}

/* The file after the last one, by its place where the name is not enough. */
static void
test_m1_next(void **state UNUSED)
{
	static const char *const abac[] = { "a", "b", "a", "c" };
	const struct strv none = { NULL, 0 };
	struct strv names = { 0 };

	for (size_t i = 0; i < NELEM(abac); i++)
		strv_push(&names, abac[i]);
	assert_int_equal(files_next(&names, NULL, 3), 0);
	assert_int_equal(files_next(&names, "a", 0), 1);
	assert_int_equal(files_next(&names, "b", 1), 2);
	assert_int_equal(files_next(&names, "a", 2), 3);
	assert_int_equal(files_next(&names, "c", 3), 4);
	/* it was moved, it is gone, all are */
	assert_int_equal(files_next(&names, "c", 0), 4);
	assert_int_equal(files_next(&names, "b", 9), 2);
	assert_int_equal(files_next(&names, "x", 1), 1);
	assert_int_equal(files_next(&names, "x", 9), 4);
	assert_int_equal(files_next(&none, "x", 2), 0);
	assert_int_equal(files_next(&none, NULL, 0), 0);
	strv_clear(&names);
}

/* --- a playlist ----------------------------------------------------------- */

static void
take_notice(void *ctx UNUSED, const char *kind, const char *text)
{
	assert_string_equal(kind, "file");
	snprintf(notices + strlen(notices), sizeof(notices) - strlen(notices),
	    "%s|", text);
}

static struct playlist
list_of(struct profile_source *s, bool loop, const char *entry)
{
	*s = (struct profile_source){ .loop = loop };
	strv_push(&s->files, entry);
	return (struct playlist){ .source = s, .notice = take_notice };
}

/* A look, after its way to another process. */
static void
pass_on(struct playlist_look *look)
{
	FILE *f = tmpfile();
	char bytes[65536];
	size_t n;

	assert_non_null(f);
	playlist_send_place(fileno(f), "before");
	playlist_send(look, fileno(f));
	playlist_look_clear(look);
	rewind(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_int_equal(playlist_take(look, bytes, n - 1), -1);
	assert_string_equal(playlist_place(bytes, n), "before");
	assert_null(playlist_place(bytes, 2));
	assert_int_equal(playlist_take(look, bytes, n), 0);
}

/* Look, and take over the result. The cause, or NULL; the caller's. */
static char *
look(struct playlist *pl, const struct plan_worker *plan, bool *end)
{
	struct playlist_look l;
	char *cause;

	playlist_expire(pl);
	playlist_look(pl, plan, NULL, NULL, &l);
	pass_on(&l);
	playlist_apply(pl, &l);
	*end = l.end;
	cause = l.cause;
	l.cause = NULL;
	playlist_look_clear(&l);
	return cause;
}

/* Choose the next file. NULL with *cause; both NULL: all has been played. */
static const char *
playlist_turn(struct playlist *pl, char **cause)
{
	const struct plan_worker plan = { .playlist = true };
	bool end;

	*cause = look(pl, &plan, &end);
	assert_true((pl->file != NULL) + (*cause != NULL) + end == 1);
	return pl->file;
}

/* Choose the next file, play it, and check what follows. */
static void
expect_turn(
    struct playlist *pl, const char *name, bool shown, enum worker_more more)
{
	char *cause = NULL;
	const char *file = playlist_turn(pl, &cause);

	assert_null(cause);
	assert_string_equal(file, name);
	playlist_over(pl, &played, false, false);
	assert_int_equal(playlist_ended(pl, shown), more);
}

/* All has been played. */
static void
expect_end(struct playlist *pl)
{
	char *cause = NULL;

	assert_null(playlist_turn(pl, &cause));
	assert_null(cause);
}

/* Only a round of nothing but failures earns a delay; a list without loop
 * ends after its last file, even when that is broken. */
static void
test_m1_m3_round(void **state UNUSED)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, true, "d");

	mkdir("d", 0755);
	put_media("d/a");
	put_media("d/b");
	put("d/c.srt", "text\n", 5);
	expect_turn(&pl, "d/a", false, MORE_NOW);
	expect_turn(&pl, "d/b", false, MORE_LATER);
	expect_turn(&pl, "d/a", false, MORE_NOW);
	expect_turn(&pl, "d/b", true, MORE_NOW);
	expect_turn(&pl, "d/a", true, MORE_NOW);
	expect_turn(&pl, "d/b", false, MORE_NOW);
	expect_turn(&pl, "d/a", true, MORE_NOW);
	s.loop = false;
	put_media("d/c"); /* it joins */
	expect_turn(&pl, "d/b", true, MORE_NOW);
	expect_turn(&pl, "d/c", false, MORE_NOW);
	expect_end(&pl);
	assert_string_equal(notices, "");
	/* from the top; none can be played: all again, later */
	expect_turn(&pl, "d/a", false, MORE_NOW);
	drop("d/a"); /* and the place of the next does not move */
	expect_turn(&pl, "d/b", false, MORE_NOW);
	expect_turn(&pl, "d/c", false, MORE_LATER);
	playlist_clear(&pl);
	strv_clear(&s.files);
}

/* A folder that is away for a moment is not an end, and the list goes on where
 * it was. */
static void
test_m3_folder_away(void **state UNUSED)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, false, "d");
	char *cause = NULL;

	mkdir("d", 0755);
	put_media("d/a");
	put_media("d/b");
	put_media("d/c");
	expect_turn(&pl, "d/a", true, MORE_NOW);
	assert_string_equal(playlist_turn(&pl, &cause), "d/b");
	playlist_over(&pl, &played, false, false);
	assert_int_equal(rename("d", "away"), 0);
	assert_int_equal(playlist_ended(&pl, true), MORE_NOW);
	assert_null(playlist_turn(&pl, &cause));
	assert_string_equal(
	    cause, "no file to play: d: No such file or directory");
	free(cause);
	assert_int_equal(rename("away", "d"), 0);
	expect_turn(&pl, "d/c", true, MORE_NOW);
	/* at its end, too, and what joins meanwhile is played */
	assert_int_equal(rename("d", "away"), 0);
	assert_null(playlist_turn(&pl, &cause));
	free(cause);
	put_media("away/d");
	assert_int_equal(rename("away", "d"), 0);
	expect_turn(&pl, "d/d", true, MORE_NOW);
	expect_end(&pl);
	/* from the top: somebody wants it, it is not the end of a run */
	assert_string_equal(playlist_turn(&pl, &cause), "d/a");
	playlist_over(&pl, &played, false, false);
	pl.last[2] = 'd';
	pl.at = 3;
	playlist_ended(&pl, true);
	playlist_begin(&pl);
	assert_string_equal(playlist_turn(&pl, &cause), "d/a");
	playlist_clear(&pl);
	strv_clear(&s.files);
}

/* What is said of a run that showed a part of its file, or nothing. */
static void
test_p6_named(void **state UNUSED)
{
	static char no[] = "no";
	static const struct ending cut = { .class = FAIL_ENDED, .media_ms = 5 },
				   none = { .class = FAIL_ENDED,
					   .media_ms = -1 },
				   other = { .class = FAIL_CHANGED },
				   broken = { .class = FAIL_INPUT,
					   .media_ms = 5,
					   .text = no };
	struct profile_source s = { 0 };
	struct playlist pl = list_of(&s, false, "d");

	pl.file = xstrdup("a");
	playlist_over(&pl, &cut, false, true);
	assert_string_equal(notices, "");
	playlist_over(&pl, &cut, true, true);
	playlist_over(&pl, &none, false, true);
	playlist_over(&pl, &other, false, true);
	playlist_over(&pl, &broken, false, true);
	assert_string_equal(notices,
	    "a was not played to its end: it is cut off or damaged|"
	    "a was not played: it has no video|"
	    "a was not played: its codec cannot be copied into MPEG-TS|"
	    "a was not played to its end: no|");
	playlist_clear(&pl);
	strv_clear(&s.files);
}

/* A file that could not even be started is not taken for played. */
static void
test_m1_not_begun(void **state UNUSED)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, false, "*");
	char *cause = NULL;

	put_media("a");
	put_media("b");
	assert_string_equal(playlist_turn(&pl, &cause), "a");
	assert_string_equal(playlist_turn(&pl, &cause), "a");
	playlist_over(&pl, &played, false, false);
	assert_string_equal(playlist_turn(&pl, &cause), "b");
	playlist_clear(&pl);
	strv_clear(&s.files);
}

static char *
look_list(struct playlist *pl)
{
	const struct plan_worker plan = { .files = true, .in = STDIN_LIST };
	char *cause;
	bool end;

	cause = look(pl, &plan, &end);
	assert_true((pl->marks.n > 0) + (cause != NULL) + end == 1);
	return cause;
}

static void
expect_nothing(const char *entry, const char *text)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, false, entry);
	char *cause = NULL;

	strv_push(&s.files, entry); /* one file alone is not a list */
	assert_null(playlist_turn(&pl, &cause));
	assert_string_equal(cause, text);
	free(cause);
	cause = look_list(&pl);
	assert_string_equal(cause, text);
	free(cause);
	playlist_clear(&pl);
	strv_clear(&s.files);
}

static void
test_m15_nothing(void **state UNUSED)
{
	expect_nothing("*.mp4", "no file to play: *.mp4 matches nothing");
	expect_nothing(
	    "x.mp4", "no file to play: x.mp4: No such file or directory");
	mkdir("d", 0755);
	expect_nothing("d", "no file to play: d: it is empty");
	put("y.mp4", "", 0);
	expect_nothing("y.mp4", "no file to play: y.mp4: it is empty");
	assert_string_equal(
	    notices, "y.mp4 is left out: it is empty|"); /* once */
}

/* --- a list --------------------------------------------------------------- */

/* The names in the list, without their common beginning. */
static void
expect_list(struct playlist *pl, const char *names)
{
	char text[4096], got[512] = "", *line, *rest = text, *cause = NULL;
	char *here = realpath(".", NULL);
	ssize_t n;
	int fd;

	assert_null(look_list(pl));
	fd = playlist_list(pl, &cause);
	assert_null(cause);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	close(fd);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		assert_memory_equal(line, "file '", 6);
		assert_memory_equal(line + 6, here, strlen(here));
		strcat(got, line + 6 + strlen(here) + 1);
	}
	assert_string_equal(got, names);
	free(here);
}

/* As ffmpeg names it. */
static void
unopened(struct playlist *pl, const char *name)
{
	char *path = realpath(name, NULL);

	playlist_unopened(pl, path);
	free(path);
}

/* A file that cannot be opened is left out of the list, until it is another
 * file; a line break in a name breaks nothing. */
static void
test_m5_s11_list(void **state UNUSED)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, true, "*");

	put_media("a");
	put_media("b");
	put_media("c\nfile 'x");
	put("d.mp4", "text\n", 5);
	put_media("e [1]");
	expect_list(&pl, "a'b'e [1]'");
	assert_non_null(strstr(notices, "its name contains a line break|"));
	assert_non_null(strstr(notices, "d.mp4 is left out: it is text|"));
	unopened(&pl, "b");
	assert_non_null(
	    strstr(notices, "/b is left out: ffmpeg cannot open it|"));
	assert_int_equal(playlist_list_ended(&pl, false, true), MORE_NOW);
	/* what comes behind it, and only then the top again */
	expect_list(&pl, "e [1]'");
	assert_true(pl.part);
	assert_int_equal(playlist_list_ended(&pl, false, true), MORE_LATER);
	expect_list(&pl, "e [1]'");
	assert_int_equal(playlist_list_ended(&pl, true, true), MORE_NOW);
	expect_list(&pl, "a'e [1]'");
	assert_false(pl.part);
	assert_int_equal(playlist_list_ended(&pl, false, true), MORE_LATER);
	assert_int_equal(playlist_list_ended(&pl, true, true), MORE_LATER);
	put("b", "\1\2\3", 3);
	expect_list(&pl, "a'b'e [1]'");
	unopened(&pl, "e [1]"); /* the last: from the top */
	expect_list(&pl, "a'b'");
	assert_false(pl.part);
	playlist_hope(&pl);
	unopened(&pl, "b");
	playlist_list_ended(&pl, false, true);
	expect_list(&pl, "e [1]'");
	assert_int_equal(playlist_list_ended(&pl, true, true), MORE_NOW);
	pl.bad_ms -= PLAYLIST_BAD_MS;
	expect_list(&pl, "a'b'e [1]'");
	playlist_clear(&pl);
	strv_clear(&s.files);
}

/* A list that is played once goes on after a file that cannot be opened, and
 * ends after its last one. */
static void
test_m5_once(void **state UNUSED)
{
	struct profile_source s;
	struct playlist pl = list_of(&s, false, "*");
	char *cause = NULL;

	put_media("a");
	put_media("b");
	put_media("c");
	put_media("d");
	expect_list(&pl, "a'b'c'd'");
	unopened(&pl, "b");
	assert_int_equal(playlist_list_ended(&pl, true, true), MORE_NOW);
	expect_list(&pl, "c'd'");
	/* it was killed: the rest again, not every file */
	assert_int_equal(playlist_list_ended(&pl, false, true), MORE_LATER);
	expect_list(&pl, "c'd'");
	unopened(&pl, "d");
	assert_int_equal(playlist_list_ended(&pl, false, true), MORE_NOW);
	assert_null(look_list(&pl)); /* the end */
	assert_int_equal(pl.marks.n, 0);
	/* again, and nothing at all can be opened */
	playlist_hope(&pl);
	expect_list(&pl, "a'b'c'd'");
	unopened(&pl, "d");
	assert_int_equal(playlist_list_ended(&pl, false, false), MORE_NOW);
	cause = look_list(&pl);
	assert_string_equal(
	    cause, "no file to play: ffmpeg cannot open any of them");
	free(cause);
	expect_list(&pl, "a'b'c'd'");
	assert_int_equal(playlist_list_ended(&pl, true, true), MORE_END);
	playlist_clear(&pl);
	strv_clear(&s.files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_m9_m14_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_m1_unfit, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m1_no_video_mp4, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m1_no_video_mkv, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m1_no_video_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m1_no_video_others, setup, teardown),
		cmocka_unit_test(test_m1_next),
		cmocka_unit_test_setup_teardown(
		    test_m1_m3_round, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m3_folder_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_p6_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m1_not_begun, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m15_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_m5_s11_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_m5_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
