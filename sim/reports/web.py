"""The brief as one HTML file that asks nothing of any network and runs no script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from sim.formatting import escape
from sim.reports.blocks import Brief, plain
from sim.reports.problems import ReportError
from sim.reports.templates import template_text


def html(brief: Brief, template: Path) -> bytes:
    """The file, by a Jinja2 template; raises ReportError for a template that cannot be followed."""
    try:
        return _environment().from_string(template_text(template)).render(plain(brief, "svg")).encode("utf8")
    except TemplateSyntaxError as error:
        raise ReportError(f"{template}: line {error.lineno}: {escape(error.message or 'wrong syntax')}") from None
    except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ReportError(f"{template}: {_line(error)}{escape(str(error))}") from None


def _line(error: BaseException) -> str:
    """The line of the template in which an error came up; empty where it is not known."""
    found, trace = "", error.__traceback__
    while trace:
        found = f"line {trace.tb_lineno}: " if trace.tb_frame.f_code.co_filename == "<template>" else found
        trace = trace.tb_next
    return found


def _environment() -> SandboxedEnvironment:
    """What a template may use: the brief, Jinja's own filters, and two more; every text is escaped."""
    made = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    made.filters |= {"base64": lambda content: b64encode(content).decode("ascii"), "csp_hash": csp_hash}
    return made


def csp_hash(style: object) -> str:
    """The name by which a content security policy allows a style and no other.

    >>> csp_hash("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"sha256-{b64encode(sha256(str(style).encode('utf8')).digest()).decode('ascii')}"
