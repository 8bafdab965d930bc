/* SPDX-License-Identifier: ISC */
/* Files that recorders left without a picture go; whatever has one, or a
 * writer, or another name, stays. */
#include "config.h"

#include <fcntl.h>
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

#include "recorder.h"
#include "tree.h"
#include "util.h"

#define EBML	"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01"
#define CLUSTER "\x1f\x43\xb6\x75\x01"
#define FTYP         \
	"\0\0\0\x1c" \
	"ftypiso5"
#define MOOV         \
	"\0\0\0\x08" \
	"moov"
#define MOOF         \
	"\0\0\0\x08" \
	"moof"
#define MDAT         \
	"\0\0\0\x08" \
	"mdat"

static char dir[64], pattern[128];

static int
setup(void **state UNUSED)
{
	strcpy(dir, "/tmp/recorder-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(pattern, sizeof(pattern), "%s/%%F/%%H-%%M-%%S.rec", dir);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	return tree_remove(dir);
}

/* Open a file as a recorder did so many seconds ago; *path is the caller's. */
static int
begin(int ago_s, const void *data, size_t len, char **path)
{
	int fd;

	*path = util_strftime(pattern, wall_ms() - ago_s * 1000);
	assert_int_equal(util_mkdirs(*path, true), 0);
	fd = open(*path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	return fd;
}

/* Is it swept away? It is gone in any case when this returns. */
static bool
goes(const char *path)
{
	bool stays;

	recorder_sweep(pattern);
	stays = access(path, F_OK) == 0;
	unlink(path);
	return !stays;
}

/* The same of a file with this content, ended so many seconds ago. */
static bool
goes_with(int ago_s, const void *data, size_t len)
{
	char *path;
	bool gone;

	close(begin(ago_s, data, len, &path));
	gone = goes(path);
	free(path);
	return gone;
}

#define GOES(text) goes_with(5, text, sizeof(text) - 1)

static void
test_headers(void **state UNUSED)
{
	assert_true(GOES(""));
	assert_true(GOES(EBML));
	assert_true(GOES(FTYP MOOV));
	assert_true(goes_with(100, EBML, sizeof(EBML) - 1));
	assert_true(goes_with(0, EBML, sizeof(EBML) - 1));
}

static void
test_pictures(void **state UNUSED)
{
	assert_false(GOES(EBML CLUSTER));
	assert_false(GOES(FTYP MOOV MOOF MDAT));
	assert_false(GOES(FTYP MDAT));
	assert_false(GOES("\x47\x40\x11\x10\x42\xf0\x25\x01\xc1")); /* TS */
	assert_false(GOES("a word"));
	assert_false(GOES("a word to the wise, who keeps his notes here"));
}

/* Only what is recent, and no header is that long. */
static void
test_far_away(void **state UNUSED)
{
	char big[4097] = EBML;

	assert_true(goes_with(5, big, sizeof(big) - 1));
	assert_false(goes_with(5, big, sizeof(big)));
	assert_false(
	    goes_with(RECORDER_SWEEP_MS / 1000 + 5, EBML, sizeof(EBML) - 1));
}

/* Somebody still writes: nothing to sweep, and nobody is disturbed. */
static void
test_writer(void **state UNUSED)
{
	char *path;
	int fd = begin(5, EBML, sizeof(EBML) - 1, &path);

	recorder_sweep(pattern);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
	assert_true(goes(path));
	free(path);
}

/* Links, directories and FIFOs are no recordings. */
static void
test_others(void **state UNUSED)
{
	char *path, target[128];

	snprintf(target, sizeof(target), "%s/elsewhere", dir);
	close(begin(5, EBML, sizeof(EBML) - 1, &path));
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_false(goes(path));
	assert_int_equal(access(target, F_OK), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(goes(path));
	assert_int_equal(mkdir(path, 0700), 0);
	recorder_sweep(pattern);
	assert_int_equal(rmdir(path), 0);
	free(path);
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIR(test_headers),
		WITH_DIR(test_pictures),
		WITH_DIR(test_far_away),
		WITH_DIR(test_writer),
		WITH_DIR(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
