# syntax=docker/dockerfile:1
# The host with its plugins, as a user without rights, for a root that can't be written: docs/deploying.md has how to run it.

FROM rust:1.95-slim-bookworm AS builder
WORKDIR /src
# The image's own toolchain, not one that rustup would fetch for the lints that rust-toolchain.toml also names.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY . .
# What was built is in a cache that outlives the layer, so it is copied out within the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    script/release && \
    install -D target/release/toolbay /out/usr/local/bin/toolbay && \
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ca-certificates.crt && \
    install -D -m 644 LICENSE /out/usr/share/doc/toolbay/LICENSE && \
    install -d -m 755 /out/etc/toolbay && \
    install -d -m 700 -o 10001 -g 10001 /out/var/lib/toolbay

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Toolbay" \
      org.opencontainers.image.description="A host for AI tools over Notion: MCP, REST and OpenAPI" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/toolbay/toolbay"
COPY --from=builder /out /
# Secrets come as files, named by NOTION_TOKEN_FILE and its kin: a variable can be read with `docker inspect`.
ENV TOOLBAY_DATA_DIR=/var/lib/toolbay \
    TOOLBAY_LISTEN=0.0.0.0:8700
USER 10001:10001
VOLUME /var/lib/toolbay
# A toolbay.toml that is mounted here is read.
WORKDIR /etc/toolbay
EXPOSE 8700
# Running calls are finished, which takes up to 25 s: stop it with a grace period of 30 s.
STOPSIGNAL SIGTERM
# Debian's slim image has no client of HTTP; bash can open a connection.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/${TOOLBAY_LISTEN##*:} && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["toolbay"]
CMD ["serve"]
