/* SPDX-License-Identifier: ISC */
/* The parameter sets of H.264: sizes, rates, damaged ones, names of profiles. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/util.h"
#include "media/h264ps.h"
#include "nal.h"

static const struct nal_sps plain_sps = { .refs = 1 };
static const struct nal_pps plain_pps = { .refs = 2 };

static bool
read_sps(struct h264_sps *s, const struct nal_sps *want)
{
	uint8_t b[2048];
	struct nal n;

	nal_sps(&n, want);
	return h264ps_read_sps(s, b, nal_write(&n, b));
}

static void
test_size(void **state UNUSED)
{
	static const struct {
		struct nal_sps sps;
		int width, height;
	} cases[] = {
		{ { .profile = 66 }, 320, 240 },
		{ { .width_mbs = 120,
		      .height_mbs = 68,
		      .crop = { 0, 0, 0, 4 } },
		    1920, 1080 },
		{ { .width_mbs = 120,
		      .height_mbs = 34,
		      .fields = true,
		      .crop = { 0, 0, 0, 2 } },
		    1920, 1080 },
		{ { .width_mbs = 54, .height_mbs = 30, .crop = { 0, 5, 0, 0 } },
		    854, 480 },
		{ { .profile = 122, .chroma = 2, .crop = { 1, 2, 3, 4 } }, 314,
		    233 },
		{ { .profile = 244, .chroma = 3, .crop = { 1, 2, 3, 4 } }, 317,
		    233 },
		{ { .profile = 100, .chroma = 0, .crop = { 1, 2, 3, 4 } }, 317,
		    233 },
		{ { .profile = 100, .chroma = 1, .scaling = true }, 320, 240 },
		{ { .profile = 244, .chroma = 3, .scaling = true }, 320, 240 },
		{ { .poc_type = 1, .width_mbs = 1, .height_mbs = 1 }, 16, 16 },
		{ { .poc_type = 2, .width_mbs = 1024, .height_mbs = 1024 },
		    16384, 16384 },
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		struct h264_sps s;

		assert_true(read_sps(&s, &cases[i].sps));
		assert_int_equal(s.width, cases[i].width);
		assert_int_equal(s.height, cases[i].height);
		assert_int_equal(s.frames_only, !cases[i].sps.fields);
		assert_int_equal(s.poc_type, cases[i].sps.poc_type);
		assert_int_equal(s.reorder, -1);
		assert_int_equal(s.time_scale, 0);
	}
}

/* Every profile whose sets have more in them. */
static void
test_high_profiles(void **state UNUSED)
{
	static const uint8_t high[] = { 100, 110, 122, 244, 44, 83, 86, 118,
		128, 138, 139, 134, 135 };

	for (size_t i = 0; i < sizeof(high); i++) {
		struct nal_sps want = { .profile = high[i],
			.chroma = 2,
			.level = 41,
			.refs = 4,
			.frame_num_bits = 16,
			.poc_bits = 16,
			.id = 31 };
		struct h264_sps s;
		uint8_t b[2048];
		struct nal n;

		want.profile = 100; /* how it is written */
		nal_sps(&n, &want);
		n.raw[0] = high[i];
		assert_true(h264ps_read_sps(&s, b, nal_write(&n, b)));
		assert_int_equal(s.profile_idc, high[i]);
		assert_int_equal(s.chroma_format_idc, 2);
		assert_int_equal(s.id, 31);
		assert_int_equal(s.frame_num_bits, 16);
		assert_int_equal(s.poc_bits, 16);
		assert_int_equal(s.ref_frames, 4);
		assert_int_equal(s.width, 320);
	}
}

static void
test_vui(void **state UNUSED)
{
	for (int i = 0; i < 16; i++) {
		struct nal_sps want = { .profile = 100,
			.chroma = 1,
			.vui = true,
			.time_scale = (i & 1) != 0 ? 50 : 0,
			.num_units = 1,
			.restricted = (i & 2) != 0,
			.reorder = 2,
			.refs = 4,
			.hrd = (i & 4) != 0,
			.colours = (i & 8) != 0 };
		struct h264_sps s;

		assert_true(read_sps(&s, &want));
		assert_int_equal(s.time_scale, want.time_scale);
		assert_int_equal(s.num_units, (i & 1) != 0 ? 1 : 0);
		assert_int_equal(s.reorder, (i & 2) != 0 ? 2 : -1);
	}
}

