"""Functions of a node: created, changed, listed, deleted and invoked.

Documents are in the database, code is in the code store, processes are in the pool. Code is
durable before the document that names it is committed, and is removed after the document that
named it has gone; what a crash leaves between the two is swept at the next start.

This file knows how the parts fit together. It does not know requests: operations/lambda_ does.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from headwater.arns import Scope, function_arn
from headwater.clock import Clock
from headwater.errors import (
    InvalidParameterValue,
    PreconditionFailed,
    ResourceConflict,
    ResourceNotFound,
)
from headwater.functions.code_store import CodeStore, Upload
from headwater.functions.configuration import check_code, check_tags, checked
from headwater.functions.document import (
    Document,
    changed_code,
    changed_configuration,
    decode,
    encode,
    new_document,
)
from headwater.functions.environment import EnvironmentSpec
from headwater.functions.interpreters import Interpreters
from headwater.functions.invocation import LATEST, UNHANDLED, Invocation, Request
from headwater.functions.output import FunctionLog
from headwater.functions.pool import Deployed, Pool
from headwater.functions.runtime_home import assemble
from headwater.functions.settings import FunctionSettings
from headwater.functions.variables import function_variables
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.storage.engine import Engine, Transaction
from headwater.storage.keyspace import (
    all_functions_prefix,
    function_key,
    functions_prefix,
    successor,
)

T = TypeVar("T")

LIST_MAX = 50  # entries of one page of ListFunctions, whatever is asked for


@dataclass(frozen=True, slots=True)
class _Known:
    """A function as it was when it was last invoked."""

    stored: bytes  # the document's bytes: the same bytes, the same function
    deployed: Deployed


class Functions:
    """All functions of a node, of all scopes."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        *,
        data_dir: Path | None,
        endpoint: Callable[[], str],
        settings: FunctionSettings | None = None,
    ) -> None:
        """
        data_dir  everything is in data_dir/functions; None: in a directory that `close` removes
        endpoint  the node's URL, asked for when a function is first run
        """
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self.endpoint = endpoint
        settings = settings or FunctionSettings()
        self._scratch: Path | None = None
        if data_dir is None:
            self._directory = self._scratch = Path(tempfile.mkdtemp(prefix="headwater-functions-"))
        else:
            # Absolute: processes are started in another working directory.
            self._directory = data_dir.absolute() / "functions"
        self._code = CodeStore(self._directory / "code")
        self._interpreters = Interpreters(settings.interpreters, os.environ)
        self._pool = Pool(clock, ids, settings)
        self._tasks = Tasks()
        self._known: dict[tuple[Scope, str], _Known] = {}
        self._logs: dict[tuple[Scope, str], FunctionLog] = {}
        self._launcher: Path | None = None
        self._deploying: dict[tuple[Scope, str], asyncio.Lock] = {}

    async def start(self) -> None:
        """Remove code that no document names. To be called before any function is created."""
        documents = await self._engine.run(_all_documents)
        wanted = [_upload(document) for document in documents]
        await asyncio.to_thread(self._code.sweep, wanted)

    async def close(self) -> None:
        """End every process; nothing that this object started is left."""
        await self._pool.close()
        await self._tasks.close()
        if self._scratch is not None:
            await asyncio.to_thread(shutil.rmtree, self._scratch, True)

    # --- documents -----------------------------------------------------------------------------

    async def create(self, scope: Scope, name: str, params: dict[str, Any]) -> Document:
        """Create a function from the members of CreateFunction; Code.ZipFile: bytes.

        Raises ResourceConflict if it exists; what `checked`, `check_code` and `unpack` raise.
        """
        fields = checked(params)
        package = check_code(params["Code"])
        tags = params.get("Tags") or {}
        check_tags(tags)
        if "Runtime" not in fields or "Handler" not in fields:
            raise InvalidParameterValue(
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages."
            )
        await self._engine.run(lambda tx: _must_not_exist(tx, scope, name))
        await self._check_runtime(fields)
        upload = await self._save(scope, name, package)
        document = new_document(
            scope,
            name,
            fields,
            package=package,
            upload=upload.id,
            tags=tags,
            now_ms=self._clock.now_ms(),
            revision=self._ids.uuid(),
        )

        def commit(tx: Transaction) -> None:
            _must_not_exist(tx, scope, name)
            tx.put(function_key(scope, name), encode(document))

        await self._commit_code(commit, upload)
        return document

    async def get(self, scope: Scope, name: str) -> Document:
        """Raises ResourceNotFound."""
        return await self._engine.run(lambda tx: _read(tx, scope, name))

    async def page(self, scope: Scope, *, after: str, limit: int) -> tuple[list[Document], str]:
        """Functions by name, those after the name `after`; and the name to go on after, "" at the
        end."""
        limit = min(limit, LIST_MAX)
        prefix = functions_prefix(scope)
        # A name's first possible successor is itself and a zero byte, which no name contains.
        start = function_key(scope, after) + b"\0" if after else prefix
        entries = await self._engine.run(
            lambda tx: tx.range(start, successor(prefix), limit=limit + 1)
        )
        documents = [decode(stored) for _, stored in entries[:limit]]
        more = len(entries) > limit
        return documents, documents[-1]["configuration"]["FunctionName"] if more else ""

    async def update_configuration(
        self, scope: Scope, name: str, params: dict[str, Any]
    ) -> Document:
        """Replace each configuration member that is given. Raises ResourceNotFound,
        PreconditionFailed (RevisionId), what `checked` raises."""
        fields = checked(params)
        await self._check_runtime(fields)
        now_ms, revision = self._clock.now_ms(), self._ids.uuid()

        def commit(tx: Transaction) -> Document:
            old = _read(tx, scope, name, params.get("RevisionId"))
            new = changed_configuration(old, fields, now_ms=now_ms, revision=revision)
            tx.put(function_key(scope, name), encode(new))
            return new

        document = await self._engine.run(commit)
        self._retire(scope, name, revision)
        return document

    async def update_code(self, scope: Scope, name: str, params: dict[str, Any]) -> Document:
        """Replace the code (ZipFile: bytes); with DryRun only say what it would be. Raises as
        `create` and `update_configuration` do."""
        fields = checked(params)
        package = check_code(params)
        expected = params.get("RevisionId")
        await self._engine.run(lambda tx: _read(tx, scope, name, expected))
        upload = await self._save(scope, name, package)
        now_ms, revision = self._clock.now_ms(), self._ids.uuid()

        def commit(tx: Transaction) -> tuple[Document, Document]:
            old = _read(tx, scope, name, expected)
            new = changed_code(old, package, upload.id, now_ms=now_ms, revision=revision)
            new = changed_configuration(new, fields, now_ms=now_ms, revision=revision)
            if not params.get("DryRun"):
                tx.put(function_key(scope, name), encode(new))
            return old, new

        old, new = await self._commit_code(commit, upload)
        if params.get("DryRun"):
            await asyncio.to_thread(self._code.remove, upload)
        else:
            self._retire(scope, name, revision, _upload(old))
        return new

    async def delete(self, scope: Scope, name: str) -> None:
        """Forget a function; events in the hands of its processes are finished first.

        Raises ResourceNotFound. Its event source mappings stay, as they do on AWS.
        """

        def commit(tx: Transaction) -> Document:
            document = _read(tx, scope, name)
            tx.delete(function_key(scope, name))
            return document

        document = await self._engine.run(commit)
        self._retire(scope, name, "", _upload(document))

    async def package(self, scope: Scope, name: str) -> bytes:
        """The zip of a function. Raises ResourceNotFound."""
        document = await self.get(scope, name)
        return await asyncio.to_thread(self._code.read, _upload(document))

    # --- running -------------------------------------------------------------------------------

    async def invoke(
        self,
        scope: Scope,
        name: str,
        payload: bytes,
        *,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> Invocation:
        """Run a function on an event and wait for its answer.

        payload         JSON, as it is handed to the handler
        request_id      a uuid; a new one if not given
        client_context  JSON

        A failing handler is an answer (`error` is set), not an exception. Raises ResourceNotFound,
        TooManyRequests when every environment is busy, InvalidParameterValue when the interpreter
        has gone. An invocation whose caller is cancelled runs on to its end.
        """
        deployed = await self._deployed(scope, name)
        request = Request(request_id or self._ids.uuid(), payload, self._trace_id(), client_context)
        outcome = await self._pool.invoke(deployed, request)
        return Invocation(
            outcome.body,
            UNHANDLED if outcome.failed else None,
            outcome.log_tail,
            LATEST,
            request.request_id,
        )

    def log(self, scope: Scope, name: str) -> FunctionLog | None:
        """What the function has written since the node started; None if it has not run."""
        return self._logs.get((scope, name))

    def process_ids(self) -> list[int]:
        """Of the running processes: for a metric, and for tests that count them."""
        return [pid for one in self._pool.running() if (pid := one.pid) is not None]

    async def _deployed(self, scope: Scope, name: str) -> Deployed:
        """The function as it is now. Its document is read each time, because another node of the
        same database may have changed it; it is understood only when its bytes have changed."""
        key = function_key(scope, name)
        stored = await self._engine.run(lambda tx: tx.get(key))
        known = self._known.get((scope, name))
        if stored is None:
            if known is not None:
                self._retire(scope, name, "")
            raise _not_found(scope, name)
        if known is not None and known.stored == stored:
            return known.deployed
        # One at a time for each function: two must not unpack the same code at once.
        async with self._deploying.setdefault((scope, name), asyncio.Lock()):
            known = self._known.get((scope, name))
            if known is None or known.stored != stored:
                known = _Known(stored, await self._deploy(scope, decode(stored)))
                self._known[scope, name] = known
        return known.deployed

    async def _deploy(self, scope: Scope, document: Document) -> Deployed:
        configuration = document["configuration"]
        name, runtime = configuration["FunctionName"], configuration["Runtime"]
        version = runtime.removeprefix("python")
        interpreter = await asyncio.to_thread(self._interpreters.find, version)
        directory = await asyncio.to_thread(self._code.unpacked, _upload(document))
        launcher = self._runtime_launcher()
        spec = EnvironmentSpec(
            command=(str(interpreter), "-S", str(launcher)),
            directory=directory,
            variables=function_variables(
                configuration,
                scope,
                task_root=directory,
                runtime_dir=launcher.parent,
                interpreter=interpreter,
                endpoint=self.endpoint(),
            ),
            function_arn=configuration["FunctionArn"],
            runtime=runtime,
            timeout_s=configuration["Timeout"],
            memory_mb=configuration["MemorySize"],
            revision=configuration["RevisionId"],
        )
        log = self._logs.setdefault((scope, name), FunctionLog())
        return Deployed(scope, name, spec, log)

    def _runtime_launcher(self) -> Path:
        if self._launcher is None:
            self._launcher = assemble(self._directory / "runtime")
        return self._launcher

    async def _check_runtime(self, fields: dict[str, Any]) -> None:
        """Say now, not at the first event, that an interpreter is missing."""
        if "Runtime" in fields:
            version = fields["Runtime"].removeprefix("python")
            await asyncio.to_thread(self._interpreters.find, version)

    def _trace_id(self) -> str:
        root = f"Root=1-{self._clock.now_ms() // 1000:08x}-{self._ids.hex(24)}"
        return f"{root};Parent={self._ids.hex(16)};Sampled=0"

    # --- code that came and went ---------------------------------------------------------------

    async def _save(self, scope: Scope, name: str, package: bytes) -> Upload:
        return await asyncio.to_thread(self._code.save, scope, name, package, self._ids.hex(8))

    async def _commit_code(self, commit: Callable[[Transaction], T], upload: Upload) -> T:
        """Run a transaction that names `upload`; without it the upload is removed again."""
        try:
            return await self._engine.run(commit)
        except BaseException:
            await asyncio.to_thread(self._code.remove, upload)
            raise

    def _retire(self, scope: Scope, name: str, revision: str, upload: Upload | None = None) -> None:
        """Let the environments of other revisions end, then remove the code they ran."""
        self._known.pop((scope, name), None)
        if not revision:
            self._logs.pop((scope, name), None)
            self._deploying.pop((scope, name), None)

        async def retire() -> None:
            await self._pool.retire(scope, name, revision)
            if upload is not None:
                await asyncio.to_thread(self._code.remove, upload)

        self._tasks.spawn(f"retire {name}", retire())


def _all_documents(tx: Transaction) -> list[Document]:
    prefix = all_functions_prefix()
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def _must_not_exist(tx: Transaction, scope: Scope, name: str) -> None:
    if tx.get(function_key(scope, name)) is not None:
        raise ResourceConflict(f"Function already exist: {name}")


def _read(tx: Transaction, scope: Scope, name: str, revision: str | None = None) -> Document:
    """revision: the RevisionId that the caller expects, if any."""
    stored = tx.get(function_key(scope, name))
    if stored is None:
        raise _not_found(scope, name)
    document = decode(stored)
    if revision is not None and document["configuration"]["RevisionId"] != revision:
        raise PreconditionFailed(
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id"
        )
    return document


def _not_found(scope: Scope, name: str) -> ResourceNotFound:
    return ResourceNotFound(f"Function not found: {function_arn(scope, name)}")


def _upload(document: Document) -> Upload:
    arn = document["configuration"]["FunctionArn"].split(":")
    return Upload(Scope(arn[4], arn[3]), arn[6], document["upload"])
