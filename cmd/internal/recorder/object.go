package recorder

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Unit is a source file and how the Makefile compiles it. All paths are absolute.
type Unit struct {
	Source   string   `json:"source"`
	Defines  []string `json:"defines,omitempty"`  // NAME or NAME=VALUE
	Undefine []string `json:"undefine,omitempty"` // -U
	Includes []string `json:"includes,omitempty"` // folders of headers, in order
	Forced   []string `json:"forced,omitempty"`   // files of -include
	Standard string   `json:"standard,omitempty"` // of -std=
	Warnings bool     `json:"warnings,omitempty"` // -Wall
	Archive  string   `json:"archive,omitempty"`  // the static library that its object is a member of
}

// line is one unit in an object or an archive.
type line struct {
	Member string `json:"member,omitempty"` // in an archive, the name of its object
	Unit
}

// magic is the first line of files that stand for objects, archives and programs.
const magic = "emu8266 record 1\n"

// objectMax bounds what is read of such a file, in bytes. Choice.
const objectMax = 16 << 20

// readObject reads the lines of a file; a file that is none of ours, such as a library of the SDK, has none.
func readObject(path string) ([]line, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, objectMax))
	if err != nil || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, err
	}
	var lines []line
	for s := bufio.NewScanner(bytes.NewReader(b[len(magic):])); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// writeObject writes what readObject reads.
func writeObject(path string, lines []line) error {
	out := bytes.NewBufferString(magic)
	for _, l := range lines {
		b, err := json.Marshal(l)
		if err != nil {
			return err
		}
		out.Write(append(b, '\n'))
	}
	return os.WriteFile(path, out.Bytes(), 0o755)
}

// Units are those of a linked program, each once.
func Units(path string) ([]Unit, error) {
	lines, err := readObject(path)
	if err != nil {
		return nil, err
	}
	var units []Unit
	known := map[string]int{}
	for _, l := range lines {
		key := fmt.Sprintf("%+q %t", []any{l.Source, l.Defines, l.Undefine, l.Includes, l.Forced, l.Standard}, l.Warnings)
		if at, found := known[key]; !found {
			known[key] = len(units)
			units = append(units, l.Unit)
		} else if l.Archive == "" { // it is linked in any case
			units[at].Archive = ""
		}
	}
	return units, nil
}
