"""A mail server for tests, which takes mail as any other does, and misbehaves where a recipient's name asks for it.

Its one argument is JSON: `host`, `tls` ("always", "offered" or null) with a `certificate` file, and `credentials`, a user
and a password, where who sends must be somebody. It says its port in the first line, and then each message that it has
taken, and each password that it was offered, as one line of JSON; `tls` is how that came.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# It is meant to be careless, and to meet clients that hang up.
logging.disable()
warnings.simplefilter("ignore")

MET = {}

# Set when the test lets go of what is slow.
LET_GO = asyncio.Event()


def times(name):
    """How often a recipient was met before."""
    MET[name] = MET.get(name, 0) + 1
    return MET[name] - 1


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def tls(server):
    """The version of TLS by which somebody is connected; null in the clear."""
    secured = server.transport.get_extra_info("ssl_object")
    return secured.version() if secured else None


def take(server, envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    part = lambda kind: (message.get_body((kind,)).get_content() if message.get_body((kind,)) else "")
    say({
        "from": envelope.mail_from,
        "to": envelope.rcpt_tos,
        "subject": str(message["Subject"]),
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": part("plain"),
        "html": part("html"),
        "tls": tls(server),
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
        take(server, envelope)
        # Taken, and slow to say so: time to be killed in between.
        if name.startswith("slow"):
            await LET_GO.wait()
        return "250 OK"


def doorkeeper(credentials):
    """Lets in who has the credentials, and says who tried, by which means."""

    def judge(server, session, envelope, mechanism, offered):
        said = [offered.login.decode(), offered.password.decode()]
        say({"user": said[0], "mechanism": mechanism, "tls": tls(server)})
        return AuthResult(success=said == credentials, handled=False)

    return judge


async def main(host, mode, certificate, credentials):
    loop = asyncio.get_running_loop()
    context = None
    if mode:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def connected():
        # It offers to hear passwords in the clear, too: what keeps them from there must be the client.
        return SMTP(
            Handler(),
            hostname="mail.test",
            tls_context=context if mode == "offered" else None,
            authenticator=doorkeeper(credentials),
            auth_required=credentials is not None,
            auth_require_tls=False,
        )

    server = await loop.create_server(connected, host, 0, ssl=context if mode == "always" else None)
    say({"port": server.sockets[0].getsockname()[1]})
    # A line lets go of what is slow; the end of the input is the end of the test.
    while await loop.run_in_executor(None, sys.stdin.readline):
        LET_GO.set()


ASKED = json.loads(sys.argv[1])
asyncio.run(main(ASKED["host"], ASKED["tls"], ASKED["certificate"], ASKED["credentials"]))
