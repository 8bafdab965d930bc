/* SPDX-License-Identifier: ISC */
/* A camera's bytes, a slate's reel and their parameters: into a relay and out
 * again. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"
#include "link/camera.h"
#include "link/relay.h"
#include "link/tsloop.h"
#include "media/codecinfo.h"
#include "media/remux.h"
#include "nal.h"
#include "process/pathkeeper.h"
#include "spin.h"

static const struct nal_sps small = { .refs = 1 }; /* 320x240 */
static const struct nal_sps large = { .refs = 1, .width_mbs = 40 };
static const struct nal_sps recoded = { .refs = 1, .poc_bits = 8 };
static const struct nal_pps pps = { .refs = 1 };

/* The other end of a relay. */
struct rig {
	struct relay *relay;
	struct camera *camera;
	int in, out; /* the camera's pipe, the reader's */
	struct ts ts;
	size_t frames, keys, sounds, reported, changes;
	int64_t dts;
	int was, is; /* widths */
};

static void
rig_packet(void *ctx, uint8_t *pkt UNUSED, const struct ts_info *info)
{
	struct rig *r = ctx;

	if (!info->start)
		return;
	r->sounds += !info->video;
	if (!info->video)
		return;
	assert_true(info->dts > r->dts);
	r->dts = info->dts;
	r->keys += info->key;
	r->frames++;
}

static void
rig_ignore(void *ctx UNUSED, int i UNUSED)
{
}

static void
rig_frame(void *ctx)
{
	((struct rig *)ctx)->reported++;
}

static void
rig_changed(void *ctx, const struct h264_sps *was, const struct h264_sps *is)
{
	struct rig *r = ctx;

	r->changes++;
	r->was = was->width;
	r->is = is->width;
}

static void
rig_init(struct rig *r)
{
	const struct relay_opts opts = { .ring_max = 1 << 20,
		.lag_ms = 100000,
		.tables = rig_ignore,
		.fed = rig_ignore,
		.ctx = r };
	struct camera_opts camera = { .inlet = 3,
		.silence = true,
		.frame = rig_frame,
		.changed = rig_changed,
		.ctx = r };
	int fds[2];

	*r = (struct rig){ .in = -1, .dts = -1 };
	r->relay = relay_new(loop, &opts);
	camera.relay = r->relay;
	r->camera = camera_new(loop, &camera);
	relay_select(r->relay, 3);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	r->out = fds[0];
	relay_open_outlet(r->relay, 0, fds[1], false);
	ts_init(&r->ts, rig_packet, r);
}

static void
rig_clear(struct rig *r)
{
	camera_free(r->camera);
	relay_free(r->relay);
	close(r->out);
	if (r->in != -1)
		close(r->in);
}

/* A program begins. */
static void
rig_begin(struct rig *r)
{
	int fds[2];

	if (r->in != -1)
		close(r->in);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	r->in = fds[1];
	camera_open(r->camera, fds[0]);
}

static void
rig_write(struct rig *r, const struct nal_stream *s)
{
	assert_int_equal(write(r->in, s->data, s->len), (ssize_t)s->len);
}

/* Read everything that has come out so far. */
static size_t
rig_read(struct rig *r)
{
	static uint8_t chunk[65536];
	ssize_t n;

	while ((n = read(r->out, chunk, sizeof(chunk))) > 0)
		ts_feed(&r->ts, chunk, (size_t)n);
	return r->frames;
}

/* All frames but the one that may not be whole yet come out, with silence. */
static void
test_camera(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct camera_stats st;
	struct rig r;

	rig_init(&r);
	rig_begin(&r);
	stream_group(&s, &small, &pps, true, 9);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 9);
	assert_int_equal(r.keys, 1);
	assert_true(r.sounds > 0);
	assert_int_equal(r.reported, 9);
	camera_stats(r.camera, &st);
	assert_int_equal(st.frames, 9);
	assert_int_equal(st.sps->width, 320);
	assert_int_equal(st.garbage, 0);
	camera_close(r.camera, true); /* it ended well: so did its last one */
	assert_int_equal(rig_read(&r), 10);
	assert_int_equal(r.changes, 0);
	rig_clear(&r);
}

/* Cut off inside a frame: that one is dropped, and the next program is on
 * from its first key frame, with stamps that go on. */
