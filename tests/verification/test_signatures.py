"""Signatures stand beside verdicts: each says what it can say, whatever the other says; no key goes anywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import which

import pytest
from matplotlib.figure import Figure

from sim import charts, sources
from sim.charts.carriers import broken, png
from sim.charts.files import FORMATS, save_titled
from sim.cli import main
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.export import UnwritableError
from sim.scenario import load
from sim.signatures import Credentials, Signature, certificates, read_signature, sign
from sim.signatures.problems import SignatureError
from sim.verification import judge
from sim.verification.exhibits import read
from sim.verification.findings import ALTERED, VERIFIED, Finding, code, document, sentences
from sim.verification.runs import Runs

x509 = pytest.importorskip("cryptography.x509", reason="certificates are made with cryptography")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec", reason="of cryptography")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa", reason="of cryptography")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402 (after the skip)

pytest.importorskip("c2pa", reason="the optional extra sign is not installed")

NAME = "cash_flow"
FORMS = ("png", "svg", "pdf")
TRUSTED, USAGES = "on the trust list given", x509.ExtendedKeyUsageOID
DAY = timedelta(days=1)


# --- certificates ---


def certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    by: tuple[str, ec.EllipticCurvePrivateKey] | None = None,
    valid: tuple[timedelta, timedelta] = (-DAY, 365 * DAY),
    usage: str = "EMAIL_PROTECTION",
) -> x509.Certificate:
    """A certificate with the usages that C2PA asks for; of an authority where nobody else signs it."""
    issuer, issuing = by or (subject, key)
    name = {"subject": subject, "issuer": issuer}
    names = {
        role: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)] if text else [])
        for role, text in name.items()
    }
    unused = "content_commitment key_encipherment data_encipherment key_agreement encipher_only decipher_only"
    bits = dict.fromkeys(unused.split(), False)
    root, now = by is None, datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(names["subject"])
        .issuer_name(names["issuer"])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
        .add_extension(x509.BasicConstraints(root, None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, **bits), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.public_key()), critical=False)
    )
    if not root:
        built = built.add_extension(x509.ExtendedKeyUsage([getattr(USAGES, usage)]), critical=usage == "TIME_STAMPING")
    return built.sign(issuing, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates as PEM."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def plain(key: object, form: str = "PKCS8", password: bytes = b"") -> bytes:
    """A private key as PEM."""
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    found: bytes = key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), lock
    )
    return found


class Institute:
    """A root, a signer whom it vouches for, and the files of both."""

    def __init__(
        self,
        folder: Path,
        signer: str = "A Test Institute",
        valid: tuple[timedelta, timedelta] = (-DAY, 365 * DAY),
        usage: str = "EMAIL_PROTECTION",
    ) -> None:
        """Files: root.pem, chain.pem, key.pem."""
        folder.mkdir(parents=True, exist_ok=True)
        self.root_key, self.key_of = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root_of = certificate("A Test Root", self.root_key, valid=(-400 * DAY, 4_000 * DAY))
        self.own = certificate(signer, self.key_of, ("A Test Root", self.root_key), valid, usage)
        self.root, self.chain, self.key = (folder / f"{name}.pem" for name in ("root", "chain", "key"))
        self.root.write_bytes(pem(self.root_of))
        self.chain.write_bytes(pem(self.own, self.root_of))
        self.key.write_bytes(plain(self.key_of))

    @property
    def credentials(self) -> Credentials:
        """Those of the signer."""
        return Credentials.read(self.chain, self.key)


@pytest.fixture(scope="module")
def institute(tmp_path_factory: pytest.TempPathFactory) -> Institute:
    """One that is known to those who trust its root."""
    return Institute(tmp_path_factory.mktemp("institute"))


# --- figures ---


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A small one."""
    return compare(load("small_country"), draws=0, queue=False)


@pytest.fixture(scope="module")
def runs() -> Runs:
    """The runs behind the figures, run once."""
    return Runs()


