package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/fleet"
)

// fleetMergeCmd adds the results of shards up.
type fleetMergeCmd struct {
	Files   []string `arg:"" name:"file" help:"Results of emu8266 fleet --json, one or several in a file; - is stdin."`
	Partial bool     `help:"Take what is there, though shards are missing."`
	fleetOutput
}

// Help is shown by --help.
func (fleetMergeCmd) Help() string {
	return `Examples:
  emu8266 fleet merge part*.json
  kubectl logs -l job-name=fleet --tail=-1 | emu8266 fleet merge - --json

The results must be of one fleet: the same firmware, flags and version, and each shard once.
Exit codes: those of emu8266 fleet.`
}

// Run merges.
func (c fleetMergeCmd) Run(con *console) error {
	var all []fleet.Result
	var inputs []inputFile
	for _, path := range c.Files {
		more, err := readResults(path)
		if err != nil {
			return usagef("fleet merge: %v", err)
		}
		all = append(all, more...)
		if path != "-" {
			inputs = append(inputs, inputFile{path, path})
		}
	}
	if c.Output != "" {
		if err := checkOutput("--output", c.Output, inputs...); err != nil {
			return err
		}
	}
	sum, err := fleet.Merge(all, c.Partial)
	if err != nil {
		return usagef("fleet merge %s: %v", strings.Join(c.Files, " "), err)
	}
	return c.write(con, sum, inputs...)
}

func readResults(path string) (all []fleet.Result, err error) {
	in := io.ReadCloser(os.Stdin)
	if path != "-" {
		if in, err = openFile(path); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, in.Close()) }()
	}
	if all, err = fleet.ReadResults(in); err != nil {
		err = fmt.Errorf("%s: %w: give what emu8266 fleet --json has written", path, err)
	}
	return all, err
}