static void
test_camera_again(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 }, late = { .len = 0 };
	struct nal_slice p = { .type = NAL_P, .ref_idc = 1, .len = 40 };
	struct camera_stats st;
	struct rig r;

	rig_init(&r);
	rig_begin(&r);
	stream_group(&s, &small, &pps, true, 4);
	s.len -= 10;
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 4);
	camera_close(r.camera, false);
	assert_int_equal(rig_read(&r), 4);

	rig_begin(&r);
	stream_slice(&late, &p, &small, &pps);
	stream_group(&late, &small, &pps, true, 4);
	rig_write(&r, &late);
	SPIN_UNTIL(loop, rig_read(&r) == 8);
	assert_int_equal(r.keys, 2);
	camera_stats(r.camera, &st);
	assert_int_equal(st.early, 1);
	assert_int_equal(st.runs, 2);
	assert_true(st.garbage > 0); /* of the first run */
	rig_clear(&r);
}

/* Another size, in a run or with the next one, is reported; the same is not. */
static void
test_camera_changes(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct rig r;

	rig_init(&r);
	rig_begin(&r);
	stream_group(&s, &small, &pps, true, 2);
	stream_group(&s, &small, &pps, true, 2);
	stream_group(&s, &large, &pps, true, 2);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 8);
	assert_int_equal(r.changes, 1);
	assert_int_equal(r.was, 320);
	assert_int_equal(r.is, 640);

	rig_begin(&r);
	s.len = 0;
	stream_group(&s, &small, &pps, true, 2);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 10);
	assert_int_equal(r.changes, 2);
	assert_int_equal(r.is, 320);

	/* of the same size, and yet not to be read with the old set */
	rig_begin(&r);
	s.len = 0;
	stream_group(&s, &recoded, &pps, true, 2);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 12);
	assert_int_equal(r.changes, 3);
	assert_int_equal(r.was, 320);
	assert_int_equal(r.is, 320);
	rig_clear(&r);
}

/* Two kinds in turn: the first change is taken, the others are not, and
 * withheld frames begin and end with key frames. A change that lasts is
 * taken. */
static void
test_s11_camera_alternates(void **state UNUSED)
{
	struct nal_stream s = { .len = 0 };
	struct camera_stats st;
	struct rig r;
	size_t was;

	rig_init(&r);
	rig_begin(&r);
	for (int i = 0; i < 20; i++)
		stream_group(&s, i % 2 == 0 ? &small : &large, &pps, true, 2);
	rig_write(&r, &s);
	SPIN_UNTIL(
	    loop, r.reported == 59); /* the last is not known to be whole */
	assert_int_equal(r.changes, 1);
	assert_int_equal(r.is, 640);
	/* the first group of the one kind, and ten of the other */
	assert_int_equal(rig_read(&r), 3 + 29);
	assert_int_equal(r.keys, 1 + 10);
	camera_stats(r.camera, &st);
	assert_int_equal(st.withheld, 27);
	assert_non_null(st.other);
	assert_int_equal(st.other->width, 320);

	was = r.frames;
	while (r.changes == 1) {
		s.len = 0;
		stream_group(&s, &small, &pps, true, 2);
		rig_write(&r, &s);
		spin_for(loop, 100);
	}
	assert_int_equal(r.is, 320);
	SPIN_UNTIL(loop, rig_read(&r) > was + 1);
	rig_clear(&r);
}

/* Connect to a camera's socket, and read its greeting. */
static int
connect_to(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char line[200];

	strncpy(un.sun_path, path, sizeof(un.sun_path) - 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	SPIN_UNTIL(loop, recv(fd, line, sizeof(line), MSG_DONTWAIT) > 0);
	return fd;
}

/* At the socket a newcomer that sends nothing, or nothing that is a frame,
 * takes nobody's place; one with a key frame does, and all its bytes go out. */
static void
test_s11_camera_newcomers(void **state UNUSED)
{
	char dir[] = "/tmp/test_camera.XXXXXX", goodbye[80] = "";
	struct nal_slice p = { .type = NAL_P, .ref_idc = 1, .len = 40 };
	struct nal_stream s = { .len = 0 }, junk = { .len = 0 };
	struct intake intake = { .fd = -1 };
	struct rig r;
	char *path;
	int bare[40], b;

	rig_init(&r);
	path = xasprintf("%s/cam.frames", mkdtemp(dir));
	camera_listen(r.camera, &intake, INTAKE_SOCKET, path);
	SPIN_UNTIL(loop, access(path, F_OK) == 0);
	stream_group(&s, &small, &pps, true, 2);
	stream_slice(&junk, &p, &small, &pps);
	r.in = connect_to(path);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 2);
	for (size_t i = 0; i < NELEM(bare); i++) {
		bare[i] = connect_to(path);
		if (i % 2 != 0)
			assert_true(write(bare[i], junk.data, junk.len) > 0);
	}
	s.len = 0;
	stream_group(&s, &small, &pps, true, 2);
	rig_write(&r, &s);
	SPIN_UNTIL(loop, rig_read(&r) == 5);
	b = connect_to(path);
	s.len = 0;
	stream_group(&s, &small, &pps, true, 3);
	assert_int_equal(write(b, s.data, s.len), (ssize_t)s.len);
	SPIN_UNTIL(loop, rig_read(&r) == 8);
	assert_true(recv(r.in, goodbye, sizeof(goodbye) - 1, 0) > 0);
	assert_string_equal(goodbye, intake_goodbye);
	for (size_t i = 0; i < NELEM(bare); i++)
		close(bare[i]);
	close(b);
	intake_close(&intake);
	pathkeeper_finish_all(loop, SPIN_PATIENCE_MS);
	assert_int_equal(rmdir(dir), 0);
	free(path);
	rig_clear(&r);
}

