"""Three days that follow one another: a moment of each as a file writes it, and the date of each."""

from datetime import date

FIRST, SECOND, THIRD = "12/1/2010 8:26", "12/2/2010 8:26", "12/3/2010 8:26"


def day(number: int) -> date:
    return date(2010, 12, number)
