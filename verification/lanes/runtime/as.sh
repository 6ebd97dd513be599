#!/bin/sh
# Stands before the assembler. Where the compiler asks for the address of a thread-local variable (general dynamic
# model: a marked load of its descriptor and a marked call), ask the lane runtime instead, with the variable's offset.
for file; do
  case $file in
    *.s) grep -q '@tlsgd' "$file" && sed -i \
      -e 's/^\tdata16\tleaq\t\(.*\)@tlsgd(%rip), %rdi$/\tmovq\t\1@gottpoff(%rip), %rdi/' \
      -e '/^\t\.value\t0x6666$/d' -e '/^\trex64$/d' \
      -e 's/^\tcall\t__tls_get_addr@PLT$/\tcall\tpragmatist_tls@PLT/' "$file" ;;
  esac
done
exec PRAGMATIST_AS "$@"
