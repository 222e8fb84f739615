r"""Random streams, ordered blocks of work on one or more processes, and a store of finished blocks.

Start with `stream`, which names a generator, then `finished_blocks`, which does the work.
"""

from simulations.engine._blocks import Block, Memory, block_sizes, finished_blocks
from simulations.engine._store import Store, StoredBlocks, code_fingerprint
from simulations.engine._streams import Setting, canonical, stream

__all__ = [
    "Block",
    "Memory",
    "Setting",
    "Store",
    "StoredBlocks",
    "block_sizes",
    "canonical",
    "code_fingerprint",
    "finished_blocks",
    "stream",
]
