# SPDX-License-Identifier: ISC
"""ffsup-paint: text of any kind becomes a tile, and nothing that it is sent
ends it."""

import json
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from harness import FFMPEG, FFSUP, LONG, ROOT, deadline, wait_for
from painter import FORMATS, Painter

PROGRAM = Path(FFSUP).with_name("ffsup-paint")
FAKE = ROOT / "build" / "tests" / "fake" / "fakepaint"
EMOJI = "Noto Color Emoji"
GRINNING, FAMILY = "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ARABIC, HEBREW = "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd"
HINDI, THAI = "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31"
CHINESE = "\u524d\u65b9\u9ad8\u80fd\u9884\u8b66"


def families():
    """What fontconfig knows."""
    done = subprocess.run(["fc-list", ":", "family"], capture_output=True,
                          check=False)
    return done.stdout.decode()


@pytest.fixture
def painter():
    """A painter that is ready, and ends well when it is left alone."""
    if not PROGRAM.exists():
        pytest.skip("ffsup-paint was not built: libpango1.0-dev is missing")
    made = Painter(PROGRAM)
    made.ready()
    yield made
    code, said = made.end()
    assert (code, said) == (0, "")


def need_fonts(*names):
    for name in names:
        if name not in families():
            pytest.skip(f"{name} is not installed")


