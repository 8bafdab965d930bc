/* SPDX-License-Identifier: ISC */
/* The real codec of a video, from frames of real encoders. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/sniff.h"
#include "packet.h"

/* The beginnings of key frames, from ffmpeg's MPEG-TS: 160x120 of libx264
 * (Constrained Baseline), 320x240 of libx264 (High), 160x120 of libx265 and of
 * mpeg2video. */
static const uint8_t h264[] = { 0x00, 0x00, 0x00, 0x01, 0x09, 0xf0, 0x00, 0x00,
	0x00, 0x01, 0x67, 0x42, 0xc0, 0x0b, 0xda, 0x0a, 0x11, 0xf9, 0x70, 0x11,
	0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x8f, 0x14,
	0x2a, 0xa0, 0x00, 0x00, 0x00, 0x01, 0x68, 0xce, 0x0f, 0xc8, 0x00, 0x00,
	0x01, 0x06, 0x05, 0xff, 0xff, 0x57, 0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9,
	0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef };
static const uint8_t high[] = { 0x00, 0x00, 0x00, 0x01, 0x09, 0xf0, 0x00, 0x00,
	0x00, 0x01, 0x67, 0x64, 0x00, 0x0d, 0xac, 0xb4, 0x0a, 0x0f, 0xd8, 0x08,
	0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x47, 0x8a, 0x15,
	0x50, 0x00, 0x00, 0x00, 0x01, 0x68, 0xef, 0x0f, 0xcb, 0x00, 0x00, 0x01,
	0x06, 0x05, 0xff, 0xff, 0x63, 0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48,
	0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef, 0x78 };
static const uint8_t h265[] = { 0x00, 0x00, 0x00, 0x01, 0x46, 0x01, 0x50, 0x00,
	0x00, 0x00, 0x01, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00,
	0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e,
	0xba, 0x02, 0x40, 0x00, 0x00, 0x00, 0x01, 0x42, 0x01, 0x01, 0x01, 0x60,
	0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00,
	0x1e, 0xa0, 0x14, 0x20, 0x20, 0x7c, 0xb9, 0x6e, 0x92, 0x93, 0x0b, 0xc0,
	0x5a, 0x02, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x32,
	0x10, 0x00, 0x00, 0x00, 0x01, 0x44, 0x01, 0xc0, 0x73, 0xc1, 0x89, 0x00,
	0x00, 0x01, 0x4e, 0x01, 0x05, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xea, 0x2c, 0xa2, 0xde, 0x09, 0xb5, 0x17, 0x47, 0xdb, 0xbb,
	0x55 };
static const uint8_t mpeg2[] = { 0x00, 0x00, 0x01, 0xb3, 0x0a, 0x00, 0x78, 0x23,
	0xff, 0xff, 0xe0, 0x18, 0x00, 0x00, 0x01, 0xb5, 0x14, 0x8a, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x01, 0xb8, 0x00, 0x08, 0x00, 0x40, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x0f, 0xff, 0xf8, 0x00, 0x00, 0x01, 0xb5, 0x8f, 0xff,
	0xf3, 0x41, 0x80, 0x00, 0x00, 0x01, 0x01, 0x1b, 0xf9, 0xc1, 0x48, 0x00,
	0x7c, 0x03, 0xa0, 0x0d, 0x09, 0x80, 0x54, 0x04, 0xea, 0x25, 0x96,
	0x06 };

static const struct sample {
	const uint8_t *data;
	size_t len;
	enum sniff_codec codec;
	uint8_t type; /* stream_type */
} samples[] = {
	{ h264, sizeof(h264), SNIFF_H264, 0x1b },
	{ high, sizeof(high), SNIFF_H264, 0x1b },
	{ h265, sizeof(h265), SNIFF_H265, 0x24 },
	{ mpeg2, sizeof(mpeg2), SNIFF_MPEG2, 0x02 },
};

/* Each is known, however its bytes are cut, and by its size and profile. */
static void
test_s2_codecs(void **state UNUSED)
{
	struct sniff s;
	uint16_t look[NELEM(samples)];
	bool known;

	for (size_t i = 0; i < NELEM(samples); i++) {
		for (size_t cut = 1; cut <= samples[i].len; cut++) {
			memset(&s, 0, sizeof(s));
			sniff_begin(&s);
			known = sniff_feed(&s, samples[i].data, cut);
			known |= sniff_feed(
			    &s, samples[i].data + cut, samples[i].len - cut);
			assert_true(known);
			assert_int_equal(s.codec, samples[i].codec);
			assert_int_not_equal(s.look, 0);
			assert_true(cut == 1 || s.look == look[i]);
			look[i] = s.look;
		}
	}
	assert_int_not_equal(look[0], look[1]);
}

