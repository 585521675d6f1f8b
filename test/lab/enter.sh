#!/bin/sh
# Runs the given command as the first process of the lab. To be started by `unshare --net --mount --pid --fork
# --kill-child --mount-proc`: networks, processes and files of the lab are gone when the command ends, or is killed.
# GATEHOUSE_OUT: the folder of the built program; it is copied, so that nobody replaces it in the middle of a run.
set -e
mount -t tmpfs lab /run
mkdir -p /run/lab/out
cp -r "$GATEHOUSE_OUT/headless" "$GATEHOUSE_OUT/renderer" /run/lab/out
mount --bind /run/lab/out/headless "$GATEHOUSE_OUT/headless"
mount --bind /run/lab/out/renderer "$GATEHOUSE_OUT/renderer"
ip link set lo up
exec "$@"
