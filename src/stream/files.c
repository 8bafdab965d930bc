/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/url.h"
#include "base/util.h"
#include "base/words.h"
#include "stream/container.h"
#include "stream/files.h"

/* Bytes at a file's beginning that distinguish text from media. */
#define FILES_HEAD 512

/* --- names --------------------------------------------------------------- */

/* Whether an entry is a URL, whose file is not on a disk of ours. */
static bool
files_is_url(const char *name)
{
	return url_scheme_len(name) > 0 && !url_has_scheme(name, "file");
}

/* Whether the extension of a name is one of these. */
static bool
files_ends_in(const char *name, const char *const *words, size_t n)
{
	const char *slash = strrchr(name, '/');
	const char *dot = strrchr(slash == NULL ? name : slash, '.');

	return dot != NULL && words_has(words, n, dot + 1, strlen(dot + 1));
}

/* Whether a file has a film's name, so that somebody will miss it. */
static bool
files_is_film(const char *name)
{
	static const char *const films[] = { "mp4", "m4v", "mov", "mkv", "webm",
		"ts", "m2ts", "mpg", "mpeg", "avi", "flv", "wmv" };

	return files_ends_in(name, films, NELEM(films));
}

/* Whether it has the name of what people and programs keep beside films. */
static bool
files_is_stray(const char *name)
{
	static const char *const words[] = { "!qb", "!ut", "7z", "aria2", "ass",
		"bak", "bmp", "crdownload", "cue", "db", "download", "exe",
		"ffconcat", "gif", "gz", "heic", "htm", "html", "idx", "ini",
		"jpeg", "jpg", "json", "lnk", "log", "m3u", "m3u8", "md", "md5",
		"mpd", "nfo", "nzb", "par2", "part", "partial", "pdf", "pls",
		"png", "py", "rar", "sfv", "sh", "sha1", "smi", "srt", "ssa",
		"sub", "sup", "svg", "swp", "tar", "tif", "tiff", "tmp",
		"torrent", "txt", "url", "vtt", "webp", "xml", "xspf", "yaml",
		"yml", "zip" };

	return files_ends_in(name, words, NELEM(words));
}

/* --- the files of the entries ------------------------------------------- */

static void
files_add(struct files *f, char *name, bool folder)
{
	f->folder = xrealloc(f->folder, f->names.n + 1, sizeof(*f->folder));
	f->folder[f->names.n] = folder;
	strv_take(&f->names, name);
}

