"""A program whose children deliver clicks and get killed: it sets Django up once and forks each child from there.

On standard input it takes one command a line, and answers each with one line:
`once <step>` delivers and dies at that step of `links.ingest` (`-` is none), `follow` runs
`manage.py ingest_clicks --follow`; both answer with the process id. `wait <process id>` answers with how it ended:
the status, or minus the number of the signal.
"""

import os
import sys

import django


def deliver_once(step: str) -> None:
    """Deliver what waits, up to a step."""
    from links.ingest import ingest

    os.environ["INGEST_CRASH_AT"] = step
    ingest()


def follow() -> None:
    """Deliver for as long as the process lives, looking much more often than in production."""
    from django.core.management import call_command

    from links.management.commands import ingest_clicks

    ingest_clicks.LOOK_SECONDS = 0.02
    call_command("ingest_clicks", "--follow", stdout=sys.stderr)


def start(words: list[str]) -> int:
    """Run a command in a child; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    # Whatever happens in it, a child never comes back into the loop of its parent.
    status = 1
    try:
        if words[0] == "follow":
            follow()
        else:
            deliver_once(words[1])
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Obey until the input ends."""
    django.setup()
    from links.agents import classify
    from links.tests.factories import CHROME_ON_ANDROID

    # What takes long the first time is done before any child begins; no child may inherit a connection.
    classify(CHROME_ON_ANDROID)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(int(words[1]), 0)[1])
        else:
            answer = start(words)
        os.write(1, b"%d\n" % answer)


if __name__ == "__main__":
    main()
