"""A target on 127.0.0.1 that counts its requests in a file. Prints its port.

    python3 target.py COUNT_FILE PORT
"""

import asyncio
import os
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


async def main(path, port):
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    count = 0

    async def serve(reader, writer):
        nonlocal count
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                count += 1
                os.pwrite(file, b"%d\n" % count, 0)
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
