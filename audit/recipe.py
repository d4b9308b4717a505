"""What an export says of itself to a person who has only openssl and sha256sum."""

README = r"""Chain of custody, exported from Autoclave
==========================================

This folder proves what was inspected, what was decided and what entered the clean zone, and that
nothing of it was changed afterwards. It can be checked on any computer, without a network and
without Autoclave. You need one thing from elsewhere: the FINGERPRINT of the ledger's key, 32
hexadecimal digits that were written on paper when the key was made. Do not take it from here.

  keys/ledger.vkey   the public key
  files.note         every file of this folder with its SHA-256, signed with that key
  log/               the ledger: signed checkpoints, tiles of hashes, bundles of entries (C2SP
                     tlog-tiles, RFC 6962; each entry is one line of JSON, length before it)
  manifests/         what was done with each artefact, one line each, gzip
  log/*/anchors/     what somebody outside said of a checkpoint: timestamps (RFC 3161), cosigned
                     checkpoints (C2SP tlog-cosignature), lines on paper
  verify.py          the verifier

With Python (3.8 or later) and its package `cryptography`:

    python3 verify.py . --key FINGERPRINT

Without Python, the signed list of files can be checked with openssl (3.0 or later) and the usual
tools. It says that this folder is the one that was exported, whole and unchanged.

1. The key is the one on paper. The first 32 digits of this are the fingerprint:

    tr -d '\n' < keys/ledger.vkey | sha256sum

2. The list is signed with that key. This prints "Signature Verified Successfully":

    sed '/^$/,$d' files.note > /tmp/list.txt
    tail -n 1 files.note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > /tmp/list.sig
    printf '\060\052\060\005\006\003\053\145\160\003\041\000' > /tmp/key.der
    cut -d + -f 3- keys/ledger.vkey | base64 -d | tail -c 32 >> /tmp/key.der
    openssl pkeyutl -verify -rawin -in /tmp/list.txt -sigfile /tmp/list.sig \
        -pubin -keyform DER -inkey /tmp/key.der

3. Every file is the one in the list. This prints nothing but a warning about the lines that are
   not digests, and ends with 0:

    tail -n +2 /tmp/list.txt | sha256sum --quiet -c -

4. A timestamp, say anchors/SIZE/X.tsr below the folder of a log, is over the checkpoint of that
   size, and a certificate that you trust from elsewhere (CA.pem) vouches for it. In that folder:
   openssl ts -verify -data checkpoints/SIZE -in anchors/SIZE/X.tsr -CAfile CA.pem

Who has the ledger's key could write another history and sign it, but not the anchors that others
kept. Give them to the verifier: `--anchor FILE`, a token, a cosigned checkpoint or its three lines.

What lies in log/ and manifests/ is public format: whoever does not trust verify.py can write
another verifier from RFC 9162 section 2.1 and https://c2sp.org/tlog-tiles in a day.
"""

BAG_README = """\
Files that came back, delivered by Autoclave as a BagIt bag (RFC 8493)
======================================================================

  data/                     the files, under their own names, a folder for each server
  certificate.fr.pdf        what was checked, what is lost, who signed (also in English, HTML, JSON)
  renamed.jsonl             if it is here: names that this disk cannot hold, and their codes
  recalls.note              what had been recalled when this was delivered; ask for newer lists
  manifest-sha256.txt       every file of data/ with its SHA-256
  tagmanifest-sha256.txt    every other file, but the note
  delivery.note             the digests of both, signed with the ledger's key: it ends a delivery
  ledger/                   the entries of the ledger about this set, each with its proof

You need one thing from elsewhere: the FINGERPRINT of the ledger's key, 32 hexadecimal digits that
were written on paper. Do not take it from here. With Python (3.8 or later) and `cryptography`:

    python3 verify.py . --key FINGERPRINT

Without Python, on any Linux, the files are the ones that were written when this prints nothing:

    sha256sum --quiet -c tagmanifest-sha256.txt
    sha256sum --quiet -c manifest-sha256.txt

and the note says the same digests of both manifests (names with a percent sign or a line end are
written as %25, %0A and %0D there, and only verify.py reads them):

    sha256sum manifest-sha256.txt tagmanifest-sha256.txt; cat delivery.note

On Windows: certutil -hashfile FILE SHA256, and compare with the line of the manifest.
"""
