#!/usr/bin/env -S zsh -f
# Prints what zsh completes at the end of a line: complete.zsh FOLDER_OF_SCRIPTS LINE
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell 'zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" verbose no; stty -echo'
# Every match goes through compadd; with these options it fills arrays instead.
zpty -w shell 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then builtin compadd "$@"; return; fi
  local -a hits; builtin compadd -A hits "$@"; print -rl -- "<$^hits>"; builtin compadd "$@"
}
finish() { print -r -- "[end of matches]"; exit }; comppostfuncs=(finish)
zle -C complete-all complete-word _main_complete; bindkey "^I" complete-all; print -r -- "[read""y]"'
while zpty -r shell text; do [[ $text == *"[ready]"* ]] && break; done
zpty -w -n shell "$2"$'\t'
text= all=
while zpty -r shell text; do all+=$text; [[ $text == *"[end of matches]"* ]] && break; done
print -r -- $all | grep -o '<[^>]*>' | tr -d '<>\r' | sort -u
