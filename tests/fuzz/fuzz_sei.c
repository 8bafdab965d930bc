/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an SEI NAL unit, and as a message that is written and read back:
 * nothing in the NAL unit looks like a start code, and what comes back is what
 * was written.
 */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "media/sei.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_read(enum ts_codec codec, const uint8_t *data, size_t size)
{
	uint8_t *tight = xcalloc(size + 1, 1); /* to read on is an error */
	struct buf out;

	memcpy(tight + 1, data, size);
	buf_init(&out, 0);
	sei_read(&out, codec, tight + 1, size);
	if (out.len > SEI_MAX || out.len > size)
		abort();
	buf_clear(&out);
	free(tight);
}

static void
fuzz_check_nal(const uint8_t *nal, size_t len)
{
	for (size_t i = 2; i < len; i++)
		if (nal[i - 2] == 0 && nal[i - 1] == 0 && nal[i] <= 2)
			abort();
	if (nal[len - 1] == 0)
		abort();
}

static void
fuzz_write(enum ts_codec codec, const uint8_t *data, size_t size)
{
	struct buf nal, back;

	buf_init(&nal, 0);
	buf_init(&back, 0);
	if ((sei_write(&nal, codec, sei_comment_uuid, data, size) == 0) !=
		(size <= SEI_MAX) ||
	    nal.len > SEI_NAL_MAX)
		abort();
	if (nal.len > 0) {
		const uint8_t *at = (const uint8_t *)buf_text(&nal) + 4;

		fuzz_check_nal(at, nal.len - 4);
		if (sei_read(&back, codec, at, nal.len - 4) == -1 ||
		    back.len != size ||
		    memcmp(buf_text(&back), data, size) != 0)
			abort();
	}
	buf_clear(&nal);
	buf_clear(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_read(TS_CODEC_H264, data, size);
	fuzz_read(TS_CODEC_H265, data, size);
	fuzz_write(TS_CODEC_H264, data, size);
	fuzz_write(TS_CODEC_H265, data, size);
	return 0;
}
