#!/usr/bin/env bash
# What takes long the first time, made while the scripts that need none of it run: the images.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/engine.sh"
images
