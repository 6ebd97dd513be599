# Runs a project's test command in a private copy of the project, with one file replaced.
#
#     sh command.sh SETUP ROOT SOURCE NAMES TAR_OPTION COMMAND...
#
# SETUP is a folder of ours: the lists `folders`, `others` and `sources` of what is copied (null-terminated, below ROOT),
# `edited`, which becomes SOURCE in the copy, `patterns` of files that are to be compared, and `compiler`, which
# stands for each compiler in NAMES. The working directory is empty, and the only place to write.
#
# What comes back lies in pragmatist/result: the files, what the observer and the sanitizers wrote, and `where`. The lane
# runtime writes a report a process, `lanes-N`; where it has races in it, `raced-N` is the program.

umask 022
setup=$1 root=$2 source=$3 names=$4 option=$5
shift 5
scratch=$PWD project=$PWD/project bin=$PWD/pragmatist/bin
PRAGMATIST_RESULT=$PWD/pragmatist/result
mkdir -p "$project" "$bin" "$PRAGMATIST_RESULT/files" "$scratch/home"
echo "$scratch" >"$PRAGMATIST_RESULT/where"

# The second choice of sandbox lets nobody change the mode of a file or its time: then files are made as they are to be.
copy() {
  tar -C "$root" -cf - --no-recursion --null -T "$setup/$1" 2>/dev/null |
    tar -C "$project" -xf - --no-same-owner --no-same-permissions $2 2>"$scratch/problem" && return
  echo "$1: $(head -n 1 "$scratch/problem")" >"$PRAGMATIST_RESULT/uncopied"
  exit 125
}

# What was built before is to be built again: in the copy every source is newer than everything else.
(cd "$project" && xargs -0 -r mkdir -p -- <"$setup/folders")
copy others "$option"
sleep 0.02
copy sources -m
case $source in */*) mkdir -p "$project/${source%/*}" ;; esac
cat "$setup/edited" >"$project/$source"

cp "$setup/compiler" "$bin/cc"
for name in $names; do ln -s cc "$bin/$name"; done

PRAGMATIST_SOURCE=$project/$source PRAGMATIST_REPORT=$PRAGMATIST_RESULT/report
CC=$bin/cc CXX=$bin/c++ PATH=$bin:$PATH HOME=$scratch/home
for name in ASAN LSAN MSAN TSAN UBSAN; do
  eval "[ -z \"\${${name}_OPTIONS-}\" ] || ${name}_OPTIONS=\$${name}_OPTIONS:log_path=\$PRAGMATIST_RESULT/sanitizer"
done
if [ -n "${PRAGMATIST_REPORT_FILE-}" ]; then
  PRAGMATIST_REPORT_FILE=$PRAGMATIST_RESULT/lanes-
  export PRAGMATIST_REPORT_FILE
fi
export PRAGMATIST_SOURCE PRAGMATIST_REPORT PRAGMATIST_RESULT CC CXX PATH HOME
cd "$project" || exit 125
"$@" </dev/null
status=$?

for report in "$PRAGMATIST_RESULT"/lanes-*; do
  if [ -f "$report" ] && grep -q '^race ' "$report"; then
    cp -- "$(sed -n 's/^program //p' "$report")" "$PRAGMATIST_RESULT/raced-${report##*/lanes-}"
  fi
done

cd "$project" || exit "$status"
IFS=
while read -r pattern; do
  for file in $pattern; do
    if [ -f "$file" ]; then
      case $file in */*) mkdir -p "$PRAGMATIST_RESULT/files/${file%/*}" ;; esac
      cp -- "$file" "$PRAGMATIST_RESULT/files/$file"
    fi
  done
done <"$setup/patterns"
exit "$status"
