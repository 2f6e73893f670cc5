#!/usr/bin/env python3
"""Does the server speak WebSocket as RFC 6455 has it? An outside opinion, for developers.

Runs the cases of the Autobahn test suite against /ws/stream. They expect a server that sends back
what it gets and says nothing else, so a go-between on this machine hides what the station sends, and
gives a message back once the server has answered it (it refuses all of them, since none is a control).
Every byte of the client's reaches the server as it is, and closes, pongs and their order come from
the server. Exits 1 when a case fails. `./test --full` runs this; it takes a few seconds.

Left out: 9 (how fast large messages are) and 12 and 13 (compression, which is never agreed to).

    cargo build --release
    pip install kosoku
    python3 tools/check_websocket.py target/release/aeolian [cases, as 1.*,5.15]
"""

import asyncio
import collections
import json
import pathlib
import struct
import sys
import tempfile

import kosoku

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]

# The cases send larger messages, and more of them, than a listener may.
LIMITS = "[limits]\nmessage_bytes = 1048576\nmessages_per_s = 1000\nconnections_per_ip = 0\n"

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Frames:
    """Cuts a stream of bytes into (whole frame, is final, opcode, payload)."""

    def __init__(self):
        self.bytes = b""

    def feed(self, data):
        self.bytes += data
        while (frame := self.first()) is not None:
            self.bytes = self.bytes[len(frame[0]):]
            yield frame

    def first(self):
        if len(self.bytes) < 2:
            return None
        head, length = self.bytes[:2]
        masked, length, at = length & 0x80, length & 0x7F, 2
        if length >= 126:
            form = ">H" if length == 126 else ">Q"
            if len(self.bytes) < at + struct.calcsize(form):
                return None
            (length,) = struct.unpack_from(form, self.bytes, at)
            at += struct.calcsize(form)
        mask = self.bytes[at:at + 4] if masked else bytes(4)
        at += 4 if masked else 0
        if len(self.bytes) < at + length:
            return None
        payload = self.bytes[at:at + length]
        if any(mask):
            stream = mask * (length // 4 + 1)
            plain = int.from_bytes(payload, "big") ^ int.from_bytes(stream[:length], "big")
            payload = plain.to_bytes(length, "big")
        return self.bytes[:at + length], bool(head & 0x80), head & 0x0F, payload


def frame(opcode, payload):
    """A whole message as a server sends it."""
    length = len(payload)
    if length < 126:
        head = struct.pack(">BB", 0x80 | opcode, length)
    elif length < 65536:
        head = struct.pack(">BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, length)
    return head + payload


async def to_server(reader, writer, sent):
    """Passes on all bytes, and notes the messages that they make."""
    frames, opcode, message = Frames(), None, b""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
        for _, final, code, payload in frames.feed(data):
            if code >= CLOSE:
                continue
            opcode, message = code or opcode, message + payload
            if final:
                sent.append((opcode, message))
                message = b""


async def to_client(reader, writer, sent):
    """Passes on closes and pongs, and each answer as the message that it answers."""
    frames = Frames()
    while data := await reader.read(65536):
        for whole, _, opcode, payload in frames.feed(data):
            if opcode in (CLOSE, PONG):
                writer.write(whole)
            elif opcode == TEXT and json.loads(payload)["type"] == "error":
                writer.write(frame(*sent.popleft()))
        await writer.drain()


async def go_between(server, client_reader, client_writer):
    server_reader, server_writer = await asyncio.open_connection(*server)
    try:
        server_writer.write(await client_reader.readuntil(b"\r\n\r\n"))
        client_writer.write(await server_reader.readuntil(b"\r\n\r\n"))
        sent = collections.deque()
        ways = [
            asyncio.create_task(to_server(client_reader, server_writer, sent)),
            asyncio.create_task(to_client(server_reader, client_writer, sent)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        server_writer.close()
        client_writer.close()


async def run(address, cases):
    host, _, port = address.removeprefix("http://").strip("/").partition(":")
    go = await asyncio.start_server(lambda r, w: go_between((host, int(port)), r, w), "127.0.0.1", 0)
    near = go.sockets[0].getsockname()[1]
    try:
        return await kosoku.run_fuzzingclient(
            f"ws://127.0.0.1:{near}/ws/stream", cases, None, concurrency=8
        )
    except kosoku.FailureError as failure:
        return failure.results


async def main(binary, cases):
    with tempfile.TemporaryDirectory() as folder:
        limits = pathlib.Path(folder) / "limits.toml"
        limits.write_text(LIMITS)
        server = await asyncio.create_subprocess_exec(
            binary, "serve", "--listen", "127.0.0.1:0", "--config", limits,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            line = (await server.stdout.readline()).decode()
            results = await run(next(w for w in line.split() if w.startswith("http://")), cases)
        finally:
            server.terminate()
            await server.wait()
    counts = collections.Counter()
    for result in results:
        verdict, close = result.behavior.value, result.behavior_close.value
        counts[verdict] += 1
        if not result.passed:
            print(f"{result.case_id}: {verdict}, close {close}: {result.result}; {result.result_close}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 0 if results and all(result.passed for result in results) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    wanted = sys.argv[2].split(",") if len(sys.argv) == 3 else CASES
    sys.exit(asyncio.run(main(sys.argv[1], wanted)))
