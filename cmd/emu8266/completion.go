package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd writes what a shell needs to complete the command's words.
type completionCmd struct {
	Shell string `arg:"" help:"The shell: bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Help is shown by --help.
func (completionCmd) Help() string {
	return `Examples:
  source <(emu8266 completion bash)
  emu8266 completion bash > ~/.local/share/bash-completion/completions/emu8266
  emu8266 completion zsh > ~/.zfunc/_emu8266
  emu8266 completion fish > ~/.config/fish/completions/emu8266.fish

It completes commands, flags, and the words that a flag can have; else the names of files. For zsh the folder must be in $fpath
before compinit runs.`
}

// Run writes the script.
func (c completionCmd) Run(con *console, k *kong.Kong) error {
	write := map[string]func(io.Writer, []*place){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	write(con.out, places(k.Model.Node))
	return nil
}

// place is a command with what may come behind it.
type place struct {
	path     string // "emu8266 flash create"
	commands []option
	flags    []option
}

// option is a command, or a flag with its dashes.
type option struct {
	name, help string
	takes      bool     // a value
	words      []string // those that the value may be; nil: anything
}

// places are all commands, from the model of --help.
func places(n *kong.Node) (all []*place) {
	p := &place{path: n.FullPath()}
	all = append(all, p)
	for _, group := range n.AllFlags(true) {
		p.flag(group)
	}
	if n.DefaultCmd != nil {
		p.flag(n.DefaultCmd.Flags)
	}
	for _, c := range subcommands(n) {
		p.commands = append(p.commands, option{name: c.Name, help: firstSentence(c.Help)})
		all = append(all, places(c)...)
	}
	return all
}

// flag adds flags.
func (p *place) flag(flags []*kong.Flag) {
	for _, f := range shownFlags(flags) {
		o := option{name: "--" + f.Name, help: firstSentence(f.Help), takes: !f.IsBool() && !f.IsCounter()}
		for _, w := range f.EnumSlice() {
			if w != "" {
				o.words = append(o.words, w)
			}
		}
		p.flags = append(p.flags, o)
		if f.Short != 0 {
			o.name = "-" + string(f.Short)
			p.flags = append(p.flags, o)
		}
	}
}

// firstSentence is the beginning of a help text.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if i := strings.Index(text, ". "); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, ".")
}

// quote makes a word of any text for bash, zsh and fish, all of which take '...' as it is but for the mark itself and, in fish, the
// backslash: texts have none.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }

// optionNames are the options' names, with blanks between them.
func optionNames(options []option) string {
	var list []string
	for _, o := range options {
		list = append(list, o.name)
	}
	return strings.Join(list, " ")
}

// bashCompletion writes the script for bash 3 and later.
func bashCompletion(w io.Writer, all []*place) {
	fmt.Fprint(w, `# bash completion for emu8266, made by: emu8266 completion bash
_emu8266() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at=emu8266 i commands= flags= words=
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${COMP_WORDS[i]}" in
`)
	for _, p := range all[1:] {
		fmt.Fprintf(w, "    %s) at=%s ;;\n", quote(p.path), quote(p.path))
	}
	fmt.Fprint(w, "    esac\n  done\n  case \"$at\" in\n")
	for _, p := range all {
		fmt.Fprintf(w, "  %s) commands=%s flags=%s ;;\n", quote(p.path), quote(optionNames(p.commands)), quote(optionNames(p.flags)))
	}
	fmt.Fprint(w, "  esac\n  case \"$at $before\" in\n")
	for _, p := range all {
		for _, f := range p.flags {
			if f.takes {
				fmt.Fprintf(w, "  %s) commands= flags= words=%s ;;\n", quote(p.path+" "+f.name), quote(strings.Join(f.words, " ")))
			}
		}
	}
	fmt.Fprint(w, `  esac
  if [[ $cur == -* ]]; then
    words=$flags
  elif [[ -n $commands ]]; then
    words=$commands
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _emu8266 emu8266
`)
}

// described are options as zsh's _describe wants them: name:help.
func described(options []option) string {
	var list []string
	for _, o := range options {
		list = append(list, quote(strings.ReplaceAll(o.name, ":", `\:`)+":"+strings.ReplaceAll(o.help, ":", `\:`)))
	}
	return strings.Join(list, " ")
}

// zshCompletion writes the function for zsh.
func zshCompletion(w io.Writer, all []*place) {
	fmt.Fprint(w, `#compdef emu8266
# made by: emu8266 completion zsh
_emu8266() {
  local at=emu8266 i
  local -a commands flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
`)
	for _, p := range all[1:] {
		fmt.Fprintf(w, "    %s) at=%s ;;\n", quote(p.path), quote(p.path))
	}
	fmt.Fprint(w, "    esac\n  done\n  case \"$at $words[CURRENT-1]\" in\n")
	for _, p := range all {
		for _, f := range p.flags {
			switch {
			case f.takes && f.words != nil:
				fmt.Fprintf(w, "  %s) compadd -- %s; return ;;\n", quote(p.path+" "+f.name), strings.Join(f.words, " "))
			case f.takes:
				fmt.Fprintf(w, "  %s) _files; return ;;\n", quote(p.path+" "+f.name))
			}
		}
	}
	fmt.Fprint(w, "  esac\n  case \"$at\" in\n")
	for _, p := range all {
		fmt.Fprintf(w, "  %s)\n    commands=(%s)\n    flags=(%s)\n    ;;\n", quote(p.path), described(p.commands), described(p.flags))
	}
	fmt.Fprint(w, `  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o flag flags
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
if [[ $funcstack[1] == _emu8266 ]]; then
  _emu8266 "$@"
else
  compdef _emu8266 emu8266
fi
`)
}

// fishCompletion writes the script for fish 3 and later.
func fishCompletion(w io.Writer, all []*place) {
	fmt.Fprint(w, `# made by: emu8266 completion fish
function __emu8266_at
    set -l at emu8266
    set -l before (commandline -opc)
    for word in $before[2..-1]
        switch "$at $word"
            case `)
	for _, p := range all[1:] {
		fmt.Fprintf(w, " %s", quote(p.path))
	}
	fmt.Fprint(w, `
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
`)
	for _, p := range all {
		where := fmt.Sprintf("complete -c emu8266 -n %s", quote("__emu8266_at "+`"`+p.path+`"`))
		if len(p.commands) > 0 {
			fmt.Fprintf(w, "%s -f\n", where)
		}
		for _, c := range p.commands {
			fmt.Fprintf(w, "%s -a %s -d %s\n", where, c.name, quote(c.help))
		}
		for _, f := range p.flags {
			name := "-l " + strings.TrimPrefix(f.name, "--")
			if !strings.HasPrefix(f.name, "--") {
				name = "-s " + strings.TrimPrefix(f.name, "-")
			}
			value := ""
			switch {
			case f.takes && f.words != nil:
				value = " -x -a " + quote(strings.Join(f.words, " "))
			case f.takes:
				value = " -r"
			}
			fmt.Fprintf(w, "%s %s%s -d %s\n", where, name, value, quote(f.help))
		}
	}
}
