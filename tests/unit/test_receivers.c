/* SPDX-License-Identifier: ISC */
/* Receivers that hang are reported, others are not; with a kernel and a clock
 * that say what they are told. */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/util.h"
#include "ffmpeg/ffends.h"
#include "process/procfs.h"
#include "process/receivers.h"
#include "process/sockdiag.h"

#define STALL_MS 5000

/* What is so: connections by inode; those from 10 on are of pid 1, from 20 on of
 * pid 2. */
static struct sockdiag_tcp kernel[40];
static int64_t now_ms;
static int refuses;
static unsigned asked, scanned;

static struct ev_loop *loop;
static struct receivers all;
static const struct ffends ends = { .source.kind = FFEND_PIPE,
	.output.kind = FFEND_TCP };

int64_t __wrap_mono_ms(void);
int64_t
__wrap_mono_ms(void)
{
	return now_ms;
}

size_t __wrap_procfs_sockets(pid_t pid, uint32_t *v, size_t max);
size_t
__wrap_procfs_sockets(pid_t pid, uint32_t *v, size_t max)
{
	size_t n = 0;

	scanned++;
	for (uint32_t i = 0; i < NELEM(kernel); i++)
		if (kernel[i].inode != 0 && (pid_t)i / 10 == pid && n < max)
			v[n++] = i;
	return n;
}

int __wrap_sockdiag_read(struct sockdiag_tcp *v, size_t n);
int
__wrap_sockdiag_read(struct sockdiag_tcp *v, size_t n)
{
	asked++;
	errno = refuses;
	for (size_t i = 0; i < n; i++)
		if (kernel[v[i].inode].found)
			v[i] = kernel[v[i].inode];
	return refuses == 0 ? 0 : -1;
}

/* A worker that counts what it hears, and may take others with it. */
struct sender {
	struct receiver r;
	unsigned hung;
	struct receiver *takes;
};

static void
sender_hung(void *ctx)
{
	struct sender *s = ctx;

	s->hung++;
	if (s->takes != NULL)
		receiver_drop(s->takes);
}

/* A worker of this pid sends from now on, over this connection. */
static void
sender_watch(struct sender *s, pid_t pid, uint32_t inode)
{
	*s = (struct sender){
		.r = { .stall_ms = STALL_MS, .hung = sender_hung, .ctx = s }
	};
	kernel[inode] = (struct sockdiag_tcp){
		.inode = inode, .found = true, .port = 1935
	};
	receiver_watch(&s->r, &all, pid, &ends);
}

/* So many seconds, in which each connection takes so many bytes. */
static void
seconds(int n, uint64_t taken, int64_t waits)
{
	while (n-- > 0 && ev_is_active(&all.timer)) {
		now_ms += 1000;
		for (size_t i = 0; i < NELEM(kernel); i++) {
			kernel[i].taken += taken;
			kernel[i].waits = waits;
		}
		ev_invoke(loop, &all.timer, EV_TIMER);
	}
}

static int
setup(void **state UNUSED)
{
	log_init(LOG_LEVEL_ERROR);
	loop = ev_loop_new(EVFLAG_AUTO);
	memset(kernel, 0, sizeof(kernel));
	now_ms = 1000;
	refuses = 0;
	asked = scanned = 0;
	receivers_init(&all, loop);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	assert_false(ev_is_active(&all.timer));
	receivers_clear(&all);
	ev_loop_destroy(loop);
	return 0;
}

/* Within the stall time, by one question a second for all. */
static void
test_p15_hangs(void **state UNUSED)
{
	struct sender a, b;

	sender_watch(&a, 1, 11);
	sender_watch(&b, 2, 21);
	seconds(20, 12500, 34000);
	assert_int_equal(asked, 20);
	assert_true(scanned <= 2 * 20 / 4);
	seconds(STALL_MS / 1000 - 1, 0, 34000);
	assert_int_equal(a.hung + b.hung, 0);
	kernel[21].taken++;
	seconds(1, 0, 34000);
	assert_int_equal(a.hung, 1);
	assert_int_equal(a.r.untaken_ms, STALL_MS);
	assert_int_equal(b.hung, 0);
	seconds(60, 0, 0);
	assert_int_equal(a.hung, 1);
	assert_int_equal(b.hung, 0);
	receiver_drop(&a.r);
	receiver_drop(&b.r);
}

/* One report ends another's watch. */
static void
test_dropped(void **state UNUSED)
{
	struct sender a, b;

	sender_watch(&a, 1, 11);
	sender_watch(&b, 2, 21);
	a.takes = &b.r;
	b.takes = &a.r;
	seconds(10, 0, 1);
	assert_int_equal(a.hung + b.hung, 1);
}

/* A new connection after each segment is followed; none is missed for ever. */
static void
test_reconnects(void **state UNUSED)
{
	struct sender a;

	sender_watch(&a, 1, 11);
	seconds(3, 1000, 1000);
	kernel[11].inode = 0;
	kernel[11].found = false;
	kernel[12] = (struct sockdiag_tcp){ .inode = 12, .found = true };
	seconds(2, 0, 1000);
	assert_int_equal(a.hung, 0);
	seconds(STALL_MS / 1000, 0, 1000);
	assert_int_equal(a.hung, 1);
}

/* Its source's connection, one that is being made, and files do not count. */
static void
test_others(void **state UNUSED)
{
	static const struct ffends both = { .source = { .kind = FFEND_TCP,
						.port = 554 },
		.output = { .kind = FFEND_TCP, .port = 1935 } };
	static const struct ffends file = { .output.kind = FFEND_LOCAL };
	struct sender a, b;

	sender_watch(&a, 1, 11);
	kernel[11].port = 554;
	receiver_watch(&a.r, &all, 1, &both);
	sender_watch(&b, 2, 21);
	kernel[21].connecting = true;
	seconds(60, 0, 100);
	assert_int_equal(a.hung + b.hung, 0);
	receiver_drop(&a.r);
	receiver_drop(&b.r);
	receiver_watch(&a.r, &all, 1, &file);
	assert_false(ev_is_active(&all.timer));
	receiver_watch(&a.r, NULL, 1, &both);
	assert_false(ev_is_active(&all.timer));
}

/* A kernel that does not say is not asked again. */
static void
test_mute_kernel(void **state UNUSED)
{
	struct sender a;

	refuses = EPROTONOSUPPORT;
	sender_watch(&a, 1, 11);
	seconds(3, 0, 1);
	assert_int_equal(asked, 1);
	assert_false(ev_is_active(&all.timer));
	receiver_drop(&a.r);
	sender_watch(&a, 1, 11);
	assert_false(ev_is_active(&all.timer));
	assert_int_equal(a.hung, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_p15_hangs),
		TEST(test_dropped),
		TEST(test_reconnects),
		TEST(test_others),
		TEST(test_mute_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
