#compdef kernelwalk
# Completion of kernelwalk in zsh. Each line of the answer is a word and, after a tab, its meaning; a line that begins
# with a tab is a pattern of files.
_kernelwalk() {
    local program=${words[1]/#\~\//$HOME/} line="${words[1,CURRENT-1]} $PREFIX" answer word start=
    local -a candidates keys
    local -A patterns
    [[ $PREFIX == --*=* ]] && start=${PREFIX%%=*}= && compset -P 1 '*='
    for answer in "${(@f)$($program completion zsh --line "$line" 2>/dev/null)}"; do
        word=${${answer%%$'\t'*}#$start}
        case $answer in
            '') ;;
            $'\t'*) patterns[${answer#$'\t'}]=1 ;;
            *=$'\t'*) keys+=("${word//:/\\:}:${answer#*$'\t'}") ;;
            *) candidates+=("${word//:/\\:}:${answer#*$'\t'}") ;;
        esac
    done
    (( $#candidates )) && _describe -V kernelwalk candidates
    (( $#keys )) && _describe -V kernelwalk keys -S ''
    for answer in ${(k)patterns}; do
        if [[ $answer == / ]]; then _files -/; else _files -g $answer; fi
    done
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _kernelwalk "$@"
else
    compdef _kernelwalk kernelwalk
fi