static int
files_is_shown(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* All files of a folder, without hidden names. */
static void
files_read_folder(struct files *f, const char *path)
{
	const char *slash = util_has_suffix(path, "/") ? "" : "/";
	struct dirent **v;
	int n = scandir(path, &v, files_is_shown, alphasort);

	for (int i = 0; i < n; i++) {
		files_add(
		    f, xasprintf("%s%s%s", path, slash, v[i]->d_name), true);
		free(v[i]);
	}
	if (n >= 0)
		free(v);
	if (n <= 0)
		strv_push(&f->none, path);
}

static void
files_read_pattern(struct files *f, const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	/* "films" and "films/" with a star mean the same */
	bool all = strchr(slash == NULL ? pattern : slash, '.') == NULL;
	glob_t g;

	if (glob(pattern, 0, NULL, &g) != 0) {
		strv_push(&f->none, pattern);
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		files_add(f, xstrdup(g.gl_pathv[i]), all);
	globfree(&g);
}

void
files_read_entry(struct files *f, const char *entry)
{
	struct stat st;

	if (files_is_url(entry))
		files_add(f, xstrdup(entry), false);
	else if (lstat(entry, &st) == -1)
		files_read_pattern(f, entry);
	else if (fs_is_directory(entry))
		files_read_folder(f, entry);
	else
		files_add(f, xstrdup(entry), false);
}

void
files_read(struct files *f, const struct strv *entries)
{
	*f = (struct files){ .folder = NULL };
	for (size_t i = 0; i < entries->n; i++)
		files_read_entry(f, entries->v[i]);
}

char *
files_why_none(const char *entry)
{
	struct stat st;

	if (lstat(entry, &st) == 0 && access(entry, R_OK | X_OK) == 0)
		return xasprintf("%s: it is empty", entry);
	if (errno == ENOENT && strpbrk(entry, "*?[") != NULL)
		return xasprintf("%s matches nothing", entry);
	return xasprintf("%s: %s", entry, strerror(errno));
}

void
files_clear(struct files *f)
{
	strv_clear(&f->names);
	strv_clear(&f->none);
	free(f->folder);
}

/* --- a look at one -------------------------------------------------------- */

/* Whether the beginning of a file is text that no demuxer reads. */
static bool
files_is_text(const unsigned char *head, size_t n)
{
	static const char *const media[] = { "#EXTM3U", "ffconcat", "v=0",
		"YUV4MPEG2", "#!AMR", "<?xml", "<MPD", "[playlist]" };
	size_t bom = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	for (size_t i = 0; i < NELEM(media); i++) {
		size_t len = strlen(media[i]);

		if (n >= bom + len && memcmp(head + bom, media[i], len) == 0)
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (head[i] < ' ' && memchr("\t\n\r\f\033", head[i], 5) == NULL)
			return false;
	return true;
}

/* Whether it is a still image, as often found beside films in a folder. */
static bool
files_is_picture(const unsigned char *head, size_t n)
{
	return n >= 12 &&
	    (memcmp(head, "\xff\xd8\xff", 3) == 0 ||
		memcmp(head, "\x89PNG", 4) == 0 ||
		memcmp(head, "GIF8", 4) == 0 || memcmp(head, "BM", 2) == 0 ||
		memcmp(head + 8, "WEBP", 4) == 0);
}

/* The same by its content; `stray`: it may be in the folder by chance. */
static const char *
files_unfit_content(int fd, bool folder, bool stray, uint64_t size, bool *quiet)
{
	unsigned char head[FILES_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n == -1)
		return strerror(errno);
	*quiet = stray;
	if (files_is_text(head, (size_t)n))
		return "it is text";
	if (folder && files_is_picture(head, (size_t)n))
		return "it is a still image";
	*quiet = false;
	if (container_lacks_index(fd, size))
		return "it has no moov atom: cut off, or still being written";
	return NULL;
}

enum files_want
files_wanted(const char *format, bool video)
{
	if (format != NULL)
		return FILES_RAW;
	return video ? FILES_VIDEO : FILES_MEDIA;
}

char *
files_unfit(const struct files *f, size_t i, enum files_want want, bool *quiet)
{
	const char *path = f->names.v[i], *why = NULL;
	bool folder = f->folder[i];
	struct stat st;
	int fd;

	*quiet = folder && want != FILES_RAW && files_is_stray(path);
	if (*quiet)
		return xstrdup("it is not a film, by its name");
	if (files_is_url(path))
		return NULL;
	if (stat(path, &st) == -1)
		return xstrdup(strerror(errno));
	*quiet = folder && !S_ISREG(st.st_mode) && !files_is_film(path);
	if (S_ISDIR(st.st_mode))
		return xstrdup("it is a directory");
	if (!S_ISREG(st.st_mode))
		return xstrdup("it is not a file");
	if (st.st_size == 0)
		return xstrdup("it is empty");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return xstrdup(strerror(errno));
	if (want != FILES_RAW)
		why = files_unfit_content(fd, folder,
		    folder && !files_is_film(path), (uint64_t)st.st_size,
		    quiet);
	if (why == NULL && want == FILES_VIDEO &&
	    container_lacks_video(fd, (uint64_t)st.st_size))
		why = "it has no video";
	close(fd);
	return why == NULL ? NULL : xstrdup(why);
}

char *
files_mark(const char *path)
{
	struct stat st;

	if (files_is_url(path))
		return xasprintf("0 0 %s", path);
	if (stat(path, &st) == -1)
		return NULL;
	return xasprintf("%lld %lld.%09ld %s", (long long)st.st_size,
	    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, path);
}

const char *
files_marked(const char *mark)
{
	const char *path = strchr(mark, ' ');

	return strchr(path + 1, ' ') + 1;
}

/* --- which is next -------------------------------------------------------- */

size_t
files_next(const struct strv *names, const char *last, size_t at)
{
	if (last == NULL)
		return 0;
	/* the nearest of that name: a file may be in the list twice */
	for (size_t d = 0; d < names->n + at; d++) {
		if (at + d < names->n && strcmp(names->v[at + d], last) == 0)
			return at + d + 1;
		if (d <= at && at - d < names->n &&
		    strcmp(names->v[at - d], last) == 0)
			return at - d + 1;
	}
	return at < names->n ? at : names->n;
}
