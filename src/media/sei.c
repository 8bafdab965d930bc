/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "media/bits.h"
#include "media/sei.h"

#define SEI_UNREGISTERED  5 /* payloadType of user data, D.1.1 */
#define SEI_TRAILING_BITS 0x80

const uint8_t sei_comment_uuid[] = { 0xb5, 0xb6, 0x38, 0xc9, 0x46, 0x10, 0x48,
	0x20, 0x8b, 0xef, 0xfb, 0xf2, 0x2f, 0xe2, 0x92, 0x60 };

/* A start code and the NAL unit header (H.264, 7.3.1: type 6; H.265, 7.3.1.2:
 * type 39, the lowest layer). */
static const uint8_t sei_head_h264[] = { 0, 0, 0, 1, 0x06 };
static const uint8_t sei_head_h265[] = { 0, 0, 0, 1, 0x4e, 0x01 };

/* --- writing ------------------------------------------------------------ */

struct sei_out {
	uint8_t nal[SEI_NAL_MAX];
	size_t len;
	int zeros; /* at its end, since the head */
};

/* A byte of the payload; 7.3.1: emulation prevention. */
static void
sei_put(struct sei_out *o, uint8_t byte)
{
	if (o->zeros == 2 && byte <= 3) {
		o->nal[o->len++] = 3;
		o->zeros = 0;
	}
	o->zeros = byte == 0 ? o->zeros + 1 : 0;
	o->nal[o->len++] = byte;
}

static void
sei_put_bytes(struct sei_out *o, const uint8_t *data, size_t len)
{
	while (len-- > 0)
		sei_put(o, *data++);
}

/* A size in bytes of 255 and a last one that is less (7.3.2.3.1). */
static void
sei_put_size(struct sei_out *o, size_t size)
{
	for (; size >= 255; size -= 255)
		sei_put(o, 255);
	sei_put(o, (uint8_t)size);
}

/* -1: no codec with SEI. */
static int
sei_put_head(struct sei_out *o, enum ts_codec codec)
{
	if (codec == TS_CODEC_H264) {
		o->len = sizeof(sei_head_h264);
		memcpy(o->nal, sei_head_h264, o->len);
	} else if (codec == TS_CODEC_H265) {
		o->len = sizeof(sei_head_h265);
		memcpy(o->nal, sei_head_h265, o->len);
	} else {
		return -1;
	}
	o->zeros = 0;
	return 0;
}

int
sei_write(struct buf *out, enum ts_codec codec, const uint8_t uuid[SEI_UUID],
    const void *data, size_t len)
{
	struct sei_out o;

	if (len > SEI_MAX || sei_put_head(&o, codec) == -1)
		return -1;
	sei_put(&o, SEI_UNREGISTERED);
	sei_put_size(&o, SEI_UUID + len);
	sei_put_bytes(&o, uuid, SEI_UUID);
	sei_put_bytes(&o, data, len);
	sei_put(&o, SEI_TRAILING_BITS);
	return buf_put(out, o.nal, o.len);
}

static void
sei_put_text(struct jsonw *j, const char *key, const char *text)
{
	if (text != NULL)
		jsonw_str(j, key, text);
}

int
sei_write_comment(
    struct buf *out, enum ts_codec codec, const struct sei_comment *c)
{
	struct buf json;
	struct jsonw j;
	int result;

	buf_init(&json, 0);
	jsonw_init(&j, &json);
	jsonw_object(&j, NULL);
	jsonw_int(&j, "v", 1);
	sei_put_text(&j, "id", c->id);
	sei_put_text(&j, "text", c->text);
	sei_put_text(&j, "color", c->color);
	sei_put_text(&j, "user", c->user);
	sei_put_text(&j, "mode", c->mode);
	if (c->size != 0)
		jsonw_int(&j, "size", c->size);
	if (c->at_ms != 0)
		jsonw_int(&j, "at", c->at_ms);
	jsonw_object_end(&j);
	result =
	    sei_write(out, codec, sei_comment_uuid, buf_text(&json), json.len);
	buf_clear(&json);
	return result;
}

/* --- reading ------------------------------------------------------------ */

/* The payload of an SEI NAL unit, after its header; false: its type is
 * another. */
static bool
sei_payload(enum ts_codec codec, const uint8_t *nal, size_t len, struct bits *b)
{
	if (codec == TS_CODEC_H264 && len > 1 && (nal[0] & 0x9f) == 0x06)
		*b = bits_of(nal, len);
	else if (codec == TS_CODEC_H265 && len > 2 && (nal[0] & 0xfe) == 0x4e)
		*b = bits_of(nal + 1, len - 1);
	else
		return false;
	return true;
}

/* payloadType, or payloadSize (7.3.2.3.1). */
static size_t
sei_number(struct bits *b)
{
	size_t n = 0;
	unsigned byte;

	while ((byte = bits_byte(b)) == 255)
		n += byte;
	return n + byte;
}

/* Read one message; the bytes after its UUID go into `data`. -1: not a comment,
 * or not whole. */
static int
sei_read_message(struct bits *b, uint8_t data[SEI_MAX], size_t *len)
{
	size_t type = sei_number(b), size = sei_number(b);
	bool ours = type == SEI_UNREGISTERED && size >= SEI_UUID &&
	    size - SEI_UUID <= SEI_MAX;
	uint8_t byte;

	for (size_t i = 0; i < size && !b->over; i++) {
		byte = (uint8_t)bits_byte(b);
		if (i >= SEI_UUID && ours)
			data[i - SEI_UUID] = byte;
		else if (ours)
			ours = byte == sei_comment_uuid[i];
	}
	if (!ours || b->over)
		return -1;
	*len = size - SEI_UUID;
	return 0;
}

int
sei_read(struct buf *out, enum ts_codec codec, const uint8_t *nal, size_t len)
{
	uint8_t data[SEI_MAX];
	struct bits b;
	size_t n;

	if (!sei_payload(codec, nal, len, &b))
		return -1;
	/* the last byte has the trailing bits */
	while (b.p + 1 < b.end && !b.over)
		if (sei_read_message(&b, data, &n) == 0)
			return buf_put(out, data, n);
	return -1;
}