/* Bytes that would look like a start code have another between them. */
static void
test_emulation(void **state UNUSED)
{
	const struct nal_sps want = {
		.vui = true, .time_scale = 1, .num_units = 0, .restricted = true
	};
	uint8_t b[2048];
	struct h264_sps s;
	size_t len, three = 0;
	struct nal n;

	nal_sps(&n, &want);
	len = nal_write(&n, b);
	for (size_t i = 2; i < len; i++)
		three += b[i] == 3 && b[i - 1] == 0 && b[i - 2] == 0;
	assert_true(three > 0);
	assert_int_equal(len, 1 + n.bits / 8 + three);
	assert_true(h264ps_read_sps(&s, b, len));
	assert_int_equal(s.time_scale, 1);
	assert_int_equal(s.num_units, 0);
	assert_int_equal(s.reorder, 0);
}

/* Cut off anywhere, it is refused, or its fields before the cut are right. */
static void
test_sps_cut(void **state UNUSED)
{
	const struct nal_sps want = { .profile = 100,
		.chroma = 1,
		.scaling = true,
		.vui = true,
		.hrd = true,
		.time_scale = 60,
		.num_units = 1,
		.restricted = true,
		.reorder = 1 };
	uint8_t b[2048];
	struct h264_sps s;
	bool was = false;
	struct nal n;
	size_t len;

	nal_sps(&n, &want);
	len = nal_write(&n, b);
	for (size_t i = 0; i <= len; i++) {
		bool is = h264ps_read_sps(&s, b, i);

		assert_true(is || !was);
		was = is;
		if (!is)
			continue;
		assert_int_equal(s.width, 320);
		assert_true(s.time_scale == 0 || s.num_units == 1);
		assert_true(s.reorder == (i == len ? 1 : -1) || i + 4 > len);
	}
	assert_true(was);
}

/* Numbers that no stream has: refused, and nothing is computed from them. */
static void
test_sps_wild(void **state UNUSED)
{
	static const unsigned wild[] = { 13, 32, 1025, 0x0fffffff, 0x10000000,
		0x7ffffffb, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffe };

	for (size_t i = 0; i < NELEM(wild); i++) {
		const struct nal_sps cases[] = {
			{ .id = wild[i] + 32 < 32 ? 32 : wild[i] + 32 },
			{ .profile = 100, .chroma = wild[i] },
			{ .frame_num_bits = wild[i] + 4 },
			{ .poc_bits = wild[i] + 4 },
			{ .poc_type = wild[i] },
			{ .width_mbs = wild[i] + 1024 },
			{ .height_mbs = wild[i] + 1024 },
			{ .crop = { wild[i] + 148, 0, 0, 0 } },
			{ .crop = { wild[i] / 2 + 75, wild[i] / 2 + 75, 0,
			      0 } },
			{ .crop = { 0, 0, 0, wild[i] + 120 } },
		};
		struct h264_sps s;

		for (size_t k = 0; k < NELEM(cases); k++)
			/* a sum that is small again is none */
			if (wild[i] < 0xfffff000 || k == 1 || k == 4)
				assert_false(read_sps(&s, &cases[k]));
	}
}

/* Scaling lists of extreme steps. */
static void
test_scaling_wild(void **state UNUSED)
{
	static const int wild[] = { 0x7fffffff, -0x7fffffff, -1000, 300 };
	struct nal_sps want = { .profile = 100, .chroma = 1 };
	struct h264_sps s;
	uint8_t b[2048];

	for (size_t i = 0; i < NELEM(wild); i++) {
		struct nal n, all;

		nal_sps(&all, &want);
		nal_begin(&n, 0x67);
		nal_u(&n, 24, 0x64001e);
		nal_ue(&n, 0);
		nal_ue(&n, 1);
		nal_u(&n, 3, 6); /* depths, no bypass */
		nal_u(&n, 2, 3); /* lists; the first */
		for (int k = 0; k < 16; k++)
			nal_se(&n, wild[i]);
		nal_u(&n, 7, 0);
		for (size_t k = 24 + 1 + 3 + 3 + 1; k < all.bits; k++)
			nal_u(&n, 1, all.raw[k / 8] >> (7 - k % 8) & 1);
		nal_end(&n);
		/* which steps end a list is its own affair */
		if (h264ps_read_sps(&s, b, nal_write(&n, b)))
			assert_in_range(s.width, 1, 16384);
	}
}

