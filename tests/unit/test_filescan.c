/* SPDX-License-Identifier: ISC */
/* The files of a source are looked at in a separate process; a disk that
 * does not answer is reported, and holds up nobody. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/util.h"
#include "profile/profile.h"
#include "spin.h"
#include "stream/files.h"
#include "stream/filescan.h"
#include "tree.h"

static const struct plan_worker turn = { .playlist = true };
static const struct ending played = { .class = FAIL_ENDED };
static const struct plan_worker list = { .files = true, .in = STDIN_LIST };

static struct ev_loop *loop;
static char dir[64], notices[1024];
static unsigned changes, looks;
static struct filescan shelf;
static struct profile_source source;

static void
rig_notice(void *ctx UNUSED, const char *kind, const char *text)
{
	size_t len = strlen(notices);

	snprintf(notices + len, sizeof(notices) - len, "%s: %s\n", kind, text);
}

static void
rig_changed(void *ctx UNUSED)
{
	changes++;
}

static void
rig_ready(void *ctx UNUSED, const struct filescan *sh)
{
	assert_ptr_equal(sh, &shelf);
	looks++;
}

static void
put(const char *name, const char *bytes)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(bytes, f);
	fclose(f);
	free(path);
}

static int
setup(void **state UNUSED)
{
	strcpy(dir, "/tmp/shelf-XXXXXX");
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return -1;
	loop = ev_loop_new(EVFLAG_NOENV);
	log_init(LOG_LEVEL_ERROR);
	child_init(loop);
	notices[0] = '\0';
	changes = looks = 0;
	source = (struct profile_source){ .loop = false };
	strv_push(&source.files, dir);
	put("a", "\1\2\3");
	put("b", "\1\2\3");
	filescan_init(&shelf, loop,
	    &(struct filescan_host){ .notice = rig_notice,
		.ready = rig_ready,
		.changed = rig_changed });
	return 0;
}

static int
teardown(void **state UNUSED)
{
	filescan_clear(&shelf);
	child_shutdown();
	ev_loop_destroy(loop);
	strv_clear(&source.files);
	return tree_remove(dir);
}

/* Wait for the look; the answer of hold() then. */
static int64_t
look(const struct plan_worker *plan)
{
	unsigned before = looks;

	assert_true(filescan_hold(&shelf, &source, plan) > 0);
	SPIN_UNTIL(loop, looks > before);
	return filescan_hold(&shelf, &source, plan);
}

static void
expect_turn(const char *name)
{
	enum plan_stdin in = STDIN_LIST;
	char *cause = NULL;

	assert_int_equal(look(&turn), 0);
	assert_int_equal(filescan_take(&shelf, &in, &cause), 0);
	assert_int_equal(in, STDIN_NULL);
	assert_string_equal(strrchr(shelf.list.file, '/') + 1, name);
}

/* File after file, to the end, including those that join meanwhile. */
static void
test_s4_playlist(void **state UNUSED)
{
	put("a.srt.mkv", "text\n");
	expect_turn("a");
	assert_non_null(strstr(notices, "a.srt.mkv is left out: it is text\n"));
	playlist_over(&shelf.list, &played, false, false);
	assert_int_equal(playlist_ended(&shelf.list, true), MORE_NOW);
	expect_turn("b");
	playlist_over(&shelf.list, &played, false, false);
	assert_int_equal(playlist_ended(&shelf.list, true), MORE_NOW);
	put("c\n@d", "\1");
	expect_turn("c\n@d");
	playlist_over(&shelf.list, &played, false, false);
	assert_int_equal(playlist_ended(&shelf.list, true), MORE_NOW);
	assert_int_equal(look(&turn), -1);
	expect_turn("a");
	assert_ptr_equal(
	    strstr(notices, "a.srt"), strrchr(notices, '/') + 1); /* once */
	assert_int_equal(changes, 0);
}

