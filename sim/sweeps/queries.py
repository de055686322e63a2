"""Questions to the results of a sweep: in SQL, or all of them as a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sim.sweeps.compaction import compact
from sim.sweeps.ledger import Ledger
from sim.sweeps.parts import FAILED, LEADING
from sim.sweeps.problems import LedgerError
from sim.sweeps.results import SweepResults


def query(ledger: Ledger, sql: str) -> pd.DataFrame:
    """What DuckDB answers to SQL on the tables `results` (a row a run, option and outcome), `runs` and `failures`.

    Columns that axes set have the names of their paths: "cloud.price_usd", in quotation marks. LedgerError, with
    DuckDB's own sentence, for SQL that it refuses.
    """
    import duckdb

    with duckdb.connect() as connection:
        _views(connection, compact(ledger), ledger)
        try:
            if not connection.extract_statements(sql):
                raise LedgerError(
                    'query: asks nothing; write "select option, avg(median) from results group by option"'
                )
            found: pd.DataFrame = connection.execute(sql).df()
        except duckdb.Error as error:
            raise LedgerError(f"query: {_first_line(error)}{_hint(error, ledger)}") from None
    return found


def _views(connection: Any, path: Path, ledger: Ledger) -> None:
    """The tables that a query can name."""
    file = str(path).replace("'", "''")
    columns = ", ".join(f'"{name}"' for name in (*LEADING, *ledger.plan.paths))
    connection.execute(f"create view results as from read_parquet('{file}')")
    connection.execute(f"create view runs as select distinct {columns}, status, reason from results order by number")
    connection.execute(f"create view failures as from runs where status = '{FAILED}'")


def _hint(error: Exception, ledger: Ledger) -> str:
    """How to name the column of an axis, where an error is about its first word."""
    lost = next((path for path in ledger.plan.paths if f'"{path.partition(".")[0]}"' in str(error)), None)
    return f'; columns of axes have points in their names, so write "{lost}" with quotation marks' if lost else ""


def _first_line(error: Exception) -> str:
    """What DuckDB says, on one line, without the picture of where."""
    return " ".join(str(error).split("LINE 1:")[0].split())


def read_results(ledger: Ledger) -> SweepResults:
    """Everything that the ledger knows."""
    return SweepResults(ledger.plan, pd.read_parquet(compact(ledger)))
