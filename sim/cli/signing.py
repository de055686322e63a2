"""The command `sign`: signed copies of figures."""

from __future__ import annotations

from pathlib import Path

from sim.cli.commands import command
from sim.cli.options import OneOf, argument, file_path, option

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")  # of C2PA


@command(
    "sign",
    "sign chart.png --certificate chain.pem --key key.pem",
    "sign results/*.png --certificate chain.pem --key key.pem --out signed --timestamp http://tsa.example.org",
)
@argument("files", nargs=-1, required=True, type=file_path(), help="figures of ours: PNG, SVG or PDF")
@option(
    "--certificate", type=file_path(), required=True, metavar="FILE",
    help="PEM file with the signer's certificate, then those that vouch for it",
)  # fmt: skip
@option("--key", type=file_path(), required=True, metavar="FILE", help="PEM file with the private key (PKCS #8)")
@option("--alg", "algorithm", type=OneOf(ALGORITHMS), default="es256", help="how the key signs")
@option("--out", type=file_path(), default="signed", metavar="FOLDER", help="where the signed copies go")
@option("--timestamp", metavar="URL", help="time stamp server (RFC 3161) to ask; none by default")
def sign(
    files: tuple[Path, ...], certificate: Path, key: Path, algorithm: str, out: Path, timestamp: str | None
) -> None:
    """Write signed copies, and print their names."""
    from sim.signatures import Credentials
    from sim.signatures import sign as write_signed

    for path in write_signed(files, out, Credentials.read(certificate, key, algorithm, timestamp)):
        print(path)
