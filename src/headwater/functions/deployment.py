"""From a document to what a process is started with; remembered until the document changes.

This file knows where code and layers are and what runtimes need. It does not start anything.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headwater.arns import Scope
from headwater.auth.keys import AccessKey
from headwater.functions.code_store import CodeStore
from headwater.functions.document import Document, decode
from headwater.functions.environment import EnvironmentSpec
from headwater.functions.invocation import LATEST
from headwater.functions.layers import Layers
from headwater.functions.logs.store import LogStore
from headwater.functions.platform_lines import TEXT, PlatformLines
from headwater.functions.pool import Deployed
from headwater.functions.runtimes import Runtimes
from headwater.functions.sources import fingerprint
from headwater.functions.stored import Named, upload_of
from headwater.functions.variables import function_variables


@dataclass(frozen=True, slots=True)
class Ready:
    """A version as it was when it was last invoked."""

    stored: tuple[bytes, bytes]  # the documents' bytes: the same bytes, the same function
    deployed: Deployed
    reserved: int | None
    directory: str  # that it runs from, "" if it has a package


class Deployment:
    """Makes versions ready to run, each one at a time."""

    def __init__(
        self,
        *,
        code: CodeStore,
        layers: Layers,
        runtimes: Runtimes,
        logs: LogStore,
        home: Path,
        scratch: Path,
        endpoint: Callable[[], str],
        key_of: Callable[[str], AccessKey],
        certificate: Path | None,
    ) -> None:
        """
        home      what runs beside functions
        scratch   where processes keep temporary files
        endpoint  the node's URL, asked for when a function is first run
        key_of    what functions of an account sign with
        certificate  of the node, where it answers with TLS
        """
        self._code = code
        self._layers = layers
        self._runtimes = runtimes
        self._logs = logs
        self._home = home
        self._scratch = scratch
        self._endpoint = endpoint
        self._key_of = key_of
        self._certificate = certificate
        self._known: dict[tuple[Scope, str, str], Ready] = {}
        self._locks: dict[tuple[Scope, str, str], asyncio.Lock] = {}

    async def ready(self, scope: Scope, name: str, named: Named) -> Ready:
        """The version as it is now. Raises InvalidParameterValue when its interpreter has gone,
        Service when its code has."""
        key = (scope, name, named.version)
        known = self._known.get(key)
        if known is not None and known.stored == named.stored and not known.directory:
            return known
        # One at a time for each version: two must not unpack the same code at once.
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._known.get(key)
            if known is None or known.stored != named.stored or known.directory:
                known = await asyncio.to_thread(self._deploy, scope, name, named, known)
                self._known[key] = known
        return known

    def knows(self, scope: Scope, name: str) -> bool:
        """Whether $LATEST has been made ready."""
        return (scope, name, LATEST) in self._known

    def forget(self, scope: Scope, name: str, version: str) -> None:
        """The version has changed, or has gone."""
        self._known.pop((scope, name, version), None)
        self._locks.pop((scope, name, version), None)

    def _deploy(self, scope: Scope, name: str, named: Named, known: Ready | None) -> Ready:
        function = decode(named.stored[0])
        document = decode(named.stored[1]) if named.stored[1] else function
        directory: str = document["directory"]
        revision = document["configuration"]["RevisionId"]
        if directory:
            revision += "/" + fingerprint(Path(directory))
            if known is not None and known.stored == named.stored:
                if known.deployed.spec.revision == revision:
                    return known
        group = document["configuration"]["LoggingConfig"]["LogGroup"]
        spec = self._spec(scope, document, revision)
        deployed = Deployed(scope, name, spec, self._logs.sink(scope, group))
        return Ready(named.stored, deployed, function.get("reserved"), directory)

    def _spec(self, scope: Scope, document: Document, revision: str) -> EnvironmentSpec:
        configuration = document["configuration"]
        upload = upload_of(document)
        code = self._code.unpacked(upload) if upload else Path(document["directory"])
        layers = self._layers.lay(document["layers"])
        start = self._runtimes.start(configuration, code, layers)
        variables = function_variables(
            configuration,
            scope,
            task_root=code,
            runtime_dir=self._home,
            endpoint=self._endpoint(),
            key=self._key_of(scope.account),
            certificate=self._certificate,
        )
        if not upload:
            # The caller's directory is for reading.
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        return EnvironmentSpec(
            command=start.command,
            directory=code,
            variables=variables | start.variables,
            runtime=configuration["Runtime"],
            version=configuration["Version"],
            timeout_s=configuration["Timeout"],
            memory_mb=configuration["MemorySize"],
            revision=revision,
            scratch=self._scratch,
            missing=start.missing,
            lines=_platform_lines(configuration["LoggingConfig"]),
        )


def _platform_lines(logging: dict[str, str]) -> PlatformLines:
    if logging["LogFormat"] != "JSON":
        return TEXT
    return PlatformLines(as_json=True, least=logging["SystemLogLevel"])
