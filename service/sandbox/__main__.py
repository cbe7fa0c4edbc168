"""``python -m service.sandbox --port N --config FILE.json``: the sandbox as a process of its own."""

import argparse
import asyncio
import ipaddress
import json
import signal
import sys
from pathlib import Path

from service.sandbox.config import SandboxConfig
from service.sandbox.serving import serving


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; print ``{"port": N}`` on one line when ready. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="service.sandbox", description="A pretend Microsoft 365.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port (default)")
    parser.add_argument("--config", required=True, type=Path, help="JSON file with the sandbox's configuration")
    chosen = parser.parse_args(arguments)
    try:
        _refuse_public(chosen.host)
        config = SandboxConfig.from_json(chosen.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return asyncio.run(_serve(config, chosen.host, chosen.port))


def _refuse_public(host: str) -> None:
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError("the sandbox only listens on loopback addresses")


async def _serve(config: SandboxConfig, host: str, port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with serving(config, host, port) as served:
            sys.stdout.write(json.dumps({"port": served.port}) + "\n")
            sys.stdout.flush()
            await stop.wait()
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on {host} port {port}: {error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
