"""How many GPUs, nodes or processors a list of resources names, in the spellings of Slurm, PBS and Kubernetes."""

from __future__ import annotations

import re
from fractions import Fraction

from sim.queue.logs.records import CODE, MISSING
from sim.queue.logs.values import NOTHING, number

_TYPE = r"[^:=,()\s]+"
_GPU = re.compile(rf"(?:gres[/:])?(?:(?:n|num_?)?gpus?|[a-z0-9.-]+/gpu)(?::{_TYPE})?", re.IGNORECASE)
_KIND = re.compile(
    r".*gpus?(?::[a-z][^:=]*)?", re.IGNORECASE
)  # without a number: one of a type that begins with a letter
_UNTYPED = re.compile(r"(?:gres[/:])?(?:(?:n|num_?)?gpus?|[a-z0-9.-]+/gpu)", re.IGNORECASE)
# a resource that is about GPUs and no number of them
_ASIDE = re.compile(
    r"(?:gres[/:])?gpu[_/:]?(?:mem\w*|util\w*|freq\w*|type|model|bind\w*)(?::.*)?|(?:gres[/:])?(?:shard|mps)(?::.*)?|license/.*",
    re.IGNORECASE,
)
_NAMES_GPU = re.compile(
    r"gpu|cuda|nvidia|tesla|geforce|quadro|instinct|(?<![a-z0-9])(?:[avhpbk]\d{2,3}|gh?200|gb200|rtx\w*|mi\d{2,3}x?|[tl]4|l40s?)(?![a-z0-9])",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\d{1,12}")
_ALONE = re.compile(r"\( ?(\d{1,12}) ?\)")  # a number in brackets, as in gpu(2)
_INDEX = re.compile(r"\([^()]*\)")  # which of a node's GPUs, as in gpu:tesla:2(S:0-1)
_AROUND = re.compile(r" ?([:=]) ?")
_ITEMS = re.compile(r"[,;\s]+")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt])?", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([,' _])\d{3})(?:\1\d{3})*")
_CHUNKS = re.compile(r"(?:-l\s*)?(?:select|nodes)=(.+)", re.IGNORECASE)
_CHUNK = re.compile(r"(?:(\d{1,9}):)?([^+]+)")
_STEPS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_LONGEST = 4_096  # characters: no list of resources is longer
_OTHERS = re.compile(
    r"\s*(?:craynetwork|lustre|mic|nic|hbm|bandwidth|tmpfs|tmpdisk|nvme|ssd|shard|mps|bb)\b", re.IGNORECASE
)
_NO_LIST = (MISSING, CODE["resources"], False)
_NAMES = {"nodes": "node", "cpus": "cpu"}


def size(text: str) -> tuple[int, int, bool]:
    """(value, fault, had a fraction) of a count as people and Slurm write it: with separators, or K for 1,024.

    >>> [size(text)[0] for text in ("8", "1,024", "1K", "1.5K", "4.0")], size("0.5")[2], size("four")[1] > 0
    ([8, 1024, 1024, 1536, 4], True, True)
    """
    text = text.strip()
    if text.casefold() in NOTHING - {"nan"}:
        return MISSING, 0, False
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", text)), 0, False
    found = _SIZE.fullmatch(text)
    if found and found[2]:
        value = Fraction(found[1]) * _STEPS[found[2].casefold()]
        return int(value), 0, value.denominator > 1
    return number(text.encode())


def gpus_of(text: str) -> tuple[int, int, bool]:
    """A count of GPUs: a number as `size` reads it, or a list of resources.

    >>> gpus_of("cpu=8"), gpus_of("craynetwork:1")[0], gpus_of("blue:4,red:1")[1] > 0
    ((0, 0, False), 0, True)
    >>> gpus_of("4"), gpus_of("gres/gpu=2,cpu=8"), gpus_of("four")[1] == CODE["number"]
    ((4, 0, False), (2, 0, False), True)
    """
    found = size(text)
    if found[1] == CODE["number"] and (_NAMES_GPU.search(text) or ":" in text or "=" in text):
        found = resource(text, "gpus")
        lists = "=" in text or _NAMES_GPU.search(text) or _OTHERS.match(text)
        return found if found[0] or lists else _NO_LIST
    return found