/* A set that is alone, or damaged, says nothing; nor does a frame without one,
 * and the codec known before stays. */
static void
test_s2_proof(void **state UNUSED)
{
	static const uint8_t slice[SNIFF_MAX] = { 0, 0, 0, 1, 9, 0xf0, 0, 0, 1,
		0x41, 0x9a, 0x24 };
	uint8_t data[sizeof(h265)];
	struct sniff s = { .codec = SNIFF_NONE };

	sniff_begin(&s);
	assert_false(sniff_feed(&s, h264, 36)); /* up to the PPS */
	sniff_begin(&s);
	assert_false(sniff_feed(&s, h265, 60)); /* into the SPS */
	memcpy(data, h265, sizeof(data));
	memset(data + 44, 0, 30);
	sniff_begin(&s);
	assert_false(sniff_feed(&s, data, sizeof(data)));
	assert_int_equal(s.codec, SNIFF_NONE);
	sniff_begin(&s);
	assert_true(sniff_feed(&s, h264, sizeof(h264)));
	sniff_begin(&s);
	assert_false(sniff_feed(&s, slice, sizeof(slice)));
	assert_true(s.done);
	assert_int_equal(s.codec, SNIFF_H264);
}

/* --- in a stream -------------------------------------------------------- */

static unsigned looks; /* packets with news of the frames */

static void
take_packet(void *ctx UNUSED, uint8_t *pkt UNUSED, const struct ts_info *info)
{
	looks += info->look;
}

/* A key frame that begins with a sample. */
static void
put_frame(struct ts *t, const struct sample *s)
{
	static uint8_t cc;
	uint8_t p[TS_PACKET];
	size_t at, len;

	packet_pes(p, VIDEO_PID, cc & 0x0f, 90000 + 3600 * cc, true);
	cc++;
	at = (size_t)(ts_elementary(p, true, &len) - p);
	memcpy(p + at, s->data, s->len < len ? s->len : len);
	ts_feed(t, p, sizeof(p));
}

static void
put_tables(struct ts *t, uint8_t type)
{
	uint8_t p[TS_PACKET];

	packet_pat(p);
	ts_feed(t, p, sizeof(p));
	packet_pmt(p, type, 0x0f);
	ts_feed(t, p, sizeof(p));
}

/* Frames of each codec after the table of each: alien are those of another,
 * until the table says so, too, or the first ones come again. */
static void
test_s2_alien(void **state UNUSED)
{
	struct ts t;

	for (size_t i = 0; i < NELEM(samples); i++) {
		for (size_t k = 0; k < NELEM(samples); k++) {
			bool alien = samples[i].codec != samples[k].codec;

			looks = 0;
			ts_init(&t, take_packet, NULL);
			put_tables(&t, samples[i].type);
			assert_false(ts_is_alien(&t));
			put_frame(&t, &samples[i]);
			assert_false(ts_is_alien(&t));
			put_frame(&t, &samples[k]);
			put_frame(&t, &samples[k]);
			assert_int_equal(ts_is_alien(&t), alien);
			assert_int_equal(looks, i == k ? 1 : 2);
			put_tables(&t, samples[i].type); /* again */
			assert_int_equal(ts_is_alien(&t), alien);
			put_frame(&t, &samples[i]);
			assert_false(ts_is_alien(&t));
			put_tables(&t, samples[k].type);
			put_frame(&t, &samples[k]);
			assert_false(ts_is_alien(&t));
		}
	}
}

/* Frames of another codec than the table's, from the first one on: the table is
 * wrong, and a restart does not help; once a frame has fitted, it does. */
static void
test_r9_mislabelled(void **state UNUSED)
{
	struct ts t;

	for (size_t i = 0; i < NELEM(samples); i++) {
		for (size_t k = 0; k < NELEM(samples); k++) {
			if (samples[i].codec == samples[k].codec)
				continue;
			ts_init(&t, take_packet, NULL);
			put_tables(&t, samples[i].type);
			assert_false(ts_is_mislabelled(&t));
			put_frame(&t, &samples[k]);
			put_frame(&t, &samples[k]);
			assert_false(ts_is_alien(&t));
			assert_true(ts_is_mislabelled(&t));
			put_tables(&t, samples[i].type); /* again */
			assert_true(ts_is_mislabelled(&t));
			put_frame(&t, &samples[i]);
			assert_false(ts_is_mislabelled(&t));
			put_frame(&t, &samples[k]);
			assert_true(ts_is_alien(&t));
			assert_false(ts_is_mislabelled(&t));
			put_tables(&t, samples[k].type);
			assert_false(ts_is_alien(&t));
			assert_false(ts_is_mislabelled(&t));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s2_codecs),
		cmocka_unit_test(test_s2_proof),
		cmocka_unit_test(test_s2_alien),
		cmocka_unit_test(test_r9_mislabelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