@pytest.fixture(scope="module")
def figures(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A figure by its format; beside them as `forged` one with a stroke through it, under a seal that is whole."""
    folder = tmp_path_factory.mktemp("figures")
    figure = charts.CHARTS[NAME](comparison)
    contents = {form: FORMATS[form](figure, comparison, NAME) for form in FORMS}
    figure.text(0.3, 0.5, "4bn")
    contents["forged"] = FORMATS["png"](figure, comparison, NAME)
    found = {}
    for form, content in contents.items():
        found[form] = folder / (f"{NAME}.{form}" if form in FORMS else f"{form}.png")
        found[form].write_bytes(content)
    return found


@pytest.fixture(scope="module")
def signed(figures: dict[str, Path], institute: Institute, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies with a signature."""
    files = sign(list(figures.values()), tmp_path_factory.mktemp("signed"), institute.credentials)
    return dict(zip(figures, files, strict=True))


def found(path: Path, runs: Runs, anchors: str = "") -> Finding:
    """What is found of a figure."""
    (exhibit,) = read(path, runs)
    (finding,) = judge(exhibit, runs, anchors)
    return finding


def of(finding: Finding) -> Signature:
    """The signature in a finding."""
    assert finding.signature is not None
    return finding.signature


def altered(path: Path, content: bytes, folder: Path) -> Path:
    """A file with another content."""
    copy = folder / path.name
    copy.write_bytes(content)
    return copy


def flipped(content: bytes, at: int) -> bytes:
    """The content with one bit flipped."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_signed_figure_is_verified_and_its_signature_is_named(
    form: str, signed: dict[str, Path], figures: dict[str, Path], institute: Institute, runs: Runs
) -> None:
    finding = found(signed[form], runs)
    assert (finding.verdict, finding.figure) == (VERIFIED, NAME)
    assert "the file was signed" in finding.reasons[0]
    assert broken(signed[form].read_bytes(), form) == ("file",)
    signature = of(finding)
    assert (signature.state, signature.signer, signature.issuer) == ("valid", "A Test Institute", "A Test Root")
    assert (signature.figure, signature.run, signature.trusted) == (NAME, finding.run, None)
    assert signature.valid_until.startswith(f"{institute.own.not_valid_after_utc:%Y-%m-%d}")
    assert signature.about.endswith("not checked against a trust list")
    assert found(figures[form], runs).signature is None


def test_only_a_trust_list_says_who_is_trusted(
    signed: dict[str, Path], institute: Institute, runs: Runs, tmp_path: Path
) -> None:
    """Another root of the same name vouches for nobody of this one."""
    ours = of(found(signed["png"], runs, certificates(institute.root)))
    other = of(found(signed["png"], runs, certificates(Institute(tmp_path / "other").root)))
    assert (ours.state, ours.trusted, other.state, other.trusted) == ("valid", True, "valid", False)
    assert ours.about.endswith(f", {TRUSTED}") and other.about.endswith(f", not {TRUSTED}")


# --- neither passes for the other ---


def test_a_good_signature_on_an_altered_figure_leaves_it_altered(
    signed: dict[str, Path], institute: Institute, runs: Runs
) -> None:
    """Its seal is whole too: only the run shows what it is."""
    assert broken(signed["forged"].read_bytes(), "png") == ("file",)
    finding = found(signed["forged"], runs, certificates(institute.root))
    assert (finding.verdict, of(finding).state, of(finding).trusted) == (ALTERED, "valid", True)
    assert code([finding]) == 1


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_a_broken_signature_on_a_verified_figure_leaves_it_verified(
    form: str, signed: dict[str, Path], runs: Runs, tmp_path: Path
) -> None:
    content = signed[form].read_bytes()
    mark = b"<c2pa:manifest>" if form == "svg" else b"A Test Institute"
    at = content.index(mark) + (2_000 if form == "svg" else 0)
    for changed in (flipped(content, at), content + b"\n"):
        finding = found(altered(signed[form], changed, tmp_path), runs)
        assert (finding.verdict, of(finding).state, of(finding).trusted) == (VERIFIED, "broken", None)
        assert code([finding]) == 0


@pytest.mark.parametrize("form", FORMS)
def test_one_bit_breaks_verdict_and_signature(form: str, signed: dict[str, Path], runs: Runs, tmp_path: Path) -> None:
    """In the picture of each format."""
    content = signed[form].read_bytes()
    mark = {"png": b"IDAT", "svg": b"<path", "pdf": b"stream\n"}[form]
    finding = found(altered(signed[form], flipped(content, content.index(mark) + 60), tmp_path), runs)
    assert (finding.verdict, of(finding).state) == (ALTERED, "broken")


@pytest.mark.slow
def test_a_picture_swapped_under_the_manifest_is_altered_and_breaks_the_signature(
    comparison: Comparison, signed: dict[str, Path], runs: Runs, tmp_path: Path
) -> None:
    """Words, seal and manifest of one figure, pixels of another, with check sums that are right."""
    other = FORMATS["png"](charts.CHARTS["need_met"](comparison), comparison, "need_met")
    seen = (b"IDAT", b"IHDR", b"IEND")
    kept = [(kind, data) for kind, data in png.chunks(signed["png"].read_bytes()) if kind not in seen]
    pixels = [(kind, data) for kind, data in png.chunks(other) if kind in seen]
    swapped = b"".join(png.chunk(*each) for each in (pixels[0], *kept, *pixels[1:]))
    finding = found(altered(signed["png"], png.SIGNATURE + swapped, tmp_path), runs)
    assert (finding.verdict, of(finding).state) == (ALTERED, "broken")
    assert "the file changed since it was signed" in of(finding).about


def test_a_certificate_cannot_write_on_a_terminal(figures: dict[str, Path], runs: Runs, tmp_path: Path) -> None:
    strange = Institute(tmp_path / "strange", "\x1b[2J\u202e" + "a" * 40)
    (copy,) = sign([figures["svg"]], tmp_path / "out", strange.credentials)
    finding = found(copy, runs)
    assert of(finding).state == "valid" and all(line.isprintable() for line in sentences([finding]))


# --- what is written ---


def test_what_is_signed_says_what_it_is_and_holds_no_key(
    figures: dict[str, Path], institute: Institute, tmp_path: Path
) -> None:
    """Not even where somebody keeps chain and key in one file."""
    import c2pa

    both = tmp_path / "both.pem"
    both.write_bytes(institute.key.read_bytes() + institute.chain.read_bytes())
    credentials = Credentials.read(both, both)
    (copy,) = sign([figures["png"]], tmp_path / "out", credentials)
    secret = institute.key_of.private_numbers().private_value.to_bytes(32, "big")
    assert secret not in copy.read_bytes() and "PRIVATE" not in repr(credentials)
    with c2pa.Reader(str(copy)) as reader:
        manifest = reader.get_active_manifest()
    assert manifest["title"] == png.words(copy.read_bytes())["Title"]
    assert manifest["claim_generator_info"][0]["name"] == "Heavy Press"
    (ours,) = [each["data"] for each in manifest["assertions"] if each["label"] == "heavypress.figure"]
    assert set(ours) == {"figure", "run", "record"} and re.fullmatch("sha256:[0-9a-f]{64}", ours["record"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [copy.name], "no other file"


def test_a_figure_without_a_record_is_signed_as_what_it_is(institute: Institute, tmp_path: Path) -> None:
    save_titled(Figure(figsize=(1, 1)), tmp_path / "map", "A map", "About it", "Source", of="sweep")
    (copy,) = sign([tmp_path / "map.png"], tmp_path / "out", institute.credentials)
    signature = read_signature(copy.read_bytes())
    assert signature is not None and (signature.figure, signature.run) == ("sweep/map", "")


# --- refusals ---


def refused(files: Sequence[Path], credentials: Sequence[Path | str], out: Path) -> str:
    """The sentence that signing is refused with; nothing is written."""
    with pytest.raises((SignatureError, UnwritableError)) as caught:
        sign(files, out, Credentials.read(*credentials))  # type: ignore[arg-type]
    assert not out.exists()
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)
    return str(caught.value)


def keys(institute: Institute, folder: Path) -> dict[str, tuple[tuple[Path | str, ...], str]]:
    """Credentials that are refused, and what the sentence says."""
    other = Institute(folder / "other")
    expired = Institute(folder / "expired", valid=(-30 * DAY, -2 * DAY))
    early = Institute(folder / "early", valid=(5 * DAY, 9 * DAY))
    unfit = Institute(folder / "unfit", usage="SERVER_AUTH")
    files = {
        "locked": plain(institute.key_of, password=b"secret"),
        "locked_of_old": plain(institute.key_of, "TraditionalOpenSSL", b"secret"),
        "old": plain(institute.key_of, "TraditionalOpenSSL"),
        "rsa": plain(rsa.generate_private_key(65537, 2048)),
        "backwards": pem(institute.root_of, institute.own),
        "trash": b"-----BEGIN CERTIFICATE-----\ntrash\n-----END CERTIFICATE-----\n",
        "long": b"x" * 1_000_001,
    }
    at = {name: folder / f"{name}.pem" for name in files}
    for name, content in files.items():
        at[name].write_bytes(content)
    chain, key = institute.chain, institute.key
    return {
        "the key of another": ((chain, other.key), f"{other.key}: is not the key of the first certificate in {chain}"),
        "expired": ((expired.chain, expired.key), f"{expired.chain}: its first certificate is expired"),
        "early": ((early.chain, early.key), f"{early.chain}: its first certificate is expired, or not valid yet"),
        "for servers": ((unfit.chain, unfit.key), "cannot be signed: "),
        "a password": ((chain, at["locked"]), f"{at['locked']}: needs a password"),
        "a password of old": ((chain, at["locked_of_old"]), f"{at['locked_of_old']}: needs a password"),
        "an older form": ((chain, at["old"]), f"PKCS #8: openssl pkcs8 -topk8 -nocrypt -in {at['old']}"),
        "another kind of key": ((chain, at["rsa"]), f"{at['rsa']}: is no key for --alg es256"),
        "the root first": ((at["backwards"], key), "its first certificate is signed by itself"),
        "no certificate": ((key, key), f"{key}: holds no certificate"),
        "no key": ((chain, chain), f"{chain}: holds no private key"),
        "trash": ((at["trash"], key), f"{at['trash']}: holds a certificate that cannot be read"),
        "missing": ((chain, folder / "none.pem"), f"{folder / 'none.pem'}: cannot be read: no such file"),
        "too long": ((at["long"], key), f"{at['long']}: is larger than 1 MB"),
        "no address": ((chain, key, "es256", "tsa"), "--timestamp tsa: is no address"),
        "nobody there": ((chain, key, "es256", "http://127.0.0.1:9/"), "nobody answers there"),
    }


def test_every_key_and_certificate_of_no_use_is_refused_in_a_sentence(
    figures: dict[str, Path], institute: Institute, tmp_path: Path
) -> None:
    secrets = plain(institute.key_of).splitlines()[1:-1]
    for name, (credentials, says) in keys(institute, tmp_path).items():
        sentence = refused([figures["png"]], credentials, tmp_path / "out")
        assert says in sentence, name
        assert not any(line.decode() in sentence for line in secrets), name


def test_every_file_that_is_not_for_signing_is_refused_in_a_sentence(
    figures: dict[str, Path], signed: dict[str, Path], institute: Institute, tmp_path: Path
) -> None:
    whole = figures["png"].read_bytes()
    texts = [each for each in png.chunks(whole) if each[0] not in (b"tEXt", b"iTXt")]
    bare = png.SIGNATURE + b"".join(png.chunk(*each) for each in texts)
    retitled = figures["svg"].read_bytes().replace(b"Public outlay", b"Public income", 1)
    files = {
        "text.txt": (b"text", "is no PNG, SVG or PDF"),
        "bare.png": (bare, "is no figure of this program"),
        "cut.png": (whole[:9_000], "is cut off"),
        "bit.png": (flipped(whole, 30_000), "is damaged between"),
        "retitled.svg": (retitled, "its words changed since it was written"),
    }
    for name, (content, says) in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        sentence = refused([figures["pdf"], path], (institute.chain, institute.key), tmp_path / "out")
        assert sentence.startswith(f"{path}: ") and says in sentence, name
    usual = (institute.chain, institute.key)
    assert "is signed already" in refused([signed["pdf"]], usual, tmp_path / "out")
    assert "two of the files have this name" in refused([figures["pdf"], signed["pdf"]], usual, tmp_path / "out")
    assert "cannot be read" in refused([tmp_path / "none.png"], usual, tmp_path / "out")


def test_nothing_is_signed_in_its_place_or_over_another_file(figures: dict[str, Path], institute: Institute) -> None:
    before = figures["png"].read_bytes()
    with pytest.raises(UnwritableError, match="is there already"):
        sign([figures["png"]], figures["png"].parent, institute.credentials)
    with pytest.raises(UnwritableError, match="is a file; name a folder"):
        sign([figures["png"]], figures["png"], institute.credentials)
    assert figures["png"].read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"trash", b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", b"\xff"]
)
def test_a_trust_list_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trust.pem"
    path.write_bytes(content)
    with pytest.raises(SignatureError, match=r"holds (no certificate|a certificate that cannot be read)"):
        certificates(path)


# --- commands and documents ---


def test_the_commands_sign_and_verify(
    figures: dict[str, Path], institute: Institute, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "signed"
    words = ["sign", str(figures["svg"]), "--certificate", str(institute.chain), "--key", str(institute.key)]
    assert main([*words, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out / figures['svg'].name}\n"
    assert main([*words, "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith(f"heavypress: {out / figures['svg'].name}: is there already")
    assert main(["verify", str(out / figures["svg"].name), "--trust", str(institute.root)]) == 0
    printed = capsys.readouterr().out
    assert f"  Signature: signed by A Test Institute (issuer A Test Root) as {NAME} of run " in printed
    assert f"{TRUSTED}." in printed and "neither stands for the other" in printed
    assert main(["verify", str(figures["svg"]), "--trust", str(institute.key)]) == 2


def test_without_the_extra_a_signature_is_seen_and_not_checked(
    figures: dict[str, Path],
    signed: dict[str, Path],
    institute: Institute,
    runs: Runs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In each format; and nothing can be signed."""
    monkeypatch.setitem(sys.modules, "c2pa", None)
    for form in FORMS:
        finding = found(signed[form], runs)
        about = "carries a C2PA signature, which is not checked: pip install 'heavypress[sign]'"
        assert (finding.verdict, of(finding).state, of(finding).about) == (VERIFIED, "not checked", about)
        assert found(figures[form], runs).signature is None
    says = "signing needs the optional extra sign: pip install 'heavypress[sign]'"
    assert refused([figures["png"]], (institute.chain, institute.key), tmp_path / "out") == says


def test_json_has_the_signature_as_it_is_documented(
    signed: dict[str, Path], runs: Runs, figures: dict[str, Path]
) -> None:
    shown = json.loads(document([found(signed["png"], runs), found(figures["png"], runs)]))
    first, second = shown["findings"]
    assert first["signature"]["state"] == "valid" and second["signature"] is None
    text = sources.share("docs").joinpath("json.md").read_text(encoding="utf8")
    (section,) = [part for part in text.split("\n## ") if part.startswith("Verification\n")]
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section))))
    assert {*shown, *first, *first["signature"]} <= named and shown["schema"] in section