def resource(text: str, name: str) -> tuple[int, int, bool]:
    """(how much, fault, False) of `node`, `cpu` or `gpus` in a list of resources; MISSING where there is no list.

    Trackable resources as in AllocTRES, generic ones as in AllocGRES, `select` and `nodes` of PBS. Where GPUs are
    listed with and without a type, the count without one is their sum. A list that names a GPU and no number that can
    be read is a fault.

    >>> [resource(text, "gpus")[0] for text in ("billing=8,cpu=4,gres/gpu:a100=4,gres/gpu=4,node=1", "gres:gpu:a100:2",
    ...     "gres/gpu:a100=1,gres/gpu:h100=2", "gpu:2(S:0-1)", "cpu=4,gres/gpumem=80G", "gpu", "gpu(2)", "ngpus=4",
    ...     "gpu:4(IDX:0,2-3),lustre:1", "nvidia.com/gpu: 2", "select=2:ncpus=8:ngpus=4+1:ngpus=1")]
    [4, 2, 3, 2, 0, 1, 2, 4, 4, 2, 9]
    >>> resource("billing=8,cpu=4,node=2", "node"), resource("", "gpus")[0] == MISSING, resource("hello", "gpus")[1] > 0
    ((2, 0, False), True, True)
    >>> [resource(text, "gpus")[1] > 0 for text in ("gpu:four=x", "gpu=a100", "gpu:-1", "gpu:1.5", "a100:4", "2 gpus")]
    [True, True, True, True, True, True]
    """
    if len(text) > _LONGEST:
        return _NO_LIST
    text = text.strip().strip("{}[]\"'").replace('"', "").replace("'", "")
    if text.casefold() in NOTHING:
        return MISSING, 0, False
    if chunks := _CHUNKS.fullmatch(text):
        return _of_chunks(chunks[1], name)
    return _of_list(text, name)


def _of_chunks(text: str, name: str) -> tuple[int, int, bool]:
    """What chunks of PBS hold: `2:ncpus=8:ngpus=4+1:ngpus=1`."""
    total = 0
    for chunk in text.split("+"):
        found = _CHUNK.fullmatch(chunk.strip())
        if not found:
            return _NO_LIST
        held = _of_list(found[2].replace(":", ","), name) if "=" in found[2] else (0, 0, False)
        if held[1]:
            return held
        total += int(found[1] or 1) * held[0]
    return total, 0, False


def _of_list(text: str, name: str) -> tuple[int, int, bool]:
    """The sum over a list of resources."""
    total, untyped, named = 0, -1, False
    plain = _AROUND.sub(r"\1", _INDEX.sub("", _ALONE.sub(r"=\1", " ".join(text.split()))))
    for item in _ITEMS.split(plain.strip()):
        key, count = _split(item)
        if key is None:
            return _NO_LIST
        if name != "gpus":
            total += count if key.casefold() in (name, f"n{name}s") else 0
        elif _UNTYPED.fullmatch(key):
            untyped = max(untyped, 0) + count
        elif _GPU.fullmatch(key):
            total += count
        else:
            named = named or bool(_NAMES_GPU.search(item) and not _ASIDE.fullmatch(key))
    if named and name == "gpus" and untyped < 0:
        return _NO_LIST
    return (untyped if untyped >= 0 else total), 0, False


def _split(item: str) -> tuple[str | None, int]:
    """(name, count) of one resource; None for what is none, and a count of 0 for what is not counted in ones."""
    key, equals, value = item.partition("=")
    if not equals:
        # generic resources: name[:type][:count]
        if not _GPU.match(item) and ":" not in item and not item.isidentifier():
            return None, 0
        head, _, last = item.rpartition(":")
        known = _COUNT.fullmatch(last) and head
        if head.isdecimal():  # the number of a resource, as an old database gave it
            return None, 0
        key, value = (head, last) if known else (item, "1")
        if not _GPU.fullmatch(key):
            other = (known or ":" in item) and not _UNTYPED.match(item)
            return (key, 0) if other or _ASIDE.fullmatch(key) else (None, 0)
        if not known and not _KIND.fullmatch(key):
            return None, 0
    if not key or not value or key.isdecimal():  # Slurm's database numbers its resources: 1001=4 may be any
        return None, 0
    counted = _GPU.fullmatch(key) or key.casefold() in {"node", "cpu"}
    if _COUNT.fullmatch(value):
        return key, int(value)
    found = size(value) if counted else (0, 0, False)
    return (None, 0) if found[1] or found[2] or found[0] == MISSING else (key, found[0])
