#!/usr/bin/env python3
"""Do the answers keep the promises of /api/openapi.json? An outside opinion, for developers.

Lets schemathesis ask a server of its own for whatever the document allows and does not allow, in
every operation. The streams have no end; a go-between on this machine ends their answers after some
sound. Exits 1 when an answer breaks a promise. `./test --full` runs this; it takes half a minute.

    cargo build --release
    pip install schemathesis
    python3 tools/check_api.py target/release/aeolian [more options of schemathesis]
"""

import asyncio
import pathlib
import re
import sys
import tempfile

# So much of an endless answer is heard.
HEARD_BYTES = 32768

LIMITS = "[limits]\nconnections_per_ip = 0\n"

# To ask for the WebSocket without asking for an upgrade is allowed by the document, which cannot say
# more, and answered with 426.
CONFIG = """[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 426, 429, "5xx"]
"""


async def go_between(server, client_reader, client_writer):
    """Passes one request on, and its answer back."""
    server_reader, server_writer = await asyncio.open_connection(*server)
    passing = None
    try:
        head = await client_reader.readuntil(b"\r\n\r\n")
        # One request a connection: the answer ends where the server closes.
        head = re.sub(rb"\r\nconnection: [^\r\n]*", b"", head, flags=re.I)
        server_writer.write(head[:-2] + b"connection: close\r\n\r\n")
        passing = asyncio.create_task(pass_on(client_reader, server_writer))
        answer = await server_reader.readuntil(b"\r\n\r\n")
        sounds = re.search(rb"\r\ncontent-type: audio/(?!x-mpegurl)", answer, flags=re.I)
        if sounds:
            answer = re.sub(rb"\r\ntransfer-encoding: chunked", b"", answer, flags=re.I)
        client_writer.write(answer)
        heard = 0
        while not (sounds and heard > HEARD_BYTES) and (data := await server_reader.read(8192)):
            client_writer.write(data)
            await client_writer.drain()
            heard += len(data)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        if passing:
            passing.cancel()
        server_writer.close()
        client_writer.close()


async def pass_on(reader, writer):
    while data := await reader.read(8192):
        writer.write(data)
        await writer.drain()


async def main(binary, options):
    with tempfile.TemporaryDirectory() as folder:
        limits, config = pathlib.Path(folder) / "limits.toml", pathlib.Path(folder) / "checks.toml"
        limits.write_text(LIMITS)
        config.write_text(CONFIG)
        server = await asyncio.create_subprocess_exec(
            binary, "serve", "--listen", "127.0.0.1:0", "--config", limits,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            line = (await server.stdout.readline()).decode()
            host, port = re.search(r"http://([^:/ ]+):(\d+)", line).groups()
            near = await asyncio.start_server(
                lambda r, w: go_between((host, int(port)), r, w), "127.0.0.1", 0
            )
            url = f"http://127.0.0.1:{near.sockets[0].getsockname()[1]}/api/openapi.json"
            check = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "schemathesis.cli", "--config-file", config,
                "run", url, "--checks", "all", *options,
            )
            return await check.wait()
        finally:
            server.terminate()
            await server.wait()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2:])))
