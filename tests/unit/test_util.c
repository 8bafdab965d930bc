/* SPDX-License-Identifier: ISC */
/*
 * The ground floor: util, strv, buf, jsonw and log.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
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

#include "base/buf.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/random.h"
#include "base/strv.h"
#include "base/util.h"
#include "base/words.h"

/* --- util --------------------------------------------------------------- */

static void
test_span(void **state UNUSED)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ -5, "0 ms" },
		{ 0, "0 ms" },
		{ 850, "850 ms" },
		{ 999, "999 ms" },
		{ 1000, "1.0 s" },
		{ 12345, "12.3 s" },
		{ 59999, "59.9 s" },
		{ 250000, "4m10s" },
		{ 3600000, "1h00m" },
		{ 86399999, "23h59m" },
		{ 532800000, "6d04h" },
		{ INT64_MAX, "106751991167d07h" },
	};
	char out[UTIL_SPAN_LEN];
	size_t i;

	for (i = 0; i < NELEM(rows); i++)
		assert_string_equal(util_span(rows[i].ms, out), rows[i].text);
}

static void
test_rfc3339(void **state UNUSED)
{
	char out[CALENDAR_RFC3339_LEN];

	assert_string_equal(calendar_rfc3339(0, out), "1970-01-01T00:00:00Z");
	assert_string_equal(calendar_rfc3339(-1, out), "1969-12-31T23:59:59Z");
	assert_string_equal(
	    calendar_rfc3339(1767268800999, out), "2026-01-01T12:00:00Z");
	assert_string_equal(
	    calendar_rfc3339(INT64_MAX, out), "292278994-08-17T07:12:55Z");
}

static void
test_strings(void **state UNUSED)
{
	assert_true(util_has_prefix("rtmp://x", "rtmp:"));
	assert_false(util_has_prefix("rt", "rtmp"));
	assert_true(util_has_suffix("a.json", ".json"));
	assert_false(util_has_suffix("json", ".json"));
	assert_true(util_is_empty(NULL));
	assert_true(util_is_empty(""));
	assert_false(util_is_empty(" "));
	assert_true(util_streq(NULL, NULL));
	assert_false(util_streq("", NULL));
	assert_true(util_streq("a", "a"));
}

