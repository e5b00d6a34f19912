#!/usr/bin/env bash
# script/package with a program that is built already: what is in the archive, its sums, and the list of components.
. "$(dirname "$0")/common.sh"
python_packages
cd "$repository"

# The one that script/package names is installed once, without what makes it fast.
cyclonedx() {
    local wanted
    wanted=$(sed -n 's/.*--version \([0-9.]*\) .*cargo-cyclonedx$/\1/p' script/package)
    [ -n "$wanted" ]
    if [ "$(cat "$cache/cyclonedx/ready" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$cache/cyclonedx"
        CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_TARGET_DIR=$work/built cargo install --quiet --locked --version "$wanted" \
            --root "$cache/cyclonedx" cargo-cyclonedx
        echo "$wanted" > "$cache/cyclonedx/ready"
    fi
}
check "cargo-cyclonedx of that version" cyclonedx

# Without what a debugger needs, of which a program to be tried is full.
strip -o "$work/toolbay" "$TOOLBAY_BIN"
export CARGO_TARGET_DIR=$work/target
before=$(git status --porcelain)
pack() { PATH=$cache/cyclonedx/bin:$PATH script/package --program "$work/toolbay"; }
check "it is made" pack
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=toolbay-$version-$(uname -m)-linux
dist=$work/target/dist

sums() {
    (cd "$dist" && sha256sum --check --strict SHA256SUMS)
    [ "$(find "$dist" -type f ! -name SHA256SUMS -printf '%f\n' | sort)" = "$(sed 's/.*  //' "$dist/SHA256SUMS" | sort)" ]
}
check "SHA256SUMS has every file" sums
unpacked() {
    tar --extract --gzip --file "$dist/$name.tar.gz" --directory "$work"
    cd "$work/$name"
    cmp toolbay "$work/toolbay"
    for file in LICENSE README.md CHANGELOG.md SECURITY.md docs/deploying.md docs/operating.md examples/deploy/toolbay.service examples/deploy/nginx.conf; do
        cmp "$file" "$repository/$file"
    done
    [ "$(stat --format %a toolbay)" = 755 ]
    [ "$(env -i ./toolbay --version | sed -n 1p)" = "toolbay $version" ]
    ./script/smoke --help | grep 'script/smoke URL'
    # Nobody's name, and nothing that a document of it doesn't know.
    not grep -v ' 0/0 ' <(tar --list --verbose --numeric-owner --gzip --file "$dist/$name.tar.gz")
}
check "the archive is complete" unpacked
components() {
    python3 "$here/components.py" "$dist/$name.cdx.json" Cargo.lock "$version"
    not grep -F -e "$work" -e "$repository" -e "$HOME" "$dist/$name.cdx.json"
}
check "the list of components is valid CycloneDX, and agrees with Cargo.lock" components
again() {
    cp "$dist/SHA256SUMS" "$work/first"
    pack
    diff <(grep 'tar.gz' "$work/first") <(grep 'tar.gz' "$dist/SHA256SUMS")
}
check "the same files give the same archive" again
clean() { [ "$(git status --porcelain)" = "$before" ]; }
check "nothing is left among the sources" clean
finish