/* --- a slate ------------------------------------------------------------ */

static void
collect(void *ctx, uint8_t *data, size_t len)
{
	buf_put(ctx, data, len);
}

static bool
nothing(void *ctx UNUSED, const struct h264_unit *u UNUSED)
{
	return true;
}

/* MPEG-TS of so many frames, 20 ms apart. */
static void
make_ts(struct buf *b, int n, bool silence)
{
	const struct remux_opts opts = {
		.silence = silence, .unit = nothing, .put = collect, .ctx = b
	};
	struct nal_stream s = { .len = 0 };
	static struct remux r;
	size_t at = 0;

	remux_init(&r, &opts);
	for (int i = 0; i < n; i++) {
		struct nal_slice v = { .type = NAL_P,
			.ref_idc = 1,
			.frame_num = (unsigned)i % 16,
			.len = 30 };

		if (i == 0)
			stream_group(&s, &small, &pps, true, 0);
		else
			stream_slice(&s, &v, &small, &pps);
		remux_feed(&r, s.data + at, s.len - at, 1000000 + i * 20000);
		at = s.len;
	}
	remux_end(&r, true);
	remux_clear(&r);
}

/* A key frame gives the parameters, and no packet but its own is kept. */
static void
test_traits(void **state UNUSED)
{
	struct codecinfo t;
	struct buf b;
	size_t kept;

	for (int silence = 0; silence < 2; silence++) {
		buf_init(&b, 0);
		make_ts(&b, 3, silence != 0);
		kept = codecinfo_read(&t, (uint8_t *)b.data + b.head, b.len);
		assert_int_equal(kept, 3 * TS_PACKET); /* PAT, PMT, frame */
		assert_int_equal(t.video, TS_CODEC_H264);
		assert_true(t.has_sps);
		assert_int_equal(t.sps.width, 320);
		assert_int_equal(t.rate, silence ? 44100 : 0);
		assert_int_equal(t.channels, silence ? 2 : 0);
		/* with one frame only it is not known whether it is whole */
		buf_clear(&b);
		make_ts(&b, 1, silence != 0);
		assert_int_equal(
		    codecinfo_read(&t, (uint8_t *)b.data + b.head, b.len), 0);
		assert_int_equal(codecinfo_read(&t, NULL, 0), 0);
		buf_clear(&b);
	}
}

/* Round after round at its own pace; the stamps go on. */
static void
test_reel(void **state UNUSED)
{
	struct tsloop reel;
	struct buf b;
	struct rig r;
	int64_t begun;

	rig_init(&r);
	tsloop_init(&reel, loop, r.relay, 5);
	relay_select(r.relay, 5);
	buf_init(&b, 0);
	assert_false(tsloop_load(&reel, (const uint8_t *)"x", 1));
	assert_false(tsloop_is_loaded(&reel));
	make_ts(&b, 6, true);
	assert_true(tsloop_load(&reel, (const uint8_t *)buf_text(&b), b.len));
	begun = spin_from();
	tsloop_play(&reel);
	SPIN_UNTIL(loop, rig_read(&r) >= 20);
	/* the 20th frame's time is 19 * 20 ms after the first's */
	assert_true(spin_took(begun, 370, 700));
	assert_true(r.keys >= 4 && r.sounds > 0);
	tsloop_stop(&reel);
	rig_read(&r);
	begun = (int64_t)r.frames;
	spin_for(loop, 60);
	assert_int_equal(rig_read(&r), begun);
	/* invalid bytes leave the loaded reel alone */
	assert_false(tsloop_load(&reel, (const uint8_t *)"x", 1));
	assert_true(tsloop_is_loaded(&reel));
	tsloop_clear(&reel);
	buf_clear(&b);
	rig_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_camera),
		cmocka_unit_test(test_camera_again),
		cmocka_unit_test(test_camera_changes),
		cmocka_unit_test(test_s11_camera_alternates),
		cmocka_unit_test(test_s11_camera_newcomers),
		cmocka_unit_test(test_traits),
		cmocka_unit_test(test_reel),
	};

	return cmocka_run_group_tests(
	    tests, spin_setup_children, spin_teardown_children);
}
