/* SPDX-License-Identifier: ISC */
/* Command lines, taken apart. */

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "cli/args.h"

static unsigned
options_of(const char *verb)
{
	return strcmp(verb, "check") == 0 ? ARGS_BIT(OPT_PROBE)
					  : ARGS_BIT(OPT_FOR);
}

/* Read a line of words; -1 after a complaint. */
static int
read_line(struct cli_args *a, struct args_words *w, const char *line)
{
	static char copy[256];
	static char *v[32];
	size_t n = 0;

	strcpy(copy, line);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		v[n++] = p;
	v[n] = NULL;
	*a = (struct cli_args){ 0 };
	*w = (struct args_words){ .v = v, .options_of = options_of };
	return args_read(a, w);
}

/* Options may come anywhere, long, short and glued together. */
static void
test_read(void **state UNUSED)
{
	struct args_words w;
	struct cli_args a;

	assert_int_equal(
	    read_line(&a, &w, "logs -fn5 cam --socket=/s -- --all"), 0);
	assert_string_equal(w.verb, "logs");
	assert_true(a.follow);
	assert_false(a.all);
	assert_int_equal(a.lines, 5);
	assert_string_equal(a.socket_opt, "/s");
	assert_int_equal(a.names.n, 2);
	assert_string_equal(a.names.v[1], "--all");
	assert_int_equal(w.seen,
	    ARGS_BIT(OPT_FOLLOW) | ARGS_BIT(OPT_LINES) | ARGS_BIT(OPT_SOCKET));
	args_clear(&a);
	assert_int_equal(read_line(&a, &w, "demo --for 5m -"), 0);
	assert_int_equal(a.for_ms, 300000);
	assert_string_equal(a.names.v[0], "-");
	args_clear(&a);
	assert_int_equal(read_line(&a, &w, "events -f -n 0"), 0);
	assert_int_equal(a.lines, -1); /* none of the earlier ones */
	args_clear(&a);
	assert_int_equal(read_line(&a, &w, ""), 0);
	assert_null(w.verb);
	args_clear(&a);
}

/* Read a line of words, and what is complained about it. */
static int
listen_to(struct cli_args *a, struct args_words *w, const char *line,
    char *said, size_t size)
{
	int fds[2], err = dup(STDERR_FILENO), rc;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	rc = read_line(a, w, line);
	dup2(err, STDERR_FILENO);
	close(fds[1]);
	close(err);
	n = read(fds[0], said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	return rc;
}

/* Only options that the verb has are suggested (n20). */
static void
test_n20_suggestions(void **state UNUSED)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{ "check --foo", "no option --foo; see: ffsup help check" },
		{ "demo --foo", "no option --foo; did you mean --for?" },
		{ "--foo", "no option --foo; did you mean --for?" },
		{ "check --prob", "no option --prob; did you mean --probe?" },
		{ "check -Z", "no option -Z; see: ffsup help check" },
		{ "-Z", "no option -Z; see: ffsup help COMMAND" },
		{ "logs -n -2", "--lines: must be at least 1" },
		{ "logs -n x", "--lines: \"x\" is not a number, such as 50" },
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		char said[256] = "";
		struct args_words w;
		struct cli_args a;
		int rc = listen_to(&a, &w, rows[i].line, said, sizeof(said));

		assert_int_equal(rc, -1);
		assert_non_null(strstr(said, rows[i].said));
		args_clear(&a);
	}
}

/* The look of a comment. */
static void
test_comments(void **state UNUSED)
{
	struct args_words w;
	struct cli_args a;

	assert_int_equal(read_line(&a, &w,
			     "say cam --id=chat --color #ff8800 --size 40 "
			     "--user u --top --bottom two words"),
	    0);
	assert_string_equal(a.say.id, "chat");
	assert_string_equal(a.say.color, "#ff8800");
	assert_string_equal(a.say.user, "u");
	assert_int_equal(a.say.size, 40);
	assert_true(a.say.top && a.say.bottom);
	assert_int_equal(a.names.n, 3);
	assert_string_equal(a.names.v[2], "words");
	args_clear(&a);
	assert_int_equal(read_line(&a, &w, "say cam -- --top"), 0);
	assert_false(a.say.top);
	assert_string_equal(a.names.v[1], "--top");
	args_clear(&a);
	assert_int_equal(read_line(&a, &w, "text cam score --file f"), 0);
	assert_string_equal(a.say.file, "f");
	args_clear(&a);
}

static void
test_refuse(void **state UNUSED)
{
	static const char *const lines[] = { "status --jsn", "status -x",
		"logs -n", "logs -n -1", "logs -n five", "demo --for never",
		"status --json=1", "snap -o", "say a b --size",
		"say a b --size 0", "say a b --size x", "say a b --size -5",
		"say a --color", "say a b --top=1" };
	struct args_words w;
	struct cli_args a;

	for (size_t i = 0; i < NELEM(lines); i++) {
		assert_int_equal(read_line(&a, &w, lines[i]), -1);
		args_clear(&a);
	}
}

/* Each option has a unique name, and a unique letter or none. */
static void
test_table(void **state UNUSED)
{
	struct buf b;

	buf_init(&b, 0);
	args_help(&b, ARGS_BIT(N_ARGS_OPTS) - 1);
	for (enum args_opt i = 0; i < N_ARGS_OPTS; i++) {
		assert_non_null(strstr(buf_text(&b), args_name(i)));
		for (enum args_opt k = 0; k < i; k++)
			assert_string_not_equal(args_name(i), args_name(k));
	}
	buf_clear(&b);
	args_help(&b, ARGS_BIT(OPT_LINES));
	assert_int_equal(strncmp(buf_text(&b), "  -n, --lines N ", 16), 0);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_n20_suggestions),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
