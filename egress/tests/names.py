"""A resolver for tests, which answers for the names that it was told and counts how often it was asked."""

import socket


class Names:
    """Stands in for `socket.getaddrinfo`. Each name has successive answers, of which the last repeats."""

    def __init__(self):
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def __call__(self, host, port, *_args, **_kwargs):
        self.asked.append(host)
        successive = self.answers.get(host, [[]])
        addresses = successive[min(self.asked.count(host), len(successive)) - 1]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]