/* A list, and something else; and the state after each look. */
static void
test_s4_list(void **state UNUSED)
{
	const struct plan_worker one = { .files = true, .in = STDIN_NULL };
	enum plan_stdin in = STDIN_NULL;
	char *cause = NULL, text[256] = "";
	int fd;

	assert_int_equal(filescan_stdin(&shelf, &one), STDIN_NULL);
	assert_int_equal(look(&one), 0); /* it is a folder */
	assert_int_equal(filescan_take(&shelf, &in, &cause), 0);
	assert_int_equal(in, STDIN_LIST);
	assert_int_equal(filescan_stdin(&shelf, &one), STDIN_LIST);
	fd = playlist_list(&shelf.list, &cause);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_non_null(strstr(text, "/a'\nfile '"));
	assert_non_null(strstr(text, "/b'\n"));
	/* ffmpeg could not open one, as it was then; meanwhile it is gone */
	playlist_unopened(&shelf.list, files_marked(shelf.list.marks.v[1]));
	remove("b");
	assert_int_equal(
	    playlist_list_ended(&shelf.list, true, true), MORE_NOW);
	assert_int_equal(look(&list), -1);
	remove("a");
	assert_int_equal(look(&list), 0);
	assert_int_equal(filescan_take(&shelf, &in, &cause), -1);
	assert_non_null(strstr(cause, "it is empty"));
	free(cause);
}

/* Hold up the process that looks, and be late with its answer. */
static void
hang(const struct plan_worker *plan)
{
	assert_true(filescan_hold(&shelf, &source, plan) > 0);
	assert_true(job_is_busy(&shelf.job));
	kill(shelf.job.child.pid, SIGSTOP);
	shelf.job.heard_ms -= 40000;
	filescan_tick(&shelf);
}

/* Reported once, and once when it answers. */
static void
test_s4_silent_disk(void **state UNUSED)
{
	char *text =
	    xasprintf("disk: the disk of %s has not answered for 40", dir);
	char *trouble;

	hang(&turn);
	filescan_tick(&shelf);
	assert_true(filescan_is_silent(&shelf));
	assert_ptr_equal(strstr(notices, text), notices);
	assert_ptr_equal(strchr(notices, '\n'), notices + strlen(notices) - 1);
	assert_int_equal(changes, 1);
	trouble = filescan_trouble(&shelf);
	assert_ptr_equal(strstr(trouble, text + strlen("disk: ")), trouble);
	free(trouble);
	assert_true(filescan_hold(&shelf, &source, &turn) > 0);
	kill(shelf.job.child.pid, SIGCONT);
	SPIN_UNTIL(loop, looks == 1);
	assert_false(filescan_is_silent(&shelf));
	assert_non_null(strstr(notices, "answers again, after 40"));
	assert_int_equal(changes, 2);
	assert_int_equal(filescan_hold(&shelf, &source, &turn), 0);
	free(text);
}

/* A start that was stopped meanwhile leaves no old look to the next one; and
 * a disk that nobody waits for is not reported. */
static void
test_s4_stopped(void **state UNUSED)
{
	assert_true(filescan_hold(&shelf, &source, &turn) > 0);
	kill(shelf.job.child.pid, SIGSTOP);
	filescan_drop(&shelf);
	shelf.job.heard_ms -= 40000;
	filescan_tick(&shelf);
	assert_string_equal(notices, "");
	assert_true(filescan_hold(&shelf, &source, &turn) > 0);
	kill(shelf.job.child.pid, SIGCONT);
	SPIN_UNTIL(loop, looks == 1);
	put("0", "\1");
	expect_turn("0");
	assert_int_equal(look(&turn), 0);
	filescan_drop(&shelf);
	put("00", "\1");
	remove("0");
	expect_turn("00");
	hang(&turn);
	assert_true(filescan_is_silent(&shelf));
	/* other files are not kept from being looked at */
	filescan_forget(&shelf);
	filescan_tick(&shelf);
	assert_null(strstr(notices, "answers again"));
	expect_turn("00");
	hang(&turn); /* and one that is freed */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_s4_playlist),
		TEST(test_s4_list),
		TEST(test_s4_silent_disk),
		TEST(test_s4_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