@pytest.mark.skipif(which("openssl") is None, reason="the recipe is for openssl")
def test_the_recipe_for_a_certificate_makes_one_that_signs(figures: dict[str, Path], tmp_path: Path) -> None:
    text = sources.share("docs").joinpath("signatures.md").read_text(encoding="utf8")
    (recipe,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    subprocess.run(["bash", "-ec", recipe], cwd=tmp_path, check=True, capture_output=True)
    credentials = Credentials.read(tmp_path / "chain.pem", tmp_path / "key.pem")
    (copy,) = sign([figures["pdf"]], tmp_path / "out", credentials)
    signature = read_signature(copy.read_bytes(), certificates(tmp_path / "root.pem"))
    assert signature is not None and (signature.signer, signature.trusted) == ("Test signer", True)


# --- time ---


def test_a_server_that_gives_no_time_stamp_is_named(
    figures: dict[str, Path], institute: Institute, tmp_path: Path
) -> None:
    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with serving(Server) as address:
        stamps = (institute.chain, institute.key, "es256", address)
        assert (
            refused([figures["png"]], stamps, tmp_path / "out")
            == f"--timestamp {address}: no time stamp came from there"
        )


def authority(folder: Path) -> tuple[Institute, type[BaseHTTPRequestHandler]]:
    """A time stamp server of openssl's, and who vouches for it."""
    stamper = Institute(folder, "A Test Clock", usage="TIME_STAMPING")
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sha384, sha512\n"
        "signer_digest = sha256\n"
    )
    (folder / "own.pem").write_bytes(pem(stamper.own))
    words = (
        "ts -reply -config ts.cnf -section t -queryfile query -signer own.pem -inkey key.pem -chain root.pem -out reply"
    )

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
            content = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return stamper, Server


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server as long as it runs."""
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(which("openssl") is None, reason="openssl gives the time stamps")
def test_a_signature_outlives_its_certificate_by_a_trusted_time_stamp_alone(
    figures: dict[str, Path], runs: Runs, tmp_path: Path
) -> None:
    brief = Institute(tmp_path / "brief", valid=(-DAY, timedelta(seconds=6)))
    stamper, handler = authority(tmp_path / "clock")
    (bare,) = sign([figures["png"]], tmp_path / "bare", brief.credentials)
    with serving(handler) as address:
        stamps = Credentials.read(brief.chain, brief.key, "es256", address)
        (stamped,) = sign([figures["png"]], tmp_path / "stamped", stamps)
    time.sleep(max(0.0, (brief.own.not_valid_after_utc - datetime.now(UTC)).total_seconds()) + 1.5)
    roots = tmp_path / "roots.pem"
    roots.write_bytes(brief.root.read_bytes() + stamper.root.read_bytes())
    known = certificates(roots)
    assert (found(bare, runs).verdict, of(found(bare, runs, known)).state) == (VERIFIED, "expired")
    assert of(found(stamped, runs)).state == "expired", "whose clock it is, is not known"
    held = of(found(stamped, runs, known))
    assert (held.state, held.trusted) == ("valid", True) and "UTC on a trust list" in held.about
    assert "no trusted time stamp" in of(found(bare, runs)).about
