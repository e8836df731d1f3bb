"""Parameters as strict JSON that people read, and back without running a file's code.

What JSON has stands as itself; everything else is an object with one name that begins
with "$", such as ``{"$tuple": [1, 2]}`` or ``{"$object": "sklearn.svm:SVC", "params":
{...}}``. Reading imports only what is trusted, see `_trust`.
"""

from sksearch._plain_values._decode import from_plain, names_in
from sksearch._plain_values._encode import to_plain

__all__ = ["from_plain", "names_in", "to_plain"]
