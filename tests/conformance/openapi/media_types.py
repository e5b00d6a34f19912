"""What a component is sent as, for Schemathesis: bytes, as any other file."""

import schemathesis

schemathesis.serializer.alias("application/wasm", "application/octet-stream")