def hues(tile):
    """Colours that are no shades of gray, coarsely."""
    pixels = tile.over[:, :, :3].reshape(-1, 3).astype(int)
    strong = pixels[np.ptp(pixels, axis=1) > 60]
    return {tuple(p) for p in strong // 64}


def framed(tile):
    """Whether it is a frame, as drawn for a character without a glyph."""
    seen = tile.alpha.any(axis=2)
    seen = seen[seen.any(axis=1)][:, seen.any(axis=0)]
    return seen.shape[1] > 30 and bool(
        seen[0].all() and seen[-1].all() and seen[:, 0].all() and
        seen[:, -1].all())


def same(one, other):
    return one.over.shape == other.over.shape and \
        (one.over == other.over).all() and (one.alpha == other.alpha).all()


def differ(one, other):
    return not same(one, other)


def test_text(painter):
    """White text with a black outline: all that is opaque and not black is
    gray, the outline goes round it, and its margin is empty."""
    tile = painter.paint("Hello", size=48, outline=3, format="bgra")
    assert tile.over[:, :, 3].max() == 255
    assert (np.ptp(tile.over[:, :, :3].astype(int), axis=2) <= 1).all()
    white, seen = tile.over[:, :, 0] > 128, tile.over[:, :, 3] > 128
    assert white.sum() > 300 and seen.sum() > white.sum() * 1.5
    for dy, dx in ((0, 2), (2, 0), (0, -2), (-2, 0), (1, 1), (-1, -1)):
        moved = np.roll(white, (dy, dx), (0, 1))
        assert (seen | ~moved).all(), "no outline there"
    bare = painter.paint("Hello", size=48, outline=0, format="bgra")
    assert bare.w == tile.w - 6 and bare.h == tile.h - 6
    assert (bare.over[:, :, 0] == tile.over[3:-3, 3:-3, 0]).all()


def test_color(painter):
    tile = painter.paint("Hello", color="#ff8000", format="bgra", outline=0)
    full = tile.over[tile.over[:, :, 3] == 255]
    assert len(full) > 50
    assert (full == (0, 128, 255, 255)).all()


def test_dark_text(painter):
    """Text that is as dark as its outline would be: the outline is white."""
    tile = painter.paint("Hello", color="#000000", format="bgra")
    full = tile.over[tile.over[:, :, 3] == 255][:, :3]
    assert full.max() == 255 and full.min() == 0


def test_opacity(painter):
    full = painter.paint("Hello", format="bgra")
    half = painter.paint("Hello", format="bgra", opacity=0.5)
    assert half.over[:, :, 3].max() == 128
    expected = full.over.astype(int) * 128 / 255
    assert np.abs(half.over - expected).max() <= 1
    none = painter.paint("Hello", format="bgra", opacity=0)
    assert not none.alpha.any()


def test_box(painter):
    """A box has no hole and no gap at the sides."""
    tile = painter.paint("Hello", box=0.5, format="bgra")
    assert tile.over[:, :, 3].min() == 128
    bare = painter.paint("Hello", format="bgra")
    assert tile.w > bare.w and tile.h == bare.h


def test_one_height(painter):
    """Tiles of one size are equally high, whatever the script: they share
    lanes. What stands out of its line is cut off."""
    zalgo = "Z" + "\u0301\u0316" * 100
    heights = {painter.paint(t, size=36).h for t in (
        "a", "gjpq", CHINESE, GRINNING, ARABIC, HEBREW, HINDI, THAI, zalgo,
        "\u1ea4", "\ufdfd")}
    assert len(heights) == 1
    assert 36 <= heights.pop() <= 36 * 1.25 + 4


@pytest.mark.parametrize("text", [CHINESE, "\u304b\u306a", "\ud55c\uae00",
                                  ARABIC, HEBREW, HINDI, THAI, GRINNING])
def test_scripts(painter, text):
    """Each character has its own glyph, not the box of a missing one."""
    need_fonts("Noto Sans CJK SC", EMOJI, "Noto Sans Thai",
               "Noto Sans Devanagari")
    assert framed(painter.paint("\u0378", size=64, outline=0))
    for char in text:
        assert not framed(painter.paint(char, size=64, outline=0)), ascii(char)


def test_emoji(painter):
    """Emoji come in colour, in a text of one colour, with an outline; one that
    is joined of three takes the place of one."""
    need_fonts(EMOJI)
    tile = painter.paint(GRINNING + "\U0001f1e8\U0001f1f3\U0001f389",
                         format="bgra")
    assert len(hues(tile)) > 5
    assert not hues(painter.paint("Hello", format="bgra"))
    one = painter.paint(GRINNING, format="bgra")
    assert painter.paint(FAMILY, format="bgra").w == one.w
    assert painter.paint(FAMILY, clusters=1, format="bgra").w == one.w
    pixel = one.over[one.h // 2, one.w // 2]
    assert pixel[3] == 255 and pixel[2] > 150, "the face is not yellow"
    edge = one.over[(one.over[:, :, 3] == 255) &
                    (one.over[:, :, :3].max(axis=2) < 16)]
    assert len(edge) > 20, "no outline"


def test_direction(painter):
    """Hebrew and Arabic run from right to left: what comes first stands at the
    right, and the cut of a long text is at the left."""
    for first, rest in ((HEBREW[0], HEBREW[1:]), (ARABIC[3], ARABIC[4])):
        whole = painter.paint(first + rest, outline=0, format="gray")
        bare = painter.paint(rest, outline=0, format="gray")
        swapped = painter.paint(rest + first, outline=0, format="gray")
        assert whole.w > bare.w
        n = bare.w // 2
        at_left = (whole.over[:, :n] == bare.over[:, :n]).mean()
        assert at_left > 0.95
        assert differ(whole, swapped)
    shaped = painter.paint("\u0628\u0628\u0628", outline=0)
    alone = painter.paint("\u0628", outline=0)
    assert shaped.w < 3 * alone.w, "letters are not joined"


def test_overrides(painter):
    """What would turn the direction is taken out, and so are line ends."""
    plain = painter.paint("abc def")
    for text in ("\u202eabc def", "abc\u202e\u2066 def\u2069", "abc\ndef",
                 "abc\r\ndef", "\ufeffabc\u2028def", "abc\tdef\x0b"):
        tile = painter.paint(text)
        if "\r\n" not in text:
            assert same(tile, plain), ascii(text)
        assert tile.h == plain.h


def test_normal_form(painter):
    """A letter and its mark are the letter with the mark."""
    assert same(painter.paint("\u00e9\u1ed9"), painter.paint(
        "e\u0301o\u0323\u0302"))
    assert differ(painter.paint("e"), painter.paint("\u00e9"))


def test_marks(painter):
    """Marks on a letter are few, and it is one letter."""
    few, many = "Z" + "\u0301" * 7, "Z" + "\u0301" * 4000
    assert same(painter.paint(few), painter.paint(many))
    assert same(painter.paint("Z" + "\u0301" * 4000 + "ab", clusters=2),
                painter.paint("Z" + "\u0301" * 7 + "ab", clusters=2))


def test_clusters(painter):
    """Cut by what a reader takes for characters, with dots in their place."""
    assert same(painter.paint("abcdef", clusters=3),
                painter.paint("abc\u2026"))
    assert same(painter.paint("abc", clusters=3), painter.paint("abc"))
    assert same(painter.paint("e\u0301" * 5, clusters=2),
                painter.paint("\u00e9\u00e9\u2026"))


def test_long_line(painter):
    """5 kB are cut before they are shaped; what is still too wide, after."""
    text = CHINESE * 280
    reply, tile = painter.ask(text=text, clusters=120, size=36)
    assert tile.w < 121 * 40
    assert reply["cpu_us"] < 200000
    narrow = painter.paint(text, clusters=120, width=500, size=36)
    assert 400 < narrow.w <= 500
    assert painter.paint("Hello", width=7).w == 7
    assert painter.paint(HEBREW * 100, width=300).w <= 300


@pytest.mark.parametrize("text", ["", " ", "\n", "\u3000", "\u200b\u200d",
                                  "\u202e", None])
def test_nothing(painter, text):
    """Nothing to see is said, and is no fault."""
    reply, tile = painter.ask(text=text) if text is not None else painter.ask()
    assert tile is None and reply["error"] == "nothing to see"


def test_zalgo_is_cut(painter):
    """It fills its line and no more."""
    zalgo = "".join(c + "\u0300\u0301\u0316\u0317\u0323\u030a" * 20
                    for c in "Zalgo")
    tile, plain = painter.paint(zalgo), painter.paint("Zalgo")
    assert tile.h == plain.h
    assert (tile.alpha > 0).sum() > (plain.alpha > 0).sum() * 1.1


@pytest.mark.parametrize("fmt", FORMATS)
def test_formats(painter, fmt):
    """All formats, odd sizes, both matrices and ranges: white is what the
    range has for white."""
    for matrix in ("bt601", "bt709"):
        for top, span in (("full", 255), ("limited", 235)):
            tile = painter.paint("Hello", size=37, outline=0, format=fmt,
                                 matrix=matrix, range=top)
            luma = tile.over[:, :, 0] if fmt != "yuyv422" else \
                tile.over[:, :, 0::2]
            white = span if fmt in ("gray", "yuv420p", "nv12", "yuyv422") \
                else 255
            assert luma.max() == white


def test_image(painter, tmp_path):
    """An image with alpha, as ffmpeg writes it: premultiplied."""
    file = tmp_path / "a.pam"
    pixels = np.zeros((5, 7, 4), np.uint8)
    pixels[:, :, 0], pixels[:, :, 2] = 200, 100
    pixels[:, :, 3] = np.arange(7) * 42
    subprocess.run([FFMPEG, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgba",
                    "-s", "7x5", "-i", "-", "-c:v", "pam", "-f", "image2",
                    file], input=pixels.tobytes(), check=True)
    with open(file, "rb") as f:
        _, tile = painter.ask([f.fileno()], image=True, format="rgba")
    expected = pixels.astype(float)
    expected[:, :, :3] *= expected[:, :, 3:] / 255
    assert np.abs(tile.over - expected).max() <= 1
    with open(file, "rb") as f:
        reply, _ = painter.ask([f.fileno()], image=True, width=6)
    assert reply["error"] == "wider than asked for"


def memory(data):
    fd = os.memfd_create("test")
    os.write(fd, data)
    return fd


def test_bad_images(painter):
    """Whatever is sent for an image, it is refused."""
    head = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\n" \
        b"TUPLTYPE RGB_ALPHA\nENDHDR\n"
    for data in (b"", b"P7\n", b"P6\n1 1\n255\nabc", head % (2, 2) + b"x" * 15,
                 head % (0, 2), head % (-1, -1), head % (16384, 16384),
                 head % (99999999999999999999, 2), b"P7\n" + b"x" * 5000,
                 head.replace(b"DEPTH 4", b"DEPTH 3") % (1, 1) + b"x" * 4,
                 head.replace(b"255", b"65535") % (1, 1) + b"x" * 8,
                 head.replace(b"ENDHDR", b"#") % (1, 1) + b"x" * 8):
        fd = memory(data)
        reply, tile = painter.ask([fd], image=True)
        os.close(fd)
        assert tile is None and reply["error"], data
    for path, how in (("/", os.O_RDONLY), ("/dev/zero", os.O_RDONLY),
                      ("/dev/null", os.O_WRONLY)):
        fd = os.open(path, how)
        reply, tile = painter.ask([fd], image=True)
        os.close(fd)
        assert tile is None and reply["error"] == "not a file"
    reply, tile = painter.ask(image=True)
    assert reply["error"] == "no file came with it"
    fd = memory(head % (1, 1) + b"abcd")
    assert painter.ask([fd, fd, fd], image=True)[1].w == 1
    assert painter.ask([fd], text="a")[1] is not None
    os.close(fd)


def test_descriptors(painter):
    """None that is sent stays open."""
    def count():
        return len(os.listdir(f"/proc/{painter.program.pid}/fd"))
    painter.paint("a")
    before = count()  # perhaps with the tile that was sent just now
    fd = memory(b"x")
    for _ in range(100):
        painter.ask([fd] * 8, text="a")
        painter.ask([fd] * 3, image=True)
        painter.send("garbage", [fd] * 20)
        painter.receive()
    os.close(fd)
    wait_for(lambda: count() <= before, 10, "all of them closed")


def test_garbage(painter):
    """Datagrams that are no requests are answered, and the next one is
    done."""
    for data, number in (
            ("x", 0), ("{}", 0), ("[]", 0), ("{\"id\":1}x", 0), ("\0" * 9, 0),
            ("{\"id\":5,\"size\":0}", 5), ("{\"id\":5,\"text\":1}", 5),
            ("[" * 60000, 0), ("{\"id\":5,\"font\":\"" + "x" * 999 + "\"}", 5),
            ("{\"id\":-5}", 0), (os.urandom(1000), 0), (b"\xff" * 70000, 0)):
        painter.send(data)
        reply, files = painter.receive()
        assert reply["id"] == number
        assert reply["error"].startswith("bad request: ") and not files
    painter.send("")
    painter.paint("still there")


def test_font(painter):
    """A font that is not there is replaced, which is said once; one that is
    there, by any of its names, is not spoken of."""
    reply, _ = painter.ask(text="a", font="No Such Font")
    family = reply["font"]
    assert family in families()
    for size in (36, 40):
        reply, tile = painter.ask(text="a", font="No Such Font", size=size)
        assert "font" not in reply and tile
    for name in ("sans", "Sans Bold", "", "monospace", family):
        assert "font" not in painter.ask(text="a", font=name)[0], name
    need_fonts("Noto Sans CJK SC")
    for name in ("Noto Sans CJK SC", "noto sans cjk sc", "Noto Sans CJK JP"):
        assert "font" not in painter.ask(text="a", font=name)[0]
    assert differ(painter.paint("\u9aa8", font="Noto Sans CJK SC", size=64),
                  painter.paint("\u9aa8", font="Noto Sans CJK JP", size=64))
    bold = painter.paint("Hello", font="Noto Sans CJK SC Bold")
    assert differ(bold, painter.paint("Hello", font="Noto Sans CJK SC"))


def test_font_names(painter):
    """Names with meanings of their own."""
    for name in ("Sans 99", "Sans @wght=900", "Sans #kern=0", ",,,", "Bold",
                 "x" * 128, "a,b,sans", "\u5b57", "%s%n", "Sans -1", "@", "#"):
        reply, tile = painter.ask(text="Ag", font=name, size=20)
        assert tile is not None and tile.h <= 20 * 1.25 + 4, reply


def test_sizes(painter):
    """From the smallest to the largest, and the widest outline."""
    for size, outline in ((4, 0), (4, 16), (512, 16), (511, 1)):
        tile = painter.paint("Ag" + CHINESE[0], size=size, outline=outline)
        assert size < tile.h <= size * 1.25 + 1 + 2 * outline


def any_text(rng):
    """A few characters of all planes, with a taste for what is odd."""
    odd = [0x200d, 0x200e, 0x202e, 0x2066, 0xfe0f, 0x20e3, 0x1f3fb, 0x1f1e6,
           0xe0061, 0xe007f, 0x0e33, 0x0903, 0x094d, 0x1100, 0x1161, 0x11a8,
           0x0600, 0x06dd, 0xfffc, 0xfdfd, 0x12031, 0x0f68, 0x0f90, 0xad, 9]
    out = []
    for _ in range(rng.randint(1, 24)):
        kind = rng.random()
        if kind < 0.3:
            out.append(rng.choice(odd))
        elif kind < 0.6:
            out.append(rng.randint(1, 0x3000))
        elif kind < 0.9:
            out.append(rng.randint(0x3000, 0xd7ff))
        else:
            out.append(rng.randint(0xe000, 0x10ffff))
    return "".join(map(chr, out))


def test_any_text(painter):
    """2000 texts of any characters (500 without FFSUP_LONG), some of them as bytes that are no UTF-8:
    a tile or an error for each, and none breaks it."""
    rng = random.Random(12)
    for n in range(2000 if LONG else 500):
        text = any_text(rng)
        if n % 5 == 0:
            raw = text.encode("utf-16-le")[:rng.randint(1, 40)]
            raw = raw.replace(b'"', b"").replace(b"\\", b"")
            painter.send(b'{"id":9,"text":"' + raw + b'"}')
            reply, files = painter.receive()
            for fd in files:
                os.close(fd)
            assert reply["id"] in (0, 9)
            continue
        request = {"size": rng.choice((16, 36)), "outline": rng.randint(0, 4),
                   "width": rng.choice((1, 40, 400, 4000)),
                   "clusters": rng.randint(1, 30),
                   "format": rng.choice(FORMATS)}
        painter.send(json.dumps({"id": 1, "text": text, **request}))
        reply, files = painter.receive()
        if not files:
            assert reply["error"] == "nothing to see"
        elif n % 10 == 1:
            painter.tile(reply, files[0], request["format"])
        else:
            os.close(files[0])
        assert reply.get("w", 0) <= request["width"]


def rss_kib(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4


@pytest.mark.slow
def test_memory(painter):
    """Memory is bounded: it does not grow with the number of texts, fonts and
    sizes."""
    rng = random.Random(5)
    han = [chr(c) for c in range(0x4e00, 0x9fa0)]
    seen = []
    for n in range(24000 if LONG else 3000):
        text = "".join(rng.choices(han, k=8)) + chr(0x1f300 + n % 0x2ff)
        painter.send(json.dumps({
            "id": 1, "text": text, "size": 16 + n % 40,
            "font": f"Font {n % 300}" if n % 10 == 0 else "sans"}))
        for fd in painter.receive()[1]:
            os.close(fd)
        if n % 300 == 299:
            seen.append(rss_kib(painter.program.pid))
    assert seen[-1] < seen[len(seen) // 3] * 1.25 + 8192, seen


def test_order(painter):
    """Requests that wait are answered one after the other."""
    for n in range(1, 21):
        painter.send(json.dumps({"id": n, "text": "x" * n}))
    widths = []
    for n in range(1, 21):
        reply, files = painter.receive()
        assert reply["id"] == n
        widths.append(painter.tile(reply, files[0], "bgr24").w)
    assert widths == sorted(widths)


def test_end(painter):
    """It ends with its socket, also when a reply is on its way."""
    for n in range(5):
        painter.send(json.dumps({"id": n + 1, "text": "x" * 100}))


def test_no_socket():
    """Started by hand, it says what it is."""
    if not PROGRAM.exists():
        pytest.skip("ffsup-paint was not built")
    done = subprocess.run([PROGRAM], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False,
                          timeout=deadline(20))
    assert done.returncode == 64
    assert b"started by ffsup" in done.stderr


def test_jail(painter):
    """It dumps no core, and may take so much memory and no more."""
    limits = Path(f"/proc/{painter.program.pid}/limits").read_text()
    lines = {line[:25].strip(): line.split() for line in limits.splitlines()}
    assert "0" in lines["Max core file size"][4:6]
    if "ASAN_OPTIONS" not in os.environ:
        assert str(2 << 30) in lines["Max address space"]


def test_no_fonts(tmp_path):
    """A machine without a font: it says so, and is never ready."""
    if not PROGRAM.exists():
        pytest.skip("ffsup-paint was not built")
    conf = tmp_path / "fonts.conf"
    conf.write_text('<?xml version="1.0"?><fontconfig><cachedir>'
                    f"{tmp_path}</cachedir></fontconfig>")
    bare = Painter(PROGRAM, {"FONTCONFIG_FILE": str(conf)})
    assert bare.sock.recv(100) == b""
    code, said = bare.end()
    assert code == 1 and "cannot draw text: no font" in said


# --- the fake ----------------------------------------------------------------


@pytest.fixture
def fake():
    if not FAKE.exists():
        pytest.skip("fakepaint was not built: make check builds it")
    made = Painter(FAKE)
    assert made.ready()["pango"] == "fake"
    yield made
    assert made.end()[0] == 0


def test_fake(fake):
    """It says what the true one says, with boxes."""
    tile = fake.paint("ab \u5b57", size=40, color="#ff0000", format="rgb24")
    assert (tile.w, tile.h) == (5 * 6 + 3 * 20 + 40, 50)
    assert (tile.over[25, 6] == (255, 0, 0)).all() and not tile.alpha[0].any()
    assert fake.paint("fake:slow=1 a", size=40).w == fake.paint("a", size=40).w
    assert fake.ask(text="fake:error")[0]["error"] == "it was told to"
    assert fake.ask(text="")[0]["error"] == "nothing to see"


@pytest.mark.parametrize("lie", [
    "unsealed", "short", "bytes=1", "bytes=999999999", "size=5", "wrong=0",
    "wrong=4", "format=gray", "nofile", "pipe"])
def test_fake_lies(fake, lie):
    """What it sends then is no tile of the format that was asked for."""
    fake.send(json.dumps({"id": 1, "text": f"fake:{lie} abc"}))
    reply, files = fake.receive()
    with pytest.raises((AssertionError, IndexError, OSError)):
        fake.tile(reply, files[0], "bgr24")
    fake.paint("and on it goes")


def test_fake_answers(fake):
    """Answers for others, too many of them, none, and what is none."""
    def send(text, number=7):
        fake.send(json.dumps({"id": number, "text": text}))
    send("fake:id=99 a")
    assert fake.receive()[0]["id"] == 99
    send("fake:flood=5 a")
    assert [fake.receive()[0]["id"] for _ in range(6)] == [7] * 6
    send("fake:garbage a")
    with pytest.raises(ValueError):
        fake.receive()
    send("fake:mute a")
    assert fake.paint("b")


@pytest.mark.parametrize("how, code", [("exit=3", 3), ("signal=11", -11)])
def test_fake_deaths(how, code):
    if not FAKE.exists():
        pytest.skip("fakepaint was not built: make check builds it")
    for start in (True, False):
        made = Painter(FAKE, {"FAKEPAINT": how} if start else None)
        if not start:
            made.ready()
            made.send(json.dumps({"id": 1, "text": f"fake:{how}"}))
        assert made.program.wait(timeout=deadline(20)) == code
        assert made.end()[0] == code
