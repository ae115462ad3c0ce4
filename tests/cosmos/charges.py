"""What Azure charges for a request, as far as it says so.

From "Optimize request cost in Azure Cosmos DB" on learn.microsoft.com, for session consistency: a point read costs 1 RU
at 1 KB and 10 RUs at 100 KB, an insert without indexes about 5.5 RUs at 1 KB and 50 RUs at 100 KB, and a replacement
twice as much as the insert. Between the two sizes we draw a line. Not said there, and so ours: a deletion costs an
insert, a condition that fails or an item that is missing a read, and an upsert that replaces a replacement. Queries
cost 2.3 RUs at least, as the portal shows, and each item found a read. The few fields that we index change less than
the rounding.
"""


def charge_of(operation: str, status: int, size: int, *, replaced: bool, found: int = 0) -> float:
    """RUs. `size` in bytes: of the item, or of all that a query found."""
    kilobytes = max(1, -(-size // 1024))
    read, insert = 1 + (kilobytes - 1) * 9 / 99, 5.5 + (kilobytes - 1) * 44.5 / 99
    if operation == "query":
        return round(2.3 + (read + found - 1 if found else 0), 2)
    if operation == "read" or status >= 400:
        return round(read, 2)
    return round(2 * insert if operation == "replace" or replaced else insert, 2)
