# Runs programs in turn, so that many short runs take one sandbox.
#
#     sh turns.sh TURNS ARGUMENT...
#
# TURNS has a line for each run: NAME=VALUE settings, `--`, and the program. Each is run with all the arguments, in a
# directory of its own. What comes back lies in `turns`, by the number of the run: the directory (`0`), what it printed
# (`out-0`, `err-0`), what harness/observe.c wrote (`report-0`) and harness/clock.c (`clock-0`), the exit status
# (`status-0`), and how many threads of the whole machine were ready to run just before, this shell among them
# (`ready-0`).

turns=$PWD/turns lines=$1 number=0 folders=
shift
while read -r _; do
  folders="$folders turns/$number" number=$((number + 1))
done <<END
$lines
END
mkdir turns $folders
number=0
while read -r line; do
  if read -r _ _ _ ready _ </proc/loadavg; then echo "${ready%/*}" >"$turns/ready-$number"; fi
  (
    cd "$turns/$number" || exit 125
    for setting in ${line%% -- *}; do export "${setting?}"; done
    PRAGMATIST_REPORT=$turns/report-$number PRAGMATIST_CLOCK=$turns/clock-$number
    export PRAGMATIST_REPORT PRAGMATIST_CLOCK
    exec "${line#* -- }" "$@" </dev/null >"$turns/out-$number" 2>"$turns/err-$number"
  )
  echo "$?" >"$turns/status-$number"
  number=$((number + 1))
done <<END
$lines
END