static void
test_suggest(void **state UNUSED)
{
	static const char *const keys[] = { "source", "outputs", "video",
		"audio", "url", "restart" };
	char long_word[200];

	assert_string_equal(
	    words_nearest("ouputs", keys, NELEM(keys)), "outputs");
	assert_string_equal(words_nearest("vidoe", keys, NELEM(keys)), "video");
	assert_string_equal(words_nearest("URL", keys, NELEM(keys)), "url");
	assert_string_equal(
	    words_nearest("restarts", keys, NELEM(keys)), "restart");
	assert_null(words_nearest("xyzzy", keys, NELEM(keys)));
	assert_null(words_nearest("ur", keys, NELEM(keys)));
	for (size_t i = 0; i < NELEM(keys); i++)
		assert_int_equal(words_find(keys, NELEM(keys), keys[i]), i);
	assert_int_equal(words_find(keys, NELEM(keys), "xyzzy"), NELEM(keys));
	assert_int_equal(words_find(keys, NELEM(keys), NULL), NELEM(keys));
	assert_null(words_nearest("", keys, NELEM(keys)));
	memset(long_word, 'a', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_null(words_nearest(long_word, keys, NELEM(keys)));
}

static void
test_random(void **state UNUSED)
{
	double low = 1, high = 0, r;
	int i;

	for (i = 0; i < 10000; i++) {
		r = random_unit();
		assert_true(r >= 0 && r < 1);
		low = r < low ? r : low;
		high = r > high ? r : high;
	}
	assert_true(low < 0.01 && high > 0.99);
}

/* A fresh directory; the caller removes its files. */
static char *
test_directory(void)
{
	char *path = xstrdup("/tmp/ffsup-test-XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static void
test_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void
test_read_file(void **state UNUSED)
{
	char *dir = test_directory(), *path = xasprintf("%s/f", dir), *text;
	size_t len = 99;

	assert_null(fs_read(path, 10, &len));
	assert_int_equal(errno, ENOENT);
	test_write(path, "hello", 5);
	text = fs_read(path, 5, &len);
	assert_string_equal(text, "hello");
	assert_int_equal(len, 5);
	free(text);
	assert_null(fs_read(path, 4, &len));
	assert_int_equal(errno, EFBIG);
	test_write(path, "a\0b", 3);
	text = fs_read(path, 10, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 4);
	free(text);
	assert_null(fs_read(dir, 10, &len));
	assert_int_equal(errno, EISDIR);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0); /* must not hang */
	assert_null(fs_read(path, 10, &len));
	assert_int_equal(errno, ENODEV);
	unlink(path);
	rmdir(dir);
	free(path);
	free(dir);

	/* a size of 0 says nothing here */
	text = fs_read("/proc/self/status", 100000, &len);
	assert_non_null(text);
	assert_int_equal(strlen(text), len);
	assert_true(len > 100);
	free(text);
}

static void
test_mkdirs(void **state UNUSED)
{
	char *dir = test_directory(), *path = xasprintf("%s/a//b/c.mkv", dir);
	char *a = xasprintf("%s/a", dir), *b = xasprintf("%s/a/b", dir);
	struct stat st;

	assert_int_equal(fs_mkdirs(path, true), 0);
	assert_int_equal(stat(b, &st), 0);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(fs_mkdirs(path, false), 0);
	assert_int_equal(fs_mkdirs(path, false), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(rmdir(path), 0);
	test_write(path, "", 0);
	assert_int_equal(fs_mkdirs(path, false), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(fs_mkdirs("/", false), 0);
	assert_int_equal(fs_mkdirs("name", true), 0);
	unlink(path);
	rmdir(b);
	rmdir(a);
	rmdir(dir);
	free(path);
	free(a);
	free(b);
	free(dir);
}

static void
test_clocks(void **state UNUSED)
{
	int64_t before = mono_ns(), ms = mono_ms(), after = mono_ns();

	assert_true(before <= after);
	assert_true(before / 1000000 <= ms && ms <= after / 1000000);
	assert_true(wall_ms() > 1577836800000); /* 2020 */
}

static void
test_nonblock(void **state UNUSED)
{
	int fds[2];
	char c;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fs_nonblock(fds[0]), 0);
	assert_int_equal(read(fds[0], &c, 1), -1);
	assert_int_equal(errno, EAGAIN);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(fs_nonblock(fds[0]), -1);
}

/* --- strv --------------------------------------------------------------- */

static void
test_strv(void **state UNUSED)
{
	struct strv a = { 0 }, b = { 0 };

	assert_true(strv_equal(&a, &b));
	strv_push(&a, "ffmpeg");
	strv_pushf(&a, "%dx%d", 640, 480);
	strv_take(&a, xstrdup("-y"));
	assert_int_equal(a.n, 3);
	assert_null(a.v[3]);
	assert_false(strv_equal(&a, &b));
	strv_append(&b, &a);
	assert_true(strv_equal(&a, &b));
	strv_append(&a, &a);
	assert_int_equal(a.n, 6);
	assert_string_equal(a.v[4], "640x480");
	assert_null(a.v[6]);
	strv_clear(&a);
	strv_clear(&b);
	assert_null(a.v);
}

static void
test_strv_setenv(void **state UNUSED)
{
	struct strv env = { 0 };

	strv_setenv(&env, "A", "1");
	strv_setenv(&env, "AB", "2");
	strv_setenv(&env, "A", "3=4");
	assert_int_equal(env.n, 2);
	assert_string_equal(env.v[0], "A=3=4");
	assert_string_equal(env.v[1], "AB=2");
	strv_clear(&env);
}

static void
test_strv_shell(void **state UNUSED)
{
	struct strv s = { 0 };
	char *text;

	text = strv_shell(&s);
	assert_string_equal(text, "");
	free(text);
	strv_push(&s, "A=b");
	strv_push(&s, "a=b");
	strv_push(&s, "");
	strv_push(&s, "it's");
	strv_push(&s, "$x `y`");
	strv_push(&s, "rtmp://h:1/a?b&c");
	text = strv_shell(&s);
	assert_string_equal(
	    text, "'A=b' a=b '' 'it'\\''s' '$x `y`' 'rtmp://h:1/a?b&c'");
	free(text);
	strv_clear(&s);
}

/* --- buf ---------------------------------------------------------------- */

static void
test_buf(void **state UNUSED)
{
	struct buf b;
	char *text;

	buf_init(&b, 10);
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_puts(&b, "hello"), 0);
	assert_int_equal(buf_putf(&b, "%s", "world!"), -1);
	assert_string_equal(buf_text(&b), "hello");
	assert_int_equal(buf_putf(&b, "%s", "world"), 0);
	assert_int_equal(buf_put(&b, "x", 1), -1);
	buf_consume(&b, 4);
	assert_string_equal(buf_text(&b), "oworld");
	assert_int_equal(buf_puts(&b, "1234"), 0);
	text = buf_steal(&b);
	assert_string_equal(text, "oworld1234");
	free(text);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 10);
	text = buf_steal(&b);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(buf_puts(&b, "abc"), 0);
	buf_consume(&b, 99);
	assert_string_equal(buf_text(&b), "");
	buf_clear(&b);
	buf_clear(&b);
}

/* A queue of bytes keeps its order and does not grow with the bytes that
 * passed. */
static void
test_buf_queue(void **state UNUSED)
{
	struct buf b = { 0 };
	unsigned in = 0, out = 0, i, n;
	uint8_t byte;

	for (n = 0; n < 5000; n++) {
		for (i = 0; i < n % 97; i++) {
			byte = (uint8_t)in++;
			assert_int_equal(buf_put(&b, &byte, 1), 0);
		}
		for (i = 0; i < n % 89 && b.len > 0; i++) {
			assert_int_equal(
			    (uint8_t)buf_text(&b)[0], (uint8_t)out++);
			buf_consume(&b, 1);
		}
		assert_int_equal(b.len, in - out);
		assert_int_equal(buf_text(&b)[b.len], '\0');
	}
	assert_true(b.cap <= 8 * (b.len + 256));
	buf_clear(&b);
}

/* --- jsonw -------------------------------------------------------------- */

static void
test_jsonw(void **state UNUSED)
{
	struct buf out = { 0 };
	struct jsonw j;

	jsonw_init(&j, &out);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "v", 1);
	jsonw_array(&j, "list");
	jsonw_array_end(&j);
	jsonw_array(&j, "more");
	jsonw_str(&j, NULL, "a");
	jsonw_object(&j, NULL);
	jsonw_object_end(&j);
	jsonw_int(&j, NULL, INT64_MIN);
	jsonw_array_end(&j);
	jsonw_bool(&j, "b", false);
	jsonw_null(&j, "n");
	jsonw_str(&j, "s", NULL);
	jsonw_strf(&j, "f", "%d%%", 5);
	jsonw_raw(&j, "r", "[1]");
	jsonw_object_end(&j);
	assert_string_equal(buf_text(&out),
	    "{\"v\":1,\"list\":[],\"more\":[\"a\",{},-9223372036854775808],"
	    "\"b\":false,\"n\":null,\"s\":null,\"f\":\"5%\",\"r\":[1]}");
	buf_clear(&out);
}

