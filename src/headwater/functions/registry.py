"""Functions and their versions as documents: created, changed, published, listed, deleted.

Code is durable before the document that names it is committed, and is removed after the last
document that named it has gone; what a crash leaves between the two is swept at the next start.
This file knows documents and code. It does not know processes: a `Retirer` ends those.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from headwater.arns import Scope
from headwater.clock import Clock
from headwater.errors import InvalidParameterValue, NotSupported, ResourceConflict, Service
from headwater.functions.code_store import CodeStore, Upload
from headwater.functions.configuration import check_tags, checked
from headwater.functions.document import (
    Document,
    changed_code,
    changed_configuration,
    decode,
    encode,
    is_unchanged,
    new_document,
    version_document,
)
from headwater.functions.invocation import LATEST
from headwater.functions.layers import resolve_layers
from headwater.functions.runtimes import Runtimes
from headwater.functions.sources import Source, Sources
from headwater.functions.stored import (
    read_aliases,
    read_function,
    read_version,
    read_versions,
    upload_of,
)
from headwater.ids import Ids
from headwater.storage.engine import Engine, Transaction
from headwater.storage.function_keys import (
    alias_key,
    events_prefix,
    function_key,
    functions_prefix,
    version_key,
)
from headwater.storage.keyspace import successor

T = TypeVar("T")

LIST_MAX = 50  # entries of one page of ListFunctions, whatever is asked for


class Retirer(Protocol):
    """Who runs functions."""

    def retire(
        self, scope: Scope, name: str, version: str, revision: str, upload: Upload | None
    ) -> None:
        """Let the processes of a version that are not of `revision` ("": all) end, then remove
        `upload`."""
        ...


class Registry:
    """The functions of a node, of all scopes."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        *,
        code: CodeStore,
        sources: Sources,
        runtimes: Runtimes,
        retirer: Retirer,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._code = code
        self._sources = sources
        self._runtimes = runtimes
        self._retirer = retirer

    async def create(self, scope: Scope, name: str, params: dict[str, Any]) -> Document:
        """Create a function from the members of CreateFunction; Code.ZipFile: bytes. With Publish,
        returns its version 1.

        Raises ResourceConflict if it exists; what `checked`, `Sources.fetch` and `unpack` raise.
        """
        fields = checked(params)
        tags = params.get("Tags") or {}
        check_tags(tags)
        if "Runtime" not in fields or "Handler" not in fields:
            raise InvalidParameterValue(
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages."
            )
        await self._engine.run(lambda tx: _must_not_exist(tx, scope, name))
        await self._check_runtime(fields)
        source = await self._sources.fetch(scope, params["Code"])
        upload = await self._save(scope, name, source)
        now_ms, revision = self._clock.now_ms(), self._ids.uuid()

        def commit(tx: Transaction) -> Document:
            _must_not_exist(tx, scope, name)
            document = new_document(
                scope,
                name,
                _with_layers(tx, scope, fields),
                source=source,
                upload=upload.id if upload else "",
                tags=tags,
                now_ms=now_ms,
                revision=revision,
            )
            tx.put(function_key(scope, name), encode(document))
            return self._published(tx, scope, document) if params.get("Publish") else document

        return await self._commit_code(commit, upload)

    async def get(self, scope: Scope, name: str, qualifier: str | None = None) -> Document:
        """A function, or the version that `qualifier` names. Raises ResourceNotFound."""
        return await self._engine.run(lambda tx: read_version(tx, scope, name, qualifier)[1])

    async def page(
        self, scope: Scope, *, after: str, limit: int, all_versions: bool = False
    ) -> tuple[list[Document], str]:
        """Functions by name, those after the name `after`; and the name to go on after, "" at the
        end. all_versions: each followed by its versions."""
        limit = min(limit, LIST_MAX)
        prefix = functions_prefix(scope)
        # A name's first possible successor is itself and a zero byte, which no name contains.
        start = function_key(scope, after) + b"\0" if after else prefix

        def work(tx: Transaction) -> tuple[list[Document], str]:
            entries = tx.range(start, successor(prefix), limit=limit + 1)
            documents = [decode(stored) for _, stored in entries[:limit]]
            names = [document["configuration"]["FunctionName"] for document in documents]
            if all_versions:
                versions = [read_versions(tx, scope, name) for name in names]
                pairs = zip(documents, versions, strict=True)
                documents = [one for function, own in pairs for one in (function, *own)]
            return documents, names[-1] if len(entries) > limit else ""

        return await self._engine.run(work)

    async def update_configuration(
        self, scope: Scope, name: str, params: dict[str, Any]
    ) -> Document:
        """Replace each configuration member that is given. Raises ResourceNotFound,
        PreconditionFailed (RevisionId), what `checked` raises."""
        fields = checked(params)
        await self._check_runtime(fields)
        now_ms, revision = self._clock.now_ms(), self._ids.uuid()

        def commit(tx: Transaction) -> Document:
            old = read_function(tx, scope, name, params.get("RevisionId"))
            given = _with_layers(tx, scope, fields)
            new = changed_configuration(old, given, now_ms=now_ms, revision=revision)
            tx.put(function_key(scope, name), encode(new))
            return new

        document = await self._engine.run(commit)
        self._retirer.retire(scope, name, LATEST, revision, None)
        return document

    async def update_code(self, scope: Scope, name: str, params: dict[str, Any]) -> Document:
        """Replace the code (ZipFile: bytes); with DryRun only say what it would be; with Publish
        return the version made of it. Raises as `create` and `update_configuration` do."""
        fields = checked(params)
        expected = params.get("RevisionId")
        await self._engine.run(lambda tx: read_function(tx, scope, name, expected))
        source = await self._sources.fetch(scope, params)
        upload = await self._save(scope, name, source)
        now_ms, revision = self._clock.now_ms(), self._ids.uuid()
        is_dry = bool(params.get("DryRun"))

        def commit(tx: Transaction) -> tuple[Upload | None, Document]:
            old = read_function(tx, scope, name, expected)
            new = changed_code(
                old, source, upload.id if upload else "", now_ms=now_ms, revision=revision
            )
            new = changed_configuration(new, fields, now_ms=now_ms, revision=revision)
            if is_dry:
                return upload, new
            tx.put(function_key(scope, name), encode(new))
            freed = upload_of(old)
            if any(one["upload"] == old["upload"] for one in read_versions(tx, scope, name)):
                freed = None
            return freed, self._published(tx, scope, new) if params.get("Publish") else new

        freed, answer = await self._commit_code(commit, upload)
        if not is_dry:
            self._retirer.retire(scope, name, LATEST, revision, freed)
        elif freed is not None:
            await asyncio.to_thread(self._code.remove, freed)
        return answer

    async def delete(self, scope: Scope, name: str) -> None:
        """Forget a function, its versions, aliases and waiting events; events in the hands of its
        processes are finished first.

        Raises ResourceNotFound. Its event source mappings and logs stay, as they do on AWS.
        """

        def commit(tx: Transaction) -> list[Document]:
            documents = [read_function(tx, scope, name), *read_versions(tx, scope, name)]
            tx.delete(function_key(scope, name))
            for document in documents[1:]:
                number = int(document["configuration"]["Version"])
                tx.delete(version_key(scope, name, number))
            for alias in read_aliases(tx, scope, name):
                tx.delete(alias_key(scope, name, alias["Name"]))
            events = events_prefix(scope, name)
            tx.delete_range(events, successor(events))
            return documents

        for document in await self._engine.run(commit):
            version = document["configuration"]["Version"]
            self._retirer.retire(scope, name, version, "", upload_of(document))

    async def package(self, scope: Scope, name: str, qualifier: str | None = None) -> bytes:
        """The zip of a function. Raises ResourceNotFound, Service if it has none."""
        document = await self.get(scope, name, qualifier)
        upload = upload_of(document)
        if upload is None:
            raise Service(f"Function {name} runs from {document['directory']}: it has no package.")
        return await asyncio.to_thread(self._code.read, upload)

    # --- versions ------------------------------------------------------------------------------

    async def publish(self, scope: Scope, name: str, params: dict[str, Any]) -> Document:
        """Make a version of what the function is now, or return the last one if nothing has
        changed since. Raises ResourceNotFound, InvalidParameterValue, PreconditionFailed."""

        def commit(tx: Transaction) -> Document:
            document = read_function(tx, scope, name, params.get("RevisionId"))
            sha256, expected = document["configuration"]["CodeSha256"], params.get("CodeSha256")
            if expected and expected != sha256:
                raise InvalidParameterValue(
                    f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST "
                    f"({sha256}). Please try again with the CodeSHA256 in $LATEST."
                )
            return self._published(tx, scope, document, params.get("Description"))

        return await self._engine.run(commit)

    async def versions(self, scope: Scope, name: str) -> list[Document]:
        """$LATEST, then the published versions. Raises ResourceNotFound."""
        return await self._engine.run(
            lambda tx: [read_function(tx, scope, name), *read_versions(tx, scope, name)]
        )

    async def delete_version(self, scope: Scope, name: str, version: str) -> None:
        """Forget a published version; of one that does not exist, that is so already.

        Raises ResourceNotFound for the function, ResourceConflict if an alias points to it,
        InvalidParameterValue for an alias.
        """
        if not version.isdigit():
            raise InvalidParameterValue(
                f"A version is deleted by its number; {version} is not one. DeleteAlias deletes an "
                "alias."
            )

        def commit(tx: Transaction) -> Upload | None:
            function = read_function(tx, scope, name)
            aliases = [one for one in read_aliases(tx, scope, name) if version in _pointed(one)]
            if aliases:
                shown = ", ".join(one["Name"] for one in aliases)
                raise ResourceConflict(
                    f"Version {version} cannot be deleted because the following aliases reference "
                    f"it: [{shown}]"
                )
            others = [function, *read_versions(tx, scope, name)]
            gone = [one for one in others if one["configuration"]["Version"] == version]
            if not gone:
                return None
            tx.delete(version_key(scope, name, int(version)))
            uses = [one for one in others if one["upload"] == gone[0]["upload"]]
            return upload_of(gone[0]) if len(uses) == 1 else None

        freed = await self._engine.run(commit)
        self._retirer.retire(scope, name, version, "", freed)

    def _published(
        self, tx: Transaction, scope: Scope, document: Document, description: str | None = None
    ) -> Document:
        if document["directory"]:
            raise NotSupported(
                "A function that runs from a directory cannot be published by Headwater: its code "
                "may change at any time. Send the code as ZipFile."
            )
        name = document["configuration"]["FunctionName"]
        versions = read_versions(tx, scope, name)
        if versions and is_unchanged(document, versions[-1]):
            return versions[-1]
        number = document.get("versions", 0) + 1
        version = version_document(document, number, description, revision=self._ids.uuid())
        tx.put(version_key(scope, name, number), encode(version))
        tx.put(function_key(scope, name), encode(document | {"versions": number}))
        return version

    # --- code that comes and goes --------------------------------------------------------------

    async def _check_runtime(self, fields: dict[str, Any]) -> None:
        """Say now, not at the first event, that an interpreter is missing."""
        if "Runtime" in fields:
            await asyncio.to_thread(self._runtimes.check, fields["Runtime"])

    async def _save(self, scope: Scope, name: str, source: Source) -> Upload | None:
        if source.directory:
            return None
        unique = self._ids.hex(8)
        return await asyncio.to_thread(self._code.save, scope, name, source.package, unique)

    async def _commit_code(self, commit: Callable[[Transaction], T], upload: Upload | None) -> T:
        """Run a transaction that names `upload`; without it the upload is removed again."""
        try:
            return await self._engine.run(commit)
        except BaseException:
            if upload is not None:
                await asyncio.to_thread(self._code.remove, upload)
            raise


def _must_not_exist(tx: Transaction, scope: Scope, name: str) -> None:
    if tx.get(function_key(scope, name)) is not None:
        raise ResourceConflict(f"Function already exist: {name}")


def _with_layers(tx: Transaction, scope: Scope, fields: dict[str, Any]) -> dict[str, Any]:
    if "Layers" not in fields:
        return fields
    return fields | {"Layers": resolve_layers(tx, scope, fields["Layers"])}


def _pointed(alias: Document) -> set[str]:
    """The versions that an alias points to."""
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    return {alias["FunctionVersion"], *weights}
