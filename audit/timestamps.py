"""Timestamps of an authority (RFC 3161): asked for, and verified down to its root certificate."""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.anchors import Stamp, stamped
from audit.event import timestamp
from audit.evidence import BAD
from custody.errors import SettingsError, SignatureError

NEXT = "ask the authority again, or give the certificate that it really has"


def request_of(note: bytes) -> bytes:
    """Return a TimeStampReq over a signed checkpoint, which asks for the authority's certificate.

    It has no nonce: the note is unlike any other, so that no older answer fits it, and the answer
    may come days later on a stick.
    """
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()


def verified_stamp(token: bytes, note: bytes, roots: Sequence[x509.Certificate]) -> str:
    """Return who stamped this note, as the certificate says, below one of the roots.

    Raises:
        SignatureError: it is no token, is over something else, or nobody known signed it.
    """
    if not roots:
        raise SignatureError(
            "no authority is known that could have made a timestamp",
            next_step="name its root certificate in audit.timestamp_ca",
        )
    try:
        response = decode_timestamp_response(token)
        builder = VerifierBuilder(roots=list(roots))
        builder.build().verify_message(response, note)
        # Two readers of one token must see the same: outsiders have only the other one.
        read = stamped(token)
        info = response.tst_info
        if read != Stamp(info.message_imprint.message.hex(), timestamp(info.gen_time)):
            raise SignatureError("the timestamp means two things to two readers", next_step=NEXT)
        return _signer(response)
    except (VerificationError, *BAD) as error:
        raise SignatureError(
            f"the timestamp cannot be believed: {error}", next_step=NEXT
        ) from error


def _signer(response: TimeStampResponse) -> str:
    """Return the subject of the certificate that may stamp (RFC 3161 section 2.3)."""
    certificates = map(x509.load_der_x509_certificate, response.signed_data.certificates)
    names = [c.subject.rfc4514_string() for c in certificates if _may_stamp(c)]
    return names[0] if names else "an authority that sent no certificate"


def _may_stamp(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.oid.ExtendedKeyUsageOID.TIME_STAMPING in usage


def roots_in(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file.

    Raises:
        SettingsError: it cannot be read, or holds none.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"audit.timestamp_ca {path} holds no certificates: {error}",
            next_step="name a PEM file with the root certificate of the authority",
        ) from error
