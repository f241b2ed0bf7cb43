"""A classic client, written from the description of its wire: `classic_client.py HOST PORT NAME`.

It reads the way the original does: one recv() for each integer and each field, never a loop. A field that comes in parts
is misread by it, so it says so and ends with status 5.
"""

import base64
import queue
import socket
import struct
import sys
import threading

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROMPT = (
    "Please enter your operation "
    "(BM: Broadcast Messaging, PM: Private Messaging, CH: Chat History, EX: Exit):"
)
speaking = threading.Lock()
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class ConnectionEnded(Exception):
    """The server has closed the connection."""


class ShortRead(Exception):
    """A field came in parts."""


def encrypt(text, public_key):
    key = Fernet.generate_key()
    wrapped = public_key.encrypt(key, OAEP)
    token = Fernet(key).encrypt(text.encode())
    return base64.b64encode(wrapped) + b";" + base64.b64encode(token)


def decrypt(envelope, private_key):
    wrapped, token = envelope.split(b";")
    key = private_key.decrypt(base64.b64decode(wrapped), OAEP)
    return Fernet(key).decrypt(base64.b64decode(token)).decode()


class Client:
    def __init__(self, host, port, name):
        self.socket = socket.create_connection((host, port))
        self.name = name
        self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.answers = queue.Queue()

    def send_bytes(self, content):
        self.socket.send(struct.pack("!i", len(content)))
        self.socket.send(content)

    def send_text(self, text):
        """Announces characters and sends bytes, as the original does."""
        self.socket.send(struct.pack("!i", len(text)))
        self.socket.send(text.encode())

    def receive_exactly_once(self, length):
        content = self.socket.recv(length)
        if content == b"" and length > 0:
            raise ConnectionEnded
        if len(content) != length:
            raise ShortRead
        return content

    def receive_field(self):
        (length,) = struct.unpack("!i", self.receive_exactly_once(4))
        return self.receive_exactly_once(length)

    def receive(self, *types):
        kind = self.receive_field().decode()
        body = self.receive_field()
        if types and kind not in types:
            raise ValueError(f"{kind} came instead of {types}")
        return kind, body

    def sign_in(self):
        self.send_text(self.name)
        _, text = self.receive("key")
        server_key = serialization.load_pem_public_key(base64.b64decode(text))
        _, text = self.receive("Confirmation")
        say(text.decode())
        wanted = "You successfully log into your account!"
        if text.decode() == "Now please create your password!":
            wanted = "Your account has been successfully created!"
        while text.decode() != wanted:
            self.send_bytes(encrypt(read_line(), server_key))
            _, text = self.receive("Confirmation")
            say(text.decode())
        pem = self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.send_bytes(base64.b64encode(pem))

    def listen(self):
        """Runs beside the dialogue with the person."""
        try:
            while True:
                self.take(*self.receive())
        except (ConnectionEnded, OSError):
            self.answers.put((None, b""))
        except ShortRead:
            say("**** A field came in parts ****")
            self.answers.put((None, b""))

    def take(self, kind, body):
        if kind == "BM":
            say("**** Received a public message ****: " + body.decode())
        elif kind == "PM":
            say("**** Received a private message ****: " + decrypt(body, self.private_key))
        else:
            self.answers.put((kind, body))

    def answer(self, wanted):
        kind, body = self.answers.get()
        if kind is None:
            raise ConnectionEnded
        if kind != wanted:
            raise ValueError(f"{kind} came instead of {wanted}")
        return body.decode()

    def broadcast(self):
        self.send_text("BM")
        if self.answer("Confirmation") != "The server is ready to send broadcast message!":
            raise ValueError("The server is not ready for a broadcast.")
        say("Enter the public message:")
        self.send_text(read_line())
        say(self.answer("Confirmation"))

    def private(self):
        self.send_text("PM")
        names = self.answer("LIST").split()
        say("Peers online: " + " ".join(names))
        name = None
        while name not in names:
            say("Peer to message:")
            name = read_line()
        self.send_text(name)
        key = serialization.load_pem_public_key(base64.b64decode(self.answer("key")))
        say("Enter the private message:")
        self.send_bytes(encrypt(read_line(), key))
        say(self.answer("Confirmation"))

    def history(self):
        self.send_text("CH")
        line = self.answer("CH")
        while line != "Done":
            say(line)
            line = self.answer("CH")
        say("End of history.")

    def run(self):
        self.sign_in()
        threading.Thread(target=self.listen, daemon=True).start()
        operations = {"BM": self.broadcast, "PM": self.private, "CH": self.history}
        while True:
            say(PROMPT)
            operation = read_line()
            if operation == "EX":
                self.send_text("EX")
                say("The session has ended.")
                return
            if operation in operations:
                operations[operation]()
            else:
                self.send_text(operation)


def say(line):
    # Both threads speak. print() writes the line and its end one after the other, and another line can come between.
    with speaking:
        print(line, flush=True)


def read_line():
    line = sys.stdin.readline()
    if line == "":
        raise ConnectionEnded
    return line.rstrip("\n")


def main():
    host, port, name = sys.argv[1:]
    try:
        Client(host, int(port), name).run()
    except (ConnectionEnded, OSError):
        say("The connection has ended.")
        sys.exit(3)
    except ShortRead:
        say("**** A field came in parts ****")
        sys.exit(5)


main()
