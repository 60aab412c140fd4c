"""Players: how their names are compared. Pure; knows no database."""


def player_key(username: str) -> str:
    """Return a name as it is compared: without white space around it and without upper case."""
    return username.strip().casefold()