/* A set that goes on for ever is refused. */
static void
test_set_max(void **state UNUSED)
{
	uint8_t *b = calloc(1, H264_SET_MAX + 1);
	struct h264_sps s;
	struct h264_pps p;
	struct nal n;

	assert_non_null(b);
	nal_sps(&n, &plain_sps);
	nal_write(&n, b);
	assert_true(h264ps_read_sps(&s, b, H264_SET_MAX));
	assert_false(h264ps_read_sps(&s, b, H264_SET_MAX + 1));
	nal_pps(&n, &plain_pps);
	nal_write(&n, b);
	assert_true(h264ps_read_pps(&p, b, H264_SET_MAX));
	assert_false(h264ps_read_pps(&p, b, H264_SET_MAX + 1));
	free(b);
}

static void
test_pps(void **state UNUSED)
{
	for (unsigned groups = 1; groups <= 8; groups++) {
		for (unsigned type = 0; type <= 6; type++) {
			const struct nal_pps want = { .id = 255,
				.sps = 31,
				.bottom_order = groups % 2 == 0,
				.redundant = true,
				.groups = groups,
				.group_type = type,
				.refs = 5 };
			struct h264_pps p;
			uint8_t b[2048];
			struct nal n;
			size_t len;

			nal_pps(&n, &want);
			len = nal_write(&n, b);
			assert_true(h264ps_read_pps(&p, b, len));
			assert_int_equal(p.id, 255);
			assert_int_equal(p.sps, 31);
			assert_int_equal(p.bottom_order, groups % 2 == 0);
			assert_true(p.redundant);
			assert_int_equal(p.refs, 5);
			assert_false(h264ps_read_pps(&p, b, len - 2));
			assert_false(h264ps_read_pps(&p, b, 1));
			assert_false(
			    h264ps_read_sps(&(struct h264_sps){ 0 }, b, len));
		}
	}
}

static void
test_pps_wild(void **state UNUSED)
{
	static const unsigned wild[] = { 256, 1024, 0x7fffffff, 0xfffffffd };

	for (size_t i = 0; i < NELEM(wild); i++) {
		const struct nal_pps cases[] = { { .id = wild[i] },
			{ .sps = wild[i] }, { .refs = wild[i] } };
		struct h264_pps p;
		uint8_t b[2048];
		struct nal n;

		for (size_t k = 0; k < NELEM(cases); k++) {
			nal_pps(&n, &cases[k]);
			assert_false(h264ps_read_pps(&p, b, nal_write(&n, b)));
		}
		nal_begin(&n, 0x68);
		nal_u(&n, 4, 0xc); /* ids, coding, order */
		nal_ue(&n, wild[i]);
		nal_u(&n, 32, 0xffffffff);
		nal_u(&n, 32, 0xffffffff);
		nal_end(&n);
		assert_false(h264ps_read_pps(&p, b, nal_write(&n, b)));
	}
}

static void
test_profile_text(void **state UNUSED)
{
	static const struct {
		uint8_t profile, constraints, level;
		const char *text;
	} cases[] = {
		{ 66, 0x40, 30, "Constrained Baseline 3" },
		{ 66, 0x00, 11, "Baseline 1.1" },
		{ 66, 0x10, 11, "Baseline 1b" },
		{ 77, 0x40, 31, "Main 3.1" },
		{ 88, 0, 9, "Extended 1b" },
		{ 100, 0x10, 11, "High 1.1" },
		{ 100, 0, 42, "High 4.2" },
		{ 110, 0, 50, "High 10 5" },
		{ 122, 0, 41, "High 4:2:2 4.1" },
		{ 244, 0, 41, "High 4:4:4 Predictive 4.1" },
		{ 118, 0, 40, "profile 118 4" },
	};

	for (size_t i = 0; i < NELEM(cases); i++) {
		const struct h264_sps s = { .profile_idc = cases[i].profile,
			.constraints = cases[i].constraints,
			.level_idc = cases[i].level };

		assert_string_equal(h264ps_profile_text(&s), cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_high_profiles),
		cmocka_unit_test(test_vui),
		cmocka_unit_test(test_emulation),
		cmocka_unit_test(test_sps_cut),
		cmocka_unit_test(test_sps_wild),
		cmocka_unit_test(test_scaling_wild),
		cmocka_unit_test(test_set_max),
		cmocka_unit_test(test_pps),
		cmocka_unit_test(test_pps_wild),
		cmocka_unit_test(test_profile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
