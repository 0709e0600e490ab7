package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// manCmd writes the manual pages.
type manCmd struct {
	Output string `short:"o" help:"Write a page for each command into this folder, which is made if it is not there." placeholder:"DIR"`
}

// Help is shown by --help.
func (manCmd) Help() string {
	return `Examples:
  emu8266 man | man -l -
  emu8266 man -o ~/.local/share/man/man1

The pages say what --help says: emu8266.1, and one for each command, such as emu8266-run.1. Without -o the first is printed.`
}

// Run writes them.
func (c manCmd) Run(con *console, k *kong.Kong) error {
	if c.Output == "" {
		_, err := con.out.Write(manPage(k.Model.Node))
		return err
	}
	if info, err := os.Stat(c.Output); err == nil && !info.IsDir() {
		return usagef("--output: %s is a file: give a folder, which is made if it is not there", c.Output)
	}
	if err := os.MkdirAll(c.Output, 0o777); err != nil {
		return usagef("--output: %v", err)
	}
	var errs []error
	for _, n := range manNodes(k.Model.Node) {
		errs = append(errs, writeFile("--output", filepath.Join(c.Output, manName(n)+".1"), manPage(n)))
	}
	return errors.Join(errs...)
}

// manNodes are the commands that have a page: a command within another is part of that one's.
func manNodes(root *kong.Node) []*kong.Node {
	return append([]*kong.Node{root}, subcommands(root)...)
}

func manName(n *kong.Node) string {
	if n.Parent == nil {
		return n.Name
	}
	return n.Parent.Name + "-" + n.Name
}

// manPage is the page of a command, in the macros of man(7).
func manPage(n *kong.Node) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"emu8266 %s\" \"emu8266\"\n", strings.ToUpper(manName(n)), roff(version()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(n)), roff(strings.TrimSuffix(n.Help, ".")))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(manUsage(n)))
	manText(&b, "DESCRIPTION", n.Detail)
	manFlags(&b, ".SH OPTIONS\n", n)
	if n.Parent == nil {
		fmt.Fprint(&b, ".SH COMMANDS\n")
		for _, c := range manNodes(n)[1:] {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(manName(c)), roff(c.Help))
		}
		fmt.Fprint(&b, ".SH SEE ALSO\nhttps://github.com/emu8266/emu8266\n")
		return b.Bytes()
	}
	for _, c := range n.Leaves(true) {
		if c == n {
			continue
		}
		fmt.Fprintf(&b, ".SH \"%s\"\n%s\n.PP\n.B %s\n", roff(strings.ToUpper(c.Path())), roff(c.Help),
			roff(manUsage(c)))
		if c.Detail != "" {
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(c.Detail))
		}
		manFlags(&b, "", c)
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(n.Parent.Name))
	return b.Bytes()
}

// manUsage is the command's line.
func manUsage(n *kong.Node) string {
	if n.Parent == nil {
		return n.Name + " COMMAND [FLAGS]"
	}
	line := n.FullPath()
	for _, p := range n.Positional {
		line += " " + p.Summary()
	}
	if len(n.Children) > 0 && n.DefaultCmd == nil {
		line += " COMMAND"
	}
	if n.DefaultCmd != nil {
		return line + " [COMMAND] ..."
	}
	return line + " [FLAGS]"
}

func manText(b *bytes.Buffer, title, text string) {
	if text != "" {
		fmt.Fprintf(b, ".SH %s\n.nf\n%s\n.fi\n", title, roff(text))
	}
}

func manFlags(b *bytes.Buffer, title string, n *kong.Node) {
	wrote := false
	for _, a := range n.Positional {
		if !wrote {
			b.WriteString(title)
			wrote = true
		}
		fmt.Fprintf(b, ".TP\n.I %s\n%s\n", roff(a.Summary()), roff(a.Help))
	}
	for _, f := range shownFlags(n.Flags) {
		if !wrote {
			b.WriteString(title)
			wrote = true
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(f.String()), roff(f.Help))
	}
}

// roff writes a text so that it is read as it is: backslashes, dashes, and dots and quotes at the beginning of a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
