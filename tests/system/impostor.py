"""A TLS server that shows a certificate without having its key. Only GnuTLS can be told to let a server do that; its library
(libgnutls.so.30) is part of every Debian, since apt stands on it.

Arguments: a file with the certificate, a file with another key, "1.2" or "1.3". Prints the port that it listens on.
"""

import ctypes
import socket
import sys

SKIP_KEY_CERT_MATCH = 1  # GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH
PEM = 1  # GNUTLS_X509_FMT_PEM
SERVER = 1  # GNUTLS_SERVER
CERTIFICATE = 1  # GNUTLS_CRD_CERTIFICATE

gnutls = ctypes.CDLL("libgnutls.so.30")
gnutls.gnutls_strerror.restype = ctypes.c_char_p


def check(result):
    if result < 0:
        raise RuntimeError(gnutls.gnutls_strerror(result).decode())


def shake_hands(conn, credentials, version):
    session = ctypes.c_void_p()
    check(gnutls.gnutls_init(ctypes.byref(session), SERVER))
    priority = f"NORMAL:-VERS-ALL:+VERS-TLS{version}".encode()
    check(gnutls.gnutls_priority_set_direct(session, priority, None))
    check(gnutls.gnutls_credentials_set(session, CERTIFICATE, credentials))
    gnutls.gnutls_transport_set_int2(session, conn.fileno(), conn.fileno())
    # The client ends it, which is what the tests want to see.
    gnutls.gnutls_handshake(session)
    gnutls.gnutls_deinit(session)


def main(certificate, key, version):
    credentials = ctypes.c_void_p()
    check(gnutls.gnutls_certificate_allocate_credentials(ctypes.byref(credentials)))
    gnutls.gnutls_certificate_set_flags(credentials, SKIP_KEY_CERT_MATCH)
    files = (certificate.encode(), key.encode())
    check(gnutls.gnutls_certificate_set_x509_key_file(credentials, *files, PEM))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        conn, _ = listener.accept()
        with conn:
            shake_hands(conn, credentials, version)


main(*sys.argv[1:])
