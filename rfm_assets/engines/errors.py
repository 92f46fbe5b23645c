"""What an engine raises: the message of each names what is wrong, and what to do."""


class ContractError(ValueError):
    """What is to be stored does not have the columns or types that the contract promises; nothing was stored."""


class NotWrittenError(OSError):
    """A file could not be written: the message names it and why, such as a full disk."""


class MemoryLimitError(RuntimeError):
    """The engine needs more memory than it may use: the message says how much it may, and which setting says so."""


class WarehouseInUseError(RuntimeError):
    """Another process holds the warehouse: the message says which, and what to do."""


class WarehouseDamagedError(RuntimeError):
    """The warehouse's file is no DuckDB database, or no whole one: the message says what to do."""


class WarehouseVersionError(RuntimeError):
    """The warehouse's tables are of a version that this program cannot work on; nothing was changed."""


class UnreadableFileError(ValueError):
    """A file cannot be read as a whole; nothing of it was stored."""


class LineEndsError(UnreadableFileError):
    """A text file is read wrongly, and a copy in which all lines end in the same way may not be."""
