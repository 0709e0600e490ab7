package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	flight "github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// reportCmd makes a report of a trace file.
type reportCmd struct {
	File    string   `arg:"" help:"A trace as JSON lines, written with --trace FILE.jsonl; - is the standard input."`
	Output  string   `short:"o" help:"Write to FILE: a page (.html) or text for a ticket (.md). Default: the trace's name with .html." placeholder:"FILE"`
	Capture string   `help:"Attach the capture FILE that --pcap has written; the servers' certificates are read from it." placeholder:"FILE"`
	Include []string `help:"Leave in the capture what is left out otherwise: keys (whoever has it can decrypt), payload (data of plain connections)." placeholder:"keys,payload"`
	Secret  []string `help:"Replace this text wherever it stands: a Wi-Fi password (may be repeated)." sep:"none" placeholder:"TEXT"`
	languageFlag
}

// Help is shown by --help.
func (reportCmd) Help() string {
	return `Example:
  emu8266 run boots.wasm --trace t.jsonl --pcap t.pcapng
  emu8266 report t.jsonl --capture t.pcapng
  emu8266 report t.jsonl -o ticket.md --lang zh

One page that asks nothing of any other place: the verdict and what to change, what the TLS buffer had to hold, a time line, the
heap, every event, and the trace inside. run, scenario run and serve write it themselves with --report FILE.

The keys of TLS connections and the data of plain ones are cut out of the capture; the page lists what it contains. A trace does not
know which of its texts are passwords: name them with --secret.`
}

// captureMax bounds the capture that is read. Choice: what --output-max allows.
const captureMax = 256 << 20

// Run reads the trace and writes the report.
func (c reportCmd) Run(con *console) error {
	include, err := reportFlags{Report: "x", ReportInclude: c.Include}.include()
	if err != nil {
		return usagef("%s", strings.Replace(err.Error(), "--report-include", "--include", 1))
	}
	if len(c.Include) > 0 && c.Capture == "" {
		return usagef("--include says what of the capture is in the report: give --capture FILE too")
	}
	inputs := []inputFile{{"the trace", c.File}, {"--capture", c.Capture}}
	out := c.Output
	if out == "" {
		if c.File == "-" {
			return usagef("report: give -o FILE, because the standard input has no name")
		}
		out = strings.TrimSuffix(c.File, filepath.Ext(c.File)) + ".html"
		if _, err := os.Stat(out); err == nil {
			return usagef("report: %s is there already: give -o %s to replace it, or another name", out, out)
		}
	}
	if err := checkReportFile("-o", out, inputs...); err != nil {
		return err
	}
	var in io.Reader = os.Stdin
	if c.File != "-" {
		f, err := openFile(c.File)
		if err != nil {
			return usagef("report: %v", err)
		}
		defer f.Close()
		in = f
	}
	devices, err := flight.Read(plainText(in))
	switch {
	case err != nil:
		return usagef("%s: %v: give a trace, as emu8266 run --trace FILE.jsonl writes it", c.File, err)
	case len(devices) == 0:
		return usagef("%s: there is no event in it: write one with --trace FILE.jsonl", c.File)
	}
	for i := range devices {
		devices[i].Untold = true
	}
	o := flight.Options{Language: c.language(), Command: con.line, Version: version(), Secrets: c.Secret, Include: include}
	if c.Capture != "" {
		if o.Capture, err = readFile(c.Capture, captureMax); err != nil {
			return usagef("--capture: %v", err)
		}
	}
	err = writeFlight("-o", out, devices, o, inputs...)
	switch {
	case errors.Is(err, vnet.ErrNoCapture):
		return usagef("--capture %s: %v", c.Capture, err)
	case err != nil:
		return err
	}
	fmt.Fprintf(con.err, "emu8266: %s\n", out)
	return nil
}
