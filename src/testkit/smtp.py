"""A mail server for tests, which takes mail as any other does, and misbehaves where a recipient's name asks for it.

It says its port in the first line, and then each message that it has taken, as one line of JSON.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP

MET = {}


def times(name):
    """How often a recipient was met before."""
    MET[name] = MET.get(name, 0) + 1
    return MET[name] - 1


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def take(envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    part = lambda kind: (message.get_body((kind,)).get_content() if message.get_body((kind,)) else "")
    say({
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "subject": str(message["Subject"]),
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": part("plain"),
        "html": part("html"),
    })


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 There is nobody of this name"
        if address.startswith("greylisted") and times(address) < 1:
            return "451 4.7.1 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0]
        if name.startswith("cut") and times(name) < 1:
            server.transport.abort()
            return "451 4.3.0 Cut"
        take(envelope)
        # Taken, and slow to say so: time to be killed in between.
        if name.startswith("slow"):
            await asyncio.sleep(3)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname="mail.test"), "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    # The end of the input is the end of the test.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
