# Completion of kernelwalk in fish. Each line of the answer is a word and, after a tab, its meaning; a line that begins
# with a tab is a pattern of files.
function __kernelwalk_complete
    set -l word (string unescape -- (string trim --left --chars '"\'' -- (commandline -ct)))
    set -l program (string replace -r '^~/' $HOME/ (commandline -opc)[1])
    for answer in ($program completion fish --line (commandline -cp) 2>/dev/null)
        switch $answer
            case \t/
                __fish_complete_directories "$word"
            case \t'*.*'
                set -l suffix (string escape --style=regex (string sub -s 3 -- $answer))
                __fish_complete_path "$word" | string match -r ".*(?:/|$suffix)(?:\t.*)?\$"
            case \t'*'
                __fish_complete_path "$word"
            case '*'
                echo $answer
        end
    end
end
complete -c kernelwalk -f -a '(__kernelwalk_complete)'
