"""Work that would keep a worker's event loop waiting, in a thread that the end of the worker does not wait for.

asyncio.to_thread has it waited for: a worker that publishes for minutes would not end within the minute it has.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")


async def apart(work: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Result:
    """`work(*arguments)`. What is begun may end with the process at any instant, as if it had been killed."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def tell(result: Result | None, error: BaseException | None) -> None:
        if done.done():  # nobody waits any more
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # it is one where there is no error

    def working() -> None:
        result, error = None, None
        try:
            result = work(*arguments, **named)
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=working, daemon=True).start()
    return await done
