"""A client in another language, written from docs/protocol.md alone, with Python's standard library only.

    CHAT_PASSWORD=... python3 python_client.py HOST PORT NAME FINGERPRINT

Signs in to an existing account and obeys the lines of its standard input: "BM text" posts to the lobby, "ME text" posts an action,
"WHO" lists who is online, "CH" prints the history, "EX" leaves. Posts are printed as they arrive, those of others and those of
this account from elsewhere. It ends with 3 where the server is not the one of the fingerprint or does not know the account, with 4
where the sign-in is refused. It does not make keys: it says where a message is sealed.
"""

import base64
import hashlib
import hmac
import itertools
import json
import os
import queue
import secrets
import socket
import ssl
import sys
import threading
import unicodedata

PAYLOAD_BYTES_MAX = 1_048_576  # from the server
PROTOCOL = 1
GS2_HEADER = "p=tls-server-end-point,,"
ITERATIONS = range(600_000, 5_000_001)
SALT_BYTES_MIN = 16
REPLY_TIMEOUT_S = 30
PAGE = 100


class ServerError(Exception):
    """The `error` of a reply: a code for programs, a message for people."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {harmless(error['message'])}")


def end(status, message):
    print(message, file=sys.stderr, flush=True)
    os._exit(status)


def harmless(text):
    """Other users have typed it: control characters and their kind do not reach the terminal."""
    return "".join("\ufffd" if unicodedata.category(one).startswith("C") else one for one in text)


# The channel and its frames


def open_channel(host, port, fingerprint):
    """TLS without authorities: what is trusted is the fingerprint. Gives the socket and the channel binding."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    tcp = socket.create_connection((host, port), timeout=REPLY_TIMEOUT_S)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    channel = tls.wrap_socket(tcp)
    digest = hashlib.sha256(channel.getpeercert(binary_form=True)).digest()
    found = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    if found != fingerprint:
        end(3, f"This is another server: its fingerprint is {found}.")
    channel.settimeout(None)
    # The server's own certificates are signed with SHA-256: the binding is the fingerprint's hash.
    return channel, digest


def frames(channel):
    """The server's messages, until it closes the connection."""
    received = bytearray()
    while True:
        while len(received) >= 4:
            length = int.from_bytes(received[:4], "big")
            if not 1 <= length <= PAYLOAD_BYTES_MAX:
                end(1, f"The server sent a frame of {length} bytes.")
            if len(received) < 4 + length:
                break
            yield json.loads(received[4 : 4 + length].decode())
            del received[: 4 + length]
        chunk = channel.recv(65_536)
        if chunk == b"":
            return
        received += chunk


class Session:
    """Requests and their replies; a thread reads, and prints what comes unasked."""

    def __init__(self, channel):
        self.channel = channel
        self.sending = threading.Lock()
        self.ids = itertools.count(1)
        self.replies = {}
        self.hello = queue.SimpleQueue()
        self.delivered = 0
        self.own_ids = set()
        self.leaving = False
        threading.Thread(target=self.read, daemon=True).start()
        if self.hello.get(timeout=REPLY_TIMEOUT_S)["protocol"] != PROTOCOL:
            end(1, "This server speaks another version of the protocol.")

    def send(self, message):
        payload = json.dumps(message, ensure_ascii=False).encode()
        with self.sending:
            self.channel.sendall(len(payload).to_bytes(4, "big") + payload)

    def request(self, request_type, **fields):
        request_id = next(self.ids)
        reply = self.replies[request_id] = queue.SimpleQueue()
        self.send({"type": request_type, "id": request_id, **fields})
        try:
            answer = reply.get(timeout=REPLY_TIMEOUT_S)
        except queue.Empty:
            end(1, "The server is not answering.")
        if "error" in answer:
            raise ServerError(answer["error"])
        return answer

    def read(self):
        for message in frames(self.channel):
            if "reply" in message:
                waiting = self.replies.pop(message["reply"], None)
                if waiting is not None:
                    waiting.put(message)
            else:
                self.take(message)
        if not self.leaving:
            end(1, "The server has closed the connection.")

    def take(self, event):
        kind = event["event"]
        if kind == "hello":
            self.hello.put(event)
        elif kind == "post":
            post = event["post"]
            self.delivered = max(self.delivered, post["sequence"])
            if post["id"] in self.own_ids:
                self.own_ids.discard(post["id"])
            else:
                print("arrived", line_of(post), flush=True)
            self.send({"type": "read", "sequence": self.delivered})
        elif kind == "probe":
            self.send({"type": "read", "sequence": self.delivered})
        elif kind == "error":
            end(1, f"{event['code']}: {harmless(event['message'])}")
        elif kind == "closing":
            print("closing:", harmless(event["reason"]), file=sys.stderr, flush=True)
        # Other events, and those of newer servers, are passed over.


