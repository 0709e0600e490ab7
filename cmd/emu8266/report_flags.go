package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	flight "github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// reportFlags are those of commands that write a report of what their devices did.
type reportFlags struct {
	Report        string   `help:"Write a report of the run to FILE: a page (.html) or text for a ticket (.md)." placeholder:"FILE"`
	ReportInclude []string `help:"Leave in the report's capture what is left out otherwise: keys (whoever has it can decrypt), payload (data of plain connections)." placeholder:"keys,payload"`
}

// includes are the words of --report-include.
var includes = []string{"keys", "payload"}

// include reads --report-include. Errors are wrong usage.
func (f reportFlags) include() (in flight.Include, err error) {
	for _, word := range f.ReportInclude {
		if !slices.Contains(includes, word) {
			return in, usagef("--report-include %s: give %s", word, strings.Join(includes, " or "))
		}
		in.Keys, in.Payload = in.Keys || word == "keys", in.Payload || word == "payload"
	}
	if len(f.ReportInclude) > 0 && f.Report == "" {
		return in, usagef("--report-include says what is in the report: give --report FILE too")
	}
	return in, nil
}

// checkReport refuses what writing could not write. Errors are wrong usage.
func (f reportFlags) checkReport(inputs ...inputFile) error {
	if _, err := f.include(); err != nil || f.Report == "" {
		return err
	}
	return checkReportFile("--report", f.Report, inputs...)
}

func checkReportFile(flag, path string, inputs ...inputFile) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm", ".md":
		return checkOutput(flag, path, inputs...)
	}
	return usagef("%s %s: give a file name that ends in .html or .md", flag, path)
}

// recording is what a command gathers for its report, beside the traces of its devices. A nil one gathers nothing.
type recording struct {
	flags   reportFlags
	include flight.Include
	file    bytes.Buffer // the capture
	capture *vnet.Capture
	secrets []string
	devices []flight.Device
}

// record begins to gather on the network, before its devices are made; nil without --report.
func (f reportFlags) record(n *network) (*recording, error) {
	if f.Report == "" {
		return nil, nil
	}
	include, err := f.include()
	if err != nil {
		return nil, err
	}
	r := &recording{flags: f, include: include}
	// Twice what the page may carry: what is cut off of the frames does not count.
	if r.capture, err = n.net.Capture(&cappedWriter{out: &r.file, most: 2 * flight.AttachMax, full: func() {}}); err != nil {
		return nil, err
	}
	if include.Keys {
		r.capture.AwaitSecrets()
		n.also = secretsWriter{r.capture}
	}
	return r, nil
}

// device takes what a device did; it has been closed.
func (r *recording) device(d *emulator.Device) {
	if r != nil {
		r.devices = append(r.devices, flight.Device{Name: d.Name(), Events: d.Trace().Events(), Unchecked: d.Unchecked()})
		r.secrets = append(r.secrets, d.Passwords()...)
	}
}

// write writes the report. The network has been closed.
func (r *recording) write(con *console, l cause.Language, inputs ...inputFile) error {
	if r == nil {
		return nil
	}
	return writeFlight("--report", r.flags.Report, r.devices, flight.Options{Language: l, Command: con.line, Version: version(),
		Secrets: r.secrets, Capture: r.file.Bytes(), Include: r.include}, inputs...)
}

// writeFlight writes a report as the file's name says.
func writeFlight(flag, path string, devices []flight.Device, o flight.Options, inputs ...inputFile) error {
	r, err := flight.New(devices, o)
	if err != nil {
		return err
	}
	b := r.HTML()
	if strings.EqualFold(filepath.Ext(path), ".md") {
		b = []byte(r.Markdown())
	}
	return writeFile(flag, path, b, inputs...)
}

// plainWord is an argument that a shell takes as it is.
var plainWord = lazyregexp.New(`^[A-Za-z0-9_@%+=:,./-]+$`)

// commandLine is a command as one types it.
func commandLine(args []string) string {
	words := []string{"emu8266"}
	for _, a := range args {
		if !plainWord().MatchString(a) {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