static void
test_jsonw_fixed(void **state UNUSED)
{
	static const struct {
		double n;
		int decimals;
		const char *text;
	} rows[] = {
		{ 0, 1, "0.0" },
		{ -0.01, 1, "0.0" },
		{ 29.97, 2, "29.97" },
		{ -1.25, 1, "-1.3" },
		{ 0.05, 3, "0.050" },
		{ 86.2, 0, "86" },
		{ 1e18, 3, "1000000000000000000" },
		{ -1e300 * 1e10, 1, "null" },
		{ NAN, 1, "null" },
	};
	struct buf out = { 0 };
	struct jsonw j;
	size_t i;

	for (i = 0; i < NELEM(rows); i++) {
		jsonw_init(&j, &out);
		jsonw_fixed(&j, NULL, rows[i].n, rows[i].decimals);
		assert_string_equal(buf_text(&out), rows[i].text);
		buf_clear(&out);
	}
}

static void
test_jsonw_escape(void **state UNUSED)
{
	static const char *const rows[][2] = {
		{ "q\"b\\", "\"q\\\"b\\\\\"" },
		{ "\n\r\t\x1b", "\"\\n\\r\\t\\u001b\"" },
		{ "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80",
		    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe0\x80\x80x",
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80",
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct buf out = { 0 };
	struct jsonw j;
	size_t i;

	for (i = 0; i < NELEM(rows); i++) {
		jsonw_init(&j, &out);
		jsonw_str(&j, NULL, rows[i][0]);
		assert_string_equal(buf_text(&out), rows[i][1]);
		buf_clear(&out);
	}
}

/* --- log ---------------------------------------------------------------- */

/* Control characters of a terminal never leave as they are: C1, DEL, marks of
 * the writing direction, bytes that are not UTF-8. */
static const char test_s12_text[] =
    "a\x7f\xc2\x9b\xc2\x9d\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8e"
    "\xd8\x9c\x9b\xc3(\xc3\xa4z";

static void
test_s12_json_escapes(void **state UNUSED)
{
	struct jsonw j;
	struct buf b;

	buf_init(&b, 0);
	jsonw_init(&j, &b);
	jsonw_str(&j, NULL, test_s12_text);
	assert_string_equal(buf_text(&b),
	    "\"a\\u007f\\u009b\\u009d\\u202e\\u2066\\u200e\\u061c"
	    "\xef\xbf\xbd\xef\xbf\xbd(\xc3\xa4z\"");
	buf_clear(&b);
}

/* stderr as the read end of a pipe, while a test lasts. */
struct test_stderr {
	int saved, in;
};

static void
test_stderr_open(struct test_stderr *t)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	t->in = fds[0];
	t->saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
}

static void
test_stderr_close(struct test_stderr *t)
{
	dup2(t->saved, STDERR_FILENO);
	close(t->saved);
	close(t->in);
	log_init(LOG_LEVEL_INFO);
}

/* The text that was logged, without asking for more than is there. */
static size_t
test_stderr_read(struct test_stderr *t, char *out, size_t max)
{
	struct pollfd p = { .fd = t->in, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (len < max - 1 && poll(&p, 1, 0) == 1) {
		n = read(t->in, out + len, max - 1 - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	out[len] = '\0';
	return len;
}

static void
test_log(void **state UNUSED)
{
	char text[8192], big[6000];
	struct test_stderr t;
	size_t len;

	test_stderr_open(&t);
	log_init(LOG_LEVEL_INFO);
	errno = ENOSPC;
	log_warn("front: %s", "a\nb\x1b[2J\xc2\x9b c\n");
	assert_int_equal(errno, ENOSPC);
	log_debug("nobody wants this");
	test_stderr_read(&t, text, sizeof(text));
	assert_int_equal(text[4], '-');
	assert_string_equal(text + strlen("2026-01-01 12:00:00 "),
	    "warning: front: a b [2J   c\n");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("%s", big);
	len = test_stderr_read(&t, text, sizeof(text));
	assert_true(len <= 4096);
	assert_string_equal(text + len - 5, "x...\n");
	test_stderr_close(&t);
}

static void
test_s12_log_clean(void **state UNUSED)
{
	char text[256];
	struct test_stderr t;

	test_stderr_open(&t);
	log_init(LOG_LEVEL_INFO);
	log_info("%s", test_s12_text);
	test_stderr_read(&t, text, sizeof(text));
	assert_string_equal(text + strlen("2026-01-01 12:00:00 "),
	    "a                \xef\xbf\xbd\xef\xbf\xbd(\xc3\xa4z\n");
	test_stderr_close(&t);
}

/* A mask that makes text longer and shorter. */
static char *
test_mask(const char *text)
{
	const char *at = strstr(text, "sesame");

	return at == NULL ? xstrdup(text)
			  : xasprintf("%.*s****", (int)(at - text), text);
}

/* A line is masked before it is cut: the cut shows no half of a secret. */
static void
test_s6_log_mask(void **state UNUSED)
{
	char text[8192], big[6000];
	struct test_stderr t;

	test_stderr_open(&t);
	log_init(LOG_LEVEL_INFO);
	log_set_mask(test_mask);
	memset(big, 'x', sizeof(big));
	memcpy(big + 4096 - strlen("2026-01-01 12:00:00 ") - 8, "sesame", 7);
	log_info("%s", big);
	log_set_mask(NULL);
	test_stderr_read(&t, text, sizeof(text));
	assert_null(strstr(text, "se"));
	assert_non_null(strstr(text, "x****\n"));
	test_stderr_close(&t);
}

/* Debug lines of one module, of one folder, of all; and an unknown name. */
static void
test_log_select(void **state UNUSED)
{
	const char *at = "warning: FFSUP_DEBUG: \"oops\" is not a module with "
			 "debug lines; the modules are all, ";
	char text[1024];
	struct test_stderr t;

	test_stderr_open(&t);
	log_init(LOG_LEVEL_INFO);
	log_select(NULL);
	log_select("");
	log_debug("off");
	assert_int_equal(test_stderr_read(&t, text, sizeof(text)), 0);
	log_select("base, test_util");
	errno = ENOSPC;
	log_debug("mine %d", 1);
	assert_int_equal(errno, ENOSPC);
	log_init(LOG_LEVEL_WARN);
	log_debug("off again");
	log_select("unit");
	log_debug("folder");
	log_init(LOG_LEVEL_WARN);
	log_select("all");
	log_debug("all");
	test_stderr_read(&t, text, sizeof(text));
	assert_non_null(strstr(text, "mine 1\n"));
	assert_null(strstr(text, "off"));
	assert_non_null(strstr(text, "folder\n"));
	assert_non_null(strstr(text, "all\n"));
	log_init(LOG_LEVEL_WARN);
	log_select("oops,test_util,ouch");
	log_debug("still");
	test_stderr_read(&t, text, sizeof(text));
	assert_non_null(strstr(text, at));
	assert_non_null(strstr(text, "test_util\n"));
	assert_null(strstr(text, "ouch"));
	assert_non_null(strstr(text, "still\n"));
	test_stderr_close(&t);
}

static void
test_log_journal(void **state UNUSED)
{
	char text[256], *stream;
	struct test_stderr t;
	struct stat st;

	test_stderr_open(&t);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	stream = xasprintf("%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init(LOG_LEVEL_DEBUG);
	log_error("e");
	log_debug("d");
	test_stderr_read(&t, text, sizeof(text));
	assert_string_equal(text, "<3>e\n<7>d\n");
	setenv("JOURNAL_STREAM", "1:1", 1); /* somebody else's */
	log_init(LOG_LEVEL_DEBUG);
	log_info("i");
	test_stderr_read(&t, text, sizeof(text));
	assert_int_not_equal(text[0], '<');
	unsetenv("JOURNAL_STREAM");
	free(stream);
	test_stderr_close(&t);
}

/* A full pipe blocks nobody, and the count of lost lines is said later. */
static void
test_log_blocked(void **state UNUSED)
{
	static char text[1 << 20];
	struct test_stderr t;
	int i, lost, said = 0;
	const char *p;

	test_stderr_open(&t);
	log_init(LOG_LEVEL_INFO);
	for (i = 0; i < 10000; i++)
		log_info("line %d of many", i);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	test_stderr_read(&t, text, sizeof(text));
	for (p = text; (p = strchr(p, '\n')) != NULL; p++)
		said++;
	assert_true(said > 100 && said < 10000);
	assert_null(strstr(text, "lost"));
	log_info("again");
	test_stderr_read(&t, text, sizeof(text));
	p = strstr(text, "warning: log: ");
	assert_non_null(p);
	lost = atoi(p + strlen("warning: log: "));
	assert_int_equal(said + lost, 10000);
	assert_non_null(strstr(p, "again\n"));
	test_stderr_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_suggest),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_mkdirs),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_nonblock),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_strv_setenv),
		cmocka_unit_test(test_strv_shell),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_queue),
		cmocka_unit_test(test_jsonw),
		cmocka_unit_test(test_jsonw_fixed),
		cmocka_unit_test(test_jsonw_escape),
		cmocka_unit_test(test_s12_json_escapes),
		cmocka_unit_test(test_s12_log_clean),
		cmocka_unit_test(test_s6_log_mask),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_journal),
		cmocka_unit_test(test_log_select),
		cmocka_unit_test(test_log_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
