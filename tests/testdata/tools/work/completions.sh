# What bash would offer for each line that is given, as it asks when the tab key is pressed.
# shellcheck shell=bash disable=SC1090,SC2034
compopt() { :; }
source <(pql completion bash)
for line in "$@"; do
  read -r -a COMP_WORDS <<<"${line//=/ = }"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _pql
  echo "${COMPREPLY[@]}"
done
