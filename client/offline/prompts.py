"""A prompt taken apart: quotations, words of the vocabulary, pictures it speaks of, clauses."""

from dataclasses import dataclass

from client.offline.clauses import Clause, find_clauses
from client.offline.findings import Finding, find_words, places
from client.offline.references import Reference, find_references
from client.offline.text import Quote, find_quotes, is_chinese, lowered, plain, without_quotes


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt; every place in it counts letters of `written`."""

    written: str
    """The prompt as it was typed."""
    text: str
    """The same in plain lower-case letters, with quotations blanked out."""
    quotes: tuple[Quote, ...]
    findings: tuple[Finding, ...]
    references: tuple[Reference, ...]
    clauses: tuple[Clause, ...]
    pictures: int
    """How many pictures came with it."""

    @classmethod
    def of(cls, written: str, pictures: int) -> "Prompt":
        """Take apart what a person typed."""
        quotes = find_quotes(written)
        text = lowered(plain(without_quotes(written, quotes)))
        findings = tuple(find_words(text))
        clauses = tuple(find_clauses(text, places(findings)))
        return cls(written, text, quotes, findings, find_references(text), clauses, pictures)

    @property
    def chinese(self) -> bool:
        """The prompt is in Chinese."""
        return is_chinese(self.written, self.quotes)

    def words(self, clause: Clause) -> str:
        """Give a clause in lower case."""
        return self.text[clause.start : clause.end]

    def findings_in(self, clause: Clause) -> list[Finding]:
        """Give what the vocabulary knows of a clause."""
        return [found for found in self.findings if clause.start <= found.start < clause.end]

    def quotes_in(self, clause: Clause) -> list[Quote]:
        """Give the quotations of a clause."""
        return [quote for quote in self.quotes if clause.start <= quote.start < clause.end]

    def references_in(self, clause: Clause) -> list[Reference]:
        """Give the pictures that a clause speaks of."""
        return [reference for reference in self.references if clause.start <= reference.start < clause.end]
