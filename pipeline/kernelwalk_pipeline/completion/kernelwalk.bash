# Completion of kernelwalk in bash. Each line of the answer is a word and, after a tab, its meaning; a line that begins
# with a tab is a pattern of files.
_kernelwalk() {
    local program=${1/#\~\//$HOME/} line=${COMP_LINE:0:COMP_POINT} whole start answer file
    whole=${line##*[[:space:]]} # bash also divides words at = and :, so that only their ends are completed
    start=${whole%"$2"}
    COMPREPLY=()
    while IFS= read -r answer; do
        if [[ $answer == $'\t'* ]]; then
            compopt -o filenames
            while IFS= read -r file; do COMPREPLY+=("$file"); done < <(
                compgen -d -- "$2"
                [[ $answer == $'\t/' ]] || compgen -f -X "!${answer#$'\t'}" -- "$2"
            )
        else
            answer=${answer%%$'\t'*}
            COMPREPLY+=("${answer#"$start"}")
        fi
    done < <("$program" completion bash --line "$line" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -F _kernelwalk kernelwalk
