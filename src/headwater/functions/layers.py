"""Layers: packages that several functions share, laid over one directory in the order given.

A function keeps what it needs to know of its layers, so that a version that was deleted goes on
working where it is used, as on AWS. Its package is removed by the next start of a node whose
functions do not use it any more.
"""

import asyncio
import shutil
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from headwater.arns import Scope, layer_arn, parse_arn
from headwater.clock import Clock
from headwater.errors import InvalidParameterValue, ResourceNotFound
from headwater.functions.code_store import CodeStore
from headwater.functions.document import Document, decode, encode
from headwater.functions.packages import overlay
from headwater.functions.sources import Sources
from headwater.functions.stored import layer_upload
from headwater.ids import Ids
from headwater.storage.engine import Engine, Transaction
from headwater.storage.function_keys import layer_key, layers_prefix
from headwater.storage.keyspace import successor

MISSING = "The resource you requested does not exist."


class Layers:
    """The layers of a node, of all scopes."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        sources: Sources,
        *,
        code: CodeStore,
        laid: Path,
    ) -> None:
        """
        code  keeps the packages
        laid  directory for what is laid over one another; nothing in it needs to be kept
        """
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._sources = sources
        self._code = code
        self._laid = laid
        self._laying = Lock()  # functions that share layers may be deployed at once

    async def publish(self, scope: Scope, layer: str, params: dict[str, Any]) -> Document:
        """Make the next version of a layer from the members of PublishLayerVersion; a ZipFile is
        bytes. Raises as `Sources.fetch` and `unpack` do."""
        source = await self._sources.fetch(scope, params["Content"])
        if source.directory:
            raise InvalidParameterValue("A layer cannot be a directory: send a zip.")
        unique = self._ids.hex(8)
        upload = await asyncio.to_thread(self._code.save, scope, layer, source.package, unique)
        made = _iso(self._clock.now_ms())

        def commit(tx: Transaction) -> Document:
            versions = read_layer_versions(tx, scope, layer)
            # Numbers of deleted versions are not given again while a later one is there.
            number = versions[-1]["version"] + 1 if versions else 1
            document = {
                "arn": f"{layer_arn(scope, layer)}:{number}",
                "layer": layer,
                "version": number,
                "upload": upload.id,
                "size": len(source.package),
                "sha256": b64encode(sha256(source.package).digest()).decode(),
                "made": made,
                "about": {
                    name: params[name]
                    for name in (
                        "Description",
                        "CompatibleRuntimes",
                        "CompatibleArchitectures",
                        "LicenseInfo",
                    )
                    if name in params
                },
            }
            tx.put(layer_key(scope, layer, number), encode(document))
            return document

        try:
            return await self._engine.run(commit)
        except BaseException:
            await asyncio.to_thread(self._code.remove, upload)
            raise

    async def package(self, scope: Scope, layer: str, version: int) -> bytes:
        """The zip. Raises ResourceNotFound."""
        document = await self._engine.run(lambda tx: read_layer(tx, scope, layer, version))
        return await asyncio.to_thread(self._code.read, layer_upload(document))

    def lay(self, entries: list[Document]) -> Path | None:
        """The directory that stands for /opt: what the layers hold, later ones over earlier ones.
        None if there are none. Blocks."""
        if not entries:
            return None
        with self._laying:
            return self._lay(entries)

    def _lay(self, entries: list[Document]) -> Path:
        folders = [self._code.unpacked(layer_upload(entry)) for entry in entries]
        if len(folders) == 1:
            return folders[0]
        name = sha256("".join(str(folder) for folder in folders).encode()).hexdigest()[:32]
        target = self._laid / name
        if not target.exists():
            draft = self._laid / f"{name}.new"
            shutil.rmtree(draft, ignore_errors=True)
            for folder in folders:
                overlay(folder, draft)
            draft.rename(target)
        return target


def read_layer(tx: Transaction, scope: Scope, layer: str, version: int) -> Document:
    """Raises ResourceNotFound."""
    stored = tx.get(layer_key(scope, layer, version)) if 0 < version < 1 << 63 else None
    if stored is None:
        raise ResourceNotFound(MISSING)
    return decode(stored)


def read_layer_versions(tx: Transaction, scope: Scope, layer: str | None) -> list[Document]:
    """The versions of a layer, or of all layers of a scope; oldest first."""
    prefix = layers_prefix(scope, layer)
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def resolve_layers(tx: Transaction, scope: Scope, arns: list[str]) -> list[Document]:
    """What a function keeps of the layer versions it names. Raises InvalidParameterValue."""
    entries: list[Document] = []
    seen: dict[str, str] = {}
    for text in arns:
        arn = parse_arn(text)
        parts = arn.resource.split(":") if arn is not None else []
        if arn is None or len(parts) != 3 or parts[0] != "layer" or not parts[2].isdigit():
            raise InvalidParameterValue(f"{text} is not the ARN of a layer version.")
        if (arn.account, arn.region) != tuple(scope):
            raise InvalidParameterValue(
                f"Layer {text} is of another account or region, which this node knows nothing of: "
                "publish it here with PublishLayerVersion."
            )
        try:
            document = read_layer(tx, scope, parts[1], int(parts[2]))
        except ResourceNotFound:
            raise InvalidParameterValue(f"Layer version {text} does not exist.") from None
        if parts[1] in seen:
            raise InvalidParameterValue(
                "Two different versions of the same layer are not allowed to be referenced in the "
                f"same function. {seen[parts[1]]} and {text}"
            )
        seen[parts[1]] = text
        entries.append({name: document[name] for name in ("arn", "upload", "size")})
    return entries


def layer_answer(document: Document) -> dict[str, Any]:
    """An entry of ListLayerVersions."""
    return {
        "LayerVersionArn": document["arn"],
        "Version": document["version"],
        "CreatedDate": document["made"],
        **document["about"],
    }


def _iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}+0000"