# Signing in


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


def base64_text(content):
    return base64.b64encode(content).decode()


def prepared(password):
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", spaced).encode()


def sign_in(session, name, password, binding):
    """SCRAM-SHA-256-PLUS. Gives what the server says of the account."""
    nonce = base64_text(secrets.token_bytes(24))
    first = f"n={name.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
    challenge = session.request("sign_in", data=GS2_HEADER + first)["data"]
    values = {part[0]: part[2:] for part in challenge.split(",")}
    salt, iterations = base64.b64decode(values["s"], validate=True), int(values["i"])
    is_longer = values["r"].startswith(nonce) and len(values["r"]) > len(nonce)
    if not is_longer or iterations not in ITERATIONS or len(salt) < SALT_BYTES_MIN:
        end(3, "What the server says at sign-in is wrong: do not trust it.")
    salted = hashlib.pbkdf2_hmac("sha256", prepared(password), salt, iterations, 32)
    client_key, server_key = mac(salted, "Client Key"), mac(salted, "Server Key")
    stored_key = hashlib.sha256(client_key).digest()
    final = f"c={base64_text(GS2_HEADER.encode() + binding)},r={values['r']}"
    auth_message = f"{first},{challenge},{final}"
    signature = mac(stored_key, auth_message)
    proof = bytes(one ^ other for one, other in zip(client_key, signature))
    welcome = session.request("sign_in_proof", data=f"{final},p={base64_text(proof)}")
    if not hmac.compare_digest(welcome["data"], "v=" + base64_text(mac(server_key, auth_message))):
        end(3, "The server does not know this account: do not trust it.")
    return welcome


# What a person asks for


def line_of(post):
    bodies = {
        "sealed": "(sealed)",
        "action": f"* {post['from']} {post['body']}",
        "notice": f"-{post['from']}- {post['body']}",
    }
    body = bodies.get(post["kind"], post["body"])
    return harmless(f"{post['sequence']} {post['from']} -> {post['to']}: {body}")


def post(session, text, kind):
    post_id = secrets.token_hex(16)
    session.own_ids.add(post_id)
    reply = session.request("post", room="#lobby", postId=post_id, text=text, kind=kind)
    print("stored", reply["sequence"], flush=True)


def show_history(session):
    page = {"more": True, "posts": []}
    after = 0
    while page["more"]:
        page = session.request("history", after=after, limit=PAGE)
        for one in page["posts"]:
            print("history", line_of(one), flush=True)
            after = one["sequence"]
    print("end of history", flush=True)


def show_who(session):
    page = session.request("who")
    names = page["names"]
    while page["more"]:
        page = session.request("who", after=names[-1])
        names += page["names"]
    print("online:", harmless(" ".join(names)), flush=True)


def obey(session, line):
    """Gives False where it is to leave."""
    operation, _, text = line.partition(" ")
    if operation == "BM":
        post(session, text, "text")
    elif operation == "ME":
        post(session, text, "action")
    elif operation == "WHO":
        show_who(session)
    elif operation == "CH":
        show_history(session)
    return operation != "EX"


def main():
    host, port, name, fingerprint = sys.argv[1:]
    channel, binding = open_channel(host, int(port), fingerprint)
    session = Session(channel)
    try:
        welcome = sign_in(session, name, os.environ["CHAT_PASSWORD"], binding)
    except ServerError as error:
        end(4, str(error))
    print("signed in as", harmless(welcome["name"]), flush=True)
    for line in sys.stdin:
        try:
            if not obey(session, line.rstrip("\n")):
                break
        except ServerError as error:
            print("refused", error, flush=True)
    session.leaving = True
    session.request("sign_out")
    print("left", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
