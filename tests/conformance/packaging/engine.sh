# shellcheck shell=bash
# Sourced after common.sh by what needs containers: podman with its images in the cache, and nothing of the machine's own.

[ "$(id -u)" = 0 ] || { echo "containers are tried as root" >&2; exit 1; }
mkdir -p "$cache/storage"
export CONTAINERS_STORAGE_CONF=$cache/storage.conf CONTAINERS_CONF=$cache/containers.conf
cat > "$CONTAINERS_STORAGE_CONF" <<END
[storage]
driver = "overlay"
graphroot = "$cache/storage"
runroot = "/run/toolbay-packaging-$(sha256sum <<< "$cache" | cut -c1-8)"
END
# A limit that is above what this process may have can't be set.
open_files=$(ulimit -Hn)
[ "$open_files" != unlimited ] && [ "$open_files" -lt 10256 ] || open_files=10256
cat > "$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=$open_files:$open_files", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[network]
network_backend = "netavark"
END

# Docker gives a root that can't be written no folders of memory but those that are asked for.
mkdir -p "$work/bin"
cat > "$work/bin/podman" <<'END'
#!/bin/sh
case "$1" in
    create | run) verb=$1; shift; exec /usr/bin/podman "$verb" --read-only-tmpfs=false "$@" ;;
    *) exec /usr/bin/podman "$@" ;;
esac
END
chmod +x "$work/bin/podman"

# podman says on standard error that there is no systemd to run health checks by; they are run here.
quietly() { "$@" 2> >(grep -v -e systemd -e syslog >&2); }

has_image() { podman image exists "$1" 2>/dev/null; }

# What is built stays in the cache under a tag that names what it was built of.
base_image() {
    local name=docker.io/library/debian:bookworm-slim root=$cache/root mirror
    has_image "$name" && return
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian$')
    rm -rf "$root"
    debootstrap --variant=minbase bookworm "$root" "$mirror" > "$cache/debootstrap.log" 2>&1 || { tail "$cache/debootstrap.log" >&2; return 1; }
    # As in the slim image.
    rm -rf "$root"/usr/share/{doc,man,locale}/* "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" -c . | quietly podman import - "$name" >/dev/null
    rm -rf "$root"
}

debian_image() {
    local tag
    tag=localhost/toolbay-debian:$(cat "$here"/image/* | sha256sum | cut -c1-16)
    if ! has_image "$tag"; then
        quietly buildah build --quiet --isolation chroot --pull-never --format docker --tag "$tag" \
            --file "$here/image/Containerfile" "$here/image" >/dev/null
    fi
    podman tag "$tag" docker.io/library/postgres:17-bookworm
}

# One process makes them, and others wait for it.
images() {
    exec 9> "$cache/images.lock"
    flock 9
    base_image
    debian_image
    exec 9>&-
}

# The Dockerfile, with the program that is to be tried in the place of what the builder's stage leaves.
host_image() {
    local out=$work/stage/out
    install -D "$TOOLBAY_BIN" "$out/usr/local/bin/toolbay"
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$out/etc/ssl/certs/ca-certificates.crt"
    install -d "$out/etc/toolbay"
    install -d -m 700 -o 10001 -g 10001 "$out/var/lib/toolbay"
    quietly buildah build --quiet --isolation chroot --pull-never --format docker --build-context "builder=$work/stage" \
        --tag localhost/toolbay "$repository" >/dev/null
    rm -rf "$work/stage"
}
