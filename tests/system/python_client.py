"""A client in another language, written from docs/protocol.md alone, with Python's standard library only.

    CHAT_PASSWORD=... python3 python_client.py HOST PORT NAME FINGERPRINT

Signs in to an existing account and obeys the lines of its standard input: "BM text" posts to the lobby, "CH" prints the
history, "EX" leaves. Posts of others are printed as they arrive. It ends with 3 where the server is not the one of the fingerprint or
does not know the account, with 4 where the sign-in is refused.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import ssl
import struct
import sys
import threading
import unicodedata

FRAME_BYTES_MAX = 1_048_576
HEADER = "p=tls-server-end-point,,"


class Refused(Exception):
    """An error of the server: its code and its message."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]


def leave(status, message):
    print(message, file=sys.stderr, flush=True)
    os._exit(status)


class Connection:
    """The channel and its frames."""

    def __init__(self, host, port, fingerprint):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the fingerprint is checked instead, before anything is sent
        tcp = socket.create_connection((host, port), timeout=30)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(tcp)
        certificate = self.socket.getpeercert(binary_form=True)
        self.binding = hashlib.sha256(certificate).digest()
        shown = "SHA256:" + base64.b64encode(self.binding).decode().rstrip("=")
        if shown != fingerprint:
            leave(3, f"This is another server: its fingerprint is {shown}.")
        self.socket.settimeout(None)
        self.write_lock = threading.Lock()

    def send(self, message):
        payload = json.dumps(message, ensure_ascii=False).encode()
        with self.write_lock:
            self.socket.sendall(struct.pack(">I", len(payload)) + payload)

    def receive(self):
        """The next message; None at the end."""
        header = self.read_exactly(4)
        if header is None:
            return None
        (length,) = struct.unpack(">I", header)
        if not 1 <= length <= FRAME_BYTES_MAX:
            leave(1, f"The server sent a frame of {length} bytes.")
        payload = self.read_exactly(length)
        return None if payload is None else json.loads(payload)

    def read_exactly(self, count):
        received = b""
        while len(received) < count:
            chunk = self.socket.recv(count - len(received))
            if chunk == b"":
                return None
            received += chunk
        return received


class Client:
    """Requests and their replies; events are handed on."""

    def __init__(self, connection, on_event):
        self.connection = connection
        self.on_event = on_event
        self.next_id = 1
        self.replies = {}
        self.arrived = threading.Condition()
        self.leaving = False
        hello = connection.receive()
        if hello is None or hello.get("event") != "hello" or hello["protocol"] != 1:
            leave(1, "This server speaks another protocol.")
        threading.Thread(target=self.read_all, daemon=True).start()

    def read_all(self):
        while (message := self.connection.receive()) is not None:
            if "reply" in message:
                with self.arrived:
                    self.replies[message["reply"]] = message
                    self.arrived.notify_all()
            else:
                self.on_event(self, message)
        if not self.leaving:
            leave(1, "The server has closed the connection.")

    def request(self, request_type, **content):
        request_id = self.next_id
        self.next_id += 1
        self.connection.send({"type": request_type, "id": request_id, **content})
        with self.arrived:
            if not self.arrived.wait_for(lambda: request_id in self.replies, timeout=30):
                leave(1, "The server does not answer.")
            reply = self.replies.pop(request_id)
        if "error" in reply:
            raise Refused(reply["error"])
        return reply


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def prepare(password):
    """OpaqueString (RFC 8265), without its table of characters that are not allowed."""
    spaces = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", spaces)


def sign_in(client, name, password):
    """SCRAM-SHA-256-PLUS; gives what the server says of the account."""
    nonce = base64.b64encode(secrets.token_bytes(24)).decode()
    bare = "n=" + name.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce
    server_first = client.request("sign_in", data=HEADER + bare)["data"]
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salt, iterations = base64.b64decode(fields["s"]), int(fields["i"])
    extended = fields["r"].startswith(nonce) and len(fields["r"]) > len(nonce)
    if not extended or not 600_000 <= iterations <= 5_000_000 or len(salt) < 16:
        leave(3, "The server's part of the sign-in is wrong: do not trust it.")
    salted = hashlib.pbkdf2_hmac("sha256", prepare(password).encode(), salt, iterations)
    client_key = hmac_sha256(salted, "Client Key")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac_sha256(salted, "Server Key")
    bound = base64.b64encode(HEADER.encode() + client.connection.binding).decode()
    without_proof = f"c={bound},r={fields['r']}"
    auth_message = f"{bare},{server_first},{without_proof}"
    signature = hmac_sha256(stored_key, auth_message)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    data = f"{without_proof},p={base64.b64encode(proof).decode()}"
    welcome = client.request("sign_in_proof", data=data)
    expected = "v=" + base64.b64encode(hmac_sha256(server_key, auth_message)).decode()
    if not hmac.compare_digest(welcome["data"], expected):
        leave(3, "The server does not know this account: do not trust it.")
    return welcome


def harmless(text):
    """Nothing that a terminal would obey."""
    return "".join(one if unicodedata.category(one)[0] != "C" else "\ufffd" for one in text)


def shown(post):
    body = "(sealed)" if post["kind"] == "sealed" else post["body"]
    return harmless(f"{post['sequence']} {post['from']} -> {post['to']}: {body}")


def on_event(client, message):
    if message["event"] == "post":
        print("arrived", shown(message["post"]), flush=True)
        client.connection.send({"type": "read", "sequence": message["post"]["sequence"]})
    elif message["event"] == "probe":
        client.connection.send({"type": "read", "sequence": 0})


def show_history(client):
    after, more = 0, True
    while more:
        page = client.request("history", after=after, limit=100)
        for post in page["posts"]:
            print("history", shown(post), flush=True)
            after = post["sequence"]
        more = page["more"]
    print("end of history", flush=True)


def main():
    host, port, name, fingerprint = sys.argv[1:]
    client = Client(Connection(host, int(port), fingerprint), on_event)
    try:
        welcome = sign_in(client, name, os.environ["CHAT_PASSWORD"])
    except Refused as refused:
        leave(4, f"{refused.code}: {refused}")
    print("signed in as", harmless(welcome["name"]), flush=True)
    for line in sys.stdin:
        operation, _, text = line.rstrip("\n").partition(" ")
        if operation == "BM":
            post_id = secrets.token_hex(16)
            reply = client.request("post", room="#lobby", postId=post_id, text=text)
            print("stored", reply["sequence"], flush=True)
        elif operation == "CH":
            show_history(client)
        elif operation == "EX":
            break
    client.leaving = True
    client.request("sign_out")
    print("left", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
