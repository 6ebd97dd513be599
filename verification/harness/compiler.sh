#!/bin/sh
# Stands for every C and C++ compiler while a project's test command runs.
#
# The command builds the project as it always does, with the project's own flags; what a check needs is added behind
# them. Flags that would undo it (sanitizers, link-time optimisation, OpenMP where the pragmas are to be silent) are
# taken out. For the lanes shared libraries of the project are refused: they would have a runtime each. The words in capitals are replaced by user_command.py, in the shell's own quoting.
#
# Written to $PRAGMATIST_RESULT: in `calls` the exit status of each call, in `compiled` the folder and the arguments
# with which the file under test was compiled, as the project gave them.

case ${0##*/} in
*++*) compiler=PRAGMATIST_CXX ;;
*) compiler=PRAGMATIST_C ;;
esac

openmp=PRAGMATIST_OPENMP inputs=no stops=no ours=no output=a.out before=
left=$#
while [ "$left" -gt 0 ]; do
  left=$((left - 1)) argument=$1
  shift
  case $argument in
  -fopenmp | -fopenmp=* | -qopenmp) openmp=yes && continue ;;
  -fsanitize* | -fno-sanitize* | -flto | -flto=* | -fuse-ld=* | -Werror | -Werror=*) continue ;;
  -static) PRAGMATIST_INSTRUMENTED && continue ;;
  -lgomp | -no-pie | -pipe | -s | -save-temps*) PRAGMATIST_LANES && continue ;;
  -shared)
    if PRAGMATIST_LANES; then
      echo "a shared library of the project cannot run on the lanes" >"$PRAGMATIST_RESULT/refused"
      echo 1 >>"$PRAGMATIST_RESULT/calls"
      exit 1
    fi
    ;;
  -c | -S | -E | -M | -MM | -fsyntax-only | -r) stops=yes ;;
  -*) ;;
  *.[cCiIsSaomM] | *.cc | *.cp | *.cpp | *.cxx | *.c++ | *.ii | *.so | *.so.* | *.lo | @*) inputs=yes ;;
  esac
  if [ "$before" = -o ]; then output=$argument; fi
  before=$argument
  if [ "$argument" -ef "$PRAGMATIST_SOURCE" ]; then ours=yes; fi
  set -- "$@" "$argument"
done

if [ "$ours" = yes ]; then printf '%s\n' "$PWD" "$@" >"$PRAGMATIST_RESULT/compiled"; fi
set -- "$@" PRAGMATIST_FLAGS
if [ "$openmp" = yes ]; then set -- "$@" PRAGMATIST_OPENMP_FLAGS; fi
if [ "$inputs" = yes ] && [ "$stops" = no ]; then
  set -- "$@" PRAGMATIST_LINK_FLAGS
  if [ "$openmp" = yes ]; then set -- "$@" PRAGMATIST_OPENMP_LINK_FLAGS; fi
fi
"$compiler" "$@"
status=$?
# Where no mode can be changed, a linker's output is not executable. A copy of this file is, whatever is then in it.
if [ "$status" = 0 ] && [ "$inputs$stops" = yesno ] && [ -f "$output" ] && [ ! -x "$output" ]; then
  mv "$output" "$output.linked" && cp "$0" "$output" && cat "$output.linked" >"$output" && rm "$output.linked"
fi
echo "$status" >>"$PRAGMATIST_RESULT/calls"
exit "$status"
