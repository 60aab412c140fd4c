"""SQL that the two databases say differently, or that must be said in just one way for an index to serve it.

The indexes and the column `word_vector`, which PostgreSQL alone has, are made in the migrations.
"""

from typing import Any, cast

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Value
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, tuple[str | int, ...]]


class Bytewise(Func):
    """A text ordered by its bytes, whatever the database's language: the same order everywhere."""

    template = "%(expressions)s"
    arity = 1
    output_field = models.CharField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        """Name the collation; SQLite's own is this one."""
        return self.as_sql(compiler, connection, template='(%(expressions)s COLLATE "C")')


class OrElse(Func):
    """A number, or a stand-in where there is none; the stand-in is part of the SQL, as in the indexes."""

    template = "COALESCE(%(expressions)s, %(stand_in)s)"
    arity = 1

    def __init__(self, column: str, stand_in: int, *, output_field: "models.Field[Any, Any]") -> None:
        super().__init__(F(column), output_field=output_field, stand_in=int(stand_in))


class ListHas(Func):
    """Whether a JSON list of texts holds one."""

    template = "(%(expressions)s::jsonb)"
    arg_joiner = " @> "
    arity = 2
    output_field = models.BooleanField()

    def __init__(self, column: str, item: str) -> None:
        super().__init__(F(column), Value([item], output_field=models.JSONField()))
        self.item = item

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Sql:
        """Return `EXISTS (SELECT … FROM json_each(…) WHERE …)`."""
        column, params = compiler.compile(self.source_expressions[0])
        items = f"json_each({column}) AS item"
        return f"EXISTS (SELECT 1 FROM {items} WHERE item.value = %s)", (*params, self.item)  # noqa: S608 - a column


class HasWords(Func):
    """Whether a listing's words contain all the given ones, the last as a beginning.

    words: of `searching.words_of`, so they hold letters and digits and need no quoting.
    """

    arity = 1
    output_field = models.BooleanField()

    def __init__(self, words: list[str]) -> None:
        super().__init__(F("words"))
        self.wanted = words

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Ask the column that the index stands on, which PostgreSQL generates from the words."""
        column = cast(Col, self.source_expressions[0])
        table = compiler.quote_name_unless_alias(column.alias)
        query = " & ".join(f"'{word}'" for word in self.wanted) + ":*"
        return f"{table}.word_vector @@ %s::tsquery", (query,)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Sql:
        """Look for each word between blanks."""
        column, params = compiler.compile(self.source_expressions[0])
        wanted = [f" {word} " for word in self.wanted[:-1]] + [f" {self.wanted[-1]}"]
        parts = [f"instr(' ' || {column} || ' ', %s) > 0"] * len(wanted)
        return f"({' AND '.join(parts)})", tuple(item for text in wanted for item in (*params, text))
